using System.CommandLine;
using System.Net;
using FilterGate.Devices;
using FilterGate.Events;
using FilterGate.Matching;
using FilterGate.Policy;
using FilterGate.Policy.Documents;
using FilterGate.Proxy;
using FilterGate.Proxy.Connections;
using FilterGate.Running;
using FilterGate.Safeguarding.WhatIf;
using FilterGate.Settings;
using FilterGate.State;

namespace FilterGate.Commands;

/// <summary><c>check URL</c>: would it be allowed, and why? The same policy, lists and overrides as the running gateway's.</summary>
internal sealed class CheckCommand : GatewayCommand
{
    private readonly Argument<string> _url = new("URL") { Description = "the address; without a scheme it is http" };
    private readonly Option<string?> _tier = new("--tier") { HelpName = "TIER", Description = "as this tier" };
    private readonly Option<string?> _client = new("--client") { HelpName = "ADDRESS", Description = "as the client with this address" };
    private readonly Option<string?> _person = new("--as") { HelpName = "PERSON", Description = "as this person of the roster: their id, or the name they log on with" };
    private readonly Option<string?> _group = new("--group") { HelpName = "GROUP", Description = "as anybody of this group: a class, a year, the office" };
    private readonly Option<string?> _at = new("--at") { HelpName = "TIME", Description = "at this time: 2026-11-23T14:00, with Z or an offset, or 14:00 today" };
    private readonly Option<DirectoryInfo?> _lists = new("--lists") { HelpName = "DIR", Description = "a folder in UT1/squidGuard layout instead of the starter lists" };
    private readonly RevealOptions _reveal = new();

    /// <summary>Makes the command.</summary>
    public CheckCommand(CommandHost host) : base(host, "check", "Say whether an address is allowed, and why.",
        new CommandExample("filtergate check games.example --tier pupil", "for a pupil; exit code 0 allowed, 3 blocked or warned"),
        new CommandExample("filtergate check https://video.example/watch --client 10.20.1.7 --at 14:00", "for the device with this address, at two"),
        new CommandExample("filtergate check games.example --as p123 --at 12:30", "for a person, whatever device they use, at half past twelve"),
        new CommandExample("filtergate check games.example --json | jq .explanation", "for a script; without --tier and --client for unknown clients"))
    {
        Arguments.Add(_url);
        foreach (var option in (Option[])[_tier, _client, _person, _group, _at, _lists]) Options.Add(option);
        _reveal.AddTo(this);
        Validators.Add(result =>
        {
            if (new Option[] { _tier, _client, _person, _group }.Count(o => result.GetResult(o) is { Implicit: false }) > 1)
                result.AddError("--tier, --client, --as and --group each say for whom; give one of them");
        });
    }

    /// <inheritdoc/>
    protected override async Task<int> RunAsync(CommandContext context, CancellationToken cancellationToken)
    {
        if (!CanonicalUrl.TryParse(context.Value(_url)!, out var url, out var wrong))
            throw new UserErrorException($"'{Masking.Url(context.Value(_url)!)}' is not an address: {wrong}");
        var time = context.Value(_at) is { } at ? TimeArgument.Read(at, "--at", context.Clock) : context.Clock.GetUtcNow();

        using var state = GatewayInputs.OpenStateIfThere(context);
        var inputs = GatewayInputs.Load(context, context.Value(_lists)?.FullName, state, time);
        var policy = inputs.Policy;
        var client = await WhoAsksAsync(context, inputs, cancellationToken);
        var known = client.Tier.NewlySeen is null ? null : FirstSeenFile.TryRead(FirstSeenFile.PathIn(context.DataFolder));
        var question = PolicyCheck.QuestionOf(policy, client, url, time) with { Refusal = RefusalOf(url, policy), FirstSeenDays = FirstSeenDays(known, client, url, time) };
        var trace = policy.Explain(in question);

        if (trace.Decision.Locked is not null) await RecordLockedAsync(context, in question, policy, trace.Decision, "check", cancellationToken);
        var isRevealed = _reveal.IsRevealed(context, reason => RecordReveal(context, state, $"check {Masking.Url(url.ToString())} for {(client.Person is { } person ? Audience.ForPerson(person) : Audience.ForTier(client.Tier.Name))}", reason));
        var result = CheckResult.Of(policy, in question, trace, address => isRevealed ? address.ToString() : Masking.Url(address.ToString())).With(state?.ShadowAt(time), trace.Decision);

        if (context.Json) context.WriteJson(result);
        else DecisionPrinter.Write(context, result, trace, $"{policy.School}, version {result.PolicyVersion} ({inputs.Text.Name})");
        if (trace.Decision.Reason is Reason.Uncategorised && client.Tier.NewlySeen is not null && question.FirstSeenDays is null)
            context.Error.WriteLine($"filtergate: the running gateway may answer otherwise: newly_seen is set for {client.Tier.Name}, and there is no memory here that is {client.Tier.NewlySeenDays} days old.");
        if (question.Seen == Seen.Host && policy.Lists.Locked.Feeds.Any(f => f.IsBlind))
            context.Error.WriteLine($"filtergate: locked URLs: not met for tier {client.Tier.Name}: it passes HTTPS of this host unread, and an illegal-content list came as hashes without their hosts, so nobody can tell which hosts would have to be read.");
        return trace.Decision.IsForwarded ? ExitCode.Done : ExitCode.Blocked;
    }

    /// <summary>An address is judged as the gateway judges it. A name is not looked up: the gateway judges that when it dials, and a check of a pupil's page should not show up in name look-ups.</summary>
    internal static Reason? RefusalOf(CanonicalUrl url, PolicySnapshot policy)
    {
        using var guard = new DestinationGuard(new GatewayOptions { EndPoints = [] });
        return guard.RefusesLiteral(url.Host, url.Port, policy) ? Reason.PrivateDestination : null;
    }

    /// <summary>What the gateway that runs here remembers; a host it has never met would be new to it. Null where it has not learnt for long enough to say.</summary>
    internal static int? FirstSeenDays(FirstSeenTable? known, Client client, CanonicalUrl url, DateTimeOffset time)
    {
        var day = DateOnly.FromDateTime(time.UtcDateTime);
        return known is not null && known.DaysOfLearning(day) >= client.Tier.NewlySeenDays ? known.Find(url.Host, day) ?? 0 : null;
    }

    /// <summary>A device that is known by its hardware address is behind whichever address it has now.</summary>
    private static async Task<PolicySnapshot> AsTheGatewaySeesAsync(CommandContext context, PolicySnapshot policy, CancellationToken cancellationToken)
    {
        if (!policy.InForce.Roster.HasMacs) return policy;
        var (neighbours, _) = await new NeighbourSources(context.Settings.Devices, context.Box, context.Clock).ReadAsync(cancellationToken);
        return policy.With(policy.InForce with { Addresses = NeighbourSources.BookOf(neighbours) });
    }

    private async Task<Client> WhoAsksAsync(CommandContext context, GatewayInputs inputs, CancellationToken cancellationToken)
    {
        if (context.Value(_tier) is { } name) return new Client(IPAddress.Loopback, inputs.Tier(name, "--tier"), null, IsKnown: true);
        if (context.Value(_group) is { } groupName)
        {
            var groups = inputs.Policy.Groups.Select(g => g.Name);
            var group = inputs.Policy.FindGroup(groupName)
                ?? throw new UserErrorException($"--group: '{groupName}' is no group of the policy {inputs.Text.Name}{Nearest.Suggestion(groupName, groups)} (groups: {string.Join(", ", groups)})");
            return new Client(IPAddress.Loopback, group.Tier, null, IsKnown: true) { Group = group };
        }
        if (context.Value(_person) is { } person)
        {
            var known = inputs.Policy.InForce.Roster.FindPerson(person) ?? inputs.Policy.InForce.Roster.FindByAccount(person)
                ?? throw new UserErrorException($"--as: there is nobody with the id or log-in name '{person}'; see: filtergate people list");
            return inputs.Policy.IdentifyPerson(known.Id)!;
        }
        if (context.Value(_client) is not { } text) return new Client(IPAddress.Loopback, inputs.Policy.UnknownClients, null, IsKnown: false);
        if (!ListenAddress.TryParseAddress(text, out var address)) throw new UserErrorException($"--client: '{text}' is not an address; write it as 10.20.1.7");
        return (await AsTheGatewaySeesAsync(context, inputs.Policy, cancellationToken)).Identify(address)
            ?? throw new UserErrorException($"--client: {address} lies outside the networks of the policy {inputs.Text.Name}; the gateway refuses it altogether. Add its range to 'networks'.");
    }

    /// <summary>An answer about an illegal-content list is on record before it is shown, and there are few of them in a minute.</summary>
    internal static Task RecordLockedAsync(CommandContext context, in Question question, PolicySnapshot policy, Decision decision, string command, CancellationToken cancellationToken)
    {
        if (!Directory.Exists(context.DataFolder)) return Task.CompletedTask; // a box that has never run keeps no records
        var record = LockedQuestions.EventOf(in question, policy, decision, $"{command} by {context.Actor}", context.Clock.GetUtcNow());
        return CommitAsync();

        async Task CommitAsync()
        {
            await using var events = EventStore.Open(GatewayInputs.EventsFolder(context), context.Clock);
            if (!await LockedQuestions.TryRecordAsync(events, record, cancellationToken))
                throw new UserErrorException($"illegal-content lists have been asked {LockedQuestions.AnswersMax} times in a minute; wait a minute. Each answer is on record.", ExitCode.Refused);
        }
    }

    private static void RecordReveal(CommandContext context, StateStore? state, string asked, string reason)
    {
        if (state is null) throw new UserErrorException($"--reveal is written to the audit, and {context.DataFolder} has none yet; start the gateway once, or leave --reveal out");
        state.Audit(context.Actor, "reveal", asked, reason);
    }
}
