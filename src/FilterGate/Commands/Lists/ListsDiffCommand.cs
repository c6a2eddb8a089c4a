using System.CommandLine;
using System.Globalization;
using FilterGate.Events;
using FilterGate.Lists;
using FilterGate.Lists.Sources;
using FilterGate.Lookup;
using FilterGate.Matching;
using FilterGate.Running;
using FilterGate.Settings;

namespace FilterGate.Commands.Lists;

/// <summary><c>lists diff</c>: what an update would newly block or open. What is newer is fetched and kept aside; nothing takes force.</summary>
internal sealed class ListsDiffCommand : GatewayCommand
{
    private const int LimitDefault = 20;

    // As many as a large school visits that often; more would be no mark any longer.
    private const int VisitedHostsMax = 5_000;

    private static readonly string OftenUsed = $"hosts of the shipped bundles, own_allow entries, live overrides, and sites with {UpdateEffect.VisitsMin} recorded visits in {UpdateEffect.VisitedDays} days";

    private readonly Argument<string[]> _ids = new("SOURCE") { Arity = ArgumentArity.ZeroOrMore, Description = "ids of sources; default is every source in use" };
    private readonly Option<string?> _to = new("--to") { HelpName = "VERSION", Description = "compare with this kept version of one source, instead of the newest" };
    private readonly Option<bool> _fetched = new("--fetched") { Description = "compare with what was fetched before and waits; ask nobody" };
    private readonly Option<int> _limit = new("--limit") { HelpName = "N", Description = $"most entries shown of a list (default {LimitDefault})", DefaultValueFactory = _ => LimitDefault };
    private readonly Option<bool> _all = new("--all") { Description = "show every entry" };

    /// <summary>Makes the command.</summary>
    public ListsDiffCommand(CommandHost host) : base(host, "diff", "Show what an update would newly block or open, with help sites and often-used sites marked. Fetches what is newer and keeps it aside; nothing takes force. Illegal-content lists are not consulted.",
        new CommandExample("filtergate lists diff ut1", "before lists update"),
        new CommandExample("filtergate lists diff ut1 --fetched --all", "of an update that waits for somebody to agree"),
        new CommandExample("filtergate lists diff ut1 --to 20261120T043012Z-1f0c9a7e --json", "before lists rollback; lists sources --json names the versions"))
    {
        Arguments.Add(_ids);
        foreach (var option in (Option[])[_to, _fetched, _limit, _all]) Options.Add(option);
    }

    /// <inheritdoc/>
    protected override async Task<int> RunAsync(CommandContext context, CancellationToken cancellationToken)
    {
        var ids = context.Value(_ids) ?? [];
        var to = context.Value(_to);
        if (to is not null && (ids.Length != 1 || context.Value(_fetched))) throw new UserErrorException("--to names a version of one source: filtergate lists diff SOURCE --to VERSION");
        using var sources = SchoolSources.Open(context);
        foreach (var id in ids) ListsCommand.RequireKnown(sources, id);

        IReadOnlyList<SourceResult> results = [];
        if (to is null && !context.Value(_fetched))
        {
            DataFolder.Make(context.DataFolder);
            results = await sources.UpdateAsync(ids, UpdateBy.PersonWhoLooks, progress: null, cancellationToken);
        }
        using var state = GatewayInputs.OpenStateIfThere(context);
        var inputs = GatewayInputs.Load(context, listsFolder: null, state);
        var effect = new UpdateEffect(inputs.Policy, context.Clock.GetUtcNow(), Visited(context));
        var limit = context.Value(_all) ? int.MaxValue : Math.Max(0, context.Value(_limit));
        var chosen = sources.Status().Where(s => s.Source.Layout != SourceLayout.Reference && (ids.Length > 0 ? ids.Contains(s.Source.Id, StringComparer.Ordinal) : s.IsInUse || results.Any(r => r.Id == s.Source.Id)));
        var differences = chosen.Select(status => Compare(sources, status, to, results.FirstOrDefault(r => r.Id == status.Source.Id), inputs, effect, limit)).ToList();

        if (context.Json) context.WriteJson(new { Sources = differences, OftenUsed, ListsVersion = inputs.Policy.Lists.Version, LockedLists = CategoryLookup.LockedLists });
        else Write(context, differences);
        return results.Any(r => r.Failure == SourceFailure.Ours) ? ExitCode.OurFault : results.Any(r => r.Outcome is SourceOutcome.Failed or SourceOutcome.Busy) ? ExitCode.Usage : ExitCode.Done;
    }

    /// <summary>Pages that were let through and searches, by host. Nobody's name; help sites are in no record.</summary>
    private static IReadOnlyList<HostCount> Visited(CommandContext context)
    {
        var folder = GatewayInputs.EventsFolder(context);
        if (!Path.Exists(folder)) return [];
        var now = context.Clock.GetUtcNow();
        try
        {
            var counted = new EventReader(folder).CountHosts(now.AddDays(-UpdateEffect.VisitedDays), now, tiers: [], [EventKind.Allow, EventKind.Search], VisitedHostsMax);
            foreach (var problem in counted.Problems) Missing(problem);
            return counted.Rows;
        }
        catch (EventStoreException problem)
        {
            Missing(problem.Message);
            return [];
        }

        // What the update would do is known all the same.
        void Missing(string problem) => context.Error.WriteLine($"filtergate: sites that are visited often are not all marked: {problem}");
    }

    private static SourceDifference Compare(ListSources sources, SourceStatus status, string? to, SourceResult? result, GatewayInputs inputs, UpdateEffect effect, int limit)
    {
        var (id, state) = (status.Source.Id, status.State);
        var target = to ?? (state.Refused ?? (state.Versions is [var newest, ..] ? newest : null))?.Version;
        if (to is not null && state.Refused?.Version != to && state.Versions.All(v => v.Version != to))
            throw new UserErrorException($"--to: {id} has no version '{to}' (kept: {string.Join(", ", state.Versions.Select(v => v.Version))})");
        var problem = result?.Outcome is SourceOutcome.Failed or SourceOutcome.Busy ? result.Message : null;
        if (target is null || target == state.InForce) return new(id, state.InForce, target, problem, []);
        var before = state.InForce is { } inForce ? sources.FilesOf(id, inForce) : [];
        return new(id, state.InForce, target, problem, [.. SchoolLists.Compare(sources, before, sources.FilesOf(id, target)).Select(c => ListDifference.Of(c, inputs.Policy.Lists.Taxonomy, effect, limit))]);
    }

    private static void Write(CommandContext context, List<SourceDifference> differences)
    {
        var (output, paint) = (context.Output, context.Paint);
        foreach (var source in differences)
        {
            if (source.Problem is { } problem) context.Error.WriteLine($"filtergate: {source.Source}: {problem}");
            if (source.Lists.Count == 0)
            {
                output.WriteLine($"{paint.Strong(source.Source)}: nothing would change{(source.To is null ? "; it was never fetched" : "")}");
                continue;
            }
            output.WriteLine($"{paint.Strong(source.Source)}: from {source.From ?? "nothing"} to {source.To}");
            foreach (var list in source.Lists)
            {
                if (list.Added is null)
                {
                    output.WriteLine($"  {list.List} ({list.Category}): more than {Number(ListComparison.ChangesMax)} changes: it is another list");
                    continue;
                }
                output.WriteLine($"  {paint.Strong(list.List)} ({list.Category}): {Number(list.Added.Value)} more, {Number(list.Removed!.Value)} fewer{Counts("; newly blocked for", list.NewlyBlocked)}{Counts("; newly open for", list.NewlyOpen)}");
                foreach (var entry in list.Entries)
                {
                    var line = $"    {(entry.Change == "added" ? "+" : "-")} {entry.Entry}{Tiers("  blocked for", entry.NewlyBlocked)}{Tiers("  open for", entry.NewlyOpen)}";
                    output.WriteLine(entry.Help || entry.UsedBy is not null ? paint.Careful($"{line}{(entry.Help ? "  HELP SITE, stays open" : "")}{(entry.UsedBy is null ? "" : $"  OFTEN USED: {entry.UsedBy}")}") : line);
                }
                if (list.More > 0) output.WriteLine(paint.Faint($"    … and {Number(list.More)} more: --all shows them"));
            }
        }
        output.WriteLine(paint.Faint($"Judged by categories alone, for the tiers of the policy in force; blocked is what is not reached freely, warned of too. Often used are {OftenUsed}. Illegal-content lists are not consulted. Nothing took force: filtergate lists update does that."));

        static string Counts(string what, IReadOnlyDictionary<string, int> counts) => counts.Count == 0 ? "" : $"{what} {string.Join(", ", counts.Select(c => $"{c.Key} {Number(c.Value)}"))}";

        static string Tiers(string what, IReadOnlyList<string> tiers) => tiers.Count == 0 ? "" : $"{what} {string.Join(", ", tiers)}";
    }

    private static string Number(int number) => number.ToString("#,0", CultureInfo.InvariantCulture);

    /// <summary>One source; its properties are its JSON.</summary>
    private sealed record SourceDifference(string Source, string? From, string? To, string? Problem, IReadOnlyList<ListDifference> Lists);

    private sealed record ListDifference(
        string List, string Category, int? Added, int? Removed, int NotJudged, IReadOnlyDictionary<string, int> NewlyBlocked, IReadOnlyDictionary<string, int> NewlyOpen, IReadOnlyList<EntryDifference> Entries, int More)
    {
        public static ListDifference Of(ListComparison comparison, Taxonomy taxonomy, UpdateEffect effect, int limit)
        {
            var category = taxonomy.ForFolder(comparison.Category);
            var slug = category?.Slug ?? comparison.Category;
            if (comparison.Changes is not { } changes) return new(comparison.List, slug, Added: null, Removed: null, 0, new Dictionary<string, int>(), new Dictionary<string, int>(), [], 0);
            var judged = changes.Select(c => effect.Judge(c, category)).ToList();
            var shown = judged.OrderBy(j => j.Rank).Take(limit).Select(EntryDifference.Of).ToList();
            return new(
                comparison.List, slug, changes.Count(c => c.IsAdded), changes.Count(c => !c.IsAdded), judged.Count(j => !j.IsJudged),
                CountByTier(judged.SelectMany(j => j.NewlyBlocked)), CountByTier(judged.SelectMany(j => j.NewlyOpen)), shown, judged.Count - shown.Count);
        }

        private static SortedDictionary<string, int> CountByTier(IEnumerable<string> tiers) => new(tiers.CountBy(t => t, StringComparer.Ordinal).ToDictionary(StringComparer.Ordinal), StringComparer.Ordinal);
    }

    private sealed record EntryDifference(string Change, string Entry, int Line, bool Help, string? UsedBy, IReadOnlyList<string> NewlyBlocked, IReadOnlyList<string> NewlyOpen)
    {
        public static EntryDifference Of(JudgedChange judged) =>
            new(judged.Change.IsAdded ? "added" : "removed", judged.Change.Entry.Written ?? judged.Change.Entry.Text, judged.Change.Entry.Line, judged.IsHelp, judged.UsedBy, judged.NewlyBlocked, judged.NewlyOpen);
    }
}
