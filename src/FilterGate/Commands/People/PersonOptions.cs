using System.CommandLine;
using FilterGate.Policy.People;
using FilterGate.State;

namespace FilterGate.Commands.People;

/// <summary>The options that say what a person is.</summary>
internal sealed class PersonOptions
{
    private readonly Option<string?> _name = new("--name") { HelpName = "NAME", Description = "the name" };
    private readonly Option<string?> _group = new("--group") { HelpName = "GROUP", Description = "a group of the policy; \"\" for none" };
    private readonly Option<string?> _role = PeopleCommand.RoleOption("what he or she is to the school");
    private readonly Option<string?> _account = new("--account") { HelpName = "NAME", Description = "the log-in name; \"\" for none" };
    private readonly Option<string?> _from = new("--from") { HelpName = "DAY", Description = "the first day, 2026-09-01 or 01/09/2026, or a time" };
    private readonly Option<string?> _until = new("--until") { HelpName = "DAY", Description = "the last day, or a time such as 2026-11-23T15:30; \"\" for none" };
    private readonly Option<string?> _agreement = new("--agreement") { HelpName = "DAY", Description = "the day on which the agreement on acceptable use was signed" };
    private readonly Option<string?> _authorisedBy = new("--authorised-by") { HelpName = "ID", Description = "who lets a guest in: the head or the business manager" };
    private readonly Option<string?> _reason = new("--reason") { HelpName = "TEXT", Description = "why; kept with the change" };

    /// <summary>Adds them to a command.</summary>
    public void AddTo(Command command)
    {
        foreach (var option in new[] { _name, _group, _role, _account, _from, _until, _agreement, _authorisedBy, _reason }) command.Options.Add(option);
    }

    /// <summary>Checks what the options say and keeps the person; what they do not say is as it was.</summary>
    /// <exception cref="UserErrorException">Every mistake, with its option.</exception>
    public int Keep(CommandContext context, StateStore state, string id, Person? before, string command)
    {
        var records = SchoolRecords.Load(context, state);
        var words = new PersonWords
        {
            Id = id,
            Name = Said(_name, before?.Name),
            Group = Said(_group, before?.Group),
            Role = Said(_role, before is null ? null : RosterDiff.Word(before.Role)),
            Account = Said(_account, before?.Account),
            From = Said(_from, records.Spell(before?.From, isEnd: false)),
            Until = Said(_until, records.Spell(before?.Until, isEnd: true)),
            Agreement = Said(_agreement, null),
            AuthorisedBy = Said(_authorisedBy, null),
        };
        var problems = new InputProblems();
        var entry = new PersonReader(records).Read(words, line: 0, problems);
        PeopleCommand.Refuse(context, problems, column => column == "id" ? "ID" : "--" + column.Replace('_', '-'));

        var diff = state.ImportPeople([entry!], removeMissing: false, command, context.Value(_reason), context.Actor);
        if (diff.Clashes is [var clash, ..]) throw new UserErrorException(clash.Message);
        var outcome = PeopleImportCommand.Outcome(diff);
        if (context.Json) RosterReport.WriteJson(context, command, outcome, new RosterImport(false, command, null, context.Actor, IsDryRun: false), isApplied: true, problems);
        else
        {
            context.Output.WriteLine(outcome switch
            {
                { Added: [var (addedId, says)] } => $"{addedId} is added: {says}.",
                { Changed: [var changed] } => $"{changed.Id} is changed: {string.Join(", ", changed.Fields.Select(RosterReport.Say))}.",
                _ => $"{id} is as before{(words.Agreement is null && words.AuthorisedBy is null ? "" : "; the record of access is up to date")}.",
            });
        }
        return ExitCode.Done;

        string? Said(Option<string?> option, string? was) =>
            context.Parse.GetResult(option) is { Implicit: false } ? (context.Value(option) is { } text && !string.IsNullOrWhiteSpace(text) ? text.Trim() : null) : was;
    }
}

/// <summary><c>people add ID</c>.</summary>
internal sealed class PeopleAddCommand : GatewayCommand
{
    private readonly Argument<string> _id = new("ID") { Description = "the school's own id, such as p123; never a name" };
    private readonly PersonOptions _options = new();

    /// <summary>Makes the command.</summary>
    public PeopleAddCommand(CommandHost host) : base(host, "add", "Add one person.",
        new CommandExample("filtergate people add p201 --name \"Sam Sample\" --role pupil --group 4b", "a pupil"),
        new CommandExample("filtergate people add trainee-2 --name \"Alex Sample\" --role guest --until 2026-12-18 --authorised-by t-head", "a guest: let in by the head or the business manager, until a day"),
        new CommandExample("filtergate people add p201 --name \"Sam Sample\" --role pupil --json", "for a script"))
    {
        Arguments.Add(_id);
        _options.AddTo(this);
    }

    /// <inheritdoc/>
    protected override Task<int> RunAsync(CommandContext context, CancellationToken cancellationToken)
    {
        using var state = UnblockCommand.OpenState(context);
        var id = context.Value(_id)!;
        if (state.CurrentRoster().FindPerson(id) is { } there) throw new UserErrorException($"{there.Id} is there already; to change something: filtergate people change {there.Id}");
        return Task.FromResult(_options.Keep(context, state, id, before: null, "people add"));
    }
}

/// <summary><c>people change ID</c>.</summary>
internal sealed class PeopleChangeCommand : GatewayCommand
{
    private readonly Argument<string> _id = new("ID") { Description = "an id (p123) or a log-in name" };
    private readonly PersonOptions _options = new();

    /// <summary>Makes the command.</summary>
    public PeopleChangeCommand(CommandHost host) : base(host, "change", "Change what is kept of one person; what no option names stays.",
        new CommandExample("filtergate people change p201 --group 5b", "another class"),
        new CommandExample("filtergate people change t-hill --until 2026-12-18 --json", "a last day: from the midnight after it access is withdrawn"))
    {
        Arguments.Add(_id);
        _options.AddTo(this);
    }

    /// <inheritdoc/>
    protected override Task<int> RunAsync(CommandContext context, CancellationToken cancellationToken)
    {
        using var state = UnblockCommand.OpenState(context);
        var person = Who.Find(context, state, "person:" + context.Value(_id)).Person!;
        return Task.FromResult(_options.Keep(context, state, person.Id, person, "people change"));
    }
}

/// <summary><c>people remove ID</c>.</summary>
internal sealed class PeopleRemoveCommand : GatewayCommand
{
    private readonly Argument<string> _id = new("ID") { Description = "an id (p123) or a log-in name" };
    private readonly Option<string> _reason = PeopleCommand.Reason();
    private readonly Confirmation _confirmation = new();

    /// <summary>Makes the command.</summary>
    public PeopleRemoveCommand(CommandHost host) : base(host, "remove", "Remove somebody who left: devices on loan are returned, the record of access keeps when and why.",
        new CommandExample("filtergate people remove t-hill --reason \"left the school\"", "somebody left"),
        new CommandExample("filtergate people remove p201 --reason \"moved away\" --yes --json", "unasked"))
    {
        Arguments.Add(_id);
        Options.Add(_reason);
        _confirmation.AddTo(this);
    }

    /// <inheritdoc/>
    protected override Task<int> RunAsync(CommandContext context, CancellationToken cancellationToken)
    {
        using var state = UnblockCommand.OpenState(context);
        var person = Who.Find(context, state, "person:" + context.Value(_id)).Person!;
        var devices = state.CurrentRoster().Devices.Where(d => RosterIds.Comparer.Equals(d.Person, person.Id)).Select(d => d.Name).ToList();
        if (!_confirmation.IsGiven(context, $"Remove {person.Id}{(devices.Count == 0 ? "" : $" and take {string.Join(", ", devices)} off the loan")}?")) return Task.FromResult(ExitCode.Interrupted);
        if (!state.RemovePerson(person.Id, context.Value(_reason)!, context.Actor)) throw new UserErrorException($"{person.Id} has been removed meanwhile");
        if (context.Json) context.WriteJson(new { person.Id, Removed = true, DevicesReturned = devices });
        else context.Output.WriteLine($"{person.Id} is removed.{(devices.Count == 0 ? "" : $" No longer on loan: {string.Join(", ", devices)}.")}");
        return Task.FromResult(ExitCode.Done);
    }
}

/// <summary><c>people export</c>.</summary>
internal sealed class PeopleExportCommand : GatewayCommand
{
    private readonly RevealOptions _reveal = PeopleCommand.Reveal();

    /// <summary>Makes the command.</summary>
    public PeopleExportCommand(CommandHost host) : base(host, "export", "Print the people as a table (CSV) that can be imported again.",
        new CommandExample("filtergate people export --reveal --reason \"move to a new box\" > people.csv", "with names, which is recorded"),
        new CommandExample("filtergate people list --json", "without names, for a script")) => _reveal.AddTo(this);

    /// <inheritdoc/>
    protected override async Task<int> RunAsync(CommandContext context, CancellationToken cancellationToken)
    {
        using var state = UnblockCommand.OpenState(context);
        if (!await PeopleCommand.IsRevealedAsync(context, state, _reveal, "people export", cancellationToken))
            throw new UserErrorException("an export has every name in it; say that you want them, and why: --reveal --reason TEXT. Without names: filtergate people list --json");
        var records = SchoolRecords.Load(context, state);
        var granted = state.AccessRecords().Where(r => r.EndedAt is null).ToDictionary(r => r.Person, RosterIds.Comparer);
        CsvOutput.Write(context.Output, [.. PersonReader.Columns.Select(c => c.Name)], records.Roster.People.Select(p => new[]
        {
            p.Id, p.Name, p.Group, RosterDiff.Word(p.Role), p.Account, records.Spell(p.From, isEnd: false), records.Spell(p.Until, isEnd: true),
            granted.GetValueOrDefault(p.Id)?.Agreement?.ToString("yyyy-MM-dd"), granted.GetValueOrDefault(p.Id)?.AuthorisedBy,
        }));
        return ExitCode.Done;
    }
}
