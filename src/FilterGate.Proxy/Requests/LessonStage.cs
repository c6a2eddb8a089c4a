using FilterGate.Matching;
using FilterGate.Policy;
using FilterGate.Policy.Search;
using FilterGate.Proxy.BlockPages;
using Microsoft.AspNetCore.Http;

namespace FilterGate.Proxy.Requests;

/// <summary>Answers the lesson page, <c>filtergate.internal/video/ID</c>: one video in YouTube's own embed, and nothing beside it.</summary>
/// <remarks>Reads the URL and the client; writes the judgement when it refuses. Whether the video is allowed is asked of the policy, as of the address of its embed: where that is blocked, so is the page.</remarks>
internal sealed class LessonStage(CurrentPolicy policy, NameJudge judge, DecideStage decide)
{
    private const string PathPrefix = "/video/", FormPath = "/video";

    /// <summary>The address of a video's lesson page.</summary>
    /// <param name="scheme"><c>http</c> or <c>https</c>: that of the request which leads there.</param>
    /// <param name="link">The video.</param>
    public static string AddressOf(string scheme, in VideoLink link) => $"{scheme}://{OwnPagesStage.OwnHost}{PathPrefix}{link.Id}";

    /// <summary>True when the request was for a lesson page and has been answered.</summary>
    public async ValueTask<bool> TryAnswerAsync(Exchange exchange)
    {
        var path = exchange.Url.Path;
        if (!path.StartsWith(FormPath, StringComparison.Ordinal) || (!OwnPagesStage.IsOwn(exchange.Url.Host) && !CanonicalizeStage.IsForGateway(exchange))) return false;
        var school = policy.Snapshot.School;
        if (path == FormPath)
        {
            await AnswerFormAsync(exchange, school);
            return true;
        }

        if (!path.StartsWith(PathPrefix, StringComparison.Ordinal)) return false;
        var id = path[PathPrefix.Length..].TrimEnd('/');
        var link = new VideoLink(id, IsPlaylist: VideoLink.IsPlaylistId(id));
        if (!link.IsPlaylist && !VideoLink.IsVideoId(id))
        {
            await PageAnswers.WriteHtmlAsync(exchange, 404, LessonPage.RenderForm(school, EnglishWords.LessonNoVideo));
            return true;
        }

        var judgement = Judge(exchange, in link);
        if (judgement.Decision.IsForwarded) await PageAnswers.WriteHtmlAsync(exchange, 200, LessonPage.Render(school, exchange.Client.Tier.Name, in link), LessonPage.ContentSecurityPolicy);
        else await decide.RefuseAsync(exchange, judgement);
        return true;
    }

    /// <summary>Takes a pasted link to its page. The form works without script; what is pasted stays in this gateway.</summary>
    private static async ValueTask AnswerFormAsync(Exchange exchange, string school)
    {
        var pasted = exchange.Http.Request.Query["link"].ToString();
        if (VideoLink.TryParse(pasted, out var link, out _))
        {
            exchange.Http.Response.Headers.Location = PathPrefix + link.Id;
            await PageAnswers.WriteEmptyAsync(exchange, StatusCodes.Status303SeeOther);
        }
        else await PageAnswers.WriteHtmlAsync(exchange, pasted.Length == 0 ? 200 : 400, LessonPage.RenderForm(school, pasted.Length == 0 ? null : EnglishWords.LessonNoVideo));
    }

    private Judgement Judge(Exchange exchange, in VideoLink link)
    {
        var snapshot = policy.Snapshot;
        var embed = LessonPage.EmbedOf(in link);
        // In a tunnel only the host of the embed would be seen, and decided: the page must not promise what would not load.
        var seen = snapshot.TlsFor(exchange.Client, embed.Host) == TlsMode.Tunnel ? Seen.Host : Seen.Url;
        return judge.Judge(snapshot, exchange.Client, embed, seen, []);
    }
}
