using System.CommandLine;
using System.Globalization;
using FilterGate.Lists;
using FilterGate.Policy;
using FilterGate.Settings;
using FilterGate.State;

namespace FilterGate.Commands;

/// <summary><c>quota</c>: minutes a day that the policy gives, and what of them is used.</summary>
internal static class QuotaCommand
{
    /// <summary>Makes the command with what is below it.</summary>
    public static Command Make(CommandHost host) =>
        new CommandGroup("quota", "See how the minutes a day of limited categories are used.",
            new CommandExample("filtergate quota list", "minutes used today by tier and category; nobody is named"),
            new CommandExample("filtergate quota show ipad-14", "what one device or person has used, day by day"))
        {
            new QuotaListCommand(host),
            new QuotaShowCommand(host),
        };

    /// <summary>A day as <c>--json</c> shows it.</summary>
    internal static string Iso(DateOnly day) => day.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);

    /// <summary>The day that it is at the school: by the timetable of the policy in force.</summary>
    internal static DateOnly Today(CommandContext context, StateStore state)
    {
        var document = GatewayInputs.Parse(GatewayInputs.ReadPolicy(context, state), ListLoader.ShippedTaxonomy, out _);
        return document.Timetable.DayOf(context.Clock.GetUtcNow());
    }
}

/// <summary><c>quota list</c>: minutes used today, by tier and category, without anybody's id.</summary>
internal sealed class QuotaListCommand : GatewayCommand
{
    /// <summary>Makes the command.</summary>
    public QuotaListCommand(CommandHost host) : base(host, "list", "List the minutes used today, by tier and category.",
        new CommandExample("filtergate quota list", "today, for the whole school"),
        new CommandExample("filtergate quota list --json", "the same for a report"))
    {
    }

    /// <inheritdoc/>
    protected override Task<int> RunAsync(CommandContext context, CancellationToken cancellationToken)
    {
        using var state = UnblockCommand.OpenState(context);
        var today = QuotaCommand.Today(context, state);
        var rows = state.QuotaUses(today).GroupBy(use => (use.Tier, use.Category))
            .Select(g => new { Day = QuotaCommand.Iso(today), g.Key.Tier, g.Key.Category, Clients = g.Count(), Minutes = g.Sum(use => use.Minutes), Slices = g.Sum(use => use.Slices), MostMinutes = g.Max(use => use.Minutes) })
            .ToList();
        foreach (var row in rows)
        {
            if (context.Json) context.WriteJson(row);
            else context.Output.WriteLine($"{row.Tier,-12}  {row.Category,-20}  {row.Minutes,5} min  in {row.Slices} slices by {row.Clients}, most {row.MostMinutes} min");
        }
        if (rows.Count == 0 && !context.Json) context.Error.WriteLine($"No minutes are used today ({QuotaCommand.Iso(today)}).");
        return Task.FromResult(ExitCode.Done);
    }
}

/// <summary><c>quota show WHO</c>: minutes that one person, device or address has used.</summary>
internal sealed class QuotaShowCommand : GatewayCommand
{
    private readonly Argument<string> _who = new("WHO") { Description = "a person's id, a device's name or an address; person:p123, device:ipad-14 or client:10.20.1.7 where two are alike" };

    /// <summary>Makes the command.</summary>
    public QuotaShowCommand(CommandHost host) : base(host, "show", "Show the minutes that one person, device or address has used, day by day.",
        new CommandExample("filtergate quota show p123", "a person, by the school's id"),
        new CommandExample("filtergate quota show device:ipad-14 --json", "a device")) => Arguments.Add(_who);

    /// <inheritdoc/>
    protected override Task<int> RunAsync(CommandContext context, CancellationToken cancellationToken)
    {
        var who = context.Value(_who)!;
        using var state = UnblockCommand.OpenState(context);
        var uses = Keys(who).Select(state.QuotaUses).FirstOrDefault(found => found.Count > 0) ?? [];
        foreach (var use in uses)
        {
            if (context.Json) context.WriteJson(new { Day = QuotaCommand.Iso(use.Day), Client = use.Client.ToString(), use.Tier, use.Category, use.Minutes, use.Slices });
            else context.Output.WriteLine($"{QuotaCommand.Iso(use.Day)}  {use.Category,-20}  {use.Minutes,4} min  in {use.Slices} slices ({use.Client}, {use.Tier})");
        }
        if (uses.Count == 0 && !context.Json) context.Error.WriteLine($"'{who}' has used no minutes in the last {StateStore.PassDaysMax} days.");
        return Task.FromResult(ExitCode.Done);
    }

    /// <summary>Minutes are kept under the most that was known: the person, else the device, else the address.</summary>
    private static IEnumerable<Audience> Keys(string who)
    {
        if (Audience.TryParse(who, out var given))
            return given.Kind is AudienceKind.Person or AudienceKind.Device or AudienceKind.Client ? [given] : throw new UserErrorException($"'{who}' is nobody in particular; name a person, a device or an address. filtergate quota list has the sums");
        return [Audience.ForPerson(who), Audience.ForDevice(who), Audience.ForClient(who)];
    }
}
