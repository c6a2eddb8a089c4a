using System.CommandLine;
using FilterGate.Events;
using FilterGate.Policy.People;
using FilterGate.Settings;
using FilterGate.State;

namespace FilterGate.Commands.People;

/// <summary><c>people</c>: who is at the school.</summary>
/// <remarks>Works on <c>state.db</c>, whether or not a gateway runs; a running one puts a change in force within a second. Names and log-in names are hidden unless <c>--reveal</c>.</remarks>
internal static class PeopleCommand
{
    /// <summary>Makes the command with what is below it.</summary>
    public static Command Make(CommandHost host) =>
        new CommandGroup("people", "Keep who is at the school: pupils, staff and guests, with their groups and log-in names.",
            new CommandExample("filtergate people import pupils.csv --role pupil --dry-run", "what a file of the school's records would change"),
            new CommandExample("filtergate people list --group 4b", "a class"))
        {
            new PeopleListCommand(host),
            new PeopleShowCommand(host),
            new PeopleImportCommand(host),
            new PeopleAddCommand(host),
            new PeopleChangeCommand(host),
            new PeopleRemoveCommand(host),
            new PeopleExportCommand(host),
        };

    /// <summary>The options that show names.</summary>
    internal static RevealOptions Reveal() => new("names and log-in names");

    /// <summary>The option of a step that is never taken without a reason.</summary>
    internal static Option<string> Reason() => new("--reason") { HelpName = "TEXT", Description = "why; kept with the step", Required = true };

    /// <summary>Whether names are shown; that somebody looked is in the audit and among the events before this returns.</summary>
    /// <exception cref="UserErrorException"><c>--reveal</c> without a reason.</exception>
    internal static async Task<bool> IsRevealedAsync(CommandContext context, StateStore state, RevealOptions reveal, string command, CancellationToken cancellationToken)
    {
        string? why = null;
        if (!reveal.IsRevealed(context, reason => why = reason)) return false;
        state.Audit(context.Actor, "reveal", command, why);
        await using var events = EventStore.Open(GatewayInputs.EventsFolder(context), context.Clock);
        await events.CommitAsync(new FilterEvent { Time = context.Clock.GetUtcNow(), Kind = EventKind.Audit, Rule = $"{command} revealed to {context.Actor}: {why}" }, giveReference: false, cancellationToken);
        return true;
    }

    /// <summary>Ends a command whose words are wrong: every mistake, with its option.</summary>
    /// <exception cref="UserErrorException">There are mistakes.</exception>
    internal static void Refuse(CommandContext context, InputProblems problems, Func<string, string> optionOf)
    {
        foreach (var warning in problems.Where(p => p.IsWarning)) context.Error.WriteLine($"filtergate: {optionOf(warning.Column!)}: {warning.Message}");
        var mistakes = problems.Where(p => !p.IsWarning).Select(p => p.Column is null ? p.Message : $"{optionOf(p.Column)}: {p.Message}").ToList();
        if (mistakes.Count > 0) throw new UserErrorException(string.Join('\n', mistakes));
    }

    /// <summary>The role of an option.</summary>
    internal static Option<string?> RoleOption(string description)
    {
        var option = new Option<string?>("--role") { HelpName = "ROLE", Description = description };
        return option.AcceptOnlyFromAmong("pupil", "staff", "guest");
    }

    /// <summary>The role that an option names, or null.</summary>
    internal static PersonRole? Role(CommandContext context, Option<string?> option) => context.Value(option) switch
    {
        "pupil" => PersonRole.Pupil,
        "staff" => PersonRole.Staff,
        "guest" => PersonRole.Guest,
        _ => null,
    };
}

/// <summary><c>people list</c>.</summary>
internal sealed class PeopleListCommand : GatewayCommand
{
    private readonly Option<string?> _role = PeopleCommand.RoleOption("only pupils, staff or guests");
    private readonly Option<string?> _group = new("--group") { HelpName = "GROUP", Description = "only this group" };
    private readonly RevealOptions _reveal = PeopleCommand.Reveal();

    /// <summary>Makes the command.</summary>
    public PeopleListCommand(CommandHost host) : base(host, "list", "List the people, in order of their ids.",
        new CommandExample("filtergate people list --group 4b", "a class; names are hidden"),
        new CommandExample("filtergate people list --role staff --reveal --reason \"yearly check\"", "with names; that is recorded"),
        new CommandExample("filtergate people list --json", "for a script"))
    {
        Options.Add(_role);
        Options.Add(_group);
        _reveal.AddTo(this);
    }

    /// <inheritdoc/>
    protected override async Task<int> RunAsync(CommandContext context, CancellationToken cancellationToken)
    {
        using var state = UnblockCommand.OpenState(context);
        var isRevealed = await PeopleCommand.IsRevealedAsync(context, state, _reveal, "people list", cancellationToken);
        var records = SchoolRecords.Load(context, state);
        var group = context.Value(_group) is { } asked ? records.FindGroup(asked, out var problem) ?? throw new UserErrorException($"--group: {problem}") : null;
        var role = PeopleCommand.Role(context, _role);
        var withdrawals = state.LiveWithdrawals(records.Now, records.Roster);
        var agreements = state.AccessRecords().Where(r => r.EndedAt is null).ToDictionary(r => r.Person, r => r.Agreement, RosterIds.Comparer);
        var people = records.Roster.People.Where(p => (role is null || p.Role == role) && (group is null || p.Group == group)).ToList();
        foreach (var person in people)
        {
            var access = AccessState.Of(person, withdrawals.FindPerson(person.Id, records.Now), records.Now);
            var (name, account) = isRevealed ? (person.Name, person.Account) : (Masking.Words(person.Name), Masking.Words(person.Account));
            if (context.Json)
            {
                context.WriteJson(new
                {
                    person.Id, Name = name, person.Group, Role = RosterDiff.Word(person.Role), Account = account, From = UnblockCommand.Iso(person.From), Until = UnblockCommand.Iso(person.Until),
                    Access = access, Agreement = agreements.GetValueOrDefault(person.Id)?.ToString("yyyy-MM-dd"),
                });
                continue;
            }
            context.Output.WriteLine(
                $"{context.Paint.Strong($"{person.Id,-12}")}  {RosterDiff.Word(person.Role),-5}  {person.Group ?? "-",-10}  {name}{(account is null || !isRevealed ? "" : $" ({account})")}"
                + $"{(person.Until is { } until ? $"  until {records.Spell(until, isEnd: true)}" : "")}{(access == "granted" ? "" : "  " + context.Paint.Bad(access))}");
        }
        if (people.Count == 0 && !context.Json) context.Error.WriteLine("Nobody. To begin: filtergate people import FILE --dry-run");
        return ExitCode.Done;
    }
}

/// <summary><c>people show WHO</c>.</summary>
internal sealed class PeopleShowCommand : GatewayCommand
{
    private readonly Argument<string> _who = new("WHO") { Description = "an id (p123) or a log-in name" };
    private readonly RevealOptions _reveal = PeopleCommand.Reveal();

    /// <summary>Makes the command.</summary>
    public PeopleShowCommand(CommandHost host) : base(host, "show", "Show a person: group, devices on loan, the record of access, withdrawals.",
        new CommandExample("filtergate people show p123", "by the school's id; the name is hidden"),
        new CommandExample("filtergate people show t.hill --json", "by log-in name, in any spelling"))
    {
        Arguments.Add(_who);
        _reveal.AddTo(this);
    }

    /// <inheritdoc/>
    protected override async Task<int> RunAsync(CommandContext context, CancellationToken cancellationToken)
    {
        using var state = UnblockCommand.OpenState(context);
        var records = SchoolRecords.Load(context, state);
        var person = Who.Find(context, state, "person:" + context.Value(_who)).Person!;
        var isRevealed = await PeopleCommand.IsRevealedAsync(context, state, _reveal, $"people show {person.Id}", cancellationToken);
        var (name, account) = isRevealed ? (person.Name, person.Account) : (Masking.Words(person.Name), Masking.Words(person.Account));
        var withdrawals = state.LiveWithdrawals(records.Now, records.Roster);
        var access = AccessState.Of(person, withdrawals.FindPerson(person.Id, records.Now), records.Now);
        var devices = records.Roster.Devices.Where(d => RosterIds.Comparer.Equals(d.Person, person.Id)).Select(d => d.Name).ToList();
        var granted = state.AccessRecords().Where(r => RosterIds.Comparer.Equals(r.Person, person.Id)).ToList();
        var withdrawn = state.Withdrawals().Where(w => RosterIds.Comparer.Equals(w.Person, person.Id)).ToList();
        if (context.Json)
        {
            context.WriteJson(new
            {
                person.Id, Name = name, person.Group, Role = RosterDiff.Word(person.Role), Account = account, From = UnblockCommand.Iso(person.From), Until = UnblockCommand.Iso(person.Until), Access = access, Devices = devices,
                Record = granted.Select(r => AccessListCommand.Row(r, name, AccessListCommand.StateOf(r, access))), Withdrawals = withdrawn.Select(AccessCommand.Row),
            });
            return ExitCode.Done;
        }
        var output = context.Output;
        output.WriteLine($"id       {person.Id}");
        output.WriteLine($"name     {name}{(account is null ? "" : $" (log-in {account})")}");
        output.WriteLine($"role     {RosterDiff.Word(person.Role)}{(person.Group is null ? "" : $" in {person.Group}")}");
        output.WriteLine($"access   {access}{(person.From is null ? "" : $", from {records.Spell(person.From, isEnd: false)}")}{(person.Until is null ? "" : $", until {records.Spell(person.Until, isEnd: true)}")}");
        if (devices.Count > 0) output.WriteLine($"devices  {string.Join(", ", devices)}");
        foreach (var line in granted)
        {
            output.WriteLine($"record   granted {UnblockCommand.Local(context, line.GrantedAt)} by {line.GrantedBy}, {(line.Agreement is { } day ? $"agreement signed {day:yyyy-MM-dd}" : "no agreement noted")}"
                + $"{(line.AuthorisedBy is null ? "" : $", authorised by {line.AuthorisedBy}")}{(line.EndedAt is { } end ? $"; ended {UnblockCommand.Local(context, end)} by {line.EndedBy}: {line.EndReason}" : "")}");
        }
        foreach (var withdrawal in withdrawn) output.WriteLine($"withdrawn {AccessCommand.Say(context, withdrawal)}");
        return ExitCode.Done;
    }
}

/// <summary><c>people import FILE</c>.</summary>
internal sealed class PeopleImportCommand : RosterImportCommand<PersonEntry>
{
    private readonly Option<string?> _role = PeopleCommand.RoleOption("the role of everybody whose row has none");

    /// <summary>Makes the command.</summary>
    public PeopleImportCommand(CommandHost host) : base(host, "people", "whoever has a role of the file (a file of pupils says nothing about staff) and is not in it",
        new CommandExample("filtergate people import pupils.csv --role pupil --dry-run", "what would change; columns: id,name,group,role,account,from,until,agreement,authorised_by"),
        new CommandExample("filtergate people import pupils.csv --role pupil --remove-missing --reason \"new school year\"", "leavers go, the record of access keeps them"),
        new CommandExample("filtergate people import - --json < staff.csv", "for a nightly job")) => Options.Add(_role);

    /// <inheritdoc/>
    protected override (string One, string Many) Words => ("person", "people");

    /// <inheritdoc/>
    protected override (IReadOnlyList<CsvColumn> Columns, string[] Required) Table(CommandContext context) =>
        (PersonReader.Columns, PeopleCommand.Role(context, _role) is null ? ["id", "name", "role"] : ["id", "name"]);

    /// <inheritdoc/>
    protected override IReadOnlyList<PersonEntry> Check(CommandContext context, SchoolRecords records, IReadOnlyList<CsvLine> rows, InputProblems problems) =>
        new PersonReader(records).ReadAll(rows, PeopleCommand.Role(context, _role), problems);

    /// <inheritdoc/>
    protected override ImportOutcome Apply(StateStore state, IReadOnlyList<PersonEntry> checkedItems, RosterImport import) =>
        Outcome(state.ImportPeople(checkedItems, import.RemoveMissing, import.Source, import.Reason, import.Actor, import.IsDryRun));

    /// <summary>A difference between people, names hidden.</summary>
    internal static ImportOutcome Outcome(RosterDiff<Person> diff) => new(
        [.. diff.Added.Select(p => (p.Id, $"{RosterDiff.Word(p.Role)}{(p.Group is null ? "" : $" in {p.Group}")}"))],
        [.. diff.Changed.Select(c => new ChangedFields(c.After.Id, [.. RosterDiff.Fields(c).Select(Hide)]))],
        [.. diff.Missing.Select(p => p.Id)], diff.Missing.Length + diff.Changed.Length + diff.Unchanged, diff.Unchanged, diff.Clashes);

    private static (string Field, string? Before, string? After) Hide((string Field, string? Before, string? After) field) =>
        field.Field is "name" or "account" ? (field.Field, Masking.Words(field.Before), Masking.Words(field.After)) : field;
}
