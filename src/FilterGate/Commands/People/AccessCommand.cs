using System.CommandLine;
using FilterGate.Events;
using FilterGate.Policy;
using FilterGate.Policy.People;
using FilterGate.Settings;
using FilterGate.State;

namespace FilterGate.Commands.People;

/// <summary><c>access</c>: the record of everybody granted access, and access that is withdrawn.</summary>
internal static class AccessCommand
{
    /// <summary>Makes the command with what is below it.</summary>
    public static Command Make(CommandHost host) =>
        new CommandGroup("access", "Keep the record of who was granted access, and withdraw or restore it.",
            new CommandExample("filtergate access withdraw p123 --reason \"see incident 12\" --until 2026-12-18", "from a pupil, for a time; help sites still answer"),
            new CommandExample("filtergate access list --csv > record.csv", "the record, for the file"))
        {
            new AccessListCommand(host),
            new AccessGrantCommand(host),
            new AccessWithdrawCommand(host),
            new AccessRestoreCommand(host),
        };

    /// <summary>A withdrawal as <c>--json</c> shows it.</summary>
    internal static object Row(WithdrawalRecord withdrawal) => new
    {
        withdrawal.Id, withdrawal.Person, withdrawal.Device, Start = UnblockCommand.Iso(withdrawal.Start), End = UnblockCommand.Iso(withdrawal.End), withdrawal.Reason, withdrawal.Actor,
        RestoredAt = UnblockCommand.Iso(withdrawal.RestoredAt), withdrawal.RestoredBy, withdrawal.RestoreReason,
    };

    /// <summary>A withdrawal in words.</summary>
    internal static string Say(CommandContext context, WithdrawalRecord withdrawal) =>
        $"{UnblockCommand.Local(context, withdrawal.Start)} {(withdrawal.End is { } end ? $"until {UnblockCommand.Local(context, end)}" : "until restored")} by {withdrawal.Actor}: {withdrawal.Reason}"
        + (withdrawal.RestoredAt is { } at ? $"; restored {UnblockCommand.Local(context, at)} by {withdrawal.RestoredBy}: {withdrawal.RestoreReason}" : "");

    /// <summary>Puts a step among the events, where timelines and the log find it. The audit row of the state stands whether or not that works.</summary>
    internal static async Task RecordAsync(CommandContext context, Who who, string rule, CancellationToken cancellationToken)
    {
        await using var events = EventStore.Open(GatewayInputs.EventsFolder(context), context.Clock);
        await events.CommitAsync(
            new FilterEvent { Time = context.Clock.GetUtcNow(), Kind = EventKind.Audit, Reason = Reason.AccessWithdrawn, Person = who.Person?.Id, Group = who.Person?.Group, Device = who.Device, Rule = rule },
            giveReference: false, cancellationToken);
    }
}

/// <summary><c>access list</c>: the record.</summary>
internal sealed class AccessListCommand : GatewayCommand
{
    private static readonly string[] Header =
        ["person", "name", "role", "group", "granted_at", "granted_by", "agreement", "authorised_by", "from", "until", "state", "ended_at", "ended_by", "end_reason"];

    private readonly Option<bool> _all = new("--all") { Description = "those who left too" };
    private readonly Option<bool> _noAgreement = new("--no-agreement") { Description = "only those whose signed agreement nobody has noted" };
    private readonly Option<bool> _csv = new("--csv") { Description = "print a table (CSV)" };
    private readonly Option<string?> _role = PeopleCommand.RoleOption("only pupils, staff or guests");
    private readonly RevealOptions _reveal = PeopleCommand.Reveal();

    /// <summary>Makes the command.</summary>
    public AccessListCommand(CommandHost host) : base(host, "list", "List who was granted access: when, by whom, whether the agreement is signed, when it ended and why.",
        new CommandExample("filtergate access list --role staff --no-agreement", "who has not signed yet"),
        new CommandExample("filtergate access list --all --csv --reveal --reason \"governors' visit\" > record.csv", "the whole record with names, which is recorded"),
        new CommandExample("filtergate access list --json", "for a script"))
    {
        foreach (var option in new Option[] { _all, _noAgreement, _csv, _role }) Options.Add(option);
        _reveal.AddTo(this);
    }

    /// <summary>A line of the record as <c>--json</c> shows it.</summary>
    internal static object Row(AccessRecord line, string? name, string state) => new
    {
        line.Person, Name = name, Role = RosterDiff.Word(line.Role), line.Group, GrantedAt = UnblockCommand.Iso(line.GrantedAt), line.GrantedBy, Agreement = line.Agreement?.ToString("yyyy-MM-dd"), line.AuthorisedBy,
        From = UnblockCommand.Iso(line.From), Until = UnblockCommand.Iso(line.Until), State = state, EndedAt = UnblockCommand.Iso(line.EndedAt), line.EndedBy, line.EndReason,
    };

    /// <summary>The state of a line: that of the person, or <c>ended</c> for one who left.</summary>
    internal static string StateOf(AccessRecord line, string access) => line.EndedAt is null ? access : "ended";

    /// <inheritdoc/>
    protected override async Task<int> RunAsync(CommandContext context, CancellationToken cancellationToken)
    {
        if (context.Json && context.Value(_csv)) throw new UserErrorException("--json and --csv: give one of them");
        using var state = UnblockCommand.OpenState(context);
        var isRevealed = await PeopleCommand.IsRevealedAsync(context, state, _reveal, "access list", cancellationToken);
        var (now, roster, role) = (context.Clock.GetUtcNow(), state.CurrentRoster(), PeopleCommand.Role(context, _role));
        var withdrawals = state.LiveWithdrawals(now, roster);
        var lines = state.AccessRecords()
            .Where(r => (context.Value(_all) || r.EndedAt is null) && (role is null || r.Role == role) && (!context.Value(_noAgreement) || r.Agreement is null))
            .Select(r => (Line: r, Name: isRevealed ? r.Name : Masking.Words(r.Name), State: StateOf(r, roster.FindPerson(r.Person) is { } person ? AccessState.Of(person, withdrawals.FindPerson(r.Person, now), now) : "ended")))
            .ToList();
        if (context.Value(_csv))
        {
            CsvOutput.Write(context.Output, Header, lines.Select(l => new[]
            {
                l.Line.Person, l.Name, RosterDiff.Word(l.Line.Role), l.Line.Group, UnblockCommand.Iso(l.Line.GrantedAt), l.Line.GrantedBy, l.Line.Agreement?.ToString("yyyy-MM-dd"), l.Line.AuthorisedBy,
                UnblockCommand.Iso(l.Line.From), UnblockCommand.Iso(l.Line.Until), l.State, UnblockCommand.Iso(l.Line.EndedAt), l.Line.EndedBy, l.Line.EndReason,
            }));
            return ExitCode.Done;
        }
        foreach (var (line, name, access) in lines)
        {
            if (context.Json)
            {
                context.WriteJson(Row(line, name, access));
                continue;
            }
            context.Output.WriteLine(
                $"{context.Paint.Strong($"{line.Person,-12}")}  {RosterDiff.Word(line.Role),-5}  {line.Group ?? "-",-10}  {name}  granted {UnblockCommand.Local(context, line.GrantedAt)} by {line.GrantedBy}, "
                + $"{(line.Agreement is { } day ? $"agreement {day:yyyy-MM-dd}" : "no agreement noted")}{(line.AuthorisedBy is null ? "" : $", authorised by {line.AuthorisedBy}")}"
                + $"{(access == "granted" ? "" : "  " + context.Paint.Bad(access))}{(line.EndedAt is { } end ? $" {UnblockCommand.Local(context, end)} by {line.EndedBy}: {line.EndReason}" : "")}");
        }
        if (lines.Count == 0 && !context.Json) context.Error.WriteLine("Nobody.");
        return ExitCode.Done;
    }
}

/// <summary><c>access grant PERSON --agreement DAY</c>: the agreement is signed.</summary>
internal sealed class AccessGrantCommand : GatewayCommand
{
    private readonly Argument<string> _person = new("PERSON") { Description = "an id (p123) or a log-in name" };
    private readonly Option<string> _agreement = new("--agreement") { HelpName = "DAY", Description = "the day on which the agreement on acceptable use was signed, 2026-09-01 or 01/09/2026", Required = true };
    private readonly Option<string?> _reason = new("--reason") { HelpName = "TEXT", Description = "a note; kept with the step" };

    /// <summary>Makes the command.</summary>
    public AccessGrantCommand(CommandHost host) : base(host, "grant", "Note in the record that somebody has signed the agreement.",
        new CommandExample("filtergate access grant t-hill --agreement 2026-09-01", "signed on the first day of term"),
        new CommandExample("filtergate access grant p123 --agreement 01/09/2026 --json", "a pupil's parents have consented")) 
    {
        Arguments.Add(_person);
        Options.Add(_agreement);
        Options.Add(_reason);
    }

    /// <inheritdoc/>
    protected override Task<int> RunAsync(CommandContext context, CancellationToken cancellationToken)
    {
        if (!SchoolRecords.TryReadDay(context.Value(_agreement)!, out var day, out var problem)) throw new UserErrorException($"--agreement: {problem}");
        if (day > DateOnly.FromDateTime(context.Clock.GetUtcNow().UtcDateTime).AddDays(1)) throw new UserErrorException("--agreement: it lies in the future; give the day on which it was signed");
        using var state = UnblockCommand.OpenState(context);
        var person = Who.Find(context, state, "person:" + context.Value(_person)).Person!;
        if (!state.GrantAccess(person.Id, day, authorisedBy: null, context.Value(_reason), context.Actor)) throw new UserErrorException($"{person.Id} has been removed meanwhile");
        if (context.Json) context.WriteJson(new { Person = person.Id, Agreement = day.ToString("yyyy-MM-dd") });
        else context.Output.WriteLine($"{person.Id}: agreement signed {day:yyyy-MM-dd}, noted in the record.");
        return Task.FromResult(ExitCode.Done);
    }
}

/// <summary><c>access withdraw WHO</c>.</summary>
internal sealed class AccessWithdrawCommand : GatewayCommand
{
    private readonly Argument<string> _who = Who.Argument();
    private readonly Option<string> _reason = PeopleCommand.Reason();
    private readonly Option<string?> _until = new("--until") { HelpName = "TIME", Description = "the last day, or a time (15:00 today, 2026-11-23T15:00); without it until restored" };
    private readonly Confirmation _confirmation = new();

    /// <summary>Makes the command.</summary>
    public AccessWithdrawCommand(CommandHost host) : base(host, "withdraw", "Take access from a person or a device, in force within a second. Help sites still answer.",
        new CommandExample("filtergate access withdraw p123 --reason \"see incident 12\" --until 2026-12-18", "until the end of a day"),
        new CommandExample("filtergate access withdraw S.Sample --reason \"see incident 12\"", "by log-in name, in any spelling, until restored"),
        new CommandExample("filtergate access withdraw ipad-14 --reason \"taken out of the trolley\" --yes --json", "a device, unasked"))
    {
        Arguments.Add(_who);
        Options.Add(_reason);
        Options.Add(_until);
        _confirmation.AddTo(this);
    }

    /// <inheritdoc/>
    protected override async Task<int> RunAsync(CommandContext context, CancellationToken cancellationToken)
    {
        using var state = UnblockCommand.OpenState(context);
        var who = Who.Find(context, state, context.Value(_who)!);
        var end = ReadEnd(context, state);
        if (!_confirmation.IsGiven(context, $"Take access from {who}?")) return ExitCode.Interrupted;
        var withdrawal = state.WithdrawAccess(who.Person?.Id, who.Device, end, context.Value(_reason)!, context.Actor);
        var until = withdrawal.End is { } last ? $"until {UnblockCommand.Iso(last)}" : "until restored";
        if (context.Json) context.WriteJson(AccessCommand.Row(withdrawal));
        else
        {
            context.Output.WriteLine($"{who} has no access {until}; help sites still answer.");
            if (who.Person is not null && !state.CurrentRoster().Devices.Any(d => RosterIds.Comparer.Equals(d.Person, who.Person.Id)))
                context.Output.WriteLine($"No device is on loan to {who}: on shared devices, which nobody logs on to, the gateway does not know who is there.");
            context.Output.WriteLine($"To undo: filtergate access restore {who} --reason TEXT");
        }
        await AccessCommand.RecordAsync(context, who, $"withdrawal {withdrawal.Id} {until} by {context.Actor}", cancellationToken);
        return ExitCode.Done;
    }

    private DateTimeOffset? ReadEnd(CommandContext context, StateStore state)
    {
        if (context.Value(_until) is not { } text) return null;
        // A day alone is meant whole, as in the school's records; a time as everywhere on the command line.
        var end = SchoolRecords.TryReadDay(text, out _, out _) && SchoolRecords.Load(context, state).TryReadTime(text, isEnd: true, out var day, out _) ? day : TimeArgument.Read(text, "--until", context.Clock);
        return end > context.Clock.GetUtcNow() ? end : throw new UserErrorException($"--until: {text} is past");
    }
}

/// <summary><c>access restore WHO</c>.</summary>
internal sealed class AccessRestoreCommand : GatewayCommand
{
    private readonly Argument<string> _who = Who.Argument();
    private readonly Option<string> _reason = PeopleCommand.Reason();
    private readonly Confirmation _confirmation = new();

    /// <summary>Makes the command.</summary>
    public AccessRestoreCommand(CommandHost host) : base(host, "restore", "Give access back, in force within a second.",
        new CommandExample("filtergate access restore p123 --reason \"talked it over with the parents\"", "a pupil"),
        new CommandExample("filtergate access restore ipad-14 --reason \"back in the trolley\" --yes --json", "a device, unasked"))
    {
        Arguments.Add(_who);
        Options.Add(_reason);
        _confirmation.AddTo(this);
    }

    /// <inheritdoc/>
    protected override async Task<int> RunAsync(CommandContext context, CancellationToken cancellationToken)
    {
        using var state = UnblockCommand.OpenState(context);
        var who = Who.Find(context, state, context.Value(_who)!);
        if (who.Person is { } person && state.CurrentRoster().FindByAccount(context.Actor)?.Id == person.Id)
        {
            state.Audit(context.Actor, "access.refused", $"person {person.Id}", "restore of one's own access");
            throw new UserErrorException("nobody gives access back to himself or herself; ask somebody else. This attempt is on record.", ExitCode.Refused);
        }
        if (!_confirmation.IsGiven(context, $"Give access back to {who}?")) return ExitCode.Interrupted;
        var restored = state.RestoreAccess(who.Person?.Id, who.Device, context.Value(_reason)!, context.Actor);
        if (restored.Count == 0)
        {
            var now = context.Clock.GetUtcNow();
            throw new UserErrorException(who.Person is { } p && !p.IsCurrent(now)
                ? $"{who} has no access because {(now < p.From ? "the first day has not come" : "the last day is over")}; to change that: filtergate people change {who} {(now < p.From ? "--from" : "--until")} DAY"
                : $"the access of {who} is not withdrawn");
        }
        if (context.Json) context.WriteJson(new { who.Person?.Id, who.Device, Restored = restored.Select(AccessCommand.Row) });
        else context.Output.WriteLine($"{who} has access again.");
        foreach (var withdrawal in restored) await AccessCommand.RecordAsync(context, who, $"withdrawal {withdrawal.Id} restored by {context.Actor}", cancellationToken);
        return ExitCode.Done;
    }
}
