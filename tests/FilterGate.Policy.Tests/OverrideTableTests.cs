using FilterGate.Matching;

namespace FilterGate.Policy.Tests;

public sealed class OverrideTableTests
{
    private static readonly DateTimeOffset Start = Given.Noon;
    private static readonly DateTimeOffset End = Given.Noon.AddHours(1);

    private static readonly OverrideTable Table = new(
    [
        new Override(1, "pupil", "example.com", Start, End),
        new Override(2, "pupil", "deep.example.com", Start, End),
        new Override(3, "pupil", "later.example", Start, End),
        new Override(4, "pupil", "later.example", Start, End.AddHours(1)),
        new Override(5, "pupil", "10.20.1.7", Start, End),
        new Override(6, "staff", "staff.example", Start, End),
        new Override(7, "pupil", "[fd00::7]", Start, End),
        new Override(8, "pupil", "20.1.7", Start, End),
        new Override(9, "pupil", "4you.example", Start, End),
    ]);

    [TestCase("example.com", 1, TestName = "Find_TheHost_IsCovered")]
    [TestCase("www.example.com", 1, TestName = "Find_SubDomain_IsCovered")]
    [TestCase("x.deep.example.com", 2, TestName = "Find_TwoCover_TheLongerHostWins")]
    [TestCase("later.example", 4, TestName = "Find_TwoOfOneHost_TheLaterEndWins")]
    [TestCase("10.20.1.7", 5, TestName = "Find_Address_IsCoveredWhole")]
    [TestCase("[fd00::7]", 7, TestName = "Find_Ipv6Address_IsCoveredWhole")]
    [TestCase("www.4you.example", 9, TestName = "Find_LabelWithADigit_IsAName")]
    [TestCase("ample.com", null, TestName = "Find_TailOfALabel_IsNotCovered")]
    [TestCase("myexample.com", null, TestName = "Find_LongerLabel_IsNotCovered")]
    [TestCase("com", null, TestName = "Find_Parent_IsNotCovered")]
    [TestCase("example.com.evil.example", null, TestName = "Find_HostInFront_IsNotCovered")]
    [TestCase("99.20.1.7", null, TestName = "Find_AddressWithTheSameTail_IsNotCovered")]
    [TestCase("staff.example", null, TestName = "Find_OtherTiersOverride_IsNotCovered")]
    public void Find(string host, long? expected) => Assert.That(Find(Table, "pupil", host, Start)?.Id, Is.EqualTo(expected));

    [TestCase(-1, false, TestName = "Find_OneTickBeforeTheStart_IsNotInForce")]
    [TestCase(0, true, TestName = "Find_AtTheStart_IsInForce")]
    [TestCase(TimeSpan.TicksPerHour - 1, true, TestName = "Find_OneTickBeforeTheEnd_IsInForce")]
    [TestCase(TimeSpan.TicksPerHour, false, TestName = "Find_AtTheEnd_IsOver")]
    public void Find_Time(long ticks, bool expected) =>
        Assert.That(Find(Table, "pupil", "example.com", Start.AddTicks(ticks)) is not null, Is.EqualTo(expected));

    [Test]
    public void Find_TierWithoutOverrides_IsNull() => Assert.That(Find(Table, "guest", "example.com", Start), Is.Null);

    [Test]
    public void Find_TheLongerHostHasEnded_TheParentStillCovers()
    {
        var table = new OverrideTable([new Override(1, "pupil", "example.com", Start, End.AddHours(1)), new Override(2, "pupil", "deep.example.com", Start, End)]);
        Assert.That(Find(table, "pupil", "deep.example.com", End)!.Id, Is.EqualTo(1));
    }

    [Test]
    public void Find_AnyHost_DoesNotAllocate()
    {
        var (client, url) = (Client("pupil"), CanonicalUrl.ForHost("http", "a.b.c.www.example.com", 80));
        _ = Table.Find(client, url, Seen.Url, Start);
        Assert.That(Testing.Allocations.Of(() =>
        {
            for (var i = 0; i < 1000; i++) Table.Find(client, url, Seen.Url, Start);
        }), Is.Zero);
    }

    [TestCase("everyone", true)]
    [TestCase("tier:pupil", true)]
    [TestCase("tier:staff", false)]
    [TestCase("group:4b", true, TestName = "Find_OwnClass_IsCovered")]
    [TestCase("group:year-4", true, TestName = "Find_YearAroundTheClass_IsCovered")]
    [TestCase("group:4a", false, TestName = "Find_OtherClass_IsNotCovered")]
    [TestCase("person:p123", true)]
    [TestCase("person:P123", true, TestName = "Find_PersonInOtherCase_IsTheSame")]
    [TestCase("person:p12", false)]
    [TestCase("device:ipad-14", true)]
    [TestCase("device:ipad-1", false)]
    [TestCase("client:10.20.1.7", true)]
    [TestCase("client:10.20.1.70", false)]
    public void Find_Audience(string audience, bool expected)
    {
        Assert.That(Audience.TryParse(audience, out var parsed));
        Assert.That(parsed.ToString(), Is.EqualTo(audience));
        var table = new OverrideTable([new Override(1, parsed, Site.ForHost("example.com"), Start, End)]);
        var year = new Group("year-4", GroupKind.Year, "Year 4", null, Client("pupil").Tier);
        var client = Client("pupil") with { Person = "p123", Group = new Group("4b", GroupKind.Class, "Class 4B", year, year.Tier) };
        Assert.That(table.Find(client, CanonicalUrl.ForHost("http", "example.com", 80), Seen.Url, Start) is not null, Is.EqualTo(expected));
    }

    [TestCase("example.com/maths", "http://example.com/maths", true)]
    [TestCase("example.com/maths", "http://www.example.com/Maths/7?x=1", true)]
    [TestCase("example.com/maths", "http://example.com/mathsgames", false)]
    [TestCase("example.com/maths", "http://example.com/", false)]
    [TestCase("https://example.com/", "http://example.com/anything", true, TestName = "Find_FrontPage_IsTheWholeHost")]
    [TestCase("bundle:lessons", "http://cdn.lessons.example/a", true)]
    [TestCase("bundle:lessons", "http://other.example/a", false)]
    [TestCase("bundle:gone", "http://cdn.lessons.example/a", false, TestName = "Find_BundleThatThereIsNot_CoversNothing")]
    [TestCase("video:abc", "http://example.com/", false)]
    public void Find_Site(string site, string url, bool expected)
    {
        Assert.That(Site.TryParse(site, out var parsed, out var error), error);
        Assert.That(CanonicalUrl.TryParse(url, out var canonical, out _));
        var table = new OverrideTable([new Override(1, Audience.Everyone, parsed!, Start, End)], Lessons);
        Assert.That(table.Find(Client("pupil"), canonical!, Seen.Url, Start) is not null, Is.EqualTo(expected));
    }

    [Test]
    public void Find_PartOfASiteInATunnel_IsNotCovered()
    {
        var table = new OverrideTable([new Override(1, Audience.Everyone, Site.ForUrl(Url("http://example.com/maths")), Start, End)]);
        Assert.That(table.Find(Client("pupil"), Url("http://example.com/maths"), Seen.Host, Start), Is.Null);
    }

    private static readonly BundleCatalogue Lessons = new(
    [
        new Bundle { Name = "lessons", Title = "Lessons", Purpose = "lessons", Address = "https://lessons.example/", Checked = new DateOnly(2026, 11, 1), Entries = [new BundleEntry("*.lessons.example", 1, "pages", "made up", false, "bundle lessons: *.lessons.example")] },
    ]);

    private static Override? Find(OverrideTable table, string tier, string host, DateTimeOffset time) =>
        table.Find(Client(tier), CanonicalUrl.ForHost("http", host, 80), Seen.Url, time);

    private static Client Client(string tier) =>
        new(System.Net.IPAddress.Parse("10.20.1.7"), new Tier { Name = tier, Tls = TlsMode.Intercept, Uncategorised = Verdict.Block, Blocked = default }, "ipad-14", IsKnown: true);

    private static CanonicalUrl Url(string text) => CanonicalUrl.TryParse(text, out var url, out var error) ? url : throw new ArgumentException(error, nameof(text));
}
