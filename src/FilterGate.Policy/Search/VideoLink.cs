using System.Diagnostics.CodeAnalysis;
using FilterGate.Matching;

namespace FilterGate.Policy.Search;

/// <summary>One video or one playlist of YouTube.</summary>
/// <param name="Id">Its id: 11 characters for a video, 13 to 64 for a playlist, of letters, digits, <c>-</c> and <c>_</c>. Upper and lower case differ.</param>
/// <param name="IsPlaylist">True for a playlist.</param>
public readonly record struct VideoLink(string Id, bool IsPlaylist)
{
    /// <summary>Length of a video's id. YouTube promises none; it has held since 2005.</summary>
    public const int VideoIdLength = 11;

    private const int PlaylistIdLengthMin = 13, PlaylistIdLengthMax = 64;

    /// <summary>True when the text has the form of a video's id. Two words that stand in its place in addresses of embeds have that form too and are none.</summary>
    public static bool IsVideoId(ReadOnlySpan<char> text) => text.Length == VideoIdLength && !text.ContainsAnyExcept(IdCharacters) && text is not ("videoseries" or "live_stream");

    /// <summary>True when the text has the form of a playlist's id: one that somebody put together (<c>PL…</c>), a channel's uploads (<c>UU…</c>) or an album (<c>OLAK5uy_…</c>).
    /// A mix (<c>RD…</c>) is what YouTube suggests next without an end, and <c>WL</c> and <c>LL</c> are whoever's own: none of them can be looked at beforehand.</summary>
    public static bool IsPlaylistId(ReadOnlySpan<char> text) =>
        text.Length is >= PlaylistIdLengthMin and <= PlaylistIdLengthMax && !text.ContainsAnyExcept(IdCharacters) && (text.StartsWith("PL") || text.StartsWith("UU") || text.StartsWith("OLAK5uy_"));

    /// <summary>Reads a video as a teacher pastes it: an id, or a link to a watch page, a short link, an embed, a short or a live page, with whatever parameters came along.</summary>
    /// <param name="text">The text; at most <see cref="CanonicalUrl.LengthMax"/> characters.</param>
    /// <param name="link">The video. A link to a video within a playlist is the video.</param>
    /// <param name="error">What is wrong, in plain words.</param>
    /// <returns>False with a reason. Never throws.</returns>
    public static bool TryParseVideo(string text, out VideoLink link, [NotNullWhen(false)] out string? error)
    {
        ArgumentNullException.ThrowIfNull(text);
        (link, error) = (default, null);
        var trimmed = text.Trim();
        if (IsVideoId(trimmed)) link = new VideoLink(trimmed, IsPlaylist: false);
        else if (Read(trimmed, out error) is { } address)
        {
            if (address is { Video: not null, IsPlain: false }) error = "it names more than one video; open the video, and copy the address from its Share button";
            else if (address.Video is { } id && IsVideoId(id)) link = new VideoLink(id, IsPlaylist: false);
            else if (address.Video is not null) error = $"its id is not one of {VideoIdLength} letters, digits, '-' and '_'; copy the whole address again";
            else if (address.Playlist is not null) error = "it is a link to a playlist; write it under youtube_playlists";
            else error = "no video is named in it; open the video, and copy the address from its Share button";
        }
        return error is null;
    }

    /// <summary>Reads a playlist as a teacher pastes it: an id, or a link that names one.</summary>
    /// <inheritdoc cref="TryParseVideo"/>
    public static bool TryParsePlaylist(string text, out VideoLink link, [NotNullWhen(false)] out string? error)
    {
        ArgumentNullException.ThrowIfNull(text);
        (link, error) = (default, null);
        var trimmed = text.Trim();
        var id = IsPlaylistId(trimmed) ? trimmed : Read(trimmed, out error)?.Playlist;
        if (error is not null) return false;
        if (id is null) error = "no playlist is named in it; open the playlist, and copy the address from its Share button";
        else if (!IsPlaylistId(id)) error = "it is a mix or a list of somebody's own, whose videos nobody can look at beforehand; name the videos, or a playlist whose id begins with PL";
        else link = new VideoLink(id, IsPlaylist: true);
        return error is null;
    }

    /// <summary>Reads either: a playlist where the link names no video.</summary>
    /// <inheritdoc cref="TryParseVideo"/>
    public static bool TryParse(string text, out VideoLink link, [NotNullWhen(false)] out string? error) =>
        TryParseVideo(text, out link, out error) || (TryParsePlaylist(text, out link, out var other) && (error = null) is null) || Fail(other, ref error);

    /// <summary>The letters, digits and signs of an id.</summary>
    internal static System.Buffers.SearchValues<char> IdCharacters { get; } = System.Buffers.SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_");

    private static bool Fail(string? other, ref string? error)
    {
        error ??= other;
        return false;
    }

    private static YouTubeAddress? Read(string text, out string? error)
    {
        error = null;
        if (!CanonicalUrl.TryParse(text, out var url, out var why)) error = why;
        else if (!YouTubeHosts.IsPage(url.Host)) error = $"it is neither a link to YouTube nor an id of {VideoIdLength} letters, digits, '-' and '_'";
        else return YouTubeAddress.Read(url);
        return null;
    }
}
