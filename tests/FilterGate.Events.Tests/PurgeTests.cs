using FilterGate.Policy;
using FilterGate.Testing;
using Microsoft.Extensions.Time.Testing;

namespace FilterGate.Events.Tests;

/// <summary>What is past its time goes as whole files; what needs attention never goes for room.</summary>
internal sealed class PurgeTests
{
    private static readonly DateTimeOffset Noon = new(2026, 11, 23, 12, 0, 0, TimeSpan.Zero);

    private TempFolder _temp = null!;
    private FakeTimeProvider _clock = null!;
    private string _folder = null!;

    [SetUp]
    public async Task SetUp()
    {
        (_temp, _clock) = (new TempFolder(), new FakeTimeProvider(Noon));
        _folder = _temp["events"];
        await using var store = EventStore.Open(_folder, _clock);
        foreach (var months in (int[])[0, -1, -2, -3, -11, -13, -25])
            foreach (var kind in (EventKind[])[EventKind.Allow, EventKind.Block, EventKind.Audit])
                await store.CommitAsync(new FilterEvent { Time = Noon.AddMonths(months), Kind = kind, Host = "a.example" }, giveReference: false);
    }

    [TearDown]
    public void TearDown() => _temp.Dispose();

    private EventPurge Purge(long free = long.MaxValue / 2) => new(_folder, _clock, () => free);

    [Test]
    public void Plan_ByClass_OldestFirst()
    {
        var plan = Purge().Plan(Retention.Default, new PurgeLimits());
        Assert.That(plan.Problems, Is.Empty);
        Assert.That(plan.Files.Select(file => file.File), Is.EqualTo([
            "2024-10.audit.db", "2024-10.allowed.db", "2024-10.db", "2025-10.allowed.db", "2025-10.db", "2025-12.allowed.db", "2026-08.allowed.db"]).AsCollection);
        Assert.That(plan.Files[2], Has.Property("Events").EqualTo(1).And.Property("First").EqualTo(Noon.AddMonths(-25)).And.Property("Head").Length.EqualTo(64));
    }

    // The last instant of September is 60 days old on 30 November; a minute earlier it is not.
    [TestCase("2026-11-29T23:59:59Z", false)]
    [TestCase("2026-11-30T00:00:00Z", true)]
    public void Plan_TheDayItsLastEventIsOldEnough(string now, bool isDue)
    {
        _clock = new FakeTimeProvider(DateTimeOffset.Parse(now, System.Globalization.CultureInfo.InvariantCulture));
        Assert.That(Purge().Plan(Retention.Default, new PurgeLimits()).Files.Any(file => file.File == "2026-09.allowed.db"), Is.EqualTo(isDue));
    }

    [Test]
    public void Plan_DiskNearlyFull_AllowedGoesOldestFirstAndNothingElse()
    {
        var plan = Purge(free: 0).Plan(new Retention { Allowed = Retention.Max, Attention = Retention.Max, Audit = Retention.Max }, new PurgeLimits());
        Assert.That(plan.Files.Select(file => file.File), Is.EqualTo(["2024-10.allowed.db", "2025-10.allowed.db", "2025-12.allowed.db", "2026-08.allowed.db", "2026-09.allowed.db", "2026-10.allowed.db"]));
        Assert.That(plan.Files.Select(file => file.Why), Is.All.EqualTo("the disk is nearly full"));
        Assert.That(plan.Problems.Single(), Does.Contain("nothing that needs attention is dropped for room"));
    }

    [Test]
    public void Plan_OverTheSize_DropsAsMuchAsIsNeeded()
    {
        var all = Directory.GetFiles(_folder, "*.db").Sum(file => new FileInfo(file).Length);
        var plan = Purge().Plan(new Retention { Allowed = Retention.Max, Attention = Retention.Max, Audit = Retention.Max }, new PurgeLimits { BytesMax = all - 1 });
        Assert.That(plan.Files.Select(file => file.File), Is.EqualTo(["2024-10.allowed.db"]));
        Assert.That(plan.Problems, Is.Empty);
    }

    [Test]
    public async Task Plan_OlderFileThatHoldsAnAudit_StaysAsLongAsThat([ValueSource(typeof(OlderFile), nameof(OlderFile.Versions))] int version)
    {
        OlderFile.Make(_folder, "2025-05.db", version, [new FilterEvent { Time = new DateTimeOffset(2025, 5, 5, 0, 0, 0, TimeSpan.Zero), Kind = EventKind.Override, Rule = "override 1" }]);
        OlderFile.Make(_folder, "2025-06.db", version, [new FilterEvent { Time = new DateTimeOffset(2025, 6, 5, 0, 0, 0, TimeSpan.Zero), Kind = EventKind.Block }]);
        IEnumerable<string> Due() => Purge().Plan(Retention.Default, new PurgeLimits()).Files.Select(file => file.File);
        Assert.That(Due(), Does.Contain("2025-06.db").And.Not.Contain("2025-05.db"));
        await using (var store = EventStore.Open(_folder, _clock)) store.BringOver(CancellationToken.None);
        Assert.That(Due(), Does.Contain("2025-06.db").And.Not.Contain("2025-05.db"), "brought over");
        _clock.Advance(TimeSpan.FromDays(300));
        Assert.That(Due(), Does.Contain("2025-05.db"));
    }

    [Test]
    public void Plan_FileThatCannotBeRead_IsSaidAndStaysAsLongAsAnythingInItCould()
    {
        File.WriteAllText(Path.Combine(_folder, "2025-10.db"), new string('x', 10_000));
        var plan = Purge().Plan(Retention.Default, new PurgeLimits());
        Assert.That(plan.Problems.Single(), Does.Contain("2025-10.db is damaged"));
        Assert.That(plan.Files.Select(file => file.File), Does.Not.Contain("2025-10.db"));
        _clock.Advance(TimeSpan.FromDays(400));
        Assert.That(Purge().Plan(Retention.Default, new PurgeLimits()).Files.Select(file => file.File), Does.Contain("2025-10.db"));
    }

    [Test]
    public async Task Drop_TheFileIsGoneWithAllThatBelongsToItAndAnchored()
    {
        await using var store = EventStore.Open(_folder, _clock);
        // Open for writing in this very process: a late event of that month came a moment ago.
        await store.CommitAsync(new FilterEvent { Time = Noon.AddMonths(-13), Kind = EventKind.Block, Host = "late.example" }, giveReference: false);
        new EventIntegrity(_folder, _clock).Anchor([]);
        var file = Purge().Plan(Retention.Default, new PurgeLimits()).Files.Single(due => due.File == "2025-10.db");
        Assert.That(file.Events, Is.EqualTo(2));

        Purge().Drop(file);

        Assert.That(Directory.GetFiles(_folder, "2025-10.db*"), Is.Empty);
        Assert.That(new EventIntegrity(_folder, _clock).Verify([]).IsWhole);
        Assert.That(await File.ReadAllLinesAsync(Path.Combine(_folder, EventIntegrity.AnchorsFile)), Has.Some.Match($" purge 2025-10.db 2 {file.Head} "));
        // What comes for that month now is not written to a file that nobody can see any more.
        await store.CommitAsync(new FilterEvent { Time = Noon.AddMonths(-13), Kind = EventKind.Block, Host = "later.example" }, giveReference: false);
        Assert.That(store.Search(new EventQuery { Until = Noon.AddMonths(-12) }).Events.Select(e => e.Host), Does.Contain("later.example").And.Not.Contain("late.example"));
        Assert.That(new EventIntegrity(_folder, _clock).Verify([]).IsWhole);
    }

    [Test]
    public void Drop_ThisMonth_IsRefused() =>
        Assert.That(() => Purge().Drop(new PurgedFile("2026-11.db", "2026-11", EventClass.Attention, 0, null, null, 0, null, "")), Throws.ArgumentException);
}
