using FilterGate.Matching;
using FilterGate.Policy;
using FilterGate.Policy.People;
using FilterGate.Testing;
using Microsoft.Extensions.Time.Testing;

namespace FilterGate.State.Tests;

/// <summary>What was in force at a time that has passed: what was revoked since counts until it was.</summary>
internal sealed class WasInForceTests
{
    private static readonly DateTimeOffset Noon = new(2026, 11, 22, 12, 0, 0, TimeSpan.Zero);

    private TempFolder _temp = null!;
    private FakeTimeProvider _clock = null!;
    private StateStore _store = null!;

    [SetUp]
    public void SetUp()
    {
        _temp = new TempFolder();
        _clock = new FakeTimeProvider(Noon);
        _store = StateStore.Open(_temp["state.db"], _clock);
    }

    [TearDown]
    public void TearDown()
    {
        _store.Dispose();
        _temp.Dispose();
    }

    // Granted at noon until one, revoked at half past twelve.
    [TestCase(-1, false)]
    [TestCase(0, true)]
    [TestCase(29, true)]
    [TestCase(30, false)]
    [TestCase(59, false)]
    [TestCase(61, false)]
    public void WasInForce_RevokedOverride_CountsUntilThen(int minutes, bool expected)
    {
        var granted = _store.Grant(Audience.ForTier("pupil"), Site.ForHost("games.example"), Noon, Noon.AddHours(1), "chess club", "tech")!;
        _clock.Advance(TimeSpan.FromMinutes(30));
        Assert.That(_store.Revoke(granted.Id, "enough", "tech"), Is.True);
        var time = Noon.AddMinutes(minutes);
        Assert.That(_store.WasInForce(time, time, BundleCatalogue.Empty).Overrides.All.Any(o => o.IsLive(time)), Is.EqualTo(expected));
        // And the same from the whole day at once.
        Assert.That(_store.WasInForce(Noon.AddDays(-1), Noon.AddDays(1), BundleCatalogue.Empty).Overrides.All.Any(o => o.IsLive(time)), Is.EqualTo(expected));
    }

    [TestCase(-1, false)]
    [TestCase(0, true)]
    [TestCase(29, true)]
    [TestCase(30, false)]
    public void WasInForce_LiftedBlock_CountsUntilThen(int minutes, bool expected)
    {
        Assert.That(Site.TryParse("bad.example", out var site, out _), Is.True);
        var (block, _) = _store.Block(site!, "seen by a teacher", nature: null, "tech");
        _clock.Advance(TimeSpan.FromMinutes(30));
        Assert.That(_store.LiftBlock(block.Id, "mended", "tech"), Is.True);
        var time = Noon.AddMinutes(minutes);
        Assert.That(_store.WasInForce(time, time, BundleCatalogue.Empty).EmergencyBlocks.All.Any(b => b.IsLive(time)), Is.EqualTo(expected));
    }

    // In 4b with a tablet from noon, and as far as anybody knows before; in 5a, and the tablet back, from half past; gone at one.
    [TestCase(-1, "4b", "p1")]
    [TestCase(0, "4b", "p1")]
    [TestCase(29, "4b", "p1")]
    [TestCase(30, "5a", null)]
    [TestCase(59, "5a", null)]
    [TestCase(60, null, null)]
    public void WasInForce_RosterOfThen_SaysWhoWasWhere(int minutes, string? group, string? loan)
    {
        Import("4b");
        _store.ImportDevices([new Device("tablet-1") { Address = System.Net.IPAddress.Parse("10.20.1.7"), Person = "p1" }], removeMissing: false, "devices.csv", null, "tech");
        _clock.Advance(TimeSpan.FromMinutes(30));
        Import("5a");
        _store.ImportDevices([new Device("tablet-1") { Address = System.Net.IPAddress.Parse("10.20.1.7") }], removeMissing: false, "devices.csv", null, "tech");
        _clock.Advance(TimeSpan.FromMinutes(30));
        Assert.That(_store.RemovePerson("p1", "left", "tech"), Is.True);

        var time = Noon.AddMinutes(minutes);
        var roster = _store.WasInForce(time, time, BundleCatalogue.Empty).Roster;
        Assert.That((roster.FindPerson("P1")?.Group, roster.FindDevice(System.Net.IPAddress.Parse("10.20.1.7"))?.Person), Is.EqualTo((group, loan)));

        void Import(string of) => _store.ImportPeople([new PersonEntry(new Person("p1", "Invented Pupil", of, PersonRole.Pupil))], removeMissing: false, "people.csv", null, "tech");
    }

    [Test]
    public void RosterAt_SomebodyWhoHasLeft_HasNoNameAnyMore()
    {
        _store.ImportPeople([new PersonEntry(new Person("p1", "Invented Pupil", "4b", PersonRole.Pupil))], removeMissing: false, "people.csv", null, "tech");
        Assert.That(_store.RosterAt(Noon).FindPerson("p1")!.Name, Is.EqualTo("Invented Pupil"));
        _clock.Advance(TimeSpan.FromMinutes(1));
        _store.RemovePerson("p1", "left", "tech");
        Assert.That(_store.RosterAt(Noon).FindPerson("p1")!.Name, Is.EqualTo("p1"));
    }

    [TestCase(-1, false)]
    [TestCase(0, true)]
    [TestCase(29, true)]
    [TestCase(30, false)]
    [TestCase(61, false)]
    public void WasInForce_SessionEndedEarly_CountsUntilThen(int minutes, bool expected)
    {
        Assert.That(Site.TryParse("maths.example", out var site, out _), Is.True);
        var session = _store.StartSession("4b", SessionKind.Open, [site!], Noon, Noon.AddHours(1), "fractions", "t-hill");
        _clock.Advance(TimeSpan.FromMinutes(30));
        Assert.That(_store.EndSession(session.Id, "t-hill"), Is.True);
        var time = Noon.AddMinutes(minutes);
        Assert.That(_store.WasInForce(time, time, BundleCatalogue.Empty).Sessions.All.Any(s => s.IsLive(time)), Is.EqualTo(expected));
    }

    [Test]
    public void WasInForce_OutsideThePeriod_IsLeftOut()
    {
        _store.Grant(Audience.ForTier("pupil"), Site.ForHost("early.example"), Noon.AddHours(-3), Noon.AddHours(-2), "why", "tech");
        _store.Grant(Audience.ForTier("pupil"), Site.ForHost("within.example"), Noon.AddMinutes(10), Noon.AddMinutes(20), "why", "tech");
        _store.Grant(Audience.ForTier("pupil"), Site.ForHost("late.example"), Noon.AddHours(2), Noon.AddHours(3), "why", "tech");
        Assert.That(_store.WasInForce(Noon, Noon.AddHours(1), BundleCatalogue.Empty).Overrides.All.Select(o => o.Site.Host), Is.EqualTo(new[] { "within.example" }));
    }
}
