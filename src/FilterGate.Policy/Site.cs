using System.Diagnostics.CodeAnalysis;
using FilterGate.Matching;

namespace FilterGate.Policy;

/// <summary>What an override, a block or a session is about: a host with its sub-domains, a part of one, a bundle of hosts, or one video. Immutable.</summary>
/// <remarks>A video covers no address by itself: <c>Search/</c> says which addresses show it.</remarks>
public sealed record Site
{
    private const string BundlePrefix = "bundle:", VideoPrefix = "video:";

    private Site(string host, string? path, string? bundle, string? video) => (Host, Path, Bundle, Video) = (host, path, bundle, video);

    /// <summary>Canonical host; empty for a bundle and a video.</summary>
    public string Host { get; }

    /// <summary>A canonical path that begins with <c>/</c> and does not end with one, matched at its boundary without regard to ASCII case; null for the whole host.</summary>
    public string? Path { get; }

    /// <summary>The name of a bundle, else null.</summary>
    public string? Bundle { get; }

    /// <summary>The id of a video, else null.</summary>
    public string? Video { get; }

    /// <summary>A host with its sub-domains.</summary>
    /// <param name="canonicalHost">Canonical host.</param>
    public static Site ForHost(string canonicalHost) => new(canonicalHost, null, null, null);

    /// <summary>The part of a site that an address names; the whole host for its front page. The query does not count.</summary>
    public static Site ForUrl(CanonicalUrl url)
    {
        ArgumentNullException.ThrowIfNull(url);
        return new(url.Host, url.Path.TrimEnd('/') is { Length: > 0 } path ? path : null, null, null);
    }

    /// <summary>One video.</summary>
    public static Site ForVideo(string id) => new("", null, null, id);

    /// <summary>Reads <c>games.example</c>, <c>games.example/maths</c> (any form of address), <c>bundle:zoom</c> or <c>video:ID</c>. Whether there is such a bundle is for the caller.</summary>
    /// <param name="text">The text.</param>
    /// <param name="site">The site.</param>
    /// <param name="error">What is wrong, for a person.</param>
    public static bool TryParse(string? text, [NotNullWhen(true)] out Site? site, [NotNullWhen(false)] out string? error)
    {
        (site, error) = (null, null);
        text = text?.Trim() ?? "";
        if (text.StartsWith(BundlePrefix, StringComparison.Ordinal)) site = new("", null, text[BundlePrefix.Length..], null);
        else if (text.StartsWith(VideoPrefix, StringComparison.Ordinal)) site = ForVideo(text[VideoPrefix.Length..]);
        else if (CanonicalUrl.TryParse(text, out var url, out error)) site = ForUrl(url);
        else return false;
        if (site is { Bundle: null or { Length: > 0 }, Video: null or { Length: > 0 } }) return true;
        (site, error) = (null, $"'{text}' names nothing; write bundle:zoom or video:ID");
        return false;
    }

    /// <summary>True when an address lies in this site. A part of a site is not seen in a tunnel, where the host alone is known. No allocation.</summary>
    public bool Covers(CanonicalUrl url, Seen seen)
    {
        ArgumentNullException.ThrowIfNull(url);
        return Host.Length > 0 && CoversHost(url) && CoversPath(url, seen);
    }

    /// <summary>True when the path of an address lies in this site, whose host is known to cover it.</summary>
    internal bool CoversPath(CanonicalUrl url, Seen seen)
    {
        if (Path is null) return true;
        return seen == Seen.Url && url.Path.StartsWith(Path, StringComparison.OrdinalIgnoreCase) && (url.Path.Length == Path.Length || url.Path[Path.Length] == '/');
    }

    private bool CoversHost(CanonicalUrl url)
    {
        var host = url.Host;
        if (!host.EndsWith(Host, StringComparison.Ordinal)) return false;
        return host.Length == Host.Length || (host[host.Length - Host.Length - 1] == '.' && !url.IsIpLiteral);
    }

    /// <summary>The spelling that <see cref="TryParse"/> reads.</summary>
    public override string ToString() => Bundle is not null ? BundlePrefix + Bundle : Video is not null ? VideoPrefix + Video : Host + Path;
}
