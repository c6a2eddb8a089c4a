using FilterGate.Policy;
using FilterGate.Testing;
using Microsoft.Extensions.Time.Testing;

namespace FilterGate.State.Tests;

internal sealed class UsesTests
{
    private static readonly DateTimeOffset Noon = new(2026, 11, 23, 12, 0, 0, TimeSpan.Zero);
    private static readonly DateOnly Today = new(2026, 11, 23);

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

    [Test]
    public void AddUses_SeveralTimes_AddsUp()
    {
        var id = _store.Grant(Audience.ForTier("pupil"), Site.ForHost("games.example"), Noon, Noon.AddHours(1), "club", "tech")!.Id;
        _store.AddUses([new OverrideUse(id, Today, "p1", Noon.AddMinutes(1), Noon.AddMinutes(2), 3), new OverrideUse(id, Today, "p2", Noon, Noon, 1)], []);
        _store.AddUses([new OverrideUse(id, Today, "p1", Noon, Noon.AddMinutes(9), 4), new OverrideUse(id, Today.AddDays(1), "p1", Noon.AddDays(1), Noon.AddDays(1), 1)], []);

        Assert.That(_store.UsesOn(Today).OrderBy(u => u.Who), Is.EqualTo([new OverrideUse(id, Today, "p1", Noon, Noon.AddMinutes(9), 7), new OverrideUse(id, Today, "p2", Noon, Noon, 1)]));
        Assert.That(_store.Usage()[id], Is.EqualTo(new OverrideUsage(id, 9, 2, Noon.AddDays(1))));
        Assert.That(_store.AuditEntries().Select(a => a.Action), Is.EqualTo(["override.grant"]), "a count is nobody's change");
    }

    [Test]
    public void AddUses_OverrideThatIsNotThere_IsPassedOver()
    {
        _store.AddUses([new OverrideUse(99, Today, "p1", Noon, Noon, 1)], [(Today, 2)]);
        Assert.That(_store.Usage(), Is.Empty);
        Assert.That(_store.HelpVisits(Today), Is.EqualTo([(Today, 2L)]));
    }

    [Test]
    public void AddUses_OfASession_AreKeptApartFromThoseOfAnOverrideOfTheSameNumber()
    {
        var session = _store.StartSession("4b", SessionKind.Open, [Site.ForHost("quiz.example")], Noon, Noon.AddHours(1), "fractions", "t-hill").Id;
        var granted = _store.Grant(Audience.ForTier("pupil"), Site.ForHost("games.example"), Noon, Noon.AddHours(1), "club", "tech")!.Id;
        Assert.That(granted, Is.EqualTo(session), "or the test shows nothing");
        _store.AddUses([new OverrideUse(session, Today, "p1", Noon, Noon, 2) { IsSession = true }, new OverrideUse(session, Today, "p2", Noon, Noon.AddMinutes(5), 1) { IsSession = true }, new OverrideUse(granted, Today, "p1", Noon, Noon, 7)], []);
        _store.AddUses([new OverrideUse(99, Today, "p1", Noon, Noon, 1) { IsSession = true }], []);

        Assert.That(_store.SessionUsage(session), Is.EqualTo(new OverrideUsage(session, 3, 2, Noon.AddMinutes(5))));
        Assert.That(_store.Usage().Values.Single().Count, Is.EqualTo(7));
        Assert.That(_store.SessionUsage(99), Is.Null);
        Assert.That(_store.UsesOn(Today).Select(u => (u.IsSession, u.Who, u.Count)), Is.EquivalentTo([(true, "p1", 2L), (true, "p2", 1L), (false, "p1", 7L)]));
    }

    [Test]
    public void UnrecordedSessionEndings_OnlyThoseThatTheBellEnded_Once()
    {
        var (bell, early) = (Start("quiz.example"), Start("maths.example"));
        Assert.That(_store.EndSession(early, "t-hill"), Is.True);
        Assert.That(_store.UnrecordedSessionEndings(Noon.AddHours(1).AddMilliseconds(-1)), Is.Empty);
        Assert.That(_store.UnrecordedSessionEndings(Noon.AddHours(1)).Select(s => s.Id), Is.EqualTo([bell]));
        _store.MarkSessionEndingRecorded(bell);
        Assert.That(_store.UnrecordedSessionEndings(Noon.AddHours(2)), Is.Empty);

        long Start(string host) => _store.StartSession("4b", SessionKind.Open, [Site.ForHost(host)], Noon, Noon.AddHours(1), "fractions", "t-hill").Id;
    }

    [Test]
    public void HelpVisits_ByDay_AddUpAndAreForgottenInTime()
    {
        _store.AddUses([], [(Today.AddDays(-401), 5), (Today, 1)]);
        _store.AddUses([], [(Today, 2)]);
        Assert.That(_store.HelpVisits(DateOnly.MinValue), Is.EqualTo([(Today, 3L)]));
        Assert.That(_store.HelpVisits(Today.AddDays(1)), Is.Empty);
    }

    [Test]
    public void HelpVisits_Table_HasNothingButDayAndCount()
    {
        using var connection = new Microsoft.Data.Sqlite.SqliteConnection($"Data Source={_temp["state.db"]};Pooling=false");
        connection.Open();
        using var command = connection.CreateCommand();
        command.CommandText = "SELECT group_concat(name, ',') FROM pragma_table_info('help_visits')";
        Assert.That(command.ExecuteScalar(), Is.EqualTo("day,count"));
    }

    [Test]
    public void AddUses_Nothing_ChangesNothing()
    {
        var version = _store.DataVersion();
        _store.AddUses([], []);
        Assert.That(_store.DataVersion(), Is.EqualTo(version), "every change makes each gateway read again what is in force");
    }
}
