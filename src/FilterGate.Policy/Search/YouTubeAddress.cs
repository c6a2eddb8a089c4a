using FilterGate.Matching;

namespace FilterGate.Policy.Search;

/// <summary>What kind of address of YouTube it is.</summary>
internal enum YouTubeAddressKind
{
    /// <summary>None that shows one video or one playlist.</summary>
    Other,

    /// <summary>YouTube's own page of a video or a playlist, with all that stands beside it.</summary>
    Page,

    /// <summary>The embedded player.</summary>
    Embed,
}

/// <summary>Which video or playlist an address of YouTube shows.</summary>
/// <param name="Kind">How it shows it.</param>
/// <param name="Video">The id of the video as it stands there, of whatever form; null where it names none.</param>
/// <param name="Playlist">The id of the playlist as it stands there; null where it names none.</param>
/// <param name="IsPlain">False where it names more than that, or names it twice: then nobody but YouTube knows which is meant.</param>
/// <remarks>A path is read as it stands: YouTube's differ by upper and lower case. Allocates the texts that it finds.</remarks>
internal readonly record struct YouTubeAddress(YouTubeAddressKind Kind, string? Video, string? Playlist, bool IsPlain)
{
    /// <summary>Reads an address on a host of <see cref="YouTubeHosts.IsPage"/>; a player call (<c>/youtubei/…</c>) is <see cref="YouTubeAddressKind.Other"/>.</summary>
    public static YouTubeAddress Read(CanonicalUrl url)
    {
        var path = url.Path.AsSpan().TrimEnd('/');
        var isShort = url.Host is "youtu.be" or "www.youtu.be" or "yt.be";
        string? video = null;
        var kind = YouTubeAddressKind.Other;
        if (isShort && path.Length > 1) (kind, video) = (YouTubeAddressKind.Page, path[1..].ToString());
        else if (!isShort && path is "/watch" or "/playlist") kind = YouTubeAddressKind.Page;
        else if (!isShort && path.StartsWith("/embed/")) (kind, video) = (YouTubeAddressKind.Embed, path[7..].ToString());
        else if (!isShort && After(path) is { } id) (kind, video) = (YouTubeAddressKind.Page, id);
        return kind == YouTubeAddressKind.Other ? default : ReadQuery(url.Query, new YouTubeAddress(kind, video == "videoseries" ? null : video, null, IsPlain: true));
    }

    private static string? After(ReadOnlySpan<char> path)
    {
        foreach (var prefix in (ReadOnlySpan<string>)["/shorts/", "/live/", "/v/", "/e/"])
            if (path.StartsWith(prefix)) return path[prefix.Length..].ToString();
        return null;
    }

    private static YouTubeAddress ReadQuery(string? query, YouTubeAddress address)
    {
        foreach (var (name, value) in QueryPairs.Of(query))
        {
            switch (name)
            {
                // A watch page names its video here; where the path names one already this is a second.
                case "v":
                    address = address with { Video = address.Video ?? value, IsPlain = address.IsPlain && (address.Video is null || address.Video == value) };
                    break;
                case "list":
                    address = address with { Playlist = address.Playlist ?? value, IsPlain = address.IsPlain && (address.Playlist is null || address.Playlist == value) };
                    break;
                // Videos to play next, and lists that are the answer to a search or whatever somebody uploads.
                case "playlist" or "channel" or "video_id" or "videoId" or "docid":
                    address = address with { IsPlain = address.IsPlain && value == address.Video };
                    break;
                case "listType":
                    address = address with { IsPlain = address.IsPlain && value == "playlist" };
                    break;
                default: break;
            }
        }
        return address;
    }
}
