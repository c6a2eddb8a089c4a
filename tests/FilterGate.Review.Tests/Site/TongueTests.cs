using System.Text.RegularExpressions;
using FilterGate.Events;
using FilterGate.Policy;
using FilterGate.Policy.TwoKeys;
using FilterGate.Review.Acts;
using FilterGate.Review.Coverage;
using FilterGate.Review.Log;
using FilterGate.Review.Site;
using FilterGate.Safeguarding.Unblocks;
using FilterGate.State;
using FilterGate.Safeguarding.Today;
using FilterGate.Testing;
using Place = FilterGate.Review.Site.Place;

namespace FilterGate.Review.Tests.Site;

/// <summary>English stands in the pages; Welsh beside it, word by word.</summary>
internal sealed partial class TongueTests
{
    private static readonly string Sources = Path.Combine(Repository.Root, "src", "FilterGate.Review");

    private static IEnumerable<string> Pairs() => File.ReadLines(Path.Combine(Sources, "Words", "cy.tsv")).Where(line => line.Length > 0 && line[0] != '#');

    [Test]
    public void Welsh_EveryLine_FitsWordsOfThePages()
    {
        var sources = string.Concat(Directory.EnumerateFiles(Sources, "*.*", SearchOption.AllDirectories).Where(file => file.EndsWith(".razor", StringComparison.Ordinal) || file.EndsWith(".cs", StringComparison.Ordinal))
            .Where(file => !file.Contains("/obj/", StringComparison.Ordinal)).Select(File.ReadAllText));
        var closed = ClosedSets().ToHashSet(StringComparer.Ordinal);
        foreach (var line in Pairs())
        {
            Assert.That(line.Split('\t'), Has.Length.EqualTo(2), line);
            var english = line.Split('\t')[0];
            Assert.That(closed.Contains(english) || sources.Contains($"\"{english}\"", StringComparison.Ordinal), $"words that no page has any more: {english}");
        }
    }

    [Test]
    public void Welsh_Values_AreTheSame()
    {
        foreach (var line in Pairs())
            Assert.That(Values().Matches(line.Split('\t')[1]).Select(m => m.Value).Order(), Is.EqualTo(Values().Matches(line.Split('\t')[0]).Select(m => m.Value).Order()), line);
    }

    /// <summary>Words that stand in a page as they are stay English whatever the reader's language. A part that is no page of its own is one too.</summary>
    [TestCaseSource(nameof(Razors))]
    public void Page_HasNoWordsOfItsOwn(string page) => Assert.That(PageWords.Plain(File.ReadAllText(Path.Combine(Sources, page))), Is.Empty);

    private static IEnumerable<string> Razors() =>
        Directory.EnumerateFiles(Sources, "*.razor", SearchOption.AllDirectories).Select(path => Path.GetRelativePath(Sources, path)).Where(name => !name.StartsWith("obj/", StringComparison.Ordinal)).Order(StringComparer.Ordinal);

    [TestCase("<p>Show all</p>", "Show all")]
    [TestCase("<p>@T[\"Show all\"]</p>")]
    [TestCase("<p>@T.Count(n, \"{0} more\", \"{0} more\") · @time.ToString(\"ddd d MMM\", culture)</p>")]
    [TestCase("<p class=\"@(x ? \"small soft\" : null)\">@View.Name(a, b).Said!.Length</p>")]
    [TestCase("<a><b translate=\"no\">FilterGate</b> and more</a>", "and more")]
    [TestCase("<p><code>filtergate watch @name</code> on the gateway</p>", "on the gateway")]
    [TestCase("@if (x > 3)\n{\n    <b>@name until @time</b>\n}\nelse\n{\n    <i lang=\"@T.LangOf(w)\">@w</i>\n}", "\u00A4 until \u00A4")]
    [TestCase("<nav aria-label=\"Pages\"><a href=\"@(x ? \"/review?when=week\" : \"/\")\">@(x ? \"Newest first\" : T[\"Older\"])</a></nav>", "Pages")]
    [TestCase("<a>@(x ? \"Newest first\" : null)</a>", "Newest first")]
    [TestCase("@using System.Text\n@* A comment with words. *@\n@code {\n  string Words => \"not in the page\";\n}")]
    public void PageWords_Plain(string razor, params string[] words) => Assert.That(PageWords.Plain("\n" + razor), Is.EqualTo(words));

    /// <summary>Pages, their parts and their views: whatever a folder says through the tongue is in the table.</summary>
    [TestCase("Accounts", 40)]
    [TestCase("Audit", 25)]
    [TestCase("Blocks", 30)]
    [TestCase("Decisions", 40)]
    [TestCase("Governors", 25)]
    [TestCase("Lists", 60)]
    [TestCase("Overrides", 40)]
    [TestCase("Policies", 100)]
    [TestCase("Requests", 70)]
    [TestCase("Shadow", 35)]
    [TestCase("Signing", 15)]
    [TestCase("Acts", 100)]
    [TestCase("Classes", 50)]
    [TestCase("Coverage", 60)]
    [TestCase("Log", 60)]
    [TestCase("People", 25)]
    [TestCase("Searches", 25)]
    [TestCase("Sites", 30)]
    [TestCase("Site", 40)]
    [TestCase("Today", 60)]
    [TestCase("Watching", 35)]
    public void Welsh_OfAFolder_IsWhole(string folder, int atLeast)
    {
        var words = Directory.EnumerateFiles(Path.Combine(Sources, folder)).Where(file => file.EndsWith(".razor", StringComparison.Ordinal) || file.EndsWith(".cs", StringComparison.Ordinal))
            .SelectMany(file => PageWords.Spoken(File.ReadAllText(file))).Distinct(StringComparer.Ordinal).ToList();
        Assert.That(words, Has.Count.GreaterThanOrEqualTo(atLeast), "the words are found");
        Assert.That(words.Where(word => !Tongue.Welsh.Has(word)), Is.Empty);
    }

    [TestCase("<p>@T[\"Show (all)\"] @T.Count(n, \"{0} more\", \"{0} others\")</p>", "Show (all)", "{0} more", "{0} others")]
    [TestCase("tongue.Say(\"The oldest is of {0}.\", Of(last).ToString(\"ddd d MMM, HH:mm\", tongue.Culture))", "The oldest is of {0}.")]
    [TestCase("reader.Choice<When>(\"when\", \"today is shown\")", "today is shown")]
    [TestCase("T[x ? \"Newest first\" : Other(y)]", "Newest first")]
    [TestCase("new(new { Title = \"Not there\", Text = \"Look again.\", Href = \"/review\", LinkText = \"Go on\" })", "Not there", "Look again.", "Go on")]
    [TestCase("Output[\"English\"] = Note(\"English\")")]
    public void PageWords_Spoken(string source, params string[] words) => Assert.That(PageWords.Spoken(source), Is.EqualTo(words));

    /// <summary>Words of closed sets, which the pages show from a value.</summary>
    /// <summary>What a desk of Safeguarding says of a form of ours.</summary>
    private static readonly string[] ReviewDeskSays = ["Choose at least one act.", "No concern, talk or concern? Nothing was changed."];

    private static IEnumerable<string> ClosedSets() =>
    [
        .. File.ReadLines(Path.Combine(Repository.Root, "blocklists", "taxonomy.tsv")).Skip(1).Select(line => Tongue.CategoryPrefix + line.Split('\t')[1]),
        .. Subjects().Matches(File.ReadAllText(Path.Combine(Repository.Root, "src", "FilterGate.Safeguarding", "Today", "Concern.cs"))).Select(match => Tongue.CategoryPrefix + match.Groups["title"].Value),
        .. Permissions.Names.Select(name => name.Words),
        .. Enum.GetValues<Reason>().Select(reason => LogEntry.Words(reason)!),
        .. Enum.GetValues<WayRound>().SelectMany(way => new[] { way.Title(), way.Meaning() }),
        .. Enum.GetValues<Conclusion>().Select(ActEntry.Say),
        .. new[] { (1, 0), (2, 60), (3, 1_800), (2_000, 36_000) }.SelectMany(tries => new Attempts(tries.Item1, tries.Item1 > 1000, default, default(DateTimeOffset).AddSeconds(tries.Item2)).Parts).Select(part => part.English),
        .. ReviewDeskSays,
        .. CoverageView.Modes.Select(CoverageView.Say),
        .. CoverageView.Modes.SelectMany(mode => Enum.GetValues<CoverageReason>().Select(reason => CoverageView.Why(mode, reason))).SelectMany(said => new[] { said.Why, said.Mend }).Where(said => said.Length > 0),
        .. new[] { 42, 46, 48 }.Select(PassThroughProposal.Name),
        .. Roles.Keys.Concat(Roles.WithoutKeys).Select(Approvals.Say), .. Roles.Keys.Select(role => $"the {Approvals.Say(role)}"),
        .. PageNeeds.Say(Enum.GetValues<PartKinds>().Aggregate((sum, kind) => sum | kind)),
        .. new[] { RequestStatus.Approved, RequestStatus.Refused, RequestStatus.Withdrawn, RequestStatus.Expired }.Select(status => status.ToString().ToLowerInvariant()),
    ];

    [Test]
    public void Welsh_OfClosedSets_IsWhole() => Assert.That(ClosedSets().Where(word => !Tongue.Welsh.Has(word)), Is.Empty);

    [Test]
    public void Places_InWelsh_HaveTheirNames() => Assert.That(Place.All.Select(place => place.Name).Where(name => !Tongue.Welsh.Has(name)), Is.Empty);

    [Test]
    public void Words_ThatAreMissing_StayEnglishAndSaySo()
    {
        Assert.That(Tongue.Welsh["Words that nobody has put into Welsh"], Is.EqualTo("Words that nobody has put into Welsh"));
        Assert.That(Tongue.Welsh.LangOf("Words that nobody has put into Welsh"), Is.EqualTo("en-GB"));
        Assert.That((Tongue.Welsh.LangOf("Today"), Tongue.English.LangOf("Words that nobody has put into Welsh")), Is.EqualTo(((string?)null, (string?)null)));
    }

    [TestCase("cy", null, "cy")]
    [TestCase("en-GB,en;q=0.9,cy;q=0.8", null, "en-GB")]
    [TestCase("en;q=0.5,cy-GB;q=0.9", null, "cy")]
    [TestCase("pl,cy;q=0", null, "en-GB")]
    [TestCase("de", null, "en-GB")]
    [TestCase("", null, "en-GB")]
    [TestCase(";;;,==", null, "en-GB")]
    [TestCase("en", "cy", "cy")]
    [TestCase("cy", "en-GB", "en-GB")]
    [TestCase("cy", "nonsense", "cy")]
    [TestCase("en", "cyan", "en-GB")]
    public async Task Page_InTheLanguage_OfTheReader(string accept, string? chosen, string expected)
    {
        await using var site = await RunningSite.StartAsync(RunningSite.Log(RunningSite.Finds()));
        using var client = new HttpClient(new SocketsHttpHandler { UseCookies = false });
        using var request = new HttpRequestMessage(HttpMethod.Get, site.Address);
        request.Headers.TryAddWithoutValidation("Accept-Language", accept);
        if (chosen is not null) request.Headers.TryAddWithoutValidation("Cookie", $"{Gate.LanguageCookie}={chosen}");
        using var response = await client.SendAsync(request);
        var html = await response.Content.ReadAsStringAsync();
        Assert.That(html, Does.Contain($"<html lang=\"{expected}\">").And.Contain(expected == "cy" ? "<h1>Heddiw</h1>" : "<h1>Today</h1>"));
    }

    /// <summary>A weight and the title of a subject.</summary>
    [GeneratedRegex("""\(\d+, "(?<title>[^"]+)"\)""", RegexOptions.ExplicitCapture | RegexOptions.CultureInvariant, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Subjects();

    [GeneratedRegex("""\{\d[^}]*\}""", RegexOptions.None, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Values();
}
