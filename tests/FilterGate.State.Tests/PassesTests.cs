using System.Net;
using FilterGate.Policy;
using FilterGate.Policy.Passes;
using FilterGate.Testing;
using Microsoft.Extensions.Time.Testing;

namespace FilterGate.State.Tests;

/// <summary>Warnings gone past and minutes used, as the state keeps them.</summary>
internal sealed class PassesTests
{
    private static readonly DateTimeOffset Noon = new(2026, 11, 23, 12, 0, 0, TimeSpan.Zero);
    private static readonly DateOnly Monday = new(2026, 11, 23);
    private static readonly Audience Ipad = Audience.ForDevice("ipad-14");
    private static readonly QuotaRule HourInTens = new(60, 10);

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
    public void PassWarning_New_HoldsForItsLengthAndLeavesNoAuditRow()
    {
        var pass = _store.PassWarning(Ipad, "games.example", TimeSpan.FromMinutes(15));
        Assert.Multiple(() =>
        {
            Assert.That(pass, Is.EqualTo(new Pass(1, Ipad, PassKind.Warning, "games.example", Noon, Noon.AddMinutes(15))));
            Assert.That(_store.Passes(Noon).FindWarning(Client("ipad-14"), "www.games.example", Noon.AddMinutes(14)), Is.EqualTo(pass));
            Assert.That(_store.Passes(Noon).FindWarning(Client("ipad-15"), "www.games.example", Noon.AddMinutes(14)), Is.Null);
            Assert.That(_store.Passes(Noon.AddMinutes(15)).FindWarning(Client("ipad-14"), "games.example", Noon), Is.Null, "what has ended is not read");
            Assert.That(_store.AuditEntries(), Is.Empty, "a pupil's visits are not kept for ever");
        });
    }

    [Test]
    public void PassWarning_Twice_IsOne()
    {
        var first = _store.PassWarning(Ipad, "games.example", TimeSpan.FromMinutes(15));
        _clock.Advance(TimeSpan.FromMinutes(14));
        Assert.That(_store.PassWarning(Ipad, "games.example", TimeSpan.FromMinutes(15)), Is.EqualTo(first));
        _clock.Advance(TimeSpan.FromMinutes(1));
        Assert.That(_store.PassWarning(Ipad, "games.example", TimeSpan.FromMinutes(15))!.End, Is.EqualTo(Noon.AddMinutes(30)));
    }

    [Test]
    public void PassWarning_BeyondTheBound_IsRefusedForThatClientAlone()
    {
        for (var i = 0; i < StateStore.WarningsPassedMax; i++) Assert.That(_store.PassWarning(Ipad, $"s{i}.example", TimeSpan.FromMinutes(15)), Is.Not.Null);
        Assert.That(_store.PassWarning(Ipad, "one-more.example", TimeSpan.FromMinutes(15)), Is.Null);
        Assert.That(_store.PassWarning(Audience.ForDevice("ipad-15"), "one-more.example", TimeSpan.FromMinutes(15)), Is.Not.Null);
        _clock.Advance(TimeSpan.FromMinutes(15));
        Assert.That(_store.PassWarning(Ipad, "one-more.example", TimeSpan.FromMinutes(15)), Is.Not.Null, "they have ended");
    }

    [Test]
    public void StartSlice_UntilUsedUp_CountsEachWholeAndTheLastForWhatIsLeft()
    {
        var rule = new QuotaRule(25, 10);
        var seen = new List<(SliceOutcome, int, double?)>();
        for (var i = 0; i < 4; i++)
        {
            var result = Start(rule);
            seen.Add((result.Outcome, result.UsedMinutes, (result.Slice?.End - result.Slice?.Start)?.TotalMinutes));
            _clock.Advance(TimeSpan.FromMinutes(10));
        }
        Assert.That(seen, Is.EqualTo(new (SliceOutcome, int, double?)[] { (SliceOutcome.Started, 10, 10), (SliceOutcome.Started, 20, 10), (SliceOutcome.Started, 25, 5), (SliceOutcome.UsedUp, 25, null) }));
    }

    [Test]
    public void StartSlice_WhileOneRuns_IsTheSame()
    {
        var first = Start(HourInTens);
        _clock.Advance(TimeSpan.FromMinutes(9));
        var again = Start(HourInTens);
        Assert.That((again.Outcome, again.Slice, again.UsedMinutes), Is.EqualTo((SliceOutcome.Running, first.Slice, 10)));
        _clock.Advance(TimeSpan.FromMinutes(1));
        Assert.That(Start(HourInTens).Outcome, Is.EqualTo(SliceOutcome.Started));
    }

    [Test]
    public void StartSlice_CategoriesClientsAndDays_AreCountedApart()
    {
        var rule = new QuotaRule(10, 10);
        Start(rule);
        _clock.Advance(TimeSpan.FromMinutes(10));
        Assert.Multiple(() =>
        {
            Assert.That(Start(rule).Outcome, Is.EqualTo(SliceOutcome.UsedUp));
            Assert.That(_store.StartSlice(Ipad, "video-sharing", "pupil", rule, Monday).Outcome, Is.EqualTo(SliceOutcome.Started));
            Assert.That(_store.StartSlice(Audience.ForPerson("ipad-14"), "games", "pupil", rule, Monday).Outcome, Is.EqualTo(SliceOutcome.Started));
            Assert.That(_store.StartSlice(Ipad, "games", "pupil", rule, Monday.AddDays(1)).Outcome, Is.EqualTo(SliceOutcome.Started));
        });
    }

    [Test]
    public void StartSlice_AfterARestart_GoesOnCounting()
    {
        var slice = Start(HourInTens).Slice!;
        _store.Dispose();
        _store = StateStore.Open(_temp["state.db"], _clock);
        Assert.Multiple(() =>
        {
            Assert.That(_store.Passes(Noon).FindSlice(Client("ipad-14"), "games", Noon), Is.EqualTo(slice));
            Assert.That(_store.Passes(Noon).UsedMinutes(Client("ipad-14"), "games", Monday), Is.EqualTo(10));
            Assert.That(Start(HourInTens).Outcome, Is.EqualTo(SliceOutcome.Running));
        });
    }

    [Test]
    public async Task StartSlice_TwoProcessesRaceForTheLast_OneIsCounted()
    {
        using var other = StateStore.Open(_temp["state.db"], _clock);
        var rule = new QuotaRule(10, 10);
        for (var round = 0; round < 10; round++)
        {
            var who = Audience.ForDevice($"ipad-{round}");
            var results = await Task.WhenAll(new[] { _store, other, _store, other }.Select(store => Task.Run(() => store.StartSlice(who, "games", "pupil", rule, Monday))));
            Assert.That(results.Count(r => r.Outcome == SliceOutcome.Started), Is.EqualTo(1));
            Assert.That(results.Select(r => r.Slice).Distinct().Count(), Is.EqualTo(1), "all have the same slice");
            Assert.That(_store.QuotaUses(who).Single().Minutes, Is.EqualTo(10));
        }
    }

    [Test]
    public void QuotaUses_DayAndClient_ListWhatWasUsed()
    {
        Start(HourInTens);
        _clock.Advance(TimeSpan.FromMinutes(10));
        Start(HourInTens);
        _store.StartSlice(Audience.ForPerson("p123"), "games", "pupil-ks2", HourInTens, Monday);
        _clock.Advance(TimeSpan.FromMinutes(10));
        _store.StartSlice(Ipad, "games", "staff", HourInTens, Monday.AddDays(1));
        Assert.Multiple(() =>
        {
            Assert.That(_store.QuotaUses(Monday), Is.EqualTo(new[]
            {
                new QuotaUseRecord(Monday, Ipad, "pupil", "games", 20, 2),
                new QuotaUseRecord(Monday, Audience.ForPerson("p123"), "pupil-ks2", "games", 10, 1),
            }));
            Assert.That(_store.QuotaUses(Ipad).Select(u => (u.Day, u.Tier, u.Minutes)), Is.EqualTo(new[] { (Monday.AddDays(1), "staff", 10), (Monday, "pupil", 20) }));
        });
    }

    [Test]
    public void Passes_Old_AreDeletedByTheNext()
    {
        Start(HourInTens);
        _store.PassWarning(Ipad, "games.example", TimeSpan.FromMinutes(15));
        _clock.Advance(TimeSpan.FromDays(StateStore.PassDaysMax - 1));
        _store.PassWarning(Ipad, "other.example", TimeSpan.FromMinutes(15));
        Assert.That(_store.QuotaUses(Ipad), Has.Count.EqualTo(1), "still within the time");
        _clock.Advance(TimeSpan.FromDays(2));
        _store.PassWarning(Ipad, "third.example", TimeSpan.FromMinutes(15));
        Assert.That(_store.QuotaUses(Ipad), Is.Empty);
        Assert.That(_store.Passes(Noon).FindWarning(Client("ipad-14"), "games.example", Noon), Is.Null);
    }

    [Test]
    public void InForce_Passes_AreInIt()
    {
        Start(HourInTens);
        var passes = _store.InForce(Noon, Matching.BundleCatalogue.Empty).Passes;
        Assert.That(passes.FindSlice(Client("ipad-14"), "games", Noon), Is.Not.Null);
        Assert.That(passes.UsedMinutes(Client("ipad-14"), "games", Monday), Is.EqualTo(10));
    }

    private SliceResult Start(QuotaRule rule) => _store.StartSlice(Ipad, "games", "pupil", rule, Monday);

    private static Client Client(string device) =>
        new(IPAddress.Loopback, new Tier { Name = "pupil", Tls = TlsMode.Intercept, Uncategorised = Verdict.Allow, Blocked = default }, device, IsKnown: true);
}
