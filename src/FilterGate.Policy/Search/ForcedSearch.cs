using System.Collections.Frozen;
using System.Collections.Immutable;
using FilterGate.Matching;

namespace FilterGate.Policy.Search;

/// <summary>What is done with one request on its way, so that the safe mode and the sign-in limits of its tier hold.</summary>
/// <param name="DialHost">The name (or address) to connect to instead of the host; null for the host itself. The origin's certificate is verified for the host that was asked for, as ever.</param>
/// <param name="Engine">The engine whose parameter is to be set with <see cref="ForcedSearch.SetParameter"/>; null for none.</param>
/// <param name="Fields">Header fields to set.</param>
public readonly record struct ForcedRequest(string? DialHost, SearchEngine? Engine, ImmutableArray<RequestField> Fields);

/// <summary>Holds search engines, YouTube, Google and Microsoft to what a tier says, by whatever each honours: an address, a query parameter or a header field. Pure; for most hosts four look-ups and no allocation.</summary>
public static class ForcedSearch
{
    private const string StrictHost = "restrict.youtube.com", ModerateHost = "restrictmoderate.youtube.com";

    private static readonly FrozenSet<string> MicrosoftSignIn = FrozenSet.Create(StringComparer.Ordinal, "login.microsoftonline.com", "login.microsoft.com", "login.windows.net");

    private const string MicrosoftConsumerSignIn = "login.live.com";

    /// <summary>What to do with a request.</summary>
    /// <param name="settings">The tier's settings.</param>
    /// <param name="canonicalHost">The host that it is for.</param>
    /// <param name="seen">Whether the request is read, so that fields and parameters can be set, or tunnelled.</param>
    /// <param name="decidedBy">The rule that let it through: an approved video was looked at, and Restricted Mode must not hide it.</param>
    public static ForcedRequest For(SearchSettings settings, string canonicalHost, Seen seen, SearchRule decidedBy = SearchRule.None)
    {
        ArgumentNullException.ThrowIfNull(settings);
        ArgumentNullException.ThrowIfNull(canonicalHost);
        var engine = settings.IsSafeSearchForced ? SearchEngine.Find(canonicalHost) : null;
        var dialHost = engine?.Address;
        if (seen == Seen.Host) return new ForcedRequest(dialHost ?? RestrictedHost(settings, canonicalHost), null, []);
        return new ForcedRequest(dialHost, engine?.Parameter is null ? null : engine, FieldsFor(settings, canonicalHost, decidedBy));
    }

    /// <summary>The engine, where this tier forces safe modes and this one cannot be held to one: it has none, or only one that is set where addresses are read, and this is a tunnel. Else null.</summary>
    public static SearchEngine? IsUnforced(SearchSettings settings, string canonicalHost, Seen seen)
    {
        ArgumentNullException.ThrowIfNull(settings);
        if (!settings.IsSafeSearchForced || SearchEngine.Find(canonicalHost) is not { } engine) return null;
        return engine.IsNeverSafe || (seen == Seen.Host && engine.Address is null) ? engine : null;
    }

    /// <summary>The target with the engine's parameter set, where it is a search; every other byte stays.</summary>
    /// <param name="engine">An engine with a parameter.</param>
    /// <param name="target">Path and query as the client sent them.</param>
    /// <returns>The same text where nothing needs to change.</returns>
    /// <remarks>Whatever the client sent under that name goes, however it is spelt: which of two an engine takes is not ours to gamble on.</remarks>
    public static string SetParameter(SearchEngine engine, string target)
    {
        ArgumentNullException.ThrowIfNull(engine);
        ArgumentNullException.ThrowIfNull(target);
        if (engine.Parameter is not { } parameter) return target;
        var question = target.IndexOf('?', StringComparison.Ordinal);
        var path = question < 0 ? target : target[..question];
        string[] pieces = question < 0 ? [] : target[(question + 1)..].Split('&');
        if (!IsSearch(engine, path, pieces)) return target;
        var wanted = $"{parameter}={engine.ParameterValue}";
        var kept = pieces.Where(p => !NameOf(p).Equals(parameter, StringComparison.OrdinalIgnoreCase)).ToArray();
        if (kept.Length == pieces.Length - 1 && pieces.Contains(wanted)) return target;
        return kept is [] or [""] ? $"{path}?{wanted}" : $"{path}?{string.Join('&', kept)}&{wanted}";
    }

    private static bool IsSearch(SearchEngine engine, string path, string[] pieces)
    {
        foreach (var prefix in engine.SearchPaths)
            if (path.StartsWith(prefix, StringComparison.OrdinalIgnoreCase)) return true;
        return pieces.Any(p => engine.Terms.Contains(NameOf(p), StringComparer.OrdinalIgnoreCase));
    }

    private static string NameOf(string piece) => QueryPairs.Decode(piece.IndexOf('=', StringComparison.Ordinal) is >= 0 and var equals ? piece[..equals] : piece);

    private static string? RestrictedHost(SearchSettings settings, string host) => settings.YouTube switch
    {
        YouTubeMode.Open => null,
        YouTubeMode.Moderate => YouTubeHosts.IsRestrictable(host) ? ModerateHost : null,
        _ => YouTubeHosts.IsRestrictable(host) ? StrictHost : null,
    };

    private static ImmutableArray<RequestField> FieldsFor(SearchSettings settings, string host, SearchRule decidedBy)
    {
        if (!settings.GoogleFields.IsEmpty && (host == "google.com" || host.EndsWith(".google.com", StringComparison.Ordinal))) return settings.GoogleFields;
        if (!settings.MicrosoftFields.IsEmpty && MicrosoftSignIn.Contains(host)) return settings.MicrosoftFields;
        if (!settings.MicrosoftConsumerFields.IsEmpty && host == MicrosoftConsumerSignIn) return settings.MicrosoftConsumerFields;
        if (settings.YouTubeFields.IsEmpty || decidedBy is SearchRule.YouTubeApproved or SearchRule.YouTubePlayer) return [];
        return YouTubeHosts.IsRestrictable(host) || YouTubeHosts.IsPage(host) ? settings.YouTubeFields : [];
    }
}
