using System.Collections.Frozen;
using System.Collections.Immutable;
using FilterGate.Matching;
using FilterGate.Policy.Documents;
using FilterGate.Policy.Passes;
using FilterGate.Policy.Rules;
using FilterGate.Policy.Timetables;
using FilterGate.Policy.Search;

namespace FilterGate.Policy;

/// <summary>Lays the document's tiers over the taxonomy's defaults, and its groups over their tiers. Used once for each snapshot.</summary>
internal sealed class TierCompiler
{
    private readonly ListSet _lists;
    private readonly Taxonomy _taxonomy;
    private readonly CategorySet _noBypass;

    public TierCompiler(PolicyDocument document, ListSet lists, TlsMode? tls)
    {
        (_lists, _taxonomy, _noBypass) = (lists, lists.Taxonomy, CategoryRules.NoBypassOf(lists.Taxonomy));
        Places = [.. document.Places.Select(p => new Place(p.Name, p.Title ?? p.Name, p.Networks, p.Ports, p.Vlan))];
        var rules = document.Rules.Select(r => (r.Who, r.Why, Rule: Compile(r, document.Timetable))).ToList();
        var uses = document.ApprovedUses.Select(u => (Text: ApprovedUse.TextOf(u.Name), u.Why)).ToList();
        Tiers =
        [
            .. document.Tiers
                .Select(t => Trial(t, who: [t.Name]))
                .OrderByDescending(t => t.Blocked.Count)
                .ThenByDescending(t => t.Uncategorised) // OrderBy is stable: then the order of the document
                .Select((tier, place) => tier with { Strictness = place }),
        ];

        // A group is laid over the one around it, that over its own, and the outermost over its tier; the reader has seen to it that there is no circle.
        var groups = new Dictionary<string, (Group Group, TierDocument Settings)>(StringComparer.Ordinal);
        var documents = document.Groups.ToDictionary(g => g.Name, StringComparer.Ordinal);
        foreach (var group in document.Groups) Add(group);
        Groups = [.. document.Groups.Select(g => groups[g.Name].Group)];

        // A rule is for whom it names; what it, or an approved use, gives as its reason is shown as the reason of what it decides.
        Tier Trial(TierDocument settings, IReadOnlyCollection<string> who)
        {
            var own = rules.Where(r => r.Who.IsEmpty || r.Who.Any(who.Contains)).ToList();
            var tier = Compile(settings);
            return tier with
            {
                Tls = tls ?? tier.Tls,
                Rules = [.. own.Select(r => r.Rule)],
                Rationale = tier.Rationale.SetItems(own.Select(r => (r.Rule.Text, r.Why)).Concat(uses).Where(r => r.Why is not null).Select(r => KeyValuePair.Create(r.Text, r.Why!))),
            };
        }

        (Group Group, TierDocument Settings) Add(GroupDocument group)
        {
            if (groups.TryGetValue(group.Name, out var known)) return known;
            var parent = group.Within is { } around ? Add(documents[around]) : default((Group Group, TierDocument Settings)?);
            var tierName = group.Tier ?? parent?.Group.Tier.Name ?? throw new InvalidOperationException($"group {group.Name} has no tier");
            // A group that names a tier of its own begins from that, not from what lies around it.
            var under = group.Tier is null ? parent!.Value.Settings : document.Tiers.Single(t => t.Name == tierName);
            var tier = Tiers.Single(t => t.Name == tierName);
            var settings = group.Settings.LaidOver(under);
            // Most groups say nothing of their own, no rule names them, and they share what is around them.
            var isPlain = ReferenceEquals(settings, under) && !rules.Exists(r => r.Who.Contains(group.Name)) && (group.Tier is null || parent is null);
            var own = isPlain ? parent?.Group.Tier ?? tier : Trial(settings, [tierName, .. WayOut(group).Select(g => g.Name)]) with { Strictness = tier.Strictness };
            return groups[group.Name] = (new Group(group.Name, group.Kind, group.Title ?? group.Name, parent?.Group, own), settings);
        }

        IEnumerable<GroupDocument> WayOut(GroupDocument group)
        {
            for (var at = group; ; at = documents[at.Within])
            {
                yield return at;
                if (at.Within is null) yield break;
            }
        }
    }

    /// <summary>The tiers, strictest first, each with its place as <see cref="Tier.Strictness"/>.</summary>
    public ImmutableArray<Tier> Tiers { get; }

    /// <summary>The groups, in the order of the document.</summary>
    public ImmutableArray<Group> Groups { get; }

    /// <summary>The places, in the order of the document.</summary>
    public ImmutableArray<Place> Places { get; }

    private Rule Compile(RuleDocument rule, Timetable timetable)
    {
        var what = CategorySet.Empty;
        foreach (var slug in rule.What)
            if (_taxonomy.Find(slug) is { } category) what = what.With(category.Index);
        var when = new PeriodSet(0);
        foreach (var name in rule.When)
            if (timetable.TryFind(name, out var period)) when = when.With(period);
        return new Rule(rule.Text, what, rule.CoversUncategorised, [.. Places.Where(p => rule.Where.Contains(p.Name))], when, rule.Do);
    }

    private Tier Compile(TierDocument tier)
    {
        var (taxonomy, noBypass) = (_taxonomy, _noBypass);
        CategorySet blocked = default, warned = default, logged = default;
        var quotas = new Dictionary<int, QuotaRule>();
        foreach (var category in taxonomy.Categories)
        {
            if (category.Slug == CategoryRules.Uncategorised || taxonomy.Locked.Contains(category.Index)) continue;
            switch (WordFor(tier, category))
            {
                case Verdict.Block: blocked = blocked.With(category.Index); break;
                case Verdict.Warn: warned = warned.With(category.Index); break;
                case Verdict.Quota: quotas[category.Index] = tier.Quota.Single(q => q.Category == category.Slug).Rule; break;
                case Verdict.LogOnly: logged = logged.With(category.Index); break;
                default: break;
            }
        }
        var bypassable = noBypass.Except(taxonomy.Locked);
        var quota = CategorySet.Empty;
        foreach (var index in quotas.Keys) quota = quota.With(index);
        return new Tier
        {
            Name = tier.Name,
            Tls = tier.Tls ?? (CategoryRules.IsOf(tier.Name, "guest") ? TlsMode.Tunnel : TlsMode.Intercept),
            Uncategorised = tier.Uncategorised ?? (taxonomy.Find(CategoryRules.Uncategorised) is { } unknown ? DefaultVerdict(unknown, tier.Name) : Verdict.Block),
            OtherProtocols = tier.OtherProtocols,
            Addresses = tier.Addresses,
            NewlySeen = tier.NewlySeen,
            NewlySeenDays = tier.NewlySeenDays ?? Tier.NewlySeenDaysDefault,
            EmbeddedUrls = tier.EmbeddedUrls ?? EmbeddedRule.Block,
            IsApprovedOnly = tier.IsApprovedOnly ?? false,
            Record = tier.Record ?? RecordRule.Blocks,
            Rationale = tier.Rationale,
            Search = SearchSettings.Compile(tier.Search, tier.Name),
            Blocked = blocked | bypassable,
            Quotas = quotas.ToFrozenDictionary(),
            ContinueMinutes = tier.ContinueMinutes ?? Tier.ContinueMinutesDefault,
            Warned = warned.Except(bypassable),
            Logged = logged.Except(bypassable),
            Lists = ListActions.Compile(tier.Lists, _lists, quota),
            OwnBlock = OwnLists.Build(OwnLists.Block, tier.OwnBlock),
            OwnAllow = OwnLists.BuildAllowed(tier.OwnAllow, tier.Bundles),
            Bundles = tier.Bundles,
            NeverIntercept = OwnLists.BuildNeverIntercepted(tier.Bundles),
        };
    }

    private static Verdict WordFor(TierDocument tier, Category category)
    {
        var slug = category.Slug;
        if (tier.Block.Contains(slug)) return Verdict.Block;
        if (tier.Warn.Contains(slug)) return Verdict.Warn;
        if (tier.Log.Contains(slug)) return Verdict.LogOnly;
        if (tier.Quota.Any(q => q.Category == slug)) return Verdict.Quota;
        if (tier.Allow.Contains(slug) || slug == CategoryRules.HelpAndSupport) return Verdict.Allow;
        return DefaultVerdict(category, tier.Name);
    }

    private static Verdict DefaultVerdict(Category category, string tier) => CategoryRules.DefaultFor(category, tier) switch
    {
        CategoryDefault.Allow => Verdict.Allow,
        CategoryDefault.Warn => Verdict.Warn,
        _ => Verdict.Block,
    };
}
