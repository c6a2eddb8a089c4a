using System.Collections.Immutable;
using FilterGate.Matching;
using FilterGate.Policy;
using FilterGate.Policy.Documents;
using FilterGate.Review.Log;

namespace FilterGate.Review.Tests.Log;

[TestFixture]
public sealed class SchoolTests
{
    private static readonly Taxonomy Taxonomy = new(
    [
        new Category(0, "csam-iwf", "Child sexual abuse material (IWF list)", CategoryDefault.Locked, CategoryDefault.Locked, CategoryDefault.Locked, "child-abuse", []),
        new Category(1, "games", "Games", CategoryDefault.Block, CategoryDefault.Warn, CategoryDefault.Warn, null, []),
    ]);

    [TestCase(true, false)]
    [TestCase(false, true)]
    public void Of_PolicyInForce_TakesWhatThePagesShow(bool isDemonstration, bool hasLicensedList)
    {
        var locked = new LockedMatcher.Builder(new byte[32]);
        locked.BeginFeed("locked/sample", Taxonomy.Categories[0], isDemonstration);
        Assert.That(locked.TryAdd("http://locked.example/page"), Is.True);
        var lists = new ListSet { Taxonomy = Taxonomy, Version = "test", Locked = locked.Build() };
        var document = PolicyDocument.Parse("school: Sample Primary\nunknown_clients: pupil\ntiers:\n  pupil: { tls: tunnel, uncategorised: allow }\n  staff: { tls: tunnel, uncategorised: allow }\n", Taxonomy, out var problems);
        Assert.That(document, Is.Not.Null, string.Join('\n', problems));
        var granted = new Override(12, "pupil", "films.example", RunningSite.Now, RunningSite.Now.AddHours(1));

        var school = School.Of(PolicySnapshot.Compile(document!, lists, new OverrideTable([granted])));

        Assert.Multiple(() =>
        {
            Assert.That(school.Name, Is.EqualTo("Sample Primary"));
            Assert.That(school.Tiers, Is.EqualTo(ImmutableArray.Create("pupil", "staff")));
            Assert.That(school.CategoryNames["games"], Is.EqualTo("Games"));
            Assert.That(school.Overrides, Is.EqualTo(new[] { granted }));
            Assert.That(school.HasLicensedList, Is.EqualTo(hasLicensedList));
        });
    }

    [Test]
    public void Of_NoLockedFeeds_HasNoLicensedList()
    {
        var document = PolicyDocument.Parse("school: Sample Primary\nunknown_clients: pupil\ntiers:\n  pupil: { tls: tunnel, uncategorised: allow }\n", Taxonomy, out _);
        var policy = PolicySnapshot.Compile(document!, new ListSet { Taxonomy = Taxonomy, Version = "test" }, OverrideTable.Empty);
        Assert.That(School.Of(policy).HasLicensedList, Is.False);
    }
}
