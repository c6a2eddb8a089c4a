using System.Globalization;
using FilterGate.Policy.Documents;
using FilterGate.Policy.Passes;

namespace FilterGate.Policy.Tests.Passes;

public sealed class QuotaDocumentTests
{
    [TestCase("60m/10m", 60, 10)]
    [TestCase("1h/10m", 60, 10)]
    [TestCase("1h30m / 15m", 90, 15)]
    [TestCase("60m", 60, 10, TestName = "Parse_WithoutASlice_IsTenMinutes")]
    [TestCase("5m", 5, 5, TestName = "Parse_LessThanASlice_IsOneSlice")]
    [TestCase("24h/24h", 1440, 1440)]
    [TestCase("{ daily: 30m, slice: 10m }", 30, 10)]
    [TestCase("{ daily: 30m }", 30, 10)]
    [TestCase("{ daily: 30m, why: golden time }", 30, 10)]
    public void Parse_Quota_IsRead(string text, int daily, int slice)
    {
        var (document, problems) = Parse($"pupil: {{ quota: {{ games: {text} }} }}");
        Assert.That(problems, Is.Empty);
        Assert.That(document!.Tiers[0].Quota.Single(), Is.EqualTo(new QuotaDocument("games", new QuotaRule(daily, slice))));
        var tier = Given.Policy(document.Text).Tiers[0];
        Assert.That(tier.Quota, Is.EqualTo(Given.Categories("games")));
        Assert.That(tier.Blocked.Overlaps(Given.Categories("games")), Is.False);
        Assert.That(tier.QuotaOf(Given.Taxonomy.Find("games")!), Is.EqualTo(new QuotaRule(daily, slice)));
        Assert.That(tier.QuotaOf(Given.Taxonomy.Find("news")!), Is.Null);
    }

    // The tier begins on line 4, column 3.
    [TestCase("pupil: { quota: [games] }", "4:19: quota is a mapping", TestName = "Parse_QuotaAsAList")]
    [TestCase("pupil: { quota: { gamse: 60m } }", "4:21: 'gamse' is no category; did you mean 'games'?", TestName = "Parse_QuotaOfNoCategory")]
    [TestCase("pupil: { quota: { games: 30 } }", "4:28: '30' is no length of time; write minutes or hours with their letter", TestName = "Parse_QuotaWithoutUnit")]
    [TestCase("pupil: { quota: { games: 0m } }", "4:28: '0m' is no length of time", TestName = "Parse_QuotaOfNothing")]
    [TestCase("pupil: { quota: { games: 25h } }", "4:28: '25h' is no length of time", TestName = "Parse_QuotaOfMoreThanADay")]
    [TestCase("pupil: { quota: { games: 60m/10m/5m } }", "4:28: '60m/10m/5m' is no quota; write the minutes a day and those of a slice", TestName = "Parse_QuotaOfThree")]
    [TestCase("pupil: { quota: { games: 10m/60m } }", "4:28: a slice of 60 minutes is longer than the 10 of a day", TestName = "Parse_SliceLongerThanTheDay")]
    [TestCase("pupil: { quota: { games: 60m/ } }", "4:28: '' is no length of time", TestName = "Parse_SliceOfNothing")]
    [TestCase("pupil: { quota: { games: { slice: 10m } } }", "4:28: the minutes a day are missing", TestName = "Parse_QuotaWithoutDaily")]
    [TestCase("pupil: { quota: { games: { daily: 60m, slices: 6 } } }", "4:42: 'slices' is no key of a quota; did you mean 'slice'?", TestName = "Parse_QuotaUnknownKey")]
    [TestCase("pupil: { quota: { vpn: 60m } }", "4:21: nothing bypasses 'vpn'", TestName = "Parse_QuotaOfNoBypass")]
    [TestCase("pupil: { quota: { csam-iwf: 60m } }", "4:21: 'csam-iwf' is a locked list", TestName = "Parse_QuotaOfALockedList")]
    [TestCase("pupil: { quota: { help-and-support: 60m } }", "4:21: 'help-and-support' is where a child looks for help", TestName = "Parse_QuotaOfHelp")]
    [TestCase("pupil: { quota: { telemetry: 60m } }", "4:21: 'telemetry' is never recorded", TestName = "Parse_QuotaOfTelemetry")]
    [TestCase("pupil: { quota: { uncategorised: 60m } }", "4:21: sites in no list have their own key", TestName = "Parse_QuotaOfUncategorised")]
    [TestCase("pupil: { block: [games], quota: { games: 60m } }", "4:37: 'games' stands under block and under quota of tier pupil; keep one", TestName = "Parse_BlockedAndLimited")]
    [TestCase("pupil: { continue: 15 }", "4:22: '15' is no length of time", TestName = "Parse_ContinueWithoutUnit")]
    [TestCase("pupil: { continue: 9h }", "4:22: '9h' is no length of time; write minutes or hours with their letter, such as 10m or 1h30m, from 1m to 8h", TestName = "Parse_ContinueForLongerThanADayAtSchool")]
    public void Parse_Mistake_IsReportedWithPlaceAndFix(string tier, string problem)
    {
        var (document, problems) = Parse(tier);
        Assert.Multiple(() =>
        {
            Assert.That(document, Is.Null);
            Assert.That(problems, Has.Length.EqualTo(1), string.Join('\n', problems));
            Assert.That(problems[0], Does.StartWith(problem));
        });
    }

    [TestCase("pupil: {}", 15)]
    [TestCase("pupil: { continue: 1h }", 60)]
    public void Parse_Continue_IsRead(string tier, int minutes) => Assert.That(Given.Policy(Parse(tier).Document!.Text).Tiers[0].ContinueMinutes, Is.EqualTo(minutes));

    [Test]
    public void Parse_GroupsOwnQuota_IsLaidOverItsTiers()
    {
        var policy = Given.Policy("""
            school: S
            networks: [10.20.0.0/16]
            tiers: { pupil: { quota: { games: 60m/10m, forums: 30m }, continue: 5m } }
            groups:
              year-6: { kind: year, tier: pupil, quota: { games: 20m/5m } }
              year-2: { kind: year, tier: pupil, block: [games] }
            """);
        var (games, forums) = (Given.Taxonomy.Find("games")!, Given.Taxonomy.Find("forums")!);
        var (year6, year2) = (policy.FindGroup("year-6")!.Tier, policy.FindGroup("year-2")!.Tier);
        Assert.Multiple(() =>
        {
            Assert.That(year6.QuotaOf(games), Is.EqualTo(new QuotaRule(20, 5)));
            Assert.That(year6.QuotaOf(forums), Is.EqualTo(new QuotaRule(30, 10)));
            Assert.That(year6.ContinueMinutes, Is.EqualTo(5));
            Assert.That(year2.QuotaOf(games), Is.Null);
            Assert.That(year2.Blocked.Contains(games.Index));
        });
    }

    private static (PolicyDocument? Document, string[] Problems) Parse(string tier)
    {
        var document = PolicyDocument.Parse("school: S\nnetworks: [10.20.0.0/16]\ntiers:\n  " + tier, Given.Taxonomy, out var problems);
        return (document, [.. problems.Select(p => string.Create(CultureInfo.InvariantCulture, $"{p.Line}:{p.Column}: {p.Message}"))]);
    }
}
