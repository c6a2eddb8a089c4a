using System.Collections.Frozen;
using FilterGate.Matching;

namespace FilterGate.Policy.Documents;

/// <summary>What no school may decide about a category, whatever its document says.</summary>
public static class CategoryRules
{
    /// <summary>The slug of sites where a child looks for help: neither blocked nor warned, and a visit is not recorded.</summary>
    public const string HelpAndSupport = "help-and-support";

    /// <summary>The slug that stands for sites in no list: set by the key <c>uncategorised</c> of a tier, not as a category.</summary>
    public const string Uncategorised = "uncategorised";

    /// <summary>Categories that nothing bypasses: blocked in every tier; no own entry, override or lesson opens them (step 5 of the order of decisions).</summary>
    public static FrozenSet<string> NoBypass { get; } =
        FrozenSet.Create(StringComparer.Ordinal, "pornography", "malware", "phishing", "web-proxies", "vpn", "tor", "encrypted-dns");

    /// <summary>Of these the ones that get round the filter: asking for a site in them is an attempt.</summary>
    public static FrozenSet<string> WaysRound { get; } = FrozenSet.Create(StringComparer.Ordinal, "web-proxies", "vpn", "tor", "encrypted-dns");

    /// <summary>Categories that are never recorded: help, for a child's sake, and the background noise of devices, for the reader's.</summary>
    public static FrozenSet<string> NeverLogged { get; } = FrozenSet.Create(StringComparer.Ordinal, HelpAndSupport, "telemetry", "updates");

    /// <summary>True for a request that is not recorded while it is allowed: a protected help site, or one in a category of <see cref="NeverLogged"/>, whatever let it through. No allocation.</summary>
    public static bool IsNeverRecorded(in Classification classification, Taxonomy taxonomy)
    {
        ArgumentNullException.ThrowIfNull(taxonomy);
        if (classification.IsProtectedHelp) return true;
        foreach (var slug in NeverLogged)
            if (taxonomy.Find(slug) is { } category && classification.Categories.Contains(category.Index)) return true;
        return false;
    }

    /// <summary>The no-bypass categories of a taxonomy. A category of the illegal-content lists belongs too: an ordinary list folder of that name must not be weaker than a locked one.</summary>
    public static CategorySet NoBypassOf(Taxonomy taxonomy)
    {
        ArgumentNullException.ThrowIfNull(taxonomy);
        var set = taxonomy.Locked;
        foreach (var slug in NoBypass)
            if (taxonomy.Find(slug) is { } category) set = set.With(category.Index);
        return set;
    }

    /// <summary>Which column of the taxonomy a tier takes: by the first word of its name, <c>staff</c> and <c>staff-…</c> the staff column, <c>guest</c> and <c>guest-…</c> the guest one,
    /// every other name the pupil column: a tier that somebody makes up is strict until it is told otherwise.</summary>
    public static CategoryDefault DefaultFor(Category category, string tier)
    {
        ArgumentNullException.ThrowIfNull(category);
        ArgumentNullException.ThrowIfNull(tier);
        return IsOf(tier, "staff") ? category.Staff : IsOf(tier, "guest") ? category.Guest : category.Pupil;
    }

    /// <summary>True when the name is this kind of tier or a finer one of it.</summary>
    public static bool IsOf(string tier, string kind)
    {
        ArgumentNullException.ThrowIfNull(tier);
        ArgumentNullException.ThrowIfNull(kind);
        return tier == kind || (tier.StartsWith(kind, StringComparison.Ordinal) && tier[kind.Length] == '-');
    }
}
