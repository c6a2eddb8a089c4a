using FilterGate.Policy.Documents;
using FilterGate.Policy.Search;
using FilterGate.Testing;

namespace FilterGate.Policy.Tests.Search;

internal sealed class SearchTermsTests
{
    // The engines of the facts, one row each kind of address; null: not a search.
    [TestCase("https://www.google.com/search?q=rivers+of+wales&hl=en", "Google", "rivers of wales")]
    [TestCase("https://www.google.co.uk/search?client=safari&q=rivers%20of%20wales", "Google", "rivers of wales")]
    [TestCase("https://www.google.com.au/search?q=rivers", "Google", "rivers")]
    [TestCase("https://google.de/search?q=fl%C3%BCsse", "Google", "flüsse")]
    [TestCase("https://www.google.co.uk/search?q=rivers&udm=2", "Google", "rivers")]
    [TestCase("https://www.google.co.uk/search?q=rivers&start=20", "Google", "rivers")]
    [TestCase("https://www.google.co.uk/maps/search/rivers+of+wales/@52,-3,8z", "Google Maps", "rivers of wales")]
    [TestCase("https://www.bing.com/search?q=rivers&form=QBLH", "Bing", "rivers")]
    [TestCase("https://www.bing.com/images/search?q=rivers", "Bing", "rivers")]
    [TestCase("https://duckduckgo.com/?q=rivers&ia=web", "DuckDuckGo", "rivers")]
    [TestCase("https://uk.search.yahoo.com/search?p=rivers", "Yahoo", "rivers")]
    [TestCase("https://www.ecosia.org/search?method=index&q=rivers", "Ecosia", "rivers")]
    [TestCase("https://www.qwant.com/?q=rivers&t=web", "Qwant", "rivers")]
    [TestCase("https://api.qwant.com/v3/search/web?count=10&q=rivers", "Qwant", "rivers")]
    [TestCase("https://www.kiddle.co/s.php?q=rivers", "Kiddle", "rivers")]
    [TestCase("https://www.youtube.com/results?search_query=rivers", "YouTube", "rivers")]
    [TestCase("https://www.tiktok.com/search?q=rivers&t=1", "TikTok", "rivers")]
    [TestCase("https://www.reddit.com/search/?q=rivers", "Reddit", "rivers")]
    [TestCase("https://www.pinterest.co.uk/search/pins/?q=rivers", "Pinterest", "rivers")]
    [TestCase("https://www.roblox.com/discover/?Keyword=rivers", "Roblox", "rivers")]
    [TestCase("https://www.amazon.co.uk/s?k=river+boots", "Amazon", "river boots")]
    [TestCase("https://www.ebay.co.uk/sch/i.html?_nkw=river+boots", "eBay", "river boots")]
    [TestCase("https://en.wikipedia.org/w/index.php?search=rivers&ns0=1", "Wikipedia", "rivers")]
    [TestCase("https://cy.wikipedia.org/w/index.php?search=afonydd", "Wikipedia", "afonydd")]
    [TestCase("https://www.argos.co.uk/search/river-boots/", "Argos", "river-boots")]
    [TestCase("https://chatgpt.com/?q=why+do+rivers+bend", "ChatGPT", "why do rivers bend")]
    // Several parameters: the first that is known and not blank; of one written twice the last, as engines take it.
    [TestCase("https://www.google.com/search?q=&as_q=rivers", "Google", "rivers")]
    [TestCase("https://www.google.com/search?q=lakes&q=rivers", "Google", "rivers")]
    [TestCase("https://www.google.com/search?q=lakes#q=rivers", "Google", "lakes")]
    // Not searches.
    [TestCase("https://www.google.com/search", null, null)]
    [TestCase("https://www.google.com/search?q=", null, null)]
    [TestCase("https://www.google.com/search?q=+++", null, null)]
    [TestCase("https://www.google.com/search?xq=rivers", null, null)]
    [TestCase("https://www.google.com/url?q=https://rivers.example/", null, null)]
    [TestCase("https://www.google.com.evil.example/search?q=rivers", null, null)]
    [TestCase("https://notgoogle.com/search?q=rivers", null, null)]
    [TestCase("https://rivers.example/search?q=rivers", null, null)]
    [TestCase("https://duckduckgo.com/about", null, null)]
    // Suggestions while somebody types, of each engine that has them.
    [TestCase("https://www.google.com/complete/search?q=riv&client=gws-wiz", null, null)]
    [TestCase("https://clients1.google.com/complete/search?q=riv", null, null)]
    [TestCase("https://suggestqueries.google.com/complete/search?q=riv", null, null)]
    [TestCase("https://www.bing.com/AS/Suggestions?q=riv", null, null)]
    [TestCase("https://www.bing.com/osjson.aspx?query=riv&q=riv", null, null)]
    [TestCase("https://api.bing.com/osjson.aspx?query=riv", null, null)]
    [TestCase("https://duckduckgo.com/ac/?q=riv&type=list", null, null)]
    [TestCase("https://uk.search.yahoo.com/sugg/gossip/gossip-uk-fp/?p=riv", null, null)]
    [TestCase("https://ac.ecosia.org/?q=riv", null, null)]
    [TestCase("https://api.qwant.com/v3/suggest?q=riv", null, null)]
    [TestCase("https://search.brave.com/api/suggest?q=riv", null, null)]
    [TestCase("https://www.startpage.com/suggestions?q=riv", null, null)]
    [TestCase("https://suggest.yandex.com/suggest-ya.cgi?part=riv&text=riv", null, null)]
    [TestCase("https://suggestqueries-clients6.youtube.com/complete/search?q=riv", null, null)]
    [TestCase("https://www.tiktok.com/api/search/general/sug/?keyword=riv&q=riv", null, null)]
    [TestCase("https://completion.amazon.co.uk/api/2017/suggestions?prefix=riv&k=riv", null, null)]
    [TestCase("https://en.wikipedia.org/w/rest.php/v1/search/title?q=riv&search=riv", null, null)]
    [TestCase("https://en.wikipedia.org/w/api.php?action=opensearch&search=riv", null, null)]
    [TestCase("https://apis.roblox.com/games-autocomplete/v1/get-suggestion/riv?keyword=riv", null, null)]
    public void TryFind(string address, string? engine, string? words)
    {
        var (host, target) = Split(address);
        var isFound = SearchTerms.Shipped.TryFind(host, target, out var found);
        Assert.That((isFound ? found.Engine : null, isFound ? found.Words(target) : null), Is.EqualTo((engine, words)));
    }

    [TestCase("a%20%20b%09c%0Ad", "a b c d", TestName = "Words_WhiteSpace_IsFolded")]
    [TestCase("+a+", "a", TestName = "Words_Ends_AreTrimmed")]
    [TestCase("c%2B%2B", "c++", TestName = "Words_EscapedPlus_IsAPlus")]
    [TestCase("%F0%9F%8C%8A", "🌊", TestName = "Words_BeyondThePlane_IsKept")]
    [TestCase("caf%E9", "caf\uFFFD", TestName = "Words_NoCharsetKnown_AreReplaced")]
    [TestCase("caf%u00E9", "café", TestName = "Words_EscapesOfScripts_AreResolved")]
    [TestCase("100%", "100%", TestName = "Words_LonePercent_Stays")]
    [TestCase("a%E2%80%8Bb", "ab", TestName = "Words_CharactersWithoutWidth_AreTakenOut")]
    [TestCase("a%00b", "a b", TestName = "Words_ControlCharacters_AreBlanks")]
    public void Words(string raw, string words)
    {
        SearchTerms.Shipped.TryFind("www.google.com", "/search?q=" + raw, out var found);
        Assert.That(found.Words("/search?q=" + raw), Is.EqualTo(words));
    }

    [TestCase(200, 200)]
    [TestCase(201, 200)]
    [TestCase(16_000, 200)]
    public void Words_Long_AreCut(int length, int expected)
    {
        var target = "/search?q=" + new string('a', length);
        SearchTerms.Shipped.TryFind("www.google.com", target, out var found);
        Assert.That(found.Words(target), Has.Length.EqualTo(expected));
    }

    [Test]
    public void Words_CutWithinAPair_LeavesNoHalf()
    {
        var target = "/search?q=" + new string('a', 199) + "%F0%9F%8C%8A";
        SearchTerms.Shipped.TryFind("www.google.com", target, out var found);
        Assert.That(found.Words(target), Is.EqualTo(new string('a', 199)));
    }

    [TestCase("/search?q=rivers&start=10", true, TestName = "Key_NextPage_IsTheSameSearch")]
    [TestCase("/search?q=Rivers&udm=2", true, TestName = "Key_PicturesInOtherCase_IsTheSameSearch")]
    [TestCase("/search?q=lakes", false, TestName = "Key_OtherWords_IsAnother")]
    public void Key(string target, bool isSame)
    {
        SearchTerms.Shipped.TryFind("www.google.com", "/search?q=rivers", out var first);
        SearchTerms.Shipped.TryFind("www.google.com", target, out var second);
        Assert.That(second.Key == first.Key, Is.EqualTo(isSame));
    }

    [Test]
    public void Key_OtherEngine_IsAnother()
    {
        SearchTerms.Shipped.TryFind("www.google.com", "/search?q=rivers", out var first);
        SearchTerms.Shipped.TryFind("www.bing.com", "/search?q=rivers", out var second);
        Assert.That(second.Key, Is.Not.EqualTo(first.Key));
    }

    [Test]
    public void TryFind_Any_DoesNotAllocate() =>
        Assert.That(Allocations.Of(() =>
        {
            for (var i = 0; i < 100; i++)
            {
                SearchTerms.Shipped.TryFind("www.google.co.uk", "/search?client=x&q=rivers", out _);
                SearchTerms.Shipped.TryFind("www.rivers.example", "/search?q=rivers", out _);
            }
        }), Is.Zero);

    [Test]
    public void Read_CharsetsOfAnEngine_AreTriedAfterUtf8()
    {
        var terms = Read("Example:\n  - urls: [search.example]\n    params: [q]\n    charsets: [windows-1251, gb2312]\n");
        Assert.That(WordsOf(terms, "https://search.example/?q=%F0%E5%EA%E8"), Is.EqualTo("реки"));
        Assert.That(WordsOf(terms, "https://search.example/?q=%D1%80%D0%B5%D0%BA%D0%B8"), Is.EqualTo("реки"));
    }

    [Test]
    public void With_SchoolsFile_ComesFirstAndSuggestionsStayUncounted()
    {
        var terms = SearchTerms.Shipped.With(Read("House:\n  - urls: ['www.google.{}', house.example]\n    params: [q]\n"));
        Assert.That(WordsOf(terms, "https://house.example/?q=a"), Is.EqualTo("a"));
        Assert.That(WordsOf(terms, "https://www.bing.com/search?q=a"), Is.EqualTo("a"));
        Assert.That(WordsOf(terms, "https://www.google.com/complete/search?q=a"), Is.Null);
    }

    [TestCase("a: b", "a list of definitions", TestName = "Read_NoDefinitions_IsSaid")]
    [TestCase("a:\n  - params: [q]", "no urls", TestName = "Read_NoUrls_IsSaid")]
    [TestCase("a:\n  - urls: [s.example]\n    params: ['/(?=x)y/']", "not understood", TestName = "Read_PatternThatCouldBeSlow_IsSaid")]
    [TestCase("a:\n  - urls: [s.example]\n    params: ['/(/']", "not understood", TestName = "Read_BrokenPattern_IsSaid")]
    [TestCase("a:\n  - urls: ['a.{}.example']\n    params: [q]", "no host that is understood", TestName = "Read_CountryInTheMiddle_IsSaid")]
    [TestCase("a:\n  - urls: [s.example]\n    params: [q]\n    charsets: [nonsense]", "not known", TestName = "Read_UnknownCharset_IsSaid")]
    [TestCase("- a", "names of search engines", TestName = "Read_List_IsRefused")]
    [TestCase("a: &x b", "anchors", TestName = "Read_Anchor_IsRefused")]
    public void Read_NotUnderstood(string yaml, string message)
    {
        var problems = new List<PolicyProblem>();
        SearchTerms.Read(yaml, problems);
        Assert.That(problems.Select(p => p.Message), Has.Some.Contains(message));
    }

    [Test]
    public void TryFind_PatternOnAHostileAddress_TakesNoTime()
    {
        var terms = Read("a:\n  - urls: [s.example]\n    params: ['/(?:a|aa|a*)*([^\\/]+)b/']\n");
        var target = "/" + new string('a', 16_000);
        var watch = System.Diagnostics.Stopwatch.StartNew();
        terms.TryFind("s.example", target, out _);
        Assert.That(watch.Elapsed, Is.LessThan(TimeSpan.FromSeconds(2)));
    }

    /// <summary>Matomo's whole file: an address made from each engine's own back link gives the words back.</summary>
    [Test]
    public void Reference_Matomo_EveryEngineWithABackLinkGivesItsWordsBack()
    {
        var yaml = File.ReadAllText(SharedData.PathOrIgnore("matomo/SearchEngines.yml"));
        var problems = new List<PolicyProblem>();
        var terms = SearchTerms.Read(yaml, problems)!;
        var root = (DocumentMap)DocumentSource.Read(yaml, new List<PolicyProblem>())!;
        var (asked, wrong) = (0, new List<string>());
        foreach (var engine in root.Entries)
            foreach (var definition in ((DocumentList)engine.Value).Items.Cast<DocumentMap>())
            {
                var keys = definition.Entries.ToDictionary(e => e.Key.Text, e => e.Value, StringComparer.Ordinal);
                if (!keys.TryGetValue("backlink", out var link) || !keys.ContainsKey("params")) continue;
                foreach (var url in ((DocumentList)keys["urls"]).Items.Cast<DocumentText>().Take(1))
                {
                    asked++;
                    var host = url.Text.Split('/')[0].Replace("{}", url.Text.StartsWith('{') ? "de" : "co.uk", StringComparison.Ordinal);
                    var target = "/" + ((DocumentText)link).Text.TrimStart('/').Replace("{k}", "rivers+caf%C3%A9", StringComparison.Ordinal);
                    if (!terms.TryFind(host, target, out var found) || found.Words(target) != "rivers café") wrong.Add($"{engine.Key.Text} {host}{target}");
                }
            }

        TestContext.Out.WriteLine($"{terms.Count} engines, {asked} back links asked, {wrong.Count} gave no words back; {problems.Count} lines not understood");
        foreach (var problem in problems) TestContext.Out.WriteLine($"line {problem.Line}: {problem.Message}");
        foreach (var row in wrong) TestContext.Out.WriteLine(row);
        Assert.That(terms.Count, Is.GreaterThan(250));
        Assert.That(problems, Has.Count.LessThanOrEqualTo(5));
        Assert.That(wrong, Has.Count.LessThanOrEqualTo(8), string.Join('\n', wrong));
    }

    /// <summary>The shipped file and matomo's agree on the engines that both know.</summary>
    [Test]
    public void Reference_Matomo_KnowsTheSearchesOfTheFacts()
    {
        var terms = SearchTerms.Read(File.ReadAllText(SharedData.PathOrIgnore("matomo/SearchEngines.yml")), new List<PolicyProblem>())!;
        foreach (var address in new[] { "https://www.google.co.uk/search?q=rivers", "https://www.bing.com/search?q=rivers", "https://duckduckgo.com/?q=rivers", "https://uk.search.yahoo.com/search?p=rivers", "https://www.ecosia.org/search?q=rivers" })
            Assert.That(WordsOf(terms, address), Is.EqualTo("rivers").And.EqualTo(WordsOf(SearchTerms.Shipped, address)), address);
    }

    private static SearchTerms Read(string yaml)
    {
        var problems = new List<PolicyProblem>();
        var terms = SearchTerms.Read(yaml, problems);
        Assert.That(problems, Is.Empty);
        return terms!;
    }

    private static string? WordsOf(SearchTerms terms, string address)
    {
        var (host, target) = Split(address);
        return terms.TryFind(host, target, out var found) ? found.Words(target) : null;
    }

    private static (string Host, string Target) Split(string address)
    {
        var rest = address[(address.IndexOf("//", StringComparison.Ordinal) + 2)..];
        var slash = rest.IndexOf('/', StringComparison.Ordinal);
        return (rest[..slash], rest[slash..]);
    }
}
