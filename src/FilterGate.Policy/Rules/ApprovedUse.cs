using System.Collections.Immutable;
using FilterGate.Matching;

namespace FilterGate.Policy.Rules;

/// <summary>A use that somebody has approved by name, for named people and until a day: the school's own page on a social network, which is closed otherwise (S0.2, S1.8, S3.11). Immutable.</summary>
public sealed class ApprovedUse
{
    private readonly SiteIndex<ApprovedUse> _sites;
    private readonly ImmutableArray<Audience> _who;
    private readonly DateTimeOffset? _end;

    internal ApprovedUse(string name, IEnumerable<Site> sites, ImmutableArray<Audience> who, DateTimeOffset? end, BundleCatalogue bundles)
    {
        (Name, Text, _who, _end) = (name, TextOf(name), who, end);
        _sites = new SiteIndex<ApprovedUse>(sites.Select(s => (s, this)), bundles);
    }

    /// <summary>Its name.</summary>
    public string Name { get; }

    /// <summary>What events and explanations name it.</summary>
    public string Text { get; }

    /// <summary>What events and explanations call the use of this name.</summary>
    internal static string TextOf(string name) => $"approved use: {name}";

    /// <summary>True when it opens this address for this client now. No allocation.</summary>
    internal bool Opens(Client client, CanonicalUrl url, Seen seen, DateTimeOffset time)
    {
        if (time >= _end || _sites.Find(url, seen, 0, static (ApprovedUse _, in int _) => true) is null) return false;
        foreach (var audience in _who)
            if (client.IsIn(audience)) return true;
        return false;
    }
}
