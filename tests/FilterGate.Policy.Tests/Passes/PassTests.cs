using System.Net;
using FilterGate.Policy.Passes;

namespace FilterGate.Policy.Tests.Passes;

/// <summary>What going past a warning and beginning a slice change of a decision, and what they must not.</summary>
public sealed class PassTests
{
    private const string School = """
        school: S
        networks: [10.20.0.0/16]
        tiers:
          pupil: { warn: [short-links], quota: { games: 60m/10m, forums: 30m }, log: [news], uncategorised: warn, newly_seen: block, own_block: [closed.example], continue: 5m }
          staff: { warn: [games], uncategorised: allow }
          strict: { approved_only: true, warn: [short-links], quota: { games: 60m/10m }, uncategorised: warn }
        """;

    private static readonly DateTimeOffset Noon = Given.Noon;
    private static readonly Audience Me = Audience.ForClient("127.0.0.1");

    private static readonly Pass Warned = new(1, Me, PassKind.Warning, "site.example", Noon, Noon.AddMinutes(15));
    private static readonly Pass Games = new(2, Me, PassKind.Slice, "games", Noon, Noon.AddMinutes(10));
    private static readonly Pass Forums = new(3, Me, PassKind.Slice, "forums", Noon, Noon.AddMinutes(10));

    private static readonly object[] Cases =
    [
        // name, tier, categories, host, passes, expected
        new object[] { "Warned_Asks", "pupil", "short-links", "site.example", "", "warn category-warn" },
        new object[] { "WarnedAndPassed_GoesThroughRecorded", "pupil", "short-links", "site.example", "warned", "log-only category-warn" },
        new object[] { "WarnedAndPassed_HoldsForSubDomains", "pupil", "short-links", "cdn.site.example", "warned", "log-only category-warn" },
        new object[] { "WarnedAndPassed_NotForANeighbour", "pupil", "short-links", "mysite.example", "warned", "warn category-warn" },
        new object[] { "WarnedAndPassed_NotForTheParent", "pupil", "short-links", "example", "warned", "warn category-warn" },
        new object[] { "Uncategorised_Asks", "pupil", "", "site.example", "", "warn uncategorised" },
        new object[] { "UncategorisedAndPassed_GoesThroughRecorded", "pupil", "", "site.example", "warned", "log-only uncategorised" },
        new object[] { "UncategorisedAllowed_AllowedAsEver", "staff", "", "site.example", "warned", "allow uncategorised" },
        new object[] { "Quota_AsksForASlice", "pupil", "games", "site.example", "", "quota category-quota" },
        new object[] { "QuotaWithSlice_GoesThroughRecorded", "pupil", "games", "site.example", "games", "log-only category-quota" },
        new object[] { "Quota_AWarningPassedIsNoSlice", "pupil", "games", "site.example", "warned", "quota category-quota" },
        new object[] { "Warned_ASliceIsNoPass", "staff", "games", "site.example", "games", "warn category-warn" },
        new object[] { "TwoQuotas_OneSliceIsNotEnough", "pupil", "games,forums", "site.example", "games", "quota category-quota" },
        new object[] { "TwoQuotas_BothSlicesOpen", "pupil", "games,forums", "site.example", "games,forums", "log-only category-quota" },
        new object[] { "QuotaAndWarned_TheSliceDoesNotAnswerTheWarning", "pupil", "games,short-links", "site.example", "games", "warn category-warn" },
        new object[] { "QuotaAndWarned_TheWarningDoesNotGiveMinutes", "pupil", "games,short-links", "site.example", "warned", "quota category-quota" },
        new object[] { "QuotaAndWarned_BothOpen", "pupil", "games,short-links", "site.example", "games,warned", "log-only category-quota" },
        new object[] { "QuotaAndLogged_TheQuotaAsks", "pupil", "games,news", "site.example", "", "quota category-quota" },
        new object[] { "Logged_IsRecordedAsEver", "pupil", "news", "site.example", "warned", "log-only category-log" },
        new object[] { "Blocked_StaysBlocked", "pupil", "gambling", "site.example", "warned,games,forums", "block category-block" },
        new object[] { "BlockedAndWarned_StaysBlocked", "pupil", "gambling,short-links", "site.example", "warned", "block category-block" },
        new object[] { "BlockedAndQuota_StaysBlocked", "pupil", "gambling,games", "site.example", "games", "block category-block" },
        new object[] { "NoBypass_StaysBlocked", "pupil", "vpn,short-links", "site.example", "warned", "block no-bypass" },
        new object[] { "ApprovedOnly_NobodyClicksThrough", "strict", "short-links", "site.example", "warned", "block approved-only" },
        new object[] { "ApprovedOnly_NobodyWaitsThrough", "strict", "games", "site.example", "games", "block approved-only" },
        new object[] { "ApprovedOnly_UncategorisedStaysClosed", "strict", "", "site.example", "warned", "block approved-only" },
    ];

    private static IEnumerable<TestCaseData> Decisions() => Cases.Cast<object[]>().Select(c => new TestCaseData(c[1..]).SetName($"Decide_{c[0]}"));

    [TestCaseSource(nameof(Decisions))]
    public void Decide_Pass(string tier, string categories, string host, string passes, string expected)
    {
        var policy = With(passes);
        var question = Given.Question(policy, tier, Given.Categories(Words(categories)), host);
        var trace = policy.Explain(in question);
        Assert.Multiple(() =>
        {
            Assert.That(Shown(policy.Decide(in question)), Is.EqualTo(expected));
            Assert.That(trace.Decision, Is.EqualTo(policy.Decide(in question)), "the explanation is of the same decision");
            Assert.That(trace.Explanation, Is.Not.Empty);
        });
    }

    [TestCase(-1, "warn", TestName = "Decide_BeforeThePass_Asks")]
    [TestCase(0, "log-only", TestName = "Decide_AtItsBeginning_GoesThrough")]
    [TestCase(899, "log-only", TestName = "Decide_InItsLastSecond_GoesThrough")]
    [TestCase(900, "warn", TestName = "Decide_AtItsEnd_AsksAgain")]
    public void Decide_Time(int seconds, string verdict)
    {
        var policy = With("warned");
        var question = Given.Question(policy, "pupil", Given.Categories("short-links"), time: Noon.AddSeconds(seconds));
        Assert.That(policy.Decide(in question).Verdict.Code(), Is.EqualTo(verdict));
    }

    [Test]
    public void Decide_OwnBlockAndLocked_ArePassedByNothing()
    {
        var policy = With(new Pass(1, Me, PassKind.Warning, "example", Noon, Noon.AddMinutes(15)), Games);
        Assert.Multiple(() =>
        {
            Assert.That(Shown(policy.Decide(Given.Question(policy, "pupil", Given.Categories("games"), "closed.example"))), Is.EqualTo("block own-block"));
            Assert.That(Shown(policy.Decide(Given.Question(policy, "pupil", Given.Categories("short-links"), locked: Given.LockedHit))), Is.EqualTo("block locked"));
            Assert.That(Shown(policy.Decide(Given.Question(policy, "pupil", refusal: Reason.PrivateDestination))), Is.EqualTo("block private-destination"));
        });
    }

    [Test]
    public void Decide_NewlySeenWarning_IsPassedAndKeepsItsReason()
    {
        var policy = Given.Policy("school: S\nnetworks: [10.20.0.0/16]\ntiers: { pupil: { uncategorised: allow, newly_seen: warn } }");
        var question = Given.Question(policy, "pupil") with { FirstSeenDays = 0 };
        Assert.That(Shown(policy.Decide(in question)), Is.EqualTo("warn newly-seen"));
        policy = policy.With(policy.InForce with { Passes = new PassTable([Warned], []) });
        Assert.That(Shown(policy.Decide(in question)), Is.EqualTo("log-only newly-seen"));
    }

    [Test]
    public void Decide_BlockedNewlySeen_IsNotPassed()
    {
        var policy = With("warned");
        var question = Given.Question(policy, "pupil") with { FirstSeenDays = 0 };
        Assert.That(Shown(policy.Decide(in question)), Is.EqualTo("block newly-seen"));
    }

    [Test]
    public void PassKey_IsTheMostThatIsKnown()
    {
        var client = new Client(IPAddress.Parse("10.20.1.7"), With("").Tiers[0], null, IsKnown: false);
        Assert.Multiple(() =>
        {
            Assert.That(client.PassKey.ToString(), Is.EqualTo("client:10.20.1.7"));
            Assert.That((client with { Device = "ipad-14" }).PassKey.ToString(), Is.EqualTo("device:ipad-14"));
            Assert.That((client with { Device = "ipad-14", Person = "p123" }).PassKey.ToString(), Is.EqualTo("person:p123"));
        });
    }

    [Test]
    public void Decide_AnotherClient_IsAskedForItself()
    {
        var policy = With("warned,games");
        var other = Given.ClientOf(policy, "pupil") with { Device = "ipad-14" };
        Assert.That(Shown(policy.Decide(Given.Question(policy, "pupil", Given.Categories("short-links")) with { Client = other })), Is.EqualTo("warn category-warn"));
        Assert.That(Shown(policy.Decide(Given.Question(policy, "pupil", Given.Categories("games")) with { Client = other })), Is.EqualTo("quota category-quota"));
    }

    [TestCase("www.games.example", "games.example")]
    [TestCase("games.example", "games.example")]
    [TestCase("www.example", "www.example", TestName = "SiteOf_WwwOfATopLevelDomain_StaysItself")]
    [TestCase("wwwgames.example", "wwwgames.example")]
    [TestCase("play.www.games.example", "play.www.games.example")]
    [TestCase("10.20.1.7", "10.20.1.7")]
    [TestCase("[fd00::7]", "[fd00::7]")]
    public void SiteOf(string host, string site) => Assert.That(Pass.SiteOf(host), Is.EqualTo(site));

    [Test]
    public void FindWarning_Address_IsPassedForItselfAlone()
    {
        var table = new PassTable([Warned with { Subject = "1.2.3.4" }], []);
        var client = Given.ClientOf(With(""), "pupil");
        Assert.That(table.FindWarning(client, "1.2.3.4", Noon), Is.Not.Null);
        Assert.That(table.FindWarning(client, "9.1.2.3.4", Noon), Is.Null);
    }

    [TestCase(0, 60, 10)]
    [TestCase(40, 20, 10)]
    [TestCase(55, 5, 5, TestName = "QuotaOf_LastSlice_IsWhatIsLeft")]
    [TestCase(60, 0, 0)]
    [TestCase(90, 0, 0, TestName = "QuotaOf_AfterThePolicyGaveLess_IsNothing")]
    public void QuotaOf(int used, int left, int next)
    {
        var policy = With("");
        policy = policy.With(policy.InForce with { Passes = new PassTable([], [new QuotaUse(Me, "games", new DateOnly(2026, 11, 23), used), new QuotaUse(Me, "games", new DateOnly(2026, 11, 22), 60), new QuotaUse(Me, "forums", new DateOnly(2026, 11, 23), 30)]) });
        var quota = policy.QuotaOf(Given.ClientOf(policy, "pupil"), Given.Taxonomy.Find("games")!, Noon)!.Value;
        Assert.That((quota.LeftMinutes, quota.NextSliceMinutes), Is.EqualTo((left, next)));
    }

    [Test]
    public void QuotaOf_Day_IsTheSchools()
    {
        // In June London is an hour ahead: half past eleven at night, UTC, is tomorrow.
        var policy = With("");
        policy = policy.With(policy.InForce with { Passes = new PassTable([], [new QuotaUse(Me, "games", new DateOnly(2026, 6, 30), 60)]) });
        var (client, games) = (Given.ClientOf(policy, "pupil"), Given.Taxonomy.Find("games")!);
        Assert.Multiple(() =>
        {
            Assert.That(policy.QuotaOf(client, games, new DateTimeOffset(2026, 6, 30, 22, 59, 0, TimeSpan.Zero))!.Value.LeftMinutes, Is.Zero);
            Assert.That(policy.QuotaOf(client, games, new DateTimeOffset(2026, 6, 30, 23, 0, 0, TimeSpan.Zero))!.Value.LeftMinutes, Is.EqualTo(60));
            Assert.That(policy.QuotaOf(Given.ClientOf(policy, "staff"), games, Noon), Is.Null, "staff have no limit");
        });
    }

    [TestCase("", 0, "60 minutes a day, 10 at a time; 0 are used")]
    [TestCase("", 60, "are used up")]
    [TestCase("games", 10, "minutes of it have begun (until 12:10:00)")]
    public void Explain_Quota_SaysHowItStands(string passes, int used, string words)
    {
        var policy = With(passes);
        policy = policy.With(policy.InForce with { Passes = new PassTable(passes.Length > 0 ? [Games] : [], used > 0 ? [new QuotaUse(Me, "games", new DateOnly(2026, 11, 23), used)] : []) });
        Assert.That(policy.Explain(Given.Question(policy, "pupil", Given.Categories("games"))).Explanation, Does.Contain(words));
    }

    [TestCase("short-links")]
    [TestCase("")]
    public void Explain_WarningGonePast_SaysUntilWhen(string category)
    {
        var policy = With("warned");
        Assert.That(policy.Explain(Given.Question(policy, "pupil", Given.Categories(Words(category)))).Explanation, Does.Contain("went past that page (until 12:15:00)"));
    }

    [Test]
    public void Decide_ManyPasses_DoesNotAllocate()
    {
        var others = Enumerable.Range(0, 2000).Select(i => new Pass(10 + i, Audience.ForPerson($"p{i}"), PassKind.Slice, "games", Noon, Noon.AddMinutes(10)));
        var policy = With([Warned, Games, .. others]);
        var (warned, limited) = (Given.Question(policy, "pupil", Given.Categories("short-links")), Given.Question(policy, "pupil", Given.Categories("games")));
        var least = long.MaxValue;
        var forwarded = 0;
        for (var run = 0; run < 3; run++) // a collection elsewhere counts too
        {
            var before = GC.GetAllocatedBytesForCurrentThread();
            for (var i = 0; i < 1000; i++) forwarded += (policy.Decide(in warned).IsForwarded ? 1 : 0) + (policy.Decide(in limited).IsForwarded ? 1 : 0);
            least = Math.Min(least, GC.GetAllocatedBytesForCurrentThread() - before);
        }
        Assert.That((least, forwarded), Is.EqualTo((0L, 6000)));
    }

    private static PolicySnapshot With(string passes) => With([.. Words(passes).Select(p => p switch { "warned" => Warned, "games" => Games, _ => Forums })]);

    private static PolicySnapshot With(params Pass[] passes)
    {
        var policy = Given.Policy(School);
        return policy.With(policy.InForce with { Passes = new PassTable(passes, []) });
    }

    private static string[] Words(string text) => text.Split(',', StringSplitOptions.RemoveEmptyEntries);

    private static string Shown(in Decision decision) => $"{decision.Verdict.Code()} {decision.Reason.Code()}";
}
