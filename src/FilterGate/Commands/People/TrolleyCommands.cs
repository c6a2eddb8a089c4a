using System.CommandLine;
using FilterGate.Policy.Documents;
using FilterGate.Policy.People;
using FilterGate.Safeguarding.Trolleys;
using FilterGate.Settings;
using FilterGate.State;

namespace FilterGate.Commands.People;

/// <summary><c>devices assign TROLLEY</c>: a class has the trolley for a time.</summary>
internal sealed class DevicesAssignCommand : GatewayCommand
{
    private readonly Argument<string> _trolley = new("TROLLEY") { Description = "a trolley: what its devices' names begin with before a hyphen (ipad for ipad-01 to ipad-30), or one device" };
    private readonly Option<string> _class = new("--class") { HelpName = "GROUP", Description = "the class: a group of the policy, of pupils", Required = true };
    private readonly Option<string> _until = new("--until") { HelpName = "TIME", Description = "until when: 11:00 today, or 2026-11-23T11:00", Required = true };
    private readonly Option<string?> _from = new("--from") { HelpName = "TIME", Description = "from when, written the same way; now unless said" };
    private readonly Option<string?> _reason = new("--reason") { HelpName = "TEXT", Description = "why; kept with the booking" };

    /// <summary>Makes the command.</summary>
    public DevicesAssignCommand(CommandHost host) : base(host, "assign", "Give a trolley to a class for a lesson: its devices have that class's policy until then.",
        new CommandExample("filtergate devices assign ipad --class 4b --until 11:00", "the whole trolley, from now"),
        new CommandExample("filtergate devices assign ipad-14 --class 4b --from 13:00 --until 15:00 --json", "one device, this afternoon"))
    {
        Arguments.Add(_trolley);
        foreach (var option in new Option[] { _class, _until, _from, _reason }) Options.Add(option);
    }

    /// <inheritdoc/>
    protected override Task<int> RunAsync(CommandContext context, CancellationToken cancellationToken)
    {
        using var state = UnblockCommand.OpenState(context);
        var inputs = GatewayInputs.Load(context, listsFolder: null, state);
        var records = new SchoolRecords(inputs.Document, state.CurrentRoster(), context.Clock.GetUtcNow());
        var trolley = TrolleyOf(records, context.Value(_trolley)!, out var devices);
        var group = records.FindGroup(context.Value(_class)!, out var problem) ?? throw new UserErrorException($"--class: {problem}");
        if (inputs.Policy.FindGroup(group)! is var given && !TrolleyDesk.IsForPupils(given))
            throw new UserErrorException($"--class: {group} has the tier {given.Tier.Name}: a trolley of pupils' devices is given to a class of pupils. A device for one teacher: filtergate devices change NAME --person ID", ExitCode.Refused);
        var start = context.Value(_from) is { } from ? TimeArgument.Read(from, "--from", context.Clock) : records.Now;
        var end = TimeArgument.Read(context.Value(_until)!, "--until", context.Clock);
        if (end <= records.Now) throw new UserErrorException($"--until: {context.Value(_until)} is past");
        if (end <= start) throw new UserErrorException("--until is not after --from");
        if (end - start > TrolleyDesk.Longest) throw new UserErrorException($"--until: a trolley is given for {TrolleyDesk.Longest.TotalDays} days at most; for longer change its devices: filtergate devices change NAME --group {group}");

        var (booking, isTaken) = state.Book(trolley, group, start, end, context.Value(_reason), context.Actor);
        if (isTaken)
            throw new UserErrorException($"{booking.Booking.Class} has {booking.Booking.Trolley} from {UnblockCommand.Local(context, booking.Booking.Start)} until {UnblockCommand.Local(context, booking.Ends)}. If it is back: filtergate devices return {booking.Booking.Trolley}");
        if (context.Json) context.WriteJson(BookingRow.Of(booking));
        else context.Output.WriteLine($"{group} has {trolley} ({devices} device{(devices == 1 ? "" : "s")}) {(start > records.Now ? $"from {UnblockCommand.Local(context, start)} " : "")}until {UnblockCommand.Local(context, end)}. Back earlier: filtergate devices return {trolley}");
        return Task.FromResult(ExitCode.Done);
    }

    /// <summary>A trolley as its devices spell it.</summary>
    /// <exception cref="UserErrorException">No device belongs to it, or none that classes borrow.</exception>
    internal static string TrolleyOf(SchoolRecords records, string text, out int devices)
    {
        var named = records.Roster.Devices.Where(d => Booking.IsIn(d.Name, text)).ToList();
        devices = named.Count(d => d.IsTrolley);
        if (devices > 0) return named.First(d => d.IsTrolley).Name[..text.Length];
        var trolleys = TrolleyDesk.Of(records.Roster).Select(t => t.Name);
        throw new UserErrorException(named.Count > 0
            ? $"{SchoolRecords.Shown(text)} is no trolley that classes borrow; to make it one: filtergate devices change {named[0].Name} --trolley yes"
            : $"no device's name begins with {SchoolRecords.Shown(text)}{Nearest.Suggestion(text, trolleys)}; see: filtergate devices list");
    }
}

/// <summary><c>devices return TROLLEY</c>: it is back before its time.</summary>
internal sealed class DevicesReturnCommand : GatewayCommand
{
    private readonly Argument<string> _trolley = new("TROLLEY") { Description = "as it was given" };
    private readonly Option<string?> _reason = new("--reason") { HelpName = "TEXT", Description = "why; kept with the change" };

    /// <summary>Makes the command.</summary>
    public DevicesReturnCommand(CommandHost host) : base(host, "return", "A trolley is back: its bookings, the running one and those to come, end now.",
        new CommandExample("filtergate devices return ipad", "the lesson was over early"),
        new CommandExample("filtergate devices return ipad-14 --reason \"booked by mistake\" --json", "for a script"))
    {
        Arguments.Add(_trolley);
        Options.Add(_reason);
    }

    /// <inheritdoc/>
    protected override Task<int> RunAsync(CommandContext context, CancellationToken cancellationToken)
    {
        using var state = UnblockCommand.OpenState(context);
        var trolley = context.Value(_trolley)!;
        var ended = state.EndBookings(trolley, context.Value(_reason), context.Actor);
        if (ended.Count == 0) throw new UserErrorException($"nobody has {SchoolRecords.Shown(trolley)} now or later{Nearest.Suggestion(trolley, state.Bookings(context.Clock.GetUtcNow()).Where(b => b.EndedAt is null).Select(b => b.Booking.Trolley))}; see: filtergate devices bookings");
        foreach (var one in ended)
        {
            if (context.Json) context.WriteJson(BookingRow.Of(one));
            else context.Output.WriteLine($"{one.Booking.Trolley} is back from {one.Booking.Class}.");
        }
        return Task.FromResult(ExitCode.Done);
    }
}

/// <summary><c>devices bookings</c>: who had which when.</summary>
internal sealed class DevicesBookingsCommand : GatewayCommand
{
    private readonly Option<string> _since = new("--since") { HelpName = "TIME", Description = "from then on: 2h, 7d ago, or a time such as 2026-11-16; default 7d", DefaultValueFactory = _ => "7d" };

    /// <summary>Makes the command.</summary>
    public DevicesBookingsCommand(CommandHost host) : base(host, "bookings", "Which class had which trolley when, newest first.",
        new CommandExample("filtergate devices bookings --since 2026-11-16", "since that Monday"),
        new CommandExample("filtergate devices bookings --since 1d --json", "for a script")) => Options.Add(_since);

    /// <inheritdoc/>
    protected override Task<int> RunAsync(CommandContext context, CancellationToken cancellationToken)
    {
        using var state = UnblockCommand.OpenState(context);
        var bookings = state.Bookings(TimeArgument.ReadSince(context.Value(_since)!, "--since", context.Clock));
        foreach (var one in bookings)
        {
            if (context.Json) context.WriteJson(BookingRow.Of(one));
            else context.Output.WriteLine($"{UnblockCommand.Local(context, one.Booking.Start)}  {UnblockCommand.Local(context, one.Ends)}  {context.Paint.Strong($"{one.Booking.Trolley,-16}")}  {one.Booking.Class,-10}  {one.Actor}{(one.Reason is null ? "" : $": {one.Reason}")}");
        }
        if (bookings.Count == 0 && !context.Json) context.Error.WriteLine("No trolley was given to a class in that time. To give one: filtergate devices assign TROLLEY --class GROUP --until TIME");
        return Task.FromResult(ExitCode.Done);
    }
}

/// <summary>A booking as scripts see it.</summary>
internal sealed record BookingRow(long Id, string Trolley, string Class, string? Start, string? End, string? Reason, string Actor, string? ReturnedAt, string? ReturnedBy)
{
    /// <summary>Of a record.</summary>
    public static BookingRow Of(BookingRecord one) => new(
        one.Booking.Id, one.Booking.Trolley, one.Booking.Class, UnblockCommand.Iso(one.Booking.Start), UnblockCommand.Iso(one.Booking.End), one.Reason, one.Actor, UnblockCommand.Iso(one.EndedAt), one.EndedBy);
}
