using System.Globalization;
using FilterGate.Policy;
using FilterGate.Proxy.Requests;

namespace FilterGate.Proxy.BlockPages;

/// <summary>What a block page shows.</summary>
public sealed record BlockPageModel
{
    /// <summary>The school's name.</summary>
    public required string School { get; init; }
    /// <summary>The decision it explains.</summary>
    public required Decision Decision { get; init; }
    /// <summary>The tier's name. One that starts with <c>staff</c> or <c>guest</c> is spoken to as an adult, every other as a child.</summary>
    public required string Tier { get; init; }
    /// <summary>The title of the group (class, year, staff), or null where none is known.</summary>
    public string? Group { get; init; }
    /// <summary>The host as the person knows it; null for a locked hit.</summary>
    public required string? Host { get; init; }
    /// <summary>The canonical URL; null for a locked hit.</summary>
    public required string? Url { get; init; }
    /// <summary>Source address.</summary>
    public required string ClientAddress { get; init; }
    /// <summary>The device, or null.</summary>
    public string? Device { get; init; }
    /// <summary>When, in the school's time zone.</summary>
    public required DateTimeOffset Time { get; init; }
    /// <summary>The code of the stored event, as <c>K7Q4-M2XD</c>.</summary>
    public required string Reference { get; init; }
    /// <summary>What the page offers of a warning or of the day's minutes; null where it can offer nothing, as in a tunnel.</summary>
    public PassOffer? Offer { get; init; }
    /// <summary>For staff what they may choose of; null for everybody else, whose requests go to a teacher.</summary>
    public RequestChoice? Choice { get; init; }
    /// <summary>False where the school hides reason, category, address and time: only the reference is left (<c>approvals: { block_page: { details: hide } }</c>).</summary>
    public bool ShowsDetails { get; init; } = true;
}

/// <summary>The pages the gateway answers itself: self-contained HTML, no script needed, no external request, strict CSP.</summary>
/// <remarks>Pure functions of their arguments; safe from any thread. All that comes from outside is HTML-encoded. A page is at most 20 KB of UTF-8, whatever the length of what it shows.</remarks>
public static partial class BlockPage
{
    /// <summary>Where the request form of a block page posts to, on the blocked site's own name: a path the gateway answers on every host and never forwards.</summary>
    public const string RequestPath = "/.well-known/filtergate/request";

    /// <summary>Field of the form with the reference of the block: hidden, as <c>K7Q4-M2XD</c>.</summary>
    public const string ReferenceField = "reference";

    /// <summary>Field of the form with what the person wrote; may be empty.</summary>
    public const string NoteField = "note";

    /// <summary>Most characters that the form takes in <see cref="NoteField"/>. A browser counts a new line as one character and sends it as two (CR LF): turn them back before counting.</summary>
    public const int NoteCharsMax = 500;

    // Long enough for an address that a person typed, short enough for the bound on the page's weight: a URL may have eight thousand characters, each of which may become six.
    private const int UrlCharsMax = 240;

    // A host has at most 253 bytes (RFC 1035 §2.3.4), a name of ours rarely forty.
    private const int NameCharsMax = 120;

    private static readonly CultureInfo British = CultureInfo.GetCultureInfo("en-GB");

    private static readonly Html BackIcon = Html.Trusted("""<svg class="icon" viewBox="0 0 24 24" aria-hidden="true" focusable="false"><path d="M20 12H5M11 5l-7 7 7 7"/></svg>""");

    private static readonly Html SpeakIcon = Html.Trusted("""<svg class="icon" viewBox="0 0 24 24" aria-hidden="true" focusable="false"><path d="M4 5h16v11h-8l-5 4v-4H4zM8 9h8M8 12.5h5"/></svg>""");

    /// <summary>The Content-Security-Policy of every page.</summary>
    public static string ContentSecurityPolicy => PageFrame.ContentSecurityPolicy;

    /// <summary>The page of a refused or warned request, with the request form where <see cref="Decision.IsOverridable"/>; for a locked hit the IWF-style page, which has none.</summary>
    public static string Render(BlockPageModel model)
    {
        ArgumentNullException.ThrowIfNull(model);
        return model switch
        {
            { Decision.Reason: Reason.Locked } => RenderLocked(model),
            { Decision.Verdict: Verdict.Warn, Offer: { } offer } => RenderWarned(model, offer),
            { Decision.Verdict: Verdict.Quota, Offer: { Quota: { } quota } offer } => RenderQuota(model, offer, quota),
            _ => RenderBlocked(model),
        };
    }

    /// <summary>The page after the request form was sent.</summary>
    /// <param name="school">The school's name.</param>
    /// <param name="accepted">True when the request is in the queue (also when it was there already).</param>
    /// <param name="message">A sentence for the person.</param>
    /// <param name="reference">The reference, or null.</param>
    public static string RenderRequestAnswer(string school, bool accepted, string message, string? reference)
    {
        var title = accepted ? EnglishWords.AnswerAccepted : EnglishWords.AnswerRefused;
        return Page("pupil", title, school, PageFrame.Gate, Html.Of($"""
            <h1>{title}</h1>
            <p class="lead">{Shorten(message, UrlCharsMax)}</p>
            <p class="lead">{(accepted ? EnglishWords.AnswerNext : EnglishWords.AnswerRetry)}</p>
            {Code(EnglishWords.DetailReference, reference)}
            """));
    }

    /// <summary>A page with a heading and a sentence, where something was asked of the gateway that it cannot do.</summary>
    /// <param name="school">The school's name.</param>
    /// <param name="title">The heading.</param>
    /// <param name="message">The sentence.</param>
    internal static string RenderMessage(string school, string title, string message) => Page("pupil", title, school, PageFrame.Gate, Html.Of($"""
        <h1>{title}</h1>
        <p class="lead">{message}</p>
        """));

    /// <summary>The page of a request that could not reach its origin: says whose fault it is and what to do.</summary>
    /// <param name="school">The school's name.</param>
    /// <param name="failure">Where it broke.</param>
    /// <param name="host">The host asked for.</param>
    public static string RenderFailure(string school, ForwardFailure failure, string host)
    {
        var words = EnglishWords.Failure(failure);
        return Page("adult", words.Title, school, Html.None, Html.Of($"""
            <h1>{words.Title}</h1>
            <p class="site"><bdi>{Shorten(host, NameCharsMax)}</bdi></p>
            <p class="lead">{words.What} {EnglishWords.FailureNotBlocked}</p>
            <ul class="ways">
            <li><h2>{EnglishWords.FailureWhose}</h2><p>{words.Fault}</p></li>
            <li><h2>{EnglishWords.FailureTodo}</h2><p>{words.Todo}</p></li>
            </ul>
            <p class="status">{Number(StatusOf(failure))} · {failure.ToString()}</p>
            """));
    }

    /// <summary>The status a failure gives the client: 504 where somebody did not answer in time, else 502 (RFC 9110 §15.6.3, §15.6.5).</summary>
    public static int StatusOf(ForwardFailure failure) => failure is ForwardFailure.NameServerFailed or ForwardFailure.ConnectTimedOut or ForwardFailure.AnswerTimedOut ? 504 : 502;

    /// <summary>The gateway's own page, at <c>filtergate.internal</c> and on its own address: who I am to the filter, the certificate, how to ask.</summary>
    /// <param name="school">The school's name.</param>
    /// <param name="tier">The tier's name.</param>
    /// <param name="clientAddress">Source address.</param>
    /// <param name="device">The device, or null.</param>
    /// <param name="certificatePath">Path on this host where the CA certificate is served, or null where it is not: then the page names the technician.</param>
    public static string RenderStatus(string school, string tier, string clientAddress, string? device, string? certificatePath = null) =>
        Page("adult", EnglishWords.StatusTitle, school, Html.None, Html.Of($"""
            <h1>{EnglishWords.StatusTitle}</h1>
            <p class="lead">{EnglishWords.StatusLead}</p>
            <dl>
            {Detail(EnglishWords.DetailTier, tier)}
            {Detail(EnglishWords.DetailDevice, device ?? EnglishWords.StatusNoDevice)}
            {Detail(EnglishWords.DetailClient, clientAddress)}
            </dl>
            <ul class="ways">
            <li><h2>{EnglishWords.StatusAskTitle}</h2><p>{EnglishWords.StatusAsk} <a href="{ReportPath}">{EnglishWords.StatusAskOther}</a></p></li>
            <li><h2>{EnglishWords.CheckTitle}</h2><p><a href="{DevicePages.CheckPath}">{EnglishWords.StatusCheck}</a></p></li>
            <li><h2>{EnglishWords.StatusCertificateTitle}</h2><p>{EnglishWords.StatusCertificate}</p>{CertificateLink(certificatePath)}</li>
            </ul>
            """));

    private static string RenderBlocked(BlockPageModel model)
    {
        var decision = model.Decision;
        var reader = ReaderOf(model.Tier);
        var heading = EnglishWords.Heading(reader, decision);
        var (look, picture) = reader == Reader.Pupil ? ("pupil", PageFrame.Gate) : ("adult", Html.None);
        return Page(look, heading, model.School, picture, Html.Of($"""
            <h1>{heading}</h1>
            {Site(model.Host)}
            <p class="lead">{EnglishWords.Why(reader, decision.Reason, decision.Category?.Name)}</p>
            <ul class="ways">
            <li>{BackIcon}<h2>{EnglishWords.GoBack}</h2><p>{EnglishWords.GoBackHow}</p></li>
            <li>{SpeakIcon}<h2>{EnglishWords.AdultTitle(reader)}</h2><p>{EnglishWords.AdultHow(reader, decision.IsOverridable)}</p></li>
            </ul>
            {(decision.IsOverridable ? Form(reader, model) : Html.None)}
            {Help(EnglishWords.HelpTitle, EnglishWords.HelpLead, EnglishWords.HelplinesFor(reader, decision.Category?.Theme))}
            {Code(EnglishWords.Code(reader), model.Reference)}
            {(model.ShowsDetails ? Details(reader, model) : Html.None)}
            """));
    }

    private static Html Details(Reader reader, BlockPageModel model) => Html.Of($"""
        <details class="more"><summary>{EnglishWords.Details(reader)}</summary>
        <dl>
        <dt>{EnglishWords.DetailReason}</dt><dd>{EnglishWords.Why(Reader.Guest, model.Decision.Reason, model.Decision.Category?.Name)} <code>{model.Decision.Reason.Code()}</code></dd>
        {Detail(EnglishWords.DetailCategory, model.Decision.Category?.Name)}
        {Detail(EnglishWords.DetailSite, model.Host)}
        {Detail(EnglishWords.DetailUrl, model.Url, UrlCharsMax)}
        {WhoAndWhen(model)}
        </dl>
        </details>
        """);

    /// <summary>A locked hit: says that access is denied and by whose list, and nothing of what was asked for. No form: nobody can open it.</summary>
    private static string RenderLocked(BlockPageModel model)
    {
        var reader = ReaderOf(model.Tier);
        var words = EnglishWords.Locked((model.Decision.Locked?.Category ?? model.Decision.Category)?.Slug ?? "");
        var (title, first) = reader switch
        {
            Reader.Pupil when words.IsSafeguarding => (EnglishWords.LockedPupilTitle, EnglishWords.LockedPupil),
            Reader.Staff when words.IsSafeguarding => (EnglishWords.LockedTitle, EnglishWords.LockedStaff),
            _ => (EnglishWords.LockedTitle, null),
        };
        return Page("locked", EnglishWords.LockedTitle, model.School, Html.None, Html.Of($"""
            <p class="status">403 · {EnglishWords.LockedTitle}</p>
            <h1>{title}</h1>
            {(first is null ? Html.None : Html.Of($"""<p class="stop">{first}</p>"""))}
            <p class="lead">{words.Denied}</p>
            <p class="lead">{words.Deliberate}</p>
            {Help(EnglishWords.LockedHelpTitle, null, words.Helplines)}
            <p>{EnglishWords.LockedMistake}</p>
            {Code(EnglishWords.Code(Reader.Guest), model.Reference)}
            <details class="more"><summary>{EnglishWords.Details(Reader.Guest)}</summary>
            <dl>
            {WhoAndWhen(model)}
            </dl>
            </details>
            """));
    }

    private static string Page(string look, string title, string school, Html picture, Html content) =>
        PageFrame.Page(look, title, Shorten(school, NameCharsMax), picture, content);

    private static Html Site(string? host) => host is null ? Html.None : Html.Of($"""<p class="site"><bdi>{Shorten(host, NameCharsMax)}</bdi></p>""");

    private static Html Code(string label, string? reference) => reference is null ? Html.None : Html.Of($"""<p class="code">{label} <b>{reference}</b></p>""");

    private static Html Help(string title, string? lead, IReadOnlyList<Helpline> lines) => lines.Count == 0 ? Html.None : Html.Of($"""
        <section class="help" aria-labelledby="help">
        <h2 id="help">{title}</h2>
        {(lead is null ? Html.None : Html.Of($"<p>{lead}</p>"))}
        <ul>
        {Html.Join(lines.Select(Line))}
        </ul>
        </section>
        """);

    private static Html Line(Helpline line) =>
        Html.Of($"""<li><a href="{line.Address}">{line.Name}</a>{(line.Phone is null ? Html.None : Html.Of($" <b>{line.Phone}</b>"))}<span>{line.For}</span></li>""");

    private static Html WhoAndWhen(BlockPageModel model) => Html.Of($"""
        {Detail(EnglishWords.DetailTier, model.Tier)}
        {Detail(EnglishWords.DetailGroup, model.Group)}
        {Detail(EnglishWords.DetailDevice, model.Device)}
        {Detail(EnglishWords.DetailClient, model.ClientAddress)}
        <dt>{EnglishWords.DetailTime}</dt><dd><time datetime="{model.Time.ToString("yyyy-MM-ddTHH:mm:sszzz", CultureInfo.InvariantCulture)}">{model.Time.ToString("dddd d MMMM yyyy, HH:mm:ss", British)}</time></dd>
        {Detail(EnglishWords.DetailReference, model.Reference)}
        """);

    private static Html Detail(string name, string? value, int charsMax = NameCharsMax) =>
        value is null ? Html.None : Html.Of($"<dt>{name}</dt><dd><bdi>{Shorten(value, charsMax)}</bdi></dd>");

    private static Html CertificateLink(string? path) => path is null ? Html.None : Html.Of($"""<p><a href="{path}">{EnglishWords.StatusCertificateGet}</a></p>""");

    /// <summary>True for a tier whose pages adults read.</summary>
    internal static bool IsForAdults(string tier) => ReaderOf(tier) != Reader.Pupil;

    /// <summary>The school's name as pages show it.</summary>
    internal static string ShortName(string school) => Shorten(school, NameCharsMax);

    private static Reader ReaderOf(string tier) =>
        tier.StartsWith("staff", StringComparison.OrdinalIgnoreCase) ? Reader.Staff
        : tier.StartsWith("guest", StringComparison.OrdinalIgnoreCase) ? Reader.Guest
        : Reader.Pupil;

    private static string Number(int number) => number.ToString(CultureInfo.InvariantCulture);

    /// <summary>At most so many characters, with an ellipsis where something is left out; never half of a surrogate pair.</summary>
    private static string Shorten(string text, int charsMax)
    {
        if (text.Length <= charsMax) return text;
        var end = char.IsHighSurrogate(text[charsMax - 2]) ? charsMax - 2 : charsMax - 1;
        return string.Concat(text.AsSpan(0, end), "…");
    }
}
