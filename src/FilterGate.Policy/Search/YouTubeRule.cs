using System.Collections.Immutable;
using FilterGate.Matching;

namespace FilterGate.Policy.Search;

/// <summary>Step 8 for YouTube: blocks it whole where it is off, and where only approved videos are allowed everything but those and what their player needs.</summary>
/// <remarks>
/// Whatever is not named here is blocked, so that a new page of YouTube is closed until somebody has looked at it. An approved video's own page is allowed with <see cref="Decision.Lesson"/> set: it is never forwarded,
/// but shown on the lesson page, without what stands beside it. In a tunnel a video cannot be told from another, and all are blocked. The player asks for a video by a call whose body names it:
/// <see cref="Question.PlayerVideo"/>. A call without one is allowed only from the embed of an approved playlist, whose videos nobody has listed.
/// </remarks>
public static class YouTubeRule
{
    private static readonly ImmutableArray<string> PlayerPaths =
    [
        "/s/", "/yts/", // the player's code
        "/iframe_api", "/player_api", // what a page that embeds one loads
        "/generate_204", "/error_204", "/api/stats/", "/ptracking", "/youtubei/v1/log_event", "/youtubei/v1/att/", // counting and proof that it is a player: no content comes with them
    ];

    private static readonly Decision Player = new(Verdict.Allow, Reason.OwnAllow) { Rule = "youtube: approved (the player)", SearchRule = SearchRule.YouTubePlayer };

    private const string PlayerCall = "/youtubei/v1/player", Subtitles = "/api/timedtext";

    /// <summary>What the rule says, an allow or a block with its rule; null for nothing: then the steps after it decide.</summary>
    public static Decision? Judge(in Question question)
    {
        var settings = question.Client.Tier.Search;
        // The usual request ends here, or at the host.
        if (settings.YouTube is not (YouTubeMode.Off or YouTubeMode.Approved)) return null;
        if (settings.YouTube == YouTubeMode.Approved && !settings.Videos.IsEmpty && Allowed(in question, new Approved(settings.Videos, null, question.Client, question.Time)) is { } allowed) return allowed;
        if (!YouTubeHosts.IsYouTube(question.Url.Host)) return null;
        return settings.YouTube == YouTubeMode.Off
            ? new Decision(Verdict.Block, Reason.OwnBlock) { Rule = "youtube: off", SearchRule = SearchRule.YouTubeOff }
            : new Decision(Verdict.Block, Reason.OwnBlock) { Rule = "youtube: approved", SearchRule = SearchRule.YouTubeNotApproved };
    }

    /// <summary>Step 7: opens the videos that a live session of the client's class shows, each alone, in every tier that does not see YouTube whole. Null for nothing.</summary>
    /// <param name="sessions">The class sessions.</param>
    /// <param name="question">The request.</param>
    internal static Decision? JudgeLesson(SessionTable sessions, in Question question)
    {
        var client = question.Client;
        if (client.Tier.Search.YouTube == YouTubeMode.Open || sessions.FindShowing(client, video: null, question.Time) is not { } any) return null;
        return Allowed(in question, new Approved(ApprovedVideos.None, sessions, client, question.Time)) is { } allowed ? allowed with { Reason = Reason.Lesson, RecordId = any.Id } : null;
    }

    private static Decision? Allowed(in Question question, in Approved approved)
    {
        if (question.Seen == Seen.Host) return null;
        return YouTubeHosts.IsYouTube(question.Url.Host) ? AllowedOfYouTube(in question, in approved) : AllowedBeside(in question);
    }

    private static Decision? AllowedOfYouTube(in Question question, in Approved approved)
    {
        var (url, host) = (question.Url, question.Url.Host);
        if (YouTubeHosts.IsStream(host)) return url.Path is "/videoplayback" or "/initplayback" or "/generate_204" ? Player : null;
        if (YouTubeHosts.IsPicture(host)) return IsPictureOf(url.Path, in approved) ? Player : null;
        if (!YouTubeHosts.IsPage(host)) return null;

        var address = YouTubeAddress.Read(url);
        switch (address.Kind)
        {
            // Shown on the lesson page: what else the link names is not asked for.
            case YouTubeAddressKind.Page when address.Video is { } id && approved.Has(id, isPlaylist: false): return Allow(new VideoLink(id, IsPlaylist: false), isPage: true);
            case YouTubeAddressKind.Page when address.Playlist is { } list && approved.Has(list, isPlaylist: true): return Allow(new VideoLink(list, IsPlaylist: true), isPage: true);
            case YouTubeAddressKind.Embed when YouTubeHosts.IsEmbed(host) && ApprovedEmbed(in address, in approved) is { } link: return Allow(link, isPage: false);
            default: break;
        }
        if (address.Kind != YouTubeAddressKind.Other || !YouTubeHosts.IsEmbed(host)) return null;
        if (url.Path == PlayerCall || url.Path == Subtitles)
        {
            var video = url.Path == PlayerCall ? question.PlayerVideo : SubtitlesOf(url);
            // Empty is what could not be read: that is refused from wherever it comes.
            return video != "" && ((video is not null && approved.Has(video, isPlaylist: false)) || IsPlaylistEmbed(question.EmbeddedIn, in approved)) ? Player : null;
        }
        foreach (var path in PlayerPaths)
            if (url.Path.StartsWith(path, StringComparison.Ordinal)) return Player;
        return null;
    }

    /// <summary>What the player loads from hosts that are not YouTube's alone: a proof that it is a player. Only from a page of the player.</summary>
    private static Decision? AllowedBeside(in Question question)
    {
        if (!YouTubeHosts.IsBesidePlayer(question.Url.Host) || question.EmbeddedIn is not { } page || !YouTubeHosts.IsEmbed(page.Host)) return null;
        var (host, path) = (question.Url.Host, question.Url.Path);
        return host != "www.google.com" || path.StartsWith("/js/th/", StringComparison.Ordinal) || path.StartsWith("/js/bg/", StringComparison.Ordinal) ? Player : null;
    }

    /// <summary>The one video or playlist that an embed shows, where it is approved and nothing else is named with it.</summary>
    private static VideoLink? ApprovedEmbed(in YouTubeAddress address, in Approved approved)
    {
        if (!address.IsPlain || (address.Video is null && address.Playlist is null)) return null;
        if (address.Playlist is { } list && !approved.Has(list, isPlaylist: true)) return null;
        if (address.Video is not { } id) return new VideoLink(address.Playlist!, IsPlaylist: true);
        return approved.Has(id, isPlaylist: false) ? new VideoLink(id, IsPlaylist: false) : null;
    }

    private static bool IsPlaylistEmbed(CanonicalUrl? page, in Approved approved) =>
        page is not null && YouTubeHosts.IsEmbed(page.Host) && YouTubeAddress.Read(page) is { Kind: YouTubeAddressKind.Embed, Playlist: not null } address && ApprovedEmbed(in address, in approved) is not null;

    /// <summary><c>/vi/ID/hqdefault.jpg</c>, <c>/vi_webp/ID/…</c> and the strips of small pictures <c>/sb/ID/…</c>.</summary>
    private static bool IsPictureOf(string path, in Approved approved)
    {
        var parts = path.Split('/', 4);
        return parts is ["", "vi" or "vi_webp" or "sb", var id, _] ? approved.Has(id, isPlaylist: false) : path.StartsWith("/yts/", StringComparison.Ordinal);
    }

    private static string? SubtitlesOf(CanonicalUrl url)
    {
        string? video = null;
        foreach (var (name, value) in QueryPairs.Of(url.Query))
        {
            if (name != "v") continue;
            if (video is not null && video != value) return "";
            video = value;
        }
        return video;
    }

    private static Decision Allow(VideoLink link, bool isPage) => new(Verdict.Allow, Reason.OwnAllow)
    {
        Rule = $"{(link.IsPlaylist ? "youtube_playlists" : "youtube_videos")}: {link.Id}", SearchRule = SearchRule.YouTubeApproved, Lesson = isPage ? link : null,
    };

    /// <summary>What is approved: a tier's own videos, or those of class sessions.</summary>
    private readonly record struct Approved(ApprovedVideos Own, SessionTable? Sessions, Client Client, DateTimeOffset Time)
    {
        public bool Has(string id, bool isPlaylist) =>
            Own.Contains(new VideoLink(id, isPlaylist)) || (Sessions is not null && VideoLink.IsPlaylistId(id) == isPlaylist && Sessions.Shows(Client, id, Time));
    }
}
