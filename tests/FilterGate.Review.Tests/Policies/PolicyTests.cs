using System.Globalization;
using System.Net;
using FilterGate.Events;
using FilterGate.Lists;
using FilterGate.Matching;
using FilterGate.Policy;
using FilterGate.Policy.Documents;
using FilterGate.Policy.People;
using FilterGate.Review.Policies;
using FilterGate.Review.Site;
using FilterGate.State;
using FilterGate.Testing;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Time.Testing;

namespace FilterGate.Review.Tests.Policies;

/// <summary>The policy in plain words: who gets what and why, its history, and an address checked as anyone.</summary>
public sealed class PolicyTests
{
    private static readonly Roster People = new(
        [new Person("p123", "A. Pupil", "4b", PersonRole.Pupil), new Person("t-hill", "T. Hill", "teachers", PersonRole.Staff)],
        [new Device("ipad-14") { Address = IPAddress.Parse("10.20.1.7"), Group = "4a" }]);

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

    internal static string Seeds()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
            if (Directory.Exists(Path.Combine(folder.FullName, "seeds", "s0-primary"))) return Path.Combine(folder.FullName, "seeds");
        throw new DirectoryNotFoundException("seeds");
    }

    private static async Task<string> ReadAsync(Visitor visitor, string path) => WebUtility.HtmlDecode(await visitor.ReadAsync(path));

    private static async Task<string> CheckAsync(Visitor visitor, string address, string @for = "", string who = "", string at = "", int status = 200)
    {
        using var answer = await visitor.SendAsync("/policy/check", "/policy/check", ("address", address), ("for", @for), ("who", who), ("at", at));
        Assert.That((int)answer.StatusCode, Is.EqualTo(status));
        return WebUtility.HtmlDecode(await answer.Content.ReadAsStringAsync());
    }

    [TestCase("s0-primary")]
    [TestCase("s1-trust")]
    [TestCase("s2-infant-nursery")]
    [TestCase("s3-two-levels")]
    [TestCase("s4-junior")]
    [TestCase("sample-school")]
    public void View_OfEachSeed_SaysEveryCategoryForEveryTierAndItsReasons(string seed)
    {
        using var folder = new TempFolder();
        using var state = StateStore.Open(folder["state.db"], _clock);
        var lists = ListLoader.Load(folder: null, new byte[32]);
        var document = PolicyDocument.Parse(File.ReadAllText(Path.Combine(Seeds(), seed, "policy.yaml")), lists.Taxonomy, out var problems, BundleFile.Shipped);
        Assert.That(document, Is.Not.Null, string.Join('\n', problems));
        var policy = PolicySnapshot.Compile(document!, lists, InForce.Nothing);

        var view = PolicyView.Of(new QueryCollection(), state, policy, Tongue.English, RunningSite.Now);
        Assert.That(view.Shown.Select(s => s.Tier), Is.EqualTo(policy.Tiers));
        Assert.That(view.Categories.Select(c => c.Words.Count), Is.All.EqualTo(policy.Tiers.Length));
        Assert.That(view.Categories.Count + view.AlwaysClosed.Count, Is.EqualTo(lists.Taxonomy.Categories.Length - 1), "each but the one that stands for sites in no list");
        Assert.That(view.AlwaysClosed, Has.Member(lists.Taxonomy.Find("pornography")!.Name));
        foreach (var choice in view.Choices)
        {
            var one = PolicyView.Of(new QueryCollection(new Dictionary<string, Microsoft.Extensions.Primitives.StringValues> { ["for"] = choice.Key }), state, policy, Tongue.English, RunningSite.Now);
            Assert.That(one.Chosen?.Key, Is.EqualTo(choice.Key));
            var said = choice.Tier.Rationale.Keys.Where(k => lists.Taxonomy.Find(k) is { } c && !policy.NoBypass.Contains(c.Index)).Select(k => choice.Tier.Rationale[k]);
            Assert.That(one.Categories.Select(c => c.Words[0].Why).OfType<string>(), Is.EquivalentTo(said), $"every reason of {choice.Key} is told");
        }
        foreach (var rule in document!.Rules) Assert.That(PolicyWords.Say(rule, policy, Tongue.English), Is.Not.Empty.And.Not.Contain("  "));
    }

    [Test]
    public async Task Policy_SaysWhoGetsWhat()
    {
        using var head = await Visitor.SignedInAsync(_site, "head", _clock);
        var page = await ReadAsync(head, "/policy");
        Assert.That(page, Does.Contain("Closed to everybody, and nothing opens them: csam-iwf, pornography, vpn").And.Contain("09:00 to 16:00 lesson").And.Contain("Now: the weekend, lesson"));
        Assert.That(page, Does.Contain("Class 4A, Class 4B").And.Not.Contain("value=\"group:"), "no group differs from its tier");
        Assert.That(await ReadAsync(head, "/policy?for=tier:staff"), Does.Contain("What becomes of it").And.Contain("Encrypted pages"));
        Assert.That(await ReadAsync(head, "/policy?for=tier:nobody"), Does.Contain("The policy has no “tier:nobody”"));
    }

    // As whom, and what the answer says.
    [TestCase("games.example", "tier:pupil", "", "anybody in the tier pupil", "this decides")]
    [TestCase("games.example", "group:4b", "", "anybody of Class 4B, tier pupil", "games")]
    [TestCase("https://games.example/chess?level=3", "", "p123", "the person p123, of Class 4B, tier pupil", "games.example/chess?…")]
    [TestCase("games.example", "tier:staff", "10.20.1.7", "the device ipad-14, tier pupil", "games/domains")]
    [TestCase("news.example", "", "", "a device that nobody knows, tier pupil", "It is open.")]
    [TestCase("http://127.0.0.1/", "tier:pupil", "", "tier pupil", "The way to this answer")]
    public async Task Check_AsAnyone_GivesTheWholeDecision(string address, string @for, string who, string whom, string says)
    {
        using var lead = await Visitor.SignedInAsync(_site, "dsl", _clock);
        var page = await CheckAsync(lead, address, @for, who);
        Assert.That(page, Does.Contain(says).And.Contain(whom).And.Not.Contain("A. Pupil"));
        var steps = System.Text.RegularExpressions.Regex.Count(page, "<span class=\"number\">");
        Assert.That(steps, Is.EqualTo(OrderOfDecisions.Steps.Length), "every step, in order");
    }

    [Test]
    public async Task Check_SaysTheSameAsThePolicyDecides()
    {
        using var technician = await Visitor.SignedInAsync(_site, "technician", _clock);
        var policy = SamplePolicy.With(People);
        foreach (var host in new[] { "games.example", "adult.example", "news.example", "puzzles.example" })
        foreach (var tier in policy.Tiers)
        {
            var url = CanonicalUrl.ForHost("http", host, 80);
            var client = new Client(IPAddress.Loopback, tier, null, IsKnown: true);
            var expected = policy.Explain(new Question(client, url, Seen.Url, policy.Lists.Classify(url, Seen.Url), RunningSite.Now)).Explanation;
            Assert.That(await CheckAsync(technician, host, $"tier:{tier.Name}"), Does.Contain($">{expected}</h2>"), $"{host} for {tier.Name}");
        }
    }

    /// <summary>As <c>check</c> says on the command line: what the policy says, and that the pilot lets it through all the same; not of what shadow mode does not lift, and not of a time after it.</summary>
    [Test]
    public async Task Check_InShadowMode_SaysThatItIsLetThrough()
    {
        _site.State.BeginShadow(_clock.GetUtcNow().AddDays(1), "before we change over", "technician");
        using var lead = await Visitor.SignedInAsync(_site, "dsl", _clock);
        const string Says = "the gateway lets it through and records that the policy says so";
        Assert.That(await CheckAsync(lead, "games.example", "tier:pupil"), Does.Contain(Says).And.Contain("Shadow mode, until"));
        Assert.That(await CheckAsync(lead, "https://locked.example/page", "tier:pupil"), Does.Not.Contain(Says), "illegal content is blocked in shadow mode too");
        Assert.That(await CheckAsync(lead, "open.example", "tier:pupil"), Does.Not.Contain(Says), "nothing is lifted of what is open");
        Assert.That(await CheckAsync(lead, "games.example", "tier:pupil", at: _clock.GetUtcNow().AddDays(2).ToString("yyyy-MM-dd'T'HH:mm", CultureInfo.InvariantCulture)), Does.Not.Contain(Says), "by then it is over");
    }

    [Test]
    public async Task Check_AtAnotherTime_KnowsWhatWasAndWillBeOpen()
    {
        _site.State.OpenSites([new OverrideDraft(Audience.ForGroup("4b"), FilterGate.Policy.Site.ForHost("games.example"), RunningSite.Now.AddHours(-3), RunningSite.Now.AddHours(-2))], "over", "technician");
        using var lead = await Visitor.SignedInAsync(_site, "dsl", _clock);
        Assert.That(await CheckAsync(lead, "games.example", "group:4b", at: "2026-11-22T11:30"), Does.Contain("It is open."), "then");
        Assert.That(await CheckAsync(lead, "games.example", "group:4b"), Does.Contain("A request for it can be approved"), "now");
    }

    [TestCase("games.example", "", "nobody", "", "nobody with this id")]
    [TestCase("games.example", "", "1234", "", "nobody with this id", TestName = "Check_AnIdOfDigits_IsNoAddress")]
    [TestCase("games.example", "", "192.0.2.1", "", "outside the school's networks")]
    [TestCase("games.example", "tier:none", "", "", "The policy has no tier none")]
    [TestCase("games.example", "", "", "soon", "not a time")]
    [TestCase("http://", "", "", "", "no address of a website")]
    public async Task Check_SomethingWrong_SaysWhat(string address, string @for, string who, string at, string says)
    {
        using var lead = await Visitor.SignedInAsync(_site, "dsl", _clock);
        Assert.That(await CheckAsync(lead, address, @for, who, at, status: 422), Does.Contain(says));
    }

    [Test]
    public async Task Check_AsAPerson_IsALookAndNamesNoAddress()
    {
        using var lead = await Visitor.SignedInAsync(_site, "dsl", _clock);
        await CheckAsync(lead, "games.example", "tier:pupil");
        Assert.That(_site.State.AuditEntries().Select(a => a.Action), Does.Not.Contain("look.check"));
        await CheckAsync(lead, "games.example", who: "p123");
        var look = _site.State.AuditEntries().Single(a => a.Action == "look.check");
        Assert.That((look.Actor, look.Subject, look.Reason), Is.EqualTo(("dsl", "person:p123", (string?)null)));
    }

    [Test]
    public async Task Check_ALockedAddress_RevealsNothingIsOnRecordAndFew()
    {
        using var lead = await Visitor.SignedInAsync(_site, "dsl", _clock);
        for (var i = 0; i < 10; i++)
        {
            var page = await CheckAsync(lead, "https://locked.example/secret-page", "tier:staff");
            Assert.That(page, Does.Contain("illegal-content list").IgnoreCase.And.Contain("locked/sample").And.Contain("Nothing opens it"));
            Assert.That(page, Does.Not.Contain("locked.example").And.Not.Contain("secret-page"), "neither in the answer nor in the form");
        }
        Assert.That(await CheckAsync(lead, "https://locked.example/secret-page", "tier:staff", status: 422), Does.Contain("10 times in a minute"));
        var records = _site.Events.Search(new EventQuery { Kinds = [EventKind.Audit], Limit = 100 }).Events;
        Assert.That(records, Has.Count.EqualTo(10));
        Assert.That(records, Is.All.Matches<FilterEvent>(e => e is { Host: null, Url: null, List: "locked/sample", EntryId.Length: > 0, Reason: Reason.Locked } && e!.Rule == "check by dsl"));
    }

    [Test]
    public async Task Check_ByALink_FillsTheFormAndAsksNothing()
    {
        using var lead = await Visitor.SignedInAsync(_site, "dsl", _clock);
        Assert.That(await ReadAsync(lead, "/policy/check?address=games.example&for=tier:staff"), Does.Contain("value=\"games.example\"").And.Not.Contain("The way to this answer"));
    }

    [Test]
    public async Task History_SaysWhoWhenWhyAndWhatChanged()
    {
        const string first = "school: A\ntiers:\n  pupil: { block: [games], uncategorised: allow }\n", second = "# a remark\nschool: A\ntiers:\n  pupil: { warn: [games], uncategorised: block }\n";
        _site.State.ImportPolicy(PolicyDocument.VersionOf(first), first, "office", "our first policy");
        _clock.Advance(TimeSpan.FromHours(1));
        _site.State.ImportPolicy(PolicyDocument.VersionOf(second), second, "technician", "warn of games, as the head decided");
        using var head = await Visitor.SignedInAsync(_site, "head", _clock);
        Assert.That(await ReadAsync(head, "/policy/history"), Does.Contain("our first policy").And.Contain("as the head decided").And.Contain("/policy/compare?from=1&to=2"));
        var difference = await ReadAsync(head, "/policy/compare?from=1&to=2");
        Assert.That(difference, Does.Contain("From version 1 to 2").And.Contain("tiers.pupil.categories").And.Contain("games: block → warn").And.Contain("allow → block"));
        Assert.That(difference, Does.Contain("+# a remark"), "the lines too");
        using var none = await head.GetAsync("/policy/compare?from=7&to=2");
        Assert.That((int)none.StatusCode, Is.EqualTo(404));
    }

    [Test]
    public async Task History_Hundreds_AreReadPageByPage()
    {
        for (var i = 0; i < 70; i++) _site.State.ImportPolicy($"{i:d12}", $"school: S{i}\n", "office", $"change {i:d3}");
        using var head = await Visitor.SignedInAsync(_site, "head", _clock);
        var (path, seen) = ("/policy/history", new List<string>());
        while (true)
        {
            var page = await head.ReadAsync(path);
            seen.AddRange(System.Text.RegularExpressions.Regex.Matches(page, ">(change [0-9]{3})<", System.Text.RegularExpressions.RegexOptions.None, TimeSpan.FromSeconds(1)).Select(m => m.Groups[1].Value));
            var next = System.Text.RegularExpressions.Regex.Match(page, "rel=\"next\" href=\"([^\"]+)\"", System.Text.RegularExpressions.RegexOptions.None, TimeSpan.FromSeconds(1));
            if (!next.Success) break;
            path = WebUtility.HtmlDecode(next.Groups[1].Value);
        }
        Assert.That(seen, Has.Count.EqualTo(70).And.Unique);
    }
}
