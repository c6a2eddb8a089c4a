using System.Collections.Frozen;

namespace FilterGate.Policy.Search;

/// <summary>Which hosts are YouTube, and what each is for. All take canonical hosts; none allocates.</summary>
public static class YouTubeHosts
{
    /// <summary>The hosts that honour <see cref="RequestFields.YouTube"/>, and the addresses <c>restrict.youtube.com</c> and <c>restrictmoderate.youtube.com</c> (<see href="https://support.google.com/a/answer/6214622"/>).</summary>
    private static readonly FrozenSet<string> Restrictable = FrozenSet.Create(
        StringComparer.Ordinal, "www.youtube.com", "m.youtube.com", "youtubei.googleapis.com", "youtube.googleapis.com", "www.youtube-nocookie.com");

    private static readonly FrozenSet<string> PageDomains = FrozenSet.Create(
        StringComparer.Ordinal, "youtube.com", "youtube-nocookie.com", "youtubeeducation.com", "youtubekids.com", "youtu.be", "yt.be");

    private static readonly FrozenSet<string> OtherDomains = FrozenSet.Create(
        StringComparer.Ordinal, "youtubei.googleapis.com", "youtube.googleapis.com", "youtubeembeddedplayer.googleapis.com", "youtube-ui.l.google.com", "youtubei-att.googleapis.com", "googlevideo.com", "ytimg.com", "ytimg.l.google.com");

    private static readonly FrozenSet<string> Embeds = FrozenSet.Create(
        StringComparer.Ordinal, "www.youtube-nocookie.com", "youtube-nocookie.com", "www.youtube.com", "youtube.com", "m.youtube.com", "www.youtubeeducation.com", "youtubeeducation.com");

    /// <summary>True for a host on which Restricted Mode can be set.</summary>
    public static bool IsRestrictable(string canonicalHost) => Restrictable.Contains(canonicalHost);

    /// <summary>True for every host that is YouTube and nothing else: its pages, its interfaces, its pictures and its streams.</summary>
    public static bool IsYouTube(string canonicalHost) => IsPage(canonicalHost) || IsWithin(canonicalHost, OtherDomains);

    /// <summary>True for a host with pages of YouTube.</summary>
    public static bool IsPage(string canonicalHost) => IsWithin(canonicalHost, PageDomains);

    /// <summary>True for a host that serves the embedded player.</summary>
    internal static bool IsEmbed(string canonicalHost) => Embeds.Contains(canonicalHost);

    /// <summary>True for a host, not YouTube's alone, from which the player loads a proof that it is one.</summary>
    public static bool IsBesidePlayer(string canonicalHost) => canonicalHost is "jnn-pa.googleapis.com" or "www.google.com";

    /// <summary>True for a host that delivers the streams.</summary>
    internal static bool IsStream(string canonicalHost) => IsBelow(canonicalHost, "googlevideo.com");

    /// <summary>True for a host that delivers pictures of videos.</summary>
    internal static bool IsPicture(string canonicalHost) => IsBelow(canonicalHost, "ytimg.com");

    private static bool IsWithin(string host, FrozenSet<string> domains)
    {
        var look = domains.GetAlternateLookup<ReadOnlySpan<char>>();
        for (var rest = host.AsSpan(); ;)
        {
            if (look.Contains(rest)) return true;
            var dot = rest.IndexOf('.');
            if (dot < 0) return false;
            rest = rest[(dot + 1)..];
        }
    }

    private static bool IsBelow(string host, string domain) => host.Length > domain.Length && host[^(domain.Length + 1)] == '.' && host.EndsWith(domain, StringComparison.Ordinal);
}
