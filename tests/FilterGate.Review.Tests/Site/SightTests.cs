using FilterGate.Policy.People;
using FilterGate.Review.Accounts;
using FilterGate.Review.Site;

namespace FilterGate.Review.Tests.Site;

/// <summary>Whose acts who may see: a row a subject, a column a reader.</summary>
internal sealed class SightTests
{
    private static readonly Roster People = new(
    [
        new Person("p401", "Pupil", "4a", PersonRole.Pupil), new Person("v1", "Visitor", Group: null, PersonRole.Guest), new Person("t-hill", "Teacher", "teachers", PersonRole.Staff),
        new Person("head", "Head", "teachers", PersonRole.Staff), new Person("deputy-head", "Deputy", "teachers", PersonRole.Staff),
    ],
    [
        new Device("ipad-1") { Group = "4a" }, new Device("laptop-1") { Group = "teachers" }, new Device("laptop-head") { Person = "head" }, new Device("ipad-2") { Person = "p401" },
    ]);

    [TestCase("person:p401", null, null,           "dsl deputy-dsl head deputy-head trial")]
    [TestCase("person:gone", null, null,           "dsl deputy-dsl head deputy-head trial")]
    [TestCase("person:v1", null, "guest",          "dsl deputy-dsl head deputy-head trial")]
    [TestCase("device:ipad-1", null, null,         "dsl deputy-dsl head deputy-head trial")]
    [TestCase("device:ipad-2", null, null,         "dsl deputy-dsl head deputy-head trial")]
    [TestCase("device:nobody-knows", null, "pupil", "dsl deputy-dsl head deputy-head trial")]
    [TestCase("client:10.20.1.7", null, "pupil",   "dsl deputy-dsl head deputy-head trial")]
    [TestCase("client:10.20.1.7", "4a", "staff",   "dsl deputy-dsl head deputy-head trial")]
    [TestCase("person:t-hill", null, null,         "head deputy-head trial")]
    [TestCase("person:T-Hill", null, null,         "head deputy-head trial")]
    [TestCase("person:dsl", null, null,            "head deputy-head trial")]
    [TestCase("person:deputy-head", null, null,    "head trial")]
    [TestCase("device:laptop-1", null, null,       "head deputy-head trial")]
    [TestCase("client:10.20.1.8", "teachers", null, "head deputy-head trial")]
    [TestCase("client:10.20.1.8", null, "staff",   "head deputy-head trial")]
    [TestCase("person:head", null, null,           "chair vice-chair trial")]
    [TestCase("device:laptop-head", null, null,    "chair vice-chair trial")]
    public void Sees(string who, string? group, string? tier, string readers)
    {
        var policy = SamplePolicy.With(People);
        var seen = new[] { "dsl", "deputy-dsl", "head", "deputy-head", "chair", "vice-chair", "technician", "g-shaw", "a-moss", "t-park" }.Where(reader => Sight.Of(Reader(reader), policy).SeesWho(who, group, tier)).ToList();
        if (Sight.Of(new Viewer("", Standing: null, FormToken: null, SiteRole.Trial), policy).SeesWho(who, group, tier)) seen.Add("trial");
        Assert.That(string.Join(' ', seen), Is.EqualTo(readers));
    }

    [Test]
    public void Sees_WhereThePolicySaysSo_TheLeadSeesStaffToo()
    {
        var policy = SamplePolicy.LeadSeesStaff(People);
        foreach (var (who, sees) in new[] { ("person:t-hill", true), ("person:head", false), ("person:dsl", false), ("person:p401", true) })
            Assert.That(Sight.Of(Reader("dsl", policy), policy).SeesWho(who, group: null, tier: null), Is.EqualTo(sees), who);
    }

    [Test]
    public void OnlyPerson_OfTheChair_IsTheHead() =>
        Assert.That((Sight.Of(Reader("chair"), SamplePolicy.With(People)).OnlyPerson, Sight.Of(Reader("head"), SamplePolicy.With(People)).OnlyPerson), Is.EqualTo(("head", (string?)null)));

    private static Viewer Reader(string person, Policy.PolicySnapshot? policy = null)
    {
        policy ??= SamplePolicy.With(People);
        var standing = Standing.Of(person, policy.Approvals, People, RunningSite.Now)!;
        return new Viewer("", standing, FormToken: null, standing.Is);
    }
}
