using System.Globalization;
using FilterGate.Lists;
using FilterGate.Settings;

namespace FilterGate.Commands.Lists;

/// <summary>One category list, as <c>lists status --json</c> shows it.</summary>
internal sealed record ListRow(string List, string Category, int Entries, int Malformed);

/// <summary>The category lists in force.</summary>
/// <param name="Met">False when what was compiled cannot be opened.</param>
/// <param name="Origin">Where they come from: <c>compiled</c> by this box, or the <c>starter</c> lists.</param>
/// <param name="Version">A short name of exactly these lists, as events have it; null when they cannot be opened.</param>
/// <param name="Since">When they were put in force; null for the starter lists.</param>
/// <param name="Entries">Entries in force.</param>
/// <param name="Bytes">What look-ups need in memory.</param>
/// <param name="Delta">True when the last update is compiled as a layer over the base.</param>
/// <param name="Problems">What is wrong, in plain words.</param>
/// <param name="Lists">Each list.</param>
internal sealed record CompiledStatus(
    bool Met, string Origin, string? Version, string? Since, int Entries, long Bytes, bool Delta, IReadOnlyList<string> Problems, IReadOnlyList<ListRow> Lists) : IListsStatusSection
{
    private const int Shown = 12;

    /// <inheritdoc/>
    string IListsStatusSection.Name => "categories";

    /// <summary>Opens what is in force. A broken list is shown, not thrown.</summary>
    public static CompiledStatus Of(CommandContext context)
    {
        try
        {
            var inForce = SchoolLists.StoreOf(context).InForce();
            var lists = GatewayInputs.LoadLists(context, listsFolder: null, out var report);
            // Locked feeds and help sites have their own places.
            ListRow[] rows = [.. report.Lists.Where(l => l.List is not "never-intercept/domains" and not "protected-help/domains" && lists.Taxonomy.Find(l.Category) is { } c && !lists.Taxonomy.Locked.Contains(c.Index)).Select(l => new ListRow(l.List, l.Category, l.EntryCount, l.MalformedCount))];
            return new(true, inForce is null ? "starter" : "compiled", lists.Version, UnblockCommand.Iso(inForce?.Since), lists.Categories.EntryCount, lists.Categories.Length, inForce?.Added is not null, lists.Warnings, rows);
        }
        catch (Exception problem) when (problem is ListLoadException or UserErrorException)
        {
            return new(false, "compiled", null, null, 0, 0, false, [problem.Message], []);
        }
    }

    /// <inheritdoc/>
    /// <remarks>Green is for the illegal-content lists alone: nobody should take a full list of games for protection.</remarks>
    public void Write(CommandContext context)
    {
        var (output, paint) = (context.Output, context.Paint);
        output.WriteLine(paint.Strong("Category lists"));
        if (Version is not null)
        {
            var text = string.Create(CultureInfo.InvariantCulture, $"  {Entries:#,0} entries of {Lists.Count} lists, version {Version}, {Bytes / 1024:#,0} KiB in memory");
            output.WriteLine(Origin == "starter" ? paint.Careful(text + ": the starter lists alone. Fetch full ones: filtergate lists update ut1") : $"{text}, in force since {Since}{(Delta ? " (the last update as a layer over the base)" : "")}");
        }
        foreach (var problem in Problems) output.WriteLine(Met ? paint.Careful($"  {problem}") : paint.Bad($"  {problem}"));
        foreach (var list in Lists.OrderByDescending(l => l.Entries).Take(Shown))
            output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"  {list.Entries,10:#,0}  {list.List} ({list.Category}){(list.Malformed > 0 ? $", lines not used: {list.Malformed:#,0}" : "")}"));
        if (Lists.Count > Shown) output.WriteLine(paint.Faint($"              and {Lists.Count - Shown} smaller lists (--json shows all)"));
    }
}
