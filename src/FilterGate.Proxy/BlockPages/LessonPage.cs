using FilterGate.Matching;
using FilterGate.Policy.Search;

namespace FilterGate.Proxy.BlockPages;

/// <summary>Writes the lesson page and the form that leads to it.</summary>
internal static class LessonPage
{
    private const string EmbedHost = "www.youtube-nocookie.com";

    /// <summary>As every page's, and one frame of one host.</summary>
    public static readonly string ContentSecurityPolicy = $"{PageFrame.ContentSecurityPolicy}; frame-src https://{EmbedHost}";

    /// <summary>The address of the embed, without its parameters: what the policy is asked about.</summary>
    public static CanonicalUrl EmbedOf(in VideoLink link) =>
        CanonicalUrl.TryCreate("https", EmbedHost, 443, PathOf(in link, isAsked: true), out var url) ? url : throw new System.Diagnostics.UnreachableException("an id is a path");

    /// <summary>The lesson page: the player alone, no autoplay, no way out of the frame.</summary>
    /// <remarks>
    /// <c>rel=0</c> leaves other channels out of what the player offers at the end; what it still offers is not approved and does not load. The sandbox lets no link leave the frame, and the film does not play until somebody says so.
    /// The player refuses to play (error 153) for a page that tells it no <c>Referer</c>; it gets the name of the gateway alone
    /// (<see href="https://developers.google.com/youtube/terms/required-minimum-functionality"/>).
    /// </remarks>
    public static string Render(string school, string tier, in VideoLink link) =>
        PageFrame.Page(BlockPage.IsForAdults(tier) ? "adult lesson" : "pupil lesson", EnglishWords.LessonTitle, BlockPage.ShortName(school), Html.None, Html.Of($"""
            <h1>{EnglishWords.LessonTitle}</h1>
            <iframe class="film" src="https://{EmbedHost}{PathOf(in link, isAsked: false)}" title="{EnglishWords.LessonTitle}" sandbox="allow-scripts allow-same-origin allow-presentation" allow="fullscreen; encrypted-media" allowfullscreen referrerpolicy="strict-origin-when-cross-origin"></iframe>
            """));

    /// <summary>The form that takes a link.</summary>
    /// <param name="school">The school's name.</param>
    /// <param name="problem">What was wrong with the last one, or null.</param>
    public static string RenderForm(string school, string? problem) =>
        PageFrame.Page("adult", EnglishWords.LessonTitle, BlockPage.ShortName(school), Html.None, Html.Of($"""
            <h1>{EnglishWords.LessonFormTitle}</h1>
            {(problem is null ? Html.None : Html.Of($"""<p class="stop" role="alert">{problem}</p>"""))}
            <form class="paste" method="get" action="/video" autocomplete="off">
            <label for="link">{EnglishWords.LessonFormLabel}</label>
            <p class="hint" id="hint">{EnglishWords.LessonFormHint}</p>
            <input id="link" name="link" type="text" inputmode="url" maxlength="500" required aria-describedby="hint">
            <button>{EnglishWords.LessonFormSend}</button>
            </form>
            """));

    private static string PathOf(in VideoLink link, bool isAsked)
    {
        var path = link.IsPlaylist ? $"/embed/videoseries?list={link.Id}" : $"/embed/{link.Id}";
        return isAsked ? path : $"{path}{(link.IsPlaylist ? '&' : '?')}rel=0&autoplay=0&iv_load_policy=3&playsinline=1";
    }
}
