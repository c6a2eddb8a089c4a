using System.Globalization;
using FilterGate.Policy;
using FilterGate.Policy.Search;
using FilterGate.Proxy.Certificates;

namespace FilterGate.Proxy.BlockPages;

/// <summary>One of the four things that a school's filter is asked for first: the same as <c>testfiltering.com</c> of SWGfL asks.</summary>
public enum DeviceTest
{
    /// <summary>Is illegal imagery of children closed?</summary>
    Illegal,
    /// <summary>Is unlawful terrorist content closed?</summary>
    Terrorism,
    /// <summary>Is pornography closed?</summary>
    Adult,
    /// <summary>Are sites of hate and abuse closed? What a page says in words the gateway does not judge yet.</summary>
    Language,
}

/// <summary>How a test came out for one client.</summary>
public enum DeviceTestResult
{
    /// <summary>The policy closes it.</summary>
    Closed,
    /// <summary>The policy warns, or gives minutes.</summary>
    Warned,
    /// <summary>Closed, by lists that hold nothing but reserved names.</summary>
    ClosedByDemonstration,
    /// <summary>The policy lets it through.</summary>
    Open,
    /// <summary>No list in force has such a site, so nothing of the kind is stopped.</summary>
    NotListed,
}

/// <summary>The gateway's own pages for whoever has a device in their hands: the certificate with a few steps for each kind, and the check. No script; a stylesheet over intercepted TLS shows what the device trusts, frames over the ordinary way what is closed.</summary>
/// <remarks>Pure functions of their arguments; safe from any thread.</remarks>
internal static class DevicePages
{
    public const string CertificatesPath = "/certificates";
    public const string CertificatePath = "/certificate";
    public const string PemPath = "/certificate.pem";
    public const string NextPath = "/certificate/next";
    public const string ProfilePath = "/certificate.mobileconfig";
    public const string CheckPath = "/check";
    public const string KeepPath = "/check/result";
    public const string TrustedPath = "/check/trusted.css";
    public const string NextTrustedPath = "/check/next.css";

    /// <summary>Tests are names of their own, so that what they show is the way that other sites take from this device, not the way to this page.</summary>
    public const string TestDomain = ".check.filtergate.internal";

    /// <summary>Has a certificate of the next authority while one is on its way.</summary>
    public const string NextHost = "next" + TestDomain;

    /// <summary>Of the page that loads the answers: they may be framed by it alone, wherever it was opened.</summary>
    public static readonly string CheckPolicy =
        $"default-src 'none'; style-src {PageFrame.StyleSource} https://filtergate.internal https://{NextHost}; frame-src http://*{TestDomain} https://*{TestDomain}; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

    /// <summary>Of an answer: any page may frame it, for it says nothing that whoever asks does not learn by asking.</summary>
    public static readonly string AnswerPolicy = $"default-src 'none'; style-src {PageFrame.StyleSource}; base-uri 'none'; form-action 'none'";

    /// <summary>What the stylesheet over TLS does: shows the sentence for a device that trusts, and hides the other.</summary>
    public const string TrustedStyle = ".trusted.ca{display:block}.untrusted.ca{display:none}\n";

    /// <summary>The same for the next authority.</summary>
    public const string NextTrustedStyle = ".trusted.next{display:block}.untrusted.next{display:none}\n";

    private static readonly CultureInfo British = CultureInfo.GetCultureInfo("en-GB");

    /// <summary>The host of a test.</summary>
    public static string HostOf(DeviceTest test) => test.ToString().ToLowerInvariant() + TestDomain;

    /// <summary>The test of a host, or null.</summary>
    public static DeviceTest? TestOf(string host)
    {
        foreach (var test in Enum.GetValues<DeviceTest>())
            if (host == HostOf(test)) return test;
        return null;
    }

    /// <summary>The certificate and how it gets on a device.</summary>
    /// <param name="school">The school's name.</param>
    /// <param name="authorities">The school's authorities.</param>
    /// <param name="zone">The school's time zone.</param>
    public static string RenderCertificates(string school, AuthoritySet authorities, TimeZoneInfo zone)
    {
        var next = authorities.Next is not { } following ? Html.None : Html.Of($"""
            <p class="result">{EnglishWords.CertificatesTwo} <b>{Day(authorities.ChangeOver, zone)}</b>. <a href="{NextPath}">{EnglishWords.CertificatesNext} (.cer)</a></p>
            <dl><dt>{EnglishWords.CertificatesNext}</dt><dd><code>{following.Fingerprint}</code></dd></dl>
            """);
        return PageFrame.Page("adult", EnglishWords.CertificatesTitle, BlockPage.ShortName(school), Html.None, Html.Of($"""
            <h1>{EnglishWords.CertificatesTitle}</h1>
            <p class="lead">{EnglishWords.CertificatesLead}</p>
            <p class="lead">{EnglishWords.CertificatesOwn}</p>
            {next}
            <p>{EnglishWords.CertificatesCompare}</p>
            <dl><dt>{EnglishWords.CertificatesNow}</dt><dd><code>{authorities.Minting.Fingerprint}</code></dd></dl>
            {Html.Join(EnglishWords.CertificateWays.Select(Way))}
            <p><a href="{CheckPath}">{EnglishWords.CheckTitle}</a></p>
            """));
    }

    private static Html Way((string Title, string Download, string Path, string[] Steps) way) => Html.Of($"""
        <h2>{way.Title}</h2>
        <p><a href="{way.Path}">{way.Download}</a></p>
        <ol class="steps">
        {Html.Join(way.Steps.Select(step => Html.Of($"<li>{step}</li>\n")))}</ol>
        """);

    /// <summary>The page that anybody opens on any device.</summary>
    /// <param name="school">The school's name.</param>
    /// <param name="client">Who asks.</param>
    /// <param name="authorities">The school's authorities.</param>
    /// <param name="zone">The school's time zone.</param>
    public static string RenderCheck(string school, Client client, AuthoritySet authorities, TimeZoneInfo zone)
    {
        var untrusted = client.Tier.Tls == TlsMode.Tunnel ? EnglishWords.CheckUntrustedHere : EnglishWords.CheckUntrusted;
        var next = authorities.Next is null ? Html.None : Html.Of($"""
            <p class="trusted next">✓ {EnglishWords.CheckNextTrusted}</p>
            <p class="untrusted next">{EnglishWords.CheckNextUntrusted} {Day(authorities.ChangeOver, zone)}.</p>
            """);
        var styles = Html.Of($"""<link rel="stylesheet" href="https://filtergate.internal{TrustedPath}">{(authorities.Next is null ? Html.None : Html.Of($"""<link rel="stylesheet" href="https://{NextHost}{NextTrustedPath}">"""))}""");
        return PageFrame.Page("adult", EnglishWords.CheckTitle, BlockPage.ShortName(school), Html.None, Html.Of($"""
            <h1>{EnglishWords.CheckTitle}</h1>
            <p class="lead">{EnglishWords.CheckLead}</p>
            <dl>
            {Row(EnglishWords.DetailDevice, client.Device ?? EnglishWords.StatusNoDevice)}
            {Row(EnglishWords.CheckGroup, client.Group?.Title ?? EnglishWords.CheckNoGroup)}
            {Row(EnglishWords.DetailTier, client.Tier.Name)}
            {(client.Place is { } place ? Row(EnglishWords.CheckPlace, place.Title) : Html.None)}
            {Row(EnglishWords.DetailClient, client.AddressText)}
            </dl>
            <h2>{EnglishWords.CheckCertificate}</h2>
            <p class="trusted ca">✓ {EnglishWords.CheckTrusted}</p>
            <p class="untrusted ca">✗ {untrusted} <a href="{CertificatesPath}">{EnglishWords.CheckGet}</a></p>
            {next}
            <h2>{EnglishWords.CheckSearch}</h2>
            <p>{SearchWords(client)}</p>
            <h2>{EnglishWords.CheckTests}</h2>
            <p>{EnglishWords.CheckTestsLead}</p>
            <ul class="tests">
            {Html.Join(Enum.GetValues<DeviceTest>().Select(Frame))}</ul>
            <p>{EnglishWords.CheckOutside} <a href="http://testfiltering.com/">testfiltering.com</a>.</p>
            <form class="go" method="post" action="{KeepPath}">
            <p class="hint">{EnglishWords.CheckKeepHint}</p>
            <button>{EnglishWords.CheckKeep}</button>
            </form>
            """), styles);
    }

    /// <summary>The page after the button.</summary>
    public static string RenderKept(string school, string title, string message, string? reference) => PageFrame.Page("adult", title, BlockPage.ShortName(school), Html.None, Html.Of($"""
        <h1>{title}</h1>
        <p class="lead">{message}</p>
        {(reference is null ? Html.None : Html.Of($"""<p class="code"><b>{reference}</b></p>"""))}
        <p><a href="{CheckPath}">{EnglishWords.CheckTitle}</a></p>
        """));

    /// <summary>What stands in the frame of a test.</summary>
    public static string RenderAnswer(DeviceTest test, DeviceTestResult result)
    {
        var mark = result is DeviceTestResult.Closed ? "✓" : result is DeviceTestResult.Open or DeviceTestResult.NotListed ? "✗" : "!";
        return PageFrame.Page("frame", EnglishWords.CheckTest(test), "", Html.None, Html.Of($"<p><b>{mark} {EnglishWords.CheckAnswer(result)}</b></p>"), isBare: true);
    }

    private static Html Frame(DeviceTest test) => Html.Of($"""
        <li><b>{EnglishWords.CheckTest(test)}</b>
        <iframe class="answer" src="//{HostOf(test)}/" title="{EnglishWords.CheckFrame}{EnglishWords.CheckTest(test)}" referrerpolicy="no-referrer"></iframe></li>

        """);

    private static Html Row(string name, string value) => Html.Of($"<dt>{name}</dt><dd><bdi>{value}</bdi></dd>");

    private static string Day(DateTimeOffset? time, TimeZoneInfo zone) => time is { } at ? TimeZoneInfo.ConvertTime(at, zone).ToString("dddd d MMMM yyyy, HH:mm", British) : "";

    private static string SearchWords(Client client)
    {
        var settings = client.Tier.Search;
        var youTube = settings.YouTube switch
        {
            YouTubeMode.Off => "YouTube is closed.",
            YouTubeMode.Approved => "YouTube shows the school’s own choice of videos.",
            YouTubeMode.Strict => "YouTube is in its strict Restricted Mode where it is open at all.",
            YouTubeMode.Moderate => "YouTube is in its moderate Restricted Mode where it is open at all.",
            _ => "YouTube is as it is.",
        };
        if (!settings.IsSafeSearchForced) return $"{EnglishWords.CheckSearchOff} {youTube}";
        // In a tunnel only an address holds an engine; one without is closed there.
        var engines = SearchEngine.All.Where(e => client.Tier.Tls == TlsMode.Intercept || e.Address is not null).Select(e => e.Name).ToList();
        return $"✓ On for {string.Join(", ", engines[..^1])} and {engines[^1]}. Engines that have no safe mode are closed. {youTube}";
    }
}
