using System.Net;
using System.Text.RegularExpressions;

namespace FilterGate.Review.Tests.Site;

/// <summary>Pages as somebody sees them whose browser asks for Welsh: a row a page. What is English on them says so, and so does nothing else.</summary>
[TestFixture]
internal sealed partial class WelshPagesTests
{
    /// <summary>A page, who looks (null for whoever comes by), its heading or the beginning of it, and what it is answered with.</summary>
    private sealed record Row(string Path, string? Person, string Heading, int Status = 200);

    private static readonly Row[] Rows =
    [
        // Site
        new("/no-such-page", null, "Nid oes tudalen o'r fath", 404),
        new("/audit", "t-hill", "Mae'r dudalen hon ar gyfer rhywun arall", 403),
        // Today
        new("/", "dsl", "Heddiw"),
        new("/", "technician", "Heddiw"),
        // Acts
        new("/review?state=all", "dsl", "Adolygu"),
        new("/review?by=people&when=week&acts=all", "head", "Adolygu"),
        new("/review?when=x&tier=y&who=z&before=w&done=view-full", "dsl", "Adolygu"),
        new("/review/act/(act)", "dsl", "Un weithred"),
        new("/review/act/none", "dsl", "Nid oes gweithred o'r fath", 404),
        // People
        new("/person/p401", "dsl", "Pupil 401"),
        new("/device/ipad-14?day=2026-11-25", "dsl", "ipad-14"),
        new("/person/none", "t-hill", "Mae'r dudalen hon ar gyfer rhywun arall", 403),
        // Searches
        new("/searches", "dsl", "Chwiliadau"),
        new("/searches?when=yesterday", "dsl", "Chwiliadau"),
        // Sites
        new("/sites?when=week", "dsl", "Gwefannau"),
        new("/sites?show=visited&tier=x", "dsl", "Gwefannau"),
        // Coverage
        new("/coverage?days=28", "technician", "Cwmpas"),
        new("/coverage?days=3", "head", "Cwmpas"),
        // Watching
        new("/watch?done=ended", "technician", "Gwylio dyfais"),
        new("/watch/1?still=1", "technician", "Yn gwylio"),
        new("/watch/99", "technician", "Mae'r gwylio hwn wedi dod i ben", 404),
        // Classes
        new("/class?class=4b&done=given", "t-hill", "Class 4B"),
        new("/class?class=none", "t-hill", "Fy nosbarth"),
        // Log
        new("/log", "dsl", "Blociau ac eithriadau"),
        new("/log?when=between&from=x&tier=y", "technician", "Blociau ac eithriadau"),
        // Accounts
        new("/enrol/none", null, "Mae'r gwahoddiad hwn wedi dod i ben", 404),
        new("/sign-in", null, "Mewngofnodi"),
        new("/enrol/(token)", null, "Creu eich cyfrif"),
        new("/account", "t-hill", "Teacher of 4A"),
        // Requests
        new("/requests", "t-hill", "Ceisiadau"),
        new("/requests", "technician", "Ceisiadau"),
        new("/requests?show=answered&site=old", "technician", "Ceisiadau"),
        new("/requests?show=nonsense&after=nothing&site=nowhere", "technician", "Ceisiadau"),
        new("/requests/K7Q4-M2XB", "technician", "a-very-long-name"),
        new("/requests/K7Q4-M2XC", "head", "chess.games.example"),
        new("/requests/K7Q4-M2XA", "t-hill", "puzzles.example"),
        new("/requests/K7Q4-M2XE", "technician", "old.games.example"),
        new("/requests/none", "technician", "Nid oes cais o'r fath", 404),
        // Decisions
        new("/decide", "head", "Penderfynu"),
        // Overrides
        new("/overrides", "head", "Eithriadau"),
        new("/overrides?show=review", "a-moss", "Eithriadau"),
        new("/overrides?show=ended&site=no", "technician", "Eithriadau"),
        // Blocks
        new("/blocks", "technician", "Ar gau i bawb"),
        new("/blocks?show=all&site=a.example", "dsl", "Ar gau i bawb"),
        new("/blocks/1", "technician", "unsafe.example"),
        new("/blocks/77", "technician", "Nid oes rhwystr o'r fath", 404),
        // Shadow
        new("/shadow", "technician", "Modd cysgod"),
        // Governors
        new("/governors", "g-shaw", "I lywodraethwyr"),
        // Lists
        new("/lists", "technician", "Rhestrau"),
        new("/lists/ut1", "technician", "UT1"),
        new("/lists/none", "technician", "Nid oes ffynhonnell o'r fath mewn defnydd", 404),
        // Audit
        new("/audit", "a-moss", "Archwiliad"),
        new("/audit?show=looks&from=2026-11-23&to=2026-11-01", "a-moss", "Archwiliad"),
        // Policies
        new("/policy", "technician", "Polisi"),
        new("/policy?for=tier:pupil", "technician", "Polisi"),
        new("/policy?for=nobody", "dsl", "Polisi"),
        new("/policy/history", "technician", "Hanes y polisi"),
        new("/policy/compare?from=1&to=2", "technician", "O fersiwn 1 i 2"),
        new("/policy/compare?from=7&to=8", "technician", "Nid oes dim i'w gymharu", 404),
        new("/policy/check", "technician", "Gwirio cyfeiriad"),
        // Signing
        new("/review/sign", "head", "Llofnodi tymor"),
    ];

    /// <summary>What people wrote and are called in this school, in whatever language.</summary>
    private static readonly string[] OwnWords =
    [
        "Teacher of 4A", "for the chess club", "The Head", "The Lead", "as the governors decided in their autumn meeting", "seen by year 5 in a lesson", "not a teaching resource", "before we change over",
        "the year 4 project on the Romans, as agreed with the head of humanities",
    ];

    private FilledSite _filled = null!;

    [OneTimeSetUp]
    public async Task StartAsync() => _filled = await FilledSite.StartAsync();

    [OneTimeTearDown]
    public async Task StopAsync()
    {
        if (_filled is not null) await _filled.DisposeAsync();
    }

    private static IEnumerable<TestCaseData> Pages() => Rows.Select(row => new TestCaseData(row.Path, row.Person, row.Heading, row.Status) { TestName = $"{row.Path} in Welsh by {row.Person ?? "nobody"}" });

    [TestCaseSource(nameof(Pages))]
    public async Task Page_InWelsh(string path, string? person, string heading, int status)
    {
        using var nobody = new Visitor(_filled.Site.Address);
        using var request = new HttpRequestMessage(HttpMethod.Get, _filled.At(path));
        request.Headers.Add("Accept-Language", "cy");
        using var answer = await (person is null ? nobody : await _filled.SignInAsync(person)).SendAsync(request);
        var html = await answer.Content.ReadAsStringAsync();
        Assert.That((int)answer.StatusCode, Is.EqualTo(status), html);
        Assert.That(html, Does.Contain("<html lang=\"cy\">").And.Not.Match("<main [^>]*lang="));
        Assert.That(WebUtility.HtmlDecode(Heading().Match(html).Groups["words"].Value), Does.StartWith(heading));
        Assert.That(English(html), Is.Empty, "English that does not say that it is");
    }

    [TestCase("<main><p>What is open</p></main>", "What is open")]
    [TestCase("<main><p>Beth sydd ar agor</p><span lang=\"en-GB\">What <span>is</span> the matter</span></main>")]
    [TestCase("<main><a aria-label=\"End of the session\">Dod i ben</a></main>", "End of the session")]
    [TestCase("<main><code>the key</code><textarea>and more</textarea></main>")]
    public void English_IsFound(string html, params string[] found) => Assert.That(English(html), Is.EqualTo(found));

    /// <summary>Pieces of text with a word that is English and not Welsh, outside what is marked as English, a name or somebody's own.</summary>
    private static List<string> English(string html)
    {
        var (pieces, unread) = (new List<string>(), new Stack<string>());
        foreach (Match part in Parts().Matches(html[html.IndexOf("<main", StringComparison.Ordinal)..]))
        {
            var (tag, text) = (part.Groups["tag"].Value, part.Groups["text"].Value);
            if (tag.Length > 0 && unread.Count == 0) pieces.AddRange(Attributes().Matches(part.Value).Select(m => m.Groups["text"].Value));
            if (unread.Count > 0 && tag == unread.Peek()) unread.Push(tag);
            else if (tag.Length > 0 && !part.Value.EndsWith("/>", StringComparison.Ordinal) && (part.Value.Contains("lang=\"en-GB\"", StringComparison.Ordinal) || tag is "bdi" or "code" or "textarea")) unread.Push(tag);
            else if (unread.Count > 0 && part.Groups["end"].Value == unread.Peek()) unread.Pop();
            else if (unread.Count == 0) pieces.Add(text);
        }
        return [.. pieces.Select(piece => OwnWords.Aggregate(WebUtility.HtmlDecode(piece).Trim(), (words, own) => words.Replace(own, "", StringComparison.Ordinal))).Select(piece => Host().Replace(piece, "")).Where(piece => EnglishWord().IsMatch(piece))];
    }

    [GeneratedRegex("<h1[^>]*>(<bdi>)?(?<words>[^<]*)", RegexOptions.ExplicitCapture | RegexOptions.CultureInvariant, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Heading();

    [GeneratedRegex("</(?<end>[a-z0-9]+)>|<(?<tag>[a-z0-9]+)[^>]*>|(?<text>[^<]+)", RegexOptions.ExplicitCapture | RegexOptions.CultureInvariant, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Parts();

    [GeneratedRegex(@"[\w-]+(\.[\w-]+)*\.example\S*", RegexOptions.ExplicitCapture | RegexOptions.CultureInvariant, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Host();

    [GeneratedRegex("(aria-label|placeholder|title|alt|data-problem)=\"(?<text>[^\"]*)\"", RegexOptions.ExplicitCapture | RegexOptions.CultureInvariant, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Attributes();

    [GeneratedRegex(@"\b(the|and|of|was|were|with|what|who|this|that|has|have|not|for|from|its|by|is|are|until|only|nothing)\b", RegexOptions.ExplicitCapture | RegexOptions.IgnoreCase | RegexOptions.CultureInvariant, matchTimeoutMilliseconds: 1000)]
    private static partial Regex EnglishWord();
}
