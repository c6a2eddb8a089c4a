using System.CommandLine;
using System.Globalization;
using FilterGate.Commands.People;
using FilterGate.Review;
using FilterGate.Running;
using FilterGate.Settings;
using FilterGate.State;

namespace FilterGate.Commands;

/// <summary><c>accounts</c>: who may sign in to the review site.</summary>
/// <remarks>Needs <c>state.db</c>, which only root and the account that owns the data folder can open (mode 0600). Each step has its audit row; no secret is ever shown but the link of an invitation, once.</remarks>
internal static class AccountsCommand
{
    /// <summary>Makes the command with what is below it.</summary>
    public static Command Make(CommandHost host) =>
        new CommandGroup("accounts", "Who may sign in to the review site: invite, list, remove, end sessions.",
            new CommandExample("filtergate accounts invite head", "a link with which the head makes an account, for 24 hours"),
            new CommandExample("filtergate accounts list", "who has one"))
        {
            new InviteCommand(host),
            new ListCommand(host),
            new RemoveCommand(host),
            new SessionsCommand(host),
        };

    private static Argument<string> Person() => new("PERSON") { Description = "the person's id in the roster, such as t-hill" };

    /// <summary>An id as the roster has it: it goes into links and audits.</summary>
    private static string Id(CommandContext context, Argument<string> argument)
    {
        var id = context.Value(argument)!.Trim();
        return id.Length is > 0 and <= 64 && id.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '.')
            ? id
            : throw new UserErrorException($"'{id}' is not a person's id; it has letters, digits, '-', '_' and '.', such as t-hill");
    }

    private static string Local(CommandContext context, DateTimeOffset? time) => time is { } value ? UnblockCommand.Local(context, value) : "never";

    /// <summary><c>accounts invite PERSON</c>.</summary>
    private sealed class InviteCommand : GatewayCommand
    {
        private readonly Argument<string> _person = Person();
        private readonly Option<string> _for = new("--for") { HelpName = "TIME", Description = "how long the link works, at most 7d", DefaultValueFactory = static _ => "24h" };
        private readonly Option<Uri?> _site = new("--site")
        {
            HelpName = "URL",
            Description = "the site's address as this person opens it, if the settings do not say it",
            CustomParser = static result =>
            {
                if (Uri.TryCreate(result.Tokens[0].Value, UriKind.Absolute, out var url) && url.Scheme is "http" or "https" && url is { PathAndQuery: "/", Fragment: "", UserInfo: "" }) return url;
                result.AddError($"'{result.Tokens[0].Value}' is not the address of a site; write it as https://review.school.example:8443");
                return null;
            },
        };

        public InviteCommand(CommandHost host) : base(host, "invite", "Print a link with which a person makes an account; it works once. An account that is there is made anew.",
            new CommandExample("filtergate accounts invite head", "for 24 hours"),
            new CommandExample("filtergate accounts invite t-hill --for 7d", "for a week, the longest"))
        {
            Arguments.Add(_person);
            Options.Add(_for);
            Options.Add(_site);
        }

        protected override Task<int> RunAsync(CommandContext context, CancellationToken cancellationToken)
        {
            var person = Id(context, _person);
            var validFor = DurationArgument.Read(context.Value(_for)!, "--for");
            if (validFor <= TimeSpan.Zero || validFor > StateStore.LongestInvitation)
                throw new UserErrorException($"--for: an invitation works for at most {StateStore.LongestInvitation.TotalDays:0} days, and for longer than nothing");
            var site = context.Value(_site)?.GetLeftPart(UriPartial.Authority) ?? ReviewListener.UrlOf(context.Settings)
                ?? throw new UserErrorException("the settings do not say under which name the site is opened; write review_names: [review.school.example] there, or give --site URL");

            using var state = UnblockCommand.OpenState(context);
            var policy = GatewayInputs.Load(context, listsFolder: null, state).Policy;
            var standing = ReviewSite.WhoIs(person, policy, context.Clock.GetUtcNow());
            var end = context.Clock.GetUtcNow() + validFor;
            var link = $"{site}/enrol/{state.Invite(person, validFor, context.Actor)}";
            if (context.Json) context.WriteJson(new { Person = person, Link = link, Until = UnblockCommand.Iso(end), Roles = standing ?? [] });
            else context.Output.WriteLine(link);
            context.Error.WriteLine($"Give this link to {person} alone: whoever opens it first makes the account. It works once, until {Local(context, end)}.");
            if (standing is null)
                context.Error.WriteLine($"filtergate: warning: {person} cannot sign in yet: neither a role in the policy's approvals nor staff in the roster");
            return Task.FromResult(ExitCode.Done);
        }
    }

    /// <summary><c>accounts list</c>.</summary>
    private sealed class ListCommand(CommandHost host) : GatewayCommand(host, "list", "List accounts and invitations that wait.", new CommandExample("filtergate accounts list --json", "for a script"))
    {
        protected override Task<int> RunAsync(CommandContext context, CancellationToken cancellationToken)
        {
            using var state = UnblockCommand.OpenState(context);
            var (accounts, invitations) = (state.Accounts().ToDictionary(a => a.Person, StringComparer.Ordinal), state.Invitations());
            foreach (var person in accounts.Keys.Union(invitations.Keys, StringComparer.Ordinal).Order(StringComparer.Ordinal))
            {
                var account = accounts.GetValueOrDefault(person);
                DateTimeOffset? invited = invitations.TryGetValue(person, out var until) ? until : null;
                var locked = account?.LockedUntil is { } end && end > context.Clock.GetUtcNow() ? end : (DateTimeOffset?)null;
                if (context.Json)
                {
                    context.WriteJson(new
                    {
                        Person = person, HasPassword = account?.PasswordHash is not null, Passkeys = account?.Passkeys ?? 0, Sessions = account?.Sessions ?? 0, CreatedAt = UnblockCommand.Iso(account?.CreatedAt),
                        LastSignInAt = UnblockCommand.Iso(account?.LastSignInAt), LockedUntil = UnblockCommand.Iso(locked), InvitedUntil = UnblockCommand.Iso(invited),
                    });
                    continue;
                }
                var ways = account is null ? "no account" : string.Join(" and ", new[] { account.PasswordHash is null ? null : "password and code", Count(account.Passkeys, "passkey") }.OfType<string>());
                context.Output.WriteLine(
                    $"{context.Paint.Strong(person.PadRight(16))}  {ways}" + (account is null ? "" : $", last sign-in {Local(context, account.LastSignInAt)}{(Count(account.Sessions, "session") is { } live ? $", {live}" : "")}")
                    + (locked is null ? "" : $", locked until {Local(context, locked)}") + (invited is null ? "" : $", invited until {Local(context, invited)}"));
            }
            if (accounts.Count + invitations.Count == 0 && !context.Json) context.Error.WriteLine("Nobody has an account. To invite somebody: filtergate accounts invite PERSON");
            return Task.FromResult(ExitCode.Done);
        }

        private static string? Count(int number, string of) => number switch { 0 => null, 1 => $"1 {of}", _ => string.Create(CultureInfo.InvariantCulture, $"{number} {of}s") };
    }

    /// <summary><c>accounts remove PERSON</c>.</summary>
    private sealed class RemoveCommand : GatewayCommand
    {
        private readonly Argument<string> _person = Person();
        private readonly Option<string> _reason = PeopleCommand.Reason();
        private readonly Confirmation _confirmation = new();

        public RemoveCommand(CommandHost host) : base(host, "remove", "Remove an account: it is signed out everywhere at once.",
            new CommandExample("filtergate accounts remove t-hill --reason \"left the school\"", "the roster is left as it is"))
        {
            Arguments.Add(_person);
            Options.Add(_reason);
            _confirmation.AddTo(this);
        }

        protected override Task<int> RunAsync(CommandContext context, CancellationToken cancellationToken)
        {
            var person = Id(context, _person);
            var reason = context.Value(_reason)!;
            if (string.IsNullOrWhiteSpace(reason)) throw new UserErrorException("--reason: say why; it is kept with the step");
            using var state = UnblockCommand.OpenState(context);
            if (!_confirmation.IsGiven(context, $"Remove the account of {person}?")) return Task.FromResult(ExitCode.Interrupted);
            if (!state.RemoveAccount(person, reason, context.Actor)) throw new UserErrorException($"{person} has neither an account nor an invitation; see: filtergate accounts list");
            if (context.Json) context.WriteJson(new { Person = person, Removed = true });
            else context.Output.WriteLine($"{person} can no longer sign in. To undo: filtergate accounts invite {person}");
            return Task.FromResult(ExitCode.Done);
        }
    }

    /// <summary><c>accounts sessions PERSON</c>.</summary>
    private sealed class SessionsCommand : GatewayCommand
    {
        private readonly Argument<string> _person = Person();
        private readonly Option<bool> _end = new("--end") { Description = "sign the person out everywhere" };

        public SessionsCommand(CommandHost host) : base(host, "sessions", "List where a person is signed in, or end that.",
            new CommandExample("filtergate accounts sessions head", "where the head is signed in"),
            new CommandExample("filtergate accounts sessions head --end", "nowhere any more"))
        {
            Arguments.Add(_person);
            Options.Add(_end);
        }

        protected override Task<int> RunAsync(CommandContext context, CancellationToken cancellationToken)
        {
            var person = Id(context, _person);
            using var state = UnblockCommand.OpenState(context);
            if (state.FindAccount(person) is null) throw new UserErrorException($"{person} has no account; see: filtergate accounts list");
            var sessions = state.AccountSessions(person);
            var ended = context.Value(_end) ? state.EndAccountSessions(person, id: null, context.Actor) : 0;
            foreach (var session in sessions)
            {
                if (context.Json)
                    context.WriteJson(new { session.Person, session.Id, session.Method, session.Address, StartedAt = UnblockCommand.Iso(session.StartedAt), LastSeenAt = UnblockCommand.Iso(session.LastSeenAt), Ended = context.Value(_end) });
                else
                    context.Output.WriteLine($"{session.Id,4}  {session.Address,-15}  since {Local(context, session.StartedAt)}, last seen {Local(context, session.LastSeenAt)}{(ended > 0 ? "  ended" : "")}");
            }
            if (sessions.Count == 0 && !context.Json) context.Error.WriteLine($"{person} is signed in nowhere.");
            return Task.FromResult(ExitCode.Done);
        }
    }
}
