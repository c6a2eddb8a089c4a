using FilterGate.Policy;
using FilterGate.Policy.Passes;

namespace FilterGate.Proxy.BlockPages;

/// <summary>What a page offers beside going back: to go on past a warning, or to begin a slice of the day's minutes.</summary>
/// <param name="Target">Path and query to come back to, as the browser asked for them; begins with <c>/</c>.</param>
/// <param name="ContinueMinutes">For how long a warning that was gone past is not shown again.</param>
/// <param name="Quota">How the client stands with its minutes; null for a warning.</param>
public sealed record PassOffer(string Target, int ContinueMinutes, QuotaState? Quota);

public static partial class BlockPage
{
    /// <summary>Where the form of a warning or of the day's minutes posts to, on the site's own name: a path the gateway answers on every host and never forwards.</summary>
    public const string ContinuePath = "/.well-known/filtergate/continue";

    /// <summary>Field of that form with path and query to come back to: hidden.</summary>
    public const string TargetField = "to";

    /// <summary>Longest <see cref="TargetField"/> in characters. Encoded as HTML it may be five times as long, and a page has a bound; a longer address comes back without its query.</summary>
    public const int TargetCharsMax = 1200;

    /// <summary>What a browser can be sent back to: what it asked for, without the query where that is too long, and the front page where all of it is.</summary>
    /// <param name="rawTarget">Path and query as the browser sent them.</param>
    internal static string TargetOf(string rawTarget)
    {
        var query = rawTarget.IndexOf('?', StringComparison.Ordinal);
        var path = query < 0 ? rawTarget : rawTarget[..query];
        return IsTarget(rawTarget) ? rawTarget : IsTarget(path) ? path : "/";
    }

    /// <summary>True for a path with or without a query, of the printable characters that a request line may have.</summary>
    internal static bool IsTarget(string text) => text.Length is > 0 and <= TargetCharsMax && text[0] == '/' && !text.AsSpan().ContainsAnyExceptInRange('!', '~');

    /// <summary>The page that asks first.</summary>
    private static string RenderWarned(BlockPageModel model, PassOffer offer)
    {
        var decision = model.Decision;
        var reader = ReaderOf(model.Tier);
        return AskingPage(model, EnglishWords.WarnHeading(reader), Html.Of($"""
            <p class="lead">{EnglishWords.WarnWhy(reader, decision.Reason, decision.Category?.Name)}</p>
            {WaysOut(EnglishWords.WarnAdultTitle(reader), EnglishWords.WarnAdultHow(reader))}
            {PassForm(offer, EnglishWords.Continue, EnglishWords.ContinueHint(reader, offer.ContinueMinutes))}
            """));
    }

    /// <summary>The page of a category with minutes a day: how many are left, and a button for the next slice; once they are used up, the request form instead.</summary>
    private static string RenderQuota(BlockPageModel model, PassOffer offer, QuotaState quota)
    {
        var reader = ReaderOf(model.Tier);
        var isLeft = quota.NextSliceMinutes > 0;
        return AskingPage(model, isLeft ? EnglishWords.QuotaHeading : EnglishWords.QuotaUsedUpHeading, Html.Of($"""
            <p class="lead">{EnglishWords.Quota(quota, model.Decision.Category?.Name)}</p>
            {WaysOut(EnglishWords.AdultTitle(reader), EnglishWords.QuotaAdultHow(reader))}
            {(isLeft ? PassForm(offer, EnglishWords.QuotaStart(quota.NextSliceMinutes), EnglishWords.QuotaHint(reader)) : model.Decision.IsOverridable ? Form(reader, model.Reference) : Html.None)}
            """));
    }

    private static string AskingPage(BlockPageModel model, string heading, Html middle)
    {
        var decision = model.Decision;
        var reader = ReaderOf(model.Tier);
        var (look, picture) = reader == Reader.Pupil ? ("pupil", PageFrame.Gate) : ("adult", Html.None);
        return Page(look, heading, model.School, picture, Html.Of($"""
            <h1>{heading}</h1>
            {Site(model.Host)}
            {middle}
            {Help(EnglishWords.HelpTitle, EnglishWords.HelpLead, EnglishWords.HelplinesFor(reader, decision.Category?.Theme))}
            {Code(EnglishWords.Code(reader), model.Reference)}
            <details class="more"><summary>{EnglishWords.Details(reader)}</summary>
            <dl>
            <dt>{EnglishWords.DetailReason}</dt><dd>{EnglishWords.WarnWhy(Reader.Guest, decision.Reason, decision.Category?.Name)} <code>{decision.Reason.Code()}</code></dd>
            {Detail(EnglishWords.DetailCategory, decision.Category?.Name)}
            {Detail(EnglishWords.DetailSite, model.Host)}
            {Detail(EnglishWords.DetailUrl, model.Url, UrlCharsMax)}
            {WhoAndWhen(model)}
            </dl>
            </details>
            """));
    }

    private static Html WaysOut(string adultTitle, string adultHow) => Html.Of($"""
        <ul class="ways">
        <li>{BackIcon}<h2>{EnglishWords.GoBack}</h2><p>{EnglishWords.GoBackHow}</p></li>
        <li>{SpeakIcon}<h2>{adultTitle}</h2><p>{adultHow}</p></li>
        </ul>
        """);

    private static Html PassForm(PassOffer offer, string button, string hint) => Html.Of($"""
        <form class="go" method="post" action="{ContinuePath}" autocomplete="off">
        <input type="hidden" name="{TargetField}" value="{offer.Target}">
        <p class="hint">{hint}</p>
        <button>{button}</button>
        </form>
        """);
}
