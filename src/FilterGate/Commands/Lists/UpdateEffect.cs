using System.Globalization;
using FilterGate.Events;
using FilterGate.Lists;
using FilterGate.Lists.Compiled;
using FilterGate.Matching;
using FilterGate.Policy;

namespace FilterGate.Commands.Lists;

/// <summary>A change of a list, and what it would do.</summary>
/// <param name="Change">The change.</param>
/// <param name="IsHelp">It names a protected help site, or a page of one; that stays open all the same.</param>
/// <param name="UsedBy">What the school uses a site that it names for: <c>bundle zoom</c>, <c>own_allow</c>, <c>override</c>, or how often it was visited; or null.</param>
/// <param name="NewlyBlocked">Tiers that would no longer reach it freely.</param>
/// <param name="NewlyOpen">Tiers that would.</param>
/// <param name="IsJudged">False for an exception, a range or an expression: what it matches is many sites.</param>
internal sealed record JudgedChange(ListChange Change, bool IsHelp, string? UsedBy, IReadOnlyList<string> NewlyBlocked, IReadOnlyList<string> NewlyOpen, bool IsJudged)
{
    /// <summary>The more a person should see it, the lower.</summary>
    public int Rank => IsHelp ? 0 : UsedBy is not null ? 1 : NewlyBlocked.Count + NewlyOpen.Count > 0 ? 2 : 3;
}

/// <summary>Judges changes of lists by the policy in force: which tiers would reach a site no longer, and which would from then on.</summary>
/// <remarks>By categories alone, as the lists in force have them: own lists, bundles and overrides may say otherwise for a site, which is why sites that they name are marked. So are those that were visited often, as far as the policy keeps what is allowed.
/// Illegal-content lists are not consulted.</remarks>
internal sealed class UpdateEffect
{
    /// <summary>How far back visits count, in days.</summary>
    public const int VisitedDays = 30;

    /// <summary>So many visits in that time are often: about one each school day.</summary>
    public const int VisitsMin = 20;

    private readonly PolicySnapshot _policy;
    private readonly Dictionary<string, string> _used = new(StringComparer.Ordinal);
    private readonly Dictionary<string, string> _above = new(StringComparer.Ordinal);

    /// <param name="policy">The policy and the lists in force.</param>
    /// <param name="now">Which overrides count.</param>
    /// <param name="visited">Hosts and how often they were visited; those below <see cref="VisitsMin"/> do not count as often used.</param>
    public UpdateEffect(PolicySnapshot policy, DateTimeOffset now, IEnumerable<HostCount> visited)
    {
        _policy = policy;
        foreach (var live in policy.Overrides.All.Where(o => o.IsLive(now))) Use(live.Site.Host, "override");
        foreach (var match in policy.Tiers.SelectMany(t => t.OwnAllow.Search(".", int.MaxValue)).Where(m => !m.List.StartsWith("bundle ", StringComparison.Ordinal)))
            if (ListPlace.TryParse(match.Entry, out var place, out _)) Use(place.Host, "own_allow");
        foreach (var bundle in BundleFile.Shipped.All)
            foreach (var entry in bundle.Entries)
                if (ListPlace.TryParse(entry.Text, out var place, out _)) Use(place.Host, bundle.List);
        foreach (var host in visited.Where(host => host.Acts >= VisitsMin)) Use(host.Host, string.Create(CultureInfo.InvariantCulture, $"{host.Acts:#,0} visits in {VisitedDays} days"));
    }

    /// <summary>Judges a change. A microsecond or two.</summary>
    public JudgedChange Judge(ListChange change, Category? category)
    {
        var entry = change.Entry;
        if (entry.Kind != EntryKind.Place || entry.IsException || category is null || !ListPlace.TryParse(entry.Text, out var place, out _)
            || !CanonicalUrl.TryParse($"http://{(place.IncludesHost ? "" : "x.")}{place.Host}{place.Path}", out var url, out _))
            return new(change, IsHelp: false, UsedBy: null, [], [], IsJudged: false);

        var lists = _policy.Lists;
        var before = lists.Categories.Classify(url, Seen.Url);
        CategorySet after;
        if (change.IsAdded)
        {
            after = before.With(category.Index);
        }
        else
        {
            after = CategorySet.Empty;
            foreach (var match in lists.Categories.Explain(url, Seen.Url))
                if (match.List != change.File.List || (match.Entry != entry.Text && match.Entry != entry.Written)) after = after.With(match.Category.Index);
        }
        var (blocked, open) = (new List<string>(), new List<string>());
        foreach (var tier in _policy.Tiers)
        {
            var (was, willBe) = (IsReached(tier, before), IsReached(tier, after));
            if (was && !willBe) blocked.Add(tier.Name);
            if (!was && willBe) open.Add(tier.Name);
        }
        return new(change, lists.ProtectedHelp.Matches(url, Seen.Host), UserOf(place.Host), blocked, open, IsJudged: true);
    }

    private static bool IsReached(Tier tier, in CategorySet categories) =>
        categories.IsEmpty ? tier.Uncategorised is Verdict.Allow or Verdict.LogOnly : !categories.Overlaps(tier.Blocked | tier.Quota | tier.Warned);

    /// <summary>What a host, one above it or one below it is used for.</summary>
    private string? UserOf(string host)
    {
        if (_above.TryGetValue(host, out var below)) return below;
        for (var rest = host; ;)
        {
            if (_used.TryGetValue(rest, out var by)) return by;
            var dot = rest.IndexOf('.', StringComparison.Ordinal);
            if (dot < 0) return null;
            rest = rest[(dot + 1)..];
        }
    }

    private void Use(string host, string by)
    {
        _used.TryAdd(host, by);
        for (var dot = host.IndexOf('.', StringComparison.Ordinal); dot >= 0; dot = host.IndexOf('.', dot + 1)) _above.TryAdd(host[(dot + 1)..], by);
    }
}
