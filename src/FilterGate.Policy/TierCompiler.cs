using System.Collections.Immutable;
using FilterGate.Matching;
using FilterGate.Policy.Documents;

namespace FilterGate.Policy;

/// <summary>Lays the document's tiers over the taxonomy's defaults.</summary>
internal static class TierCompiler
{
    /// <summary>The tiers, strictest first, each with its place as <see cref="Tier.Strictness"/>.</summary>
    public static ImmutableArray<Tier> Compile(PolicyDocument document, Taxonomy taxonomy)
    {
        var noBypass = CategoryRules.NoBypassOf(taxonomy);
        return
        [
            .. document.Tiers
                .Select(t => Compile(t, taxonomy, noBypass))
                .OrderByDescending(t => t.Blocked.Count)
                .ThenByDescending(t => t.Uncategorised) // OrderBy is stable: then the order of the document
                .Select((tier, place) => tier.WithStrictness(place)),
        ];
    }

    private static Tier Compile(TierDocument tier, Taxonomy taxonomy, CategorySet noBypass)
    {
        CategorySet blocked = default, warned = default, logged = default;
        foreach (var category in taxonomy.Categories)
        {
            if (category.Slug == CategoryRules.Uncategorised || taxonomy.Locked.Contains(category.Index)) continue;
            switch (WordFor(tier, category))
            {
                case Verdict.Block: blocked = blocked.With(category.Index); break;
                case Verdict.Warn: warned = warned.With(category.Index); break;
                case Verdict.LogOnly: logged = logged.With(category.Index); break;
                default: break;
            }
        }
        var bypassable = noBypass.Except(taxonomy.Locked);
        return new Tier
        {
            Name = tier.Name,
            Tls = tier.Tls ?? (CategoryRules.IsOf(tier.Name, "guest") ? TlsMode.Tunnel : TlsMode.Intercept),
            Uncategorised = tier.Uncategorised ?? (taxonomy.Find(CategoryRules.Uncategorised) is { } unknown ? DefaultVerdict(unknown, tier.Name) : Verdict.Block),
            NewlySeen = tier.NewlySeen,
            NewlySeenDays = tier.NewlySeenDays ?? Tier.NewlySeenDaysDefault,
            EmbeddedUrls = tier.EmbeddedUrls ?? EmbeddedRule.Block,
            Blocked = blocked | bypassable,
            Warned = warned.Except(bypassable),
            Logged = logged.Except(bypassable),
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
