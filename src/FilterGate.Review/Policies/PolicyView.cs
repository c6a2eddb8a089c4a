using FilterGate.Matching;
using FilterGate.Policy;
using FilterGate.Policy.Documents;
using FilterGate.Review.Site;
using FilterGate.State;
using Microsoft.AspNetCore.Http;

namespace FilterGate.Review.Policies;

/// <summary>One tier, or a group that has settings of its own.</summary>
/// <param name="Key">What the address bar calls it: <c>tier:pupil</c>, <c>group:4b</c>.</param>
/// <param name="Title">What people call it.</param>
/// <param name="Tier">Its settings.</param>
/// <param name="Why">Why it is as it is, or null.</param>
/// <param name="Groups">Who is in it.</param>
public sealed record TierLine(string Key, string Title, Tier Tier, string? Why, IReadOnlyList<string> Groups);

/// <summary>What becomes of one category, for each tier that is shown.</summary>
public sealed record CategoryLine(Category Category, IReadOnlyList<CategoryWord> Words);

/// <summary>A day of the timetable.</summary>
public sealed record DayLine(DayOfWeek Day, IReadOnlyList<string> Spans);

/// <summary>What the page of the policy shows: who gets what, and why.</summary>
public sealed record PolicyView
{
    /// <summary>Where the page is.</summary>
    public const string Path = "/policy";

    /// <summary>The tiers, and the groups with settings of their own: to choose from.</summary>
    public required IReadOnlyList<TierLine> Choices { get; init; }

    /// <summary>The one that was chosen, or null for the tiers side by side.</summary>
    public required TierLine? Chosen { get; init; }

    /// <summary>What is shown: the one that was chosen, or every tier.</summary>
    public IReadOnlyList<TierLine> Shown => Chosen is null ? [.. Choices.Where(c => c.Key.StartsWith("tier:", StringComparison.Ordinal))] : [Chosen];

    /// <summary>The categories that a school decides about, by name.</summary>
    public required IReadOnlyList<CategoryLine> Categories { get; init; }

    /// <summary>Names of those that are closed to everybody, whatever a policy says.</summary>
    public required IReadOnlyList<string> AlwaysClosed { get; init; }

    /// <summary>The rules that hold for what is shown.</summary>
    public required IReadOnlyList<RuleDocument> Rules { get; init; }

    /// <summary>The week that runs, day by day, with what runs when.</summary>
    public required IReadOnlyList<DayLine> Week { get; init; }

    /// <summary>The version in force, as the history has it; null for a policy that was never put on record.</summary>
    public required PolicyVersion? Version { get; init; }

    /// <summary>What the address bar said that could not be understood.</summary>
    public IReadOnlyList<string> Problems { get; init; } = [];

    /// <summary>The policy.</summary>
    public required PolicySnapshot Policy { get; init; }

    /// <summary>Now.</summary>
    public required DateTimeOffset Now { get; init; }

    /// <summary>Gathers it.</summary>
    /// <param name="query">What the address bar says.</param>
    /// <param name="state">The history.</param>
    /// <param name="policy">The policy.</param>
    /// <param name="tongue">The language of the page.</param>
    /// <param name="now">Now.</param>
    public static PolicyView Of(IQueryCollection query, StateStore state, PolicySnapshot policy, Tongue tongue, DateTimeOffset now)
    {
        ArgumentNullException.ThrowIfNull(tongue);
        ArgumentNullException.ThrowIfNull(query);
        ArgumentNullException.ThrowIfNull(state);
        ArgumentNullException.ThrowIfNull(policy);
        var fields = new AddressFields(query, tongue);
        var choices = ChoicesOf(policy);
        var named = fields.Text("for");
        var chosen = choices.FirstOrDefault(c => c.Key == named);
        if (named is not null && chosen is null) fields.Complain("The policy has no “{0}”; every tier is shown.", named);

        var taxonomy = policy.Lists.Taxonomy;
        var shown = chosen is null ? choices.Where(c => c.Key.StartsWith("tier:", StringComparison.Ordinal)) : [chosen];
        var tiers = shown.Select(s => s.Tier).ToList();
        var rules = chosen is null ? null : chosen.Tier.Rules.Select(r => r.Text).ToHashSet(StringComparer.Ordinal);
        return new PolicyView
        {
            Choices = choices,
            Chosen = chosen,
            Categories =
            [
                .. taxonomy.Categories.Where(c => !policy.NoBypass.Contains(c.Index) && c.Slug != CategoryRules.Uncategorised).OrderBy(c => tongue.Category(c.Name), StringComparer.OrdinalIgnoreCase)
                    .Select(c => new CategoryLine(c, [.. tiers.Select(t => PolicyWords.Of(t, c, tongue))])),
            ],
            AlwaysClosed = [.. taxonomy.Categories.Where(c => policy.NoBypass.Contains(c.Index)).Select(c => tongue.Category(c.Name)).Order(StringComparer.OrdinalIgnoreCase)],
            Rules = [.. policy.Document.Rules.Where(r => rules?.Contains(r.Text) ?? true)],
            Week = WeekOf(policy, tongue, now),
            Version = state.FindPolicy(policy.Version),
            Problems = fields.Problems,
            Policy = policy,
            Now = now,
        };
    }

    /// <summary>The tiers, and the groups whose settings differ from their tier's.</summary>
    private static List<TierLine> ChoicesOf(PolicySnapshot policy)
    {
        var documents = policy.Document.Tiers.ToDictionary(t => t.Name, StringComparer.Ordinal);
        var own = policy.Groups.Where(g => policy.FindTier(g.Tier.Name) is not { } tier || !IsAlike(g.Tier, tier, policy.Lists.Taxonomy)).ToList();
        return
        [
            .. policy.Tiers.Select(t => new TierLine($"tier:{t.Name}", t.Name, t, documents.GetValueOrDefault(t.Name)?.Why, [.. policy.Groups.Where(g => g.Tier.Name == t.Name && !own.Contains(g)).Select(g => g.Title)])),
            .. own
                .Select(g => new TierLine($"group:{g.Name}", g.Title, g.Tier, policy.Document.Groups.FirstOrDefault(d => d.Name == g.Name)?.Settings.Why, [])),
        ];
    }

    /// <summary>True when nothing that this page says of the two differs.</summary>
    private static bool IsAlike(Tier a, Tier b, Taxonomy taxonomy) =>
        ReferenceEquals(a, b)
        || (PolicyWords.Facts(a, Tongue.English).SequenceEqual(PolicyWords.Facts(b, Tongue.English)) && a.Rules.Select(r => r.Text).SequenceEqual(b.Rules.Select(r => r.Text), StringComparer.Ordinal)
            && taxonomy.Categories.All(c => PolicyWords.Of(a, c, Tongue.English) == PolicyWords.Of(b, c, Tongue.English)));

    private static IReadOnlyList<DayLine> WeekOf(PolicySnapshot policy, Tongue tongue, DateTimeOffset now)
    {
        var times = policy.Timetable;
        var named = Enumerable.Range(BuiltIn, times.Periods.Length - BuiltIn).ToList();
        if (named.Count == 0) return [];
        var today = times.DayOf(now);
        var monday = today.AddDays(-(((int)today.DayOfWeek + 6) % 7));
        return [.. Enumerable.Range(0, 7).Select(i => monday.AddDays(i)).Select(day => new DayLine(day.DayOfWeek, SpansOf(day)))];

        IReadOnlyList<string> SpansOf(DateOnly day)
        {
            var spans = new List<(DateTimeOffset From, DateTimeOffset To, int Period)>();
            var end = times.StartOf(day.AddDays(1));
            for (var at = times.StartOf(day); at < end; at = times.NextChange(at))
            {
                var (running, next) = (times.At(at), times.NextChange(at));
                foreach (var period in named.Where(running.Contains))
                {
                    // What goes on over a change of something else is one span.
                    var before = spans.FindIndex(s => s.Period == period && s.To == at && times.EndOf(period, s.From) >= next);
                    if (before >= 0) spans[before] = spans[before] with { To = next };
                    else spans.Add((at, next, period));
                }
            }
            return [.. spans.OrderBy(s => s.From).Select(s => tongue.Say("{0} to {1} {2}", Clock(s.From), Clock(s.To), times.Periods[s.Period]))];
        }

        string Clock(DateTimeOffset time) => times.ToLocal(time).ToString("HH:mm", tongue.Culture);
    }

    private static int BuiltIn => FilterGate.Policy.Timetables.Timetable.BuiltIn.Length;
}
