using FilterGate.Testing;

namespace FilterGate.Events.Tests;

/// <summary>A clock that jumps loses no event and leaves a trace.</summary>
internal sealed class ClockTests
{
    /// <summary>A clock whose hands somebody sets, while time goes on as it does.</summary>
    private sealed class SetClock : TimeProvider
    {
        private readonly long _began = System.GetTimestamp();

        public TimeSpan Set { get; set; }

        public override DateTimeOffset GetUtcNow() => new DateTimeOffset(2026, 11, 30, 23, 30, 0, TimeSpan.Zero) + System.GetElapsedTime(_began) + Set;
    }

    [TestCase(-60, "back by 0.01:00:00", TestName = "Jump_BackAnHour_IsRecorded")]
    [TestCase(1440, "forward by 1.00:00:00", TestName = "Jump_ForwardADay_OverTheMonthsEnd_IsRecorded")]
    [TestCase(45, "forward by 0.00:45:00", TestName = "Jump_ForwardOverTheMonthsEnd_IsRecorded")]
    [TestCase(0, null, TestName = "NoJump_IsNot")]
    public async Task Jump(int minutes, string? says)
    {
        using var temp = new TempFolder();
        var clock = new SetClock();
        var written = new List<Guid>();
        await using (var store = EventStore.Open(temp["events"], clock))
        {
            for (var i = 0; i < 40; i++)
            {
                if (i == 20) clock.Set = TimeSpan.FromMinutes(minutes);
                written.Add((await store.CommitAsync(new FilterEvent { Time = clock.GetUtcNow(), Kind = EventKind.Block, Host = $"h{i}.example" }, giveReference: true)).Id);
            }
        }
        var found = new EventReader(temp["events"]).Search(new EventQuery { Limit = 1000 }).Events;
        Assert.That(found.Where(e => e.Kind == EventKind.Block).Select(e => e.Id), Is.EquivalentTo(written));
        Assert.That(found.Where(e => e.Kind == EventKind.Audit).Select(e => e.Rule), says is null ? Is.Empty : Has.Exactly(1).Contain(says));
        foreach (var id in written) Assert.That(new EventReader(temp["events"]).Find(id), Is.Not.Null);
        Assert.That(new EventIntegrity(temp["events"], clock).Verify([]).IsWhole);
    }
}
