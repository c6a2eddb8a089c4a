using System.Net;
using System.Text.RegularExpressions;
using FilterGate.Policy.People;
using FilterGate.Review.Audit;
using FilterGate.Review.Site;
using FilterGate.Safeguarding.Keeping;
using FilterGate.State;
using FilterGate.Testing;
using Microsoft.Extensions.Time.Testing;

namespace FilterGate.Review.Tests.Audit;

/// <summary>Who did what, and who looked at whom: filters of the address bar, pages by key, words for every action.</summary>
public sealed partial class AuditTests
{
    private static readonly Roster People = new([new Person("dsl", "D. Lead", Group: null, PersonRole.Staff), new Person("p123", "A. Pupil", "4b", PersonRole.Pupil)], []);

    private FakeTimeProvider _clock = null!;
    private RunningSite _site = null!;

    [SetUp]
    public async Task SetUpAsync()
    {
        _clock = new FakeTimeProvider(RunningSite.Now);
        _site = await RunningSite.StartAsync(RunningSite.Log(RunningSite.Finds()), () => SamplePolicy.With(People), clock: _clock);
    }

    [TearDown]
    public async Task TearDownAsync() => await _site.DisposeAsync();

    private async Task<string> ReadAsync(string path)
    {
        using var auditor = await Visitor.SignedInAsync(_site, "a-moss", _clock);
        return WebUtility.HtmlDecode(await auditor.ReadAsync(path));
    }

    [TestCase("", "a person, opened, policy, invited, concluded, the box")]
    [TestCase("?show=looks", "a person")]
    [TestCase("?show=openings", "opened")]
    [TestCase("?show=policy", "policy")]
    [TestCase("?show=accounts", "invited")]
    [TestCase("?show=reviews", "concluded")]
    [TestCase("?show=box", "the box")]
    [TestCase("?who=dsl", "a person, concluded")]
    [TestCase("?who=DSL", "a person, concluded")]
    [TestCase("?who=ds", "")]
    [TestCase("?about=P123", "a person")]
    [TestCase("?about=%25", "")]
    [TestCase("?show=looks&who=technician", "")]
    [TestCase("?from=2026-11-23", "")]
    [TestCase("?to=2026-11-21", "")]
    [TestCase("?from=2026-11-22&to=2026-11-22", "a person, opened, policy, invited, concluded, the box")]
    [TestCase("?from=2026-11-23&to=2026-11-21", "a person, opened, policy, invited, concluded, the box")]
    public async Task Get_ShowsWhatTheAddressBarAsksFor(string query, string expected)
    {
        _site.State.Audit("dsl", "look.person", "person:p123", reason: null);
        _site.State.Audit("technician", "override.grant", "override 3: games.example for group:4b", "club");
        _site.State.Audit("office", "policy.apply", "policy 2 (abc)", "as decided");
        _site.State.Audit("office", "account.invite", "account of nobody", reason: null);
        _site.State.Audit("dsl", "review.conclude", "batch 4: 3 acts, talk", reason: null);
        _site.State.Audit("root", "restore", "a backup of yesterday", reason: null);
        var page = await ReadAsync("/audit" + query);
        var shown = new[] { ("a person", "looked at a person"), ("opened", "opened a site"), ("policy", "put a policy in force"), ("invited", "account of nobody"), ("concluded", "concluded acts"), ("the box", "put a backup in place") }.Where(row => page.Contains(row.Item2, StringComparison.Ordinal)).Select(row => row.Item1);
        Assert.That(string.Join(", ", shown), Is.EqualTo(expected));
    }

    [Test]
    public async Task Get_SaysWhetherAnythingWasChangedAfterwards()
    {
        Assert.That(await ReadAsync("/audit"), Does.Contain("there was no such round yet"));
        foreach (var (isWhole, says) in new[] { (true, "Events and audit are as they were written. The daily round last ended well on 02:00."), (false, "Not everything is as it was written.") })
        {
            var night = new DateTimeOffset(2026, 11, 22, 2, 0, 0, TimeSpan.Zero);
            var keeping = new KeepingStatus { LastRun = night, LastSuccess = night, IsWhole = isWhole, Problems = isWhole ? [] : ["the audit of state.db is not as it was written"] };
            await using var site = await RunningSite.StartAsync(RunningSite.Log(RunningSite.Finds()), () => SamplePolicy.With(People), new ReviewSiteOptions { Keeping = () => keeping }, _clock);
            using var auditor = await Visitor.SignedInAsync(site, "a-moss", _clock);
            Assert.That(WebUtility.HtmlDecode(await auditor.ReadAsync("/audit")), Does.Contain(says));
        }
    }

    [Test]
    public async Task Get_NamesStaffAndNoPupil()
    {
        _site.State.Audit("dsl", "look.person", "person:p123", reason: null);
        _site.State.Audit("p123", "request.ask", "request K7Q4-M2XD: games.example for pupil", reason: null);
        var page = await ReadAsync("/audit");
        Assert.That(page, Does.Contain("D. Lead").And.Contain("person:p123").And.Not.Contain("A. Pupil"));
    }

    [TestCase("?show=nothing", "“nothing” is not a choice")]
    [TestCase("?from=yesterday", "not a day that this page understands")]
    [TestCase("?before=x", "damaged")]
    [TestCase("?before=1", "That was all")]
    [TestCase("?show=looks&about=nobody", "Nobody has looked at anybody")]
    public async Task Get_SomethingOdd_SaysWhat(string query, string says) => Assert.That(await ReadAsync("/audit" + query), Does.Contain(says));

    [Test]
    public async Task Get_Thousands_AreReadPageByPageThoughOthersAreAdded()
    {
        for (var i = 0; i < 230; i++) _site.State.Audit("dsl", "look.person", $"person:p{i:000}x", reason: null);
        using var auditor = await Visitor.SignedInAsync(_site, "a-moss", _clock);
        var (path, seen) = ("/audit?show=looks", new List<string>());
        while (true)
        {
            var page = await auditor.ReadAsync(path);
            Assert.That(page, Has.Length.LessThan(100 * 1024));
            seen.AddRange(Regex.Matches(page, "person:(p[0-9]{3})x", RegexOptions.None, TimeSpan.FromSeconds(1)).Select(m => m.Groups[1].Value));
            var next = Regex.Match(page, "rel=\"next\" href=\"([^\"]+)\"", RegexOptions.None, TimeSpan.FromSeconds(1));
            if (!next.Success) break;
            path = WebUtility.HtmlDecode(next.Groups[1].Value);
            _site.State.Audit("dsl", "look.person", "person:later", reason: null);
        }
        Assert.That(seen, Has.Count.EqualTo(230).And.Unique);
    }

    /// <summary>Whatever is written to the audit anywhere has words, and stands in a tab. Found in the sources: what is handed to a method whose name ends in Audit, and whatever has the form of an action.</summary>
    [Test]
    public void Actions_EveryOneOfTheSources_HasWordsAndATab()
    {
        var sources = Directory.EnumerateFiles(Path.Combine(Repository.Root, "src"), "*.cs", SearchOption.AllDirectories).Where(file => !file.Contains("/obj/", StringComparison.Ordinal) && !file.EndsWith("AuditView.cs", StringComparison.Ordinal)).Select(File.ReadAllText).ToList();
        var beginnings = AuditView.Actions.Values.SelectMany(of => of).ToList();
        var actions = sources.SelectMany(text => Calls().Matches(text).SelectMany(call => Literals().Matches(call.Value)).Concat(Literals().Matches(text).Where(literal => beginnings.Exists(b => literal.Groups["text"].Value.StartsWith(b, StringComparison.Ordinal)))))
            .Select(literal => literal.Groups["text"].Value).Where(text => Path.GetExtension(text) is not (".csv" or ".db" or ".json" or ".part"))
            .Concat(sources.SelectMany(text => Notes().Matches(text)).Select(note => $"look.{note.Groups["what"].Value}")).Concat(["setup", "restore", "reveal"]).ToHashSet(StringComparer.Ordinal);

        Assert.That(actions, Is.SupersetOf(new[] { "policy.apply", "request.refuse", "review.sign", "look.address", "lists.locked.import.failed", "shadow.begin" }), "the patterns find them");
        using (Assert.EnterMultipleScope())
        {
            Assert.That(actions.Where(action => AuditView.Say(action) == action), Is.Empty, "without words");
            Assert.That(actions.Select(AuditView.Say).Where(words => !Tongue.Welsh.Has(words)), Is.Empty, "without Welsh");
            Assert.That(actions.Where(action => !beginnings.Exists(b => action.StartsWith(b, StringComparison.Ordinal))), Is.Empty, "in no tab");
        }
    }

    [GeneratedRegex("Audit\\([^;]{0,400}", RegexOptions.CultureInvariant, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Calls();

    [GeneratedRegex("\"(?<text>[a-z-]+(\\.[a-z-]+)+)\"", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Literals();

    [GeneratedRegex("ooks\\.Note\\([^,]+, \"(?<what>[a-z]+)\"", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Notes();

    [TestCase("look.person", "looked at a person", true, false)]
    [TestCase("watch.start", "began to watch a device", true, false)]
    [TestCase("override.refused", "tried to open what nothing opens", false, true)]
    [TestCase("account.try", "a sign-in failed", false, true)]
    [TestCase("something.new", "something.new", false, false)]
    public void Describe(string action, string what, bool isLook, bool isRefused)
    {
        var line = AuditView.Describe(new AuditEntry(1, RunningSite.Now, "dsl", action, "override 3 until 2026-11-22T16:00:00.0000000+00:00", null), SamplePolicy.With(People), Tongue.English, RunningSite.Now);
        Assert.That(line.About, Is.EqualTo("override 3 until 16:00"));
        Assert.That((line.What, line.IsLook, line.IsRefused), Is.EqualTo((what, isLook, isRefused)));
    }
}
