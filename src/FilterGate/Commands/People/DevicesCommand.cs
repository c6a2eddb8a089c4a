using System.CommandLine;
using FilterGate.Policy.People;
using FilterGate.State;

namespace FilterGate.Commands.People;

/// <summary><c>devices</c>: the school's devices.</summary>
internal static class DevicesCommand
{
    /// <summary>Makes the command with what is below it.</summary>
    public static Command Make(CommandHost host) =>
        new CommandGroup("devices", "Keep the school's devices: address, group, whom one is on loan to, which class has the trolley.",
            new CommandExample("filtergate devices import ipads.csv --dry-run", "what a file of the school's records would change"),
            new CommandExample("filtergate devices assign ipad --class 4b --until 11:00", "a trolley for a lesson"),
            new CommandExample("filtergate devices list", "all of them"))
        {
            new DevicesListCommand(host),
            new DevicesImportCommand(host),
            new DevicesAddCommand(host),
            new DevicesChangeCommand(host),
            new DevicesRemoveCommand(host),
            new DevicesExportCommand(host),
            new DevicesAssignCommand(host),
            new DevicesReturnCommand(host),
            new DevicesBookingsCommand(host),
            new DevicesSeenCommand(host),
        };

    /// <summary>The cells of a device, in the order of <see cref="DeviceReader.Columns"/>.</summary>
    internal static string?[] Cells(Device device) =>
        [device.Name, device.Address?.ToString(), MacAddress.Spell(device.Mac), device.Group, device.Person, device.IsTrolley ? "yes" : "no"];
}

/// <summary><c>devices list</c>.</summary>
internal sealed class DevicesListCommand : GatewayCommand
{
    private readonly Option<string?> _group = new("--group") { HelpName = "GROUP", Description = "only this group" };
    private readonly Option<bool> _untrusting = new("--untrusting") { Description = "only those that refuse the gateway's certificate, with addresses that no device has" };

    /// <summary>Makes the command.</summary>
    public DevicesListCommand(CommandHost host) : base(host, "list", "List the devices, in order of their names.",
        new CommandExample("filtergate devices list --group 4b", "those of a class"),
        new CommandExample("filtergate devices list --untrusting", "which still need the certificate"),
        new CommandExample("filtergate devices list --json", "for a script"))
    {
        Options.Add(_group);
        Options.Add(_untrusting);
    }

    /// <inheritdoc/>
    protected override Task<int> RunAsync(CommandContext context, CancellationToken cancellationToken)
    {
        using var state = UnblockCommand.OpenState(context);
        var records = SchoolRecords.Load(context, state);
        var group = context.Value(_group) is { } asked ? records.FindGroup(asked, out var problem) ?? throw new UserErrorException($"--group: {problem}") : null;
        var withdrawals = state.LiveWithdrawals(records.Now, records.Roster);
        var trusts = state.DeviceTrusts().ToDictionary(t => t.Who, RosterIds.Comparer);
        var onlyUntrusting = context.Value(_untrusting);
        var devices = records.Roster.Devices.Where(d => (group is null || d.Group == group) && (!onlyUntrusting || Trust(d) is { IsUntrusting: true })).ToList();
        foreach (var device in devices)
        {
            var isWithdrawn = withdrawals.FindDevice(device.Name, records.Now) is not null || (device.Person is { } person && withdrawals.FindPerson(person, records.Now) is not null);
            if (context.Json)
            {
                context.WriteJson(new
                {
                    device.Name, Address = device.Address?.ToString(), Mac = MacAddress.Spell(device.Mac), device.Group, device.Person, Trolley = device.IsTrolley, Access = isWithdrawn ? "withdrawn" : "granted",
                    Certificate = Word(Trust(device)),
                });
                continue;
            }
            context.Output.WriteLine(
                $"{context.Paint.Strong($"{device.Name,-16}")}  {device.Address?.ToString() ?? "-",-15}  {MacAddress.Spell(device.Mac) ?? "-",-17}  {device.Group ?? "-",-10}"
                + $"{(device.Person is null ? "" : $"  on loan to {device.Person}")}{(device.IsTrolley ? "  trolley" : "")}{(isWithdrawn ? "  " + context.Paint.Bad("withdrawn") : "")}{(Trust(device) is { IsUntrusting: true } ? "  " + context.Paint.Bad("refuses the certificate") : "")}");
        }
        var strangers = onlyUntrusting && group is null ? trusts.Values.Where(t => t is { IsUntrusting: true, Address: not null }).ToList() : [];
        foreach (var stranger in strangers)
        {
            if (context.Json) context.WriteJson(new { Name = (string?)null, stranger.Address, Mac = (string?)null, Group = (string?)null, Person = (string?)null, Trolley = false, Access = "granted", Certificate = Word(stranger) });
            else context.Output.WriteLine($"{"(unknown)",-16}  {stranger.Address,-15}  {"-",-17}  {"-",-10}  {context.Paint.Bad("refuses the certificate")}");
        }
        if (devices.Count + strangers.Count == 0 && !context.Json) context.Error.WriteLine(onlyUntrusting ? "No device is known to refuse the certificate." : "No devices. To begin: filtergate devices import FILE --dry-run");
        return Task.FromResult(ExitCode.Done);

        DeviceTrust? Trust(Device device) => trusts.GetValueOrDefault($"device:{device.Name}");
        static string? Word(DeviceTrust? trust) => trust is null ? null : trust.IsUntrusting ? "refused" : trust.AcceptedAt is null ? null : "trusted";
    }
}

/// <summary><c>devices import FILE</c>.</summary>
internal sealed class DevicesImportCommand(CommandHost host) : RosterImportCommand<Device>(host, "devices", "every device that is not in the file",
    new CommandExample("filtergate devices import ipads.csv --dry-run", "what would change; columns: name,address,mac,group,person,trolley"),
    new CommandExample("filtergate devices import all.csv --remove-missing", "the file has every device there is"),
    new CommandExample("filtergate devices import - --json < devices.csv", "for a nightly job"))
{
    /// <inheritdoc/>
    protected override (string One, string Many) Words => ("device", "devices");

    /// <inheritdoc/>
    protected override (IReadOnlyList<CsvColumn> Columns, string[] Required) Table(CommandContext context) => (DeviceReader.Columns, ["name"]);

    /// <inheritdoc/>
    protected override IReadOnlyList<Device> Check(CommandContext context, SchoolRecords records, IReadOnlyList<CsvLine> rows, InputProblems problems) => new DeviceReader(records).ReadAll(rows, problems);

    /// <inheritdoc/>
    protected override ImportOutcome Apply(StateStore state, IReadOnlyList<Device> checkedItems, RosterImport import) =>
        Outcome(state.ImportDevices(checkedItems, import.RemoveMissing, import.Source, import.Reason, import.Actor, import.IsDryRun));

    /// <summary>A difference between devices.</summary>
    internal static ImportOutcome Outcome(RosterDiff<Device> diff) => new(
        [.. diff.Added.Select(d => (d.Name, $"{d.Address?.ToString() ?? MacAddress.Spell(d.Mac)}{(d.Group is null ? "" : $" in {d.Group}")}{(d.Person is null ? "" : $", on loan to {d.Person}")}"))],
        [.. diff.Changed.Select(c => new ChangedFields(c.After.Name, RosterDiff.Fields(c)))],
        [.. diff.Missing.Select(d => d.Name)], diff.Missing.Length + diff.Changed.Length + diff.Unchanged, diff.Unchanged, diff.Clashes);
}

/// <summary>The options that say what a device is.</summary>
internal sealed class DeviceOptions
{
    private readonly Option<string?> _address = new("--address") { HelpName = "IP", Description = "its address; \"\" for none" };
    private readonly Option<string?> _mac = new("--mac") { HelpName = "MAC", Description = "its hardware address; \"\" for none" };
    private readonly Option<string?> _group = new("--group") { HelpName = "GROUP", Description = "a group of the policy; \"\" for none" };
    private readonly Option<string?> _person = new("--person") { HelpName = "ID", Description = "whom it is on loan to; \"\" for nobody" };
    private readonly Option<string?> _trolley = new("--trolley") { HelpName = "yes|no", Description = "whether it is one of a trolley that classes borrow" };
    private readonly Option<string?> _reason = new("--reason") { HelpName = "TEXT", Description = "why; kept with the change" };

    /// <summary>Adds them to a command.</summary>
    public void AddTo(Command command)
    {
        foreach (var option in new[] { _address, _mac, _group, _person, _trolley, _reason }) command.Options.Add(option);
    }

    /// <summary>Checks what the options say and keeps the device; what they do not say is as it was.</summary>
    /// <exception cref="UserErrorException">Every mistake, with its option.</exception>
    public int Keep(CommandContext context, StateStore state, string name, Device? before, string command)
    {
        var words = new DeviceWords
        {
            Name = name, Address = Said(_address, before?.Address?.ToString()), Mac = Said(_mac, MacAddress.Spell(before?.Mac)), Group = Said(_group, before?.Group), Person = Said(_person, before?.Person),
            Trolley = Said(_trolley, before is { IsTrolley: true } ? "yes" : null),
        };
        var problems = new InputProblems();
        var device = new DeviceReader(SchoolRecords.Load(context, state)).Read(words, line: 0, problems);
        PeopleCommand.Refuse(context, problems, column => column == "name" ? "NAME" : "--" + column);

        var diff = state.ImportDevices([device!], removeMissing: false, command, context.Value(_reason), context.Actor);
        if (diff.Clashes is [var clash, ..]) throw new UserErrorException(clash.Message);
        var outcome = DevicesImportCommand.Outcome(diff);
        if (context.Json) RosterReport.WriteJson(context, command, outcome, new RosterImport(false, command, null, context.Actor, IsDryRun: false), isApplied: true, problems);
        else
        {
            context.Output.WriteLine(outcome switch
            {
                { Added: [var (addedName, says)] } => $"{addedName} is added: {says}.",
                { Changed: [var changed] } => $"{changed.Id} is changed: {string.Join(", ", changed.Fields.Select(RosterReport.Say))}.",
                _ => $"{name} is as before.",
            });
        }
        return ExitCode.Done;

        string? Said(Option<string?> option, string? was) =>
            context.Parse.GetResult(option) is { Implicit: false } ? (context.Value(option) is { } text && !string.IsNullOrWhiteSpace(text) ? text.Trim() : null) : was;
    }
}

/// <summary><c>devices add NAME</c>.</summary>
internal sealed class DevicesAddCommand : GatewayCommand
{
    private readonly Argument<string> _name = new("NAME") { Description = "its name in the school's records, such as ipad-14" };
    private readonly DeviceOptions _options = new();

    /// <summary>Makes the command.</summary>
    public DevicesAddCommand(CommandHost host) : base(host, "add", "Add one device.",
        new CommandExample("filtergate devices add ipad-15 --address 10.20.1.8 --group 4b --trolley yes", "one of a trolley"),
        new CommandExample("filtergate devices add laptop-3 --address 10.20.8.3 --person t-hill --json", "a loan: what it does is that person's"))
    {
        Arguments.Add(_name);
        _options.AddTo(this);
    }

    /// <inheritdoc/>
    protected override Task<int> RunAsync(CommandContext context, CancellationToken cancellationToken)
    {
        using var state = UnblockCommand.OpenState(context);
        var name = context.Value(_name)!;
        if (state.CurrentRoster().FindDeviceByName(name) is { } there) throw new UserErrorException($"{there.Name} is there already; to change something: filtergate devices change {there.Name}");
        return Task.FromResult(_options.Keep(context, state, name, before: null, "devices add"));
    }
}

/// <summary><c>devices change NAME</c>.</summary>
internal sealed class DevicesChangeCommand : GatewayCommand
{
    private readonly Argument<string> _name = new("NAME") { Description = "a device of the roster" };
    private readonly DeviceOptions _options = new();

    /// <summary>Makes the command.</summary>
    public DevicesChangeCommand(CommandHost host) : base(host, "change", "Change what is kept of one device; what no option names stays.",
        new CommandExample("filtergate devices change laptop-3 --person t-park", "on loan to somebody else"),
        new CommandExample("filtergate devices change laptop-3 --person \"\" --json", "returned"))
    {
        Arguments.Add(_name);
        _options.AddTo(this);
    }

    /// <inheritdoc/>
    protected override Task<int> RunAsync(CommandContext context, CancellationToken cancellationToken)
    {
        using var state = UnblockCommand.OpenState(context);
        var device = DevicesRemoveCommand.Find(state, context.Value(_name)!);
        return Task.FromResult(_options.Keep(context, state, device.Name, device, "devices change"));
    }
}

/// <summary><c>devices remove NAME</c>.</summary>
internal sealed class DevicesRemoveCommand : GatewayCommand
{
    private readonly Argument<string> _name = new("NAME") { Description = "a device of the roster" };
    private readonly Option<string> _reason = PeopleCommand.Reason();
    private readonly Confirmation _confirmation = new();

    /// <summary>Makes the command.</summary>
    public DevicesRemoveCommand(CommandHost host) : base(host, "remove", "Remove a device: from then on its address is that of an unknown one.",
        new CommandExample("filtergate devices remove ipad-15 --reason \"broken\"", "it is gone"),
        new CommandExample("filtergate devices remove ipad-15 --reason \"broken\" --yes --json", "unasked"))
    {
        Arguments.Add(_name);
        Options.Add(_reason);
        _confirmation.AddTo(this);
    }

    /// <summary>The device with this name.</summary>
    /// <exception cref="UserErrorException">There is none.</exception>
    internal static Device Find(StateStore state, string name) => state.CurrentRoster().FindDeviceByName(name)
        ?? throw new UserErrorException($"there is no device {SchoolRecords.Shown(name)} in the roster{Policy.Documents.Nearest.Suggestion(name, state.CurrentRoster().Devices.Select(d => d.Name))}; see: filtergate devices list");

    /// <inheritdoc/>
    protected override Task<int> RunAsync(CommandContext context, CancellationToken cancellationToken)
    {
        using var state = UnblockCommand.OpenState(context);
        var device = Find(state, context.Value(_name)!);
        if (!_confirmation.IsGiven(context, $"Remove {device.Name}?")) return Task.FromResult(ExitCode.Interrupted);
        if (!state.RemoveDevice(device.Name, context.Value(_reason)!, context.Actor)) throw new UserErrorException($"{device.Name} has been removed meanwhile");
        if (context.Json) context.WriteJson(new { device.Name, Removed = true });
        else context.Output.WriteLine($"{device.Name} is removed.");
        return Task.FromResult(ExitCode.Done);
    }
}

/// <summary><c>devices export</c>.</summary>
internal sealed class DevicesExportCommand(CommandHost host) : GatewayCommand(host, "export", "Print the devices as a table (CSV) that can be imported again.",
    new CommandExample("filtergate devices export > devices.csv", "for a spreadsheet"),
    new CommandExample("filtergate devices list --json", "for a script"))
{
    /// <inheritdoc/>
    protected override Task<int> RunAsync(CommandContext context, CancellationToken cancellationToken)
    {
        using var state = UnblockCommand.OpenState(context);
        CsvOutput.Write(context.Output, [.. DeviceReader.Columns.Select(c => c.Name)], state.CurrentRoster().Devices.Select(DevicesCommand.Cells));
        return Task.FromResult(ExitCode.Done);
    }
}
