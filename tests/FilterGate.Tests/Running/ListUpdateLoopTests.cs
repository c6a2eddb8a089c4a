using FilterGate.Commands;
using FilterGate.Running;
using FilterGate.Tests.Commands;
using Microsoft.Extensions.Logging;

namespace FilterGate.Tests.Running;

public sealed class ListUpdateLoopTests
{
    private static readonly TimeZoneInfo London = TimeZoneInfo.FindSystemTimeZoneById("Europe/London");

    [TestCase("2026-11-23T03:00Z", null, 0, "2026-11-23T04:30Z", TestName = "NextRun_BeforeTheHour_IsToday")]
    [TestCase("2026-11-23T04:30Z", null, 0, "2026-11-24T04:30Z", TestName = "NextRun_AtTheHour_IsTomorrow")]
    [TestCase("2026-11-23T04:45Z", null, 1, "2026-11-24T05:00Z", TestName = "NextRun_Jitter_IsHalfAnHourAtMost")]
    [TestCase("2026-11-23T08:00Z", "2026-11-22T04:45Z", 1, "2026-11-23T08:10Z", TestName = "NextRun_DayMissed_IsSoonAfterTheStart")]
    [TestCase("2026-11-23T08:00Z", "2026-11-23T04:45Z", 1, "2026-11-24T05:00Z", TestName = "NextRun_NothingMissed_Waits")]
    [TestCase("2026-11-23T05:00Z", "2026-11-22T04:45Z", 0, "2026-11-24T04:30Z", TestName = "NextRun_LateByItsJitter_IsNotMissed")]
    [TestCase("2026-07-01T03:00Z", null, 0, "2026-07-01T03:30Z", TestName = "NextRun_Summer_IsTheSchoolsTime")]
    public void NextRun(string now, string? missedSince, double jitter, string expected) =>
        Assert.That(ListUpdateLoop.NextRun(new TimeOnly(4, 30), DateTimeOffset.Parse(now), missedSince is null ? null : DateTimeOffset.Parse(missedSince), London, jitter), Is.EqualTo(DateTimeOffset.Parse(expected)));

    [Test]
    public void NextRun_HourThatASpringNightLeavesOut_IsTheOneAfter() =>
        Assert.That(ListUpdateLoop.NextRun(new TimeOnly(1, 30), DateTimeOffset.Parse("2027-03-28T00:00Z"), missedSince: null, London, jitter: 0), Is.EqualTo(DateTimeOffset.Parse("2027-03-28T01:30Z")));

    [Test]
    public async Task Loop_FailsTwiceThenSucceeds_SaysEachOnceAndRunsOnceADay()
    {
        using var bench = new Workbench();
        var list = bench.Write("list.txt", "play.example\n");
        Assert.That(bench.Run("lists", "update", "doh", "--from", list).ExitCode, Is.Zero);
        using var log = new Lines();
        var outcomes = new Queue<ChildRun>([new(ExitCode.Usage, "doh: failed: no answer"), new(ExitCode.Usage, "doh: failed: no answer"), new(ExitCode.Done, "")]);
        using var ran = new SemaphoreSlim(0);
        await using (new ListUpdateLoop(bench.Context("lists", "sources"), log, _ =>
        {
            ran.Release();
            return Task.FromResult(outcomes.Dequeue());
        }))
        {
            bench.Clock.Advance(TimeSpan.FromHours(16));
            Assert.That(ran.CurrentCount, Is.Zero, "it is four o'clock");
            for (var day = 1; day <= 3; day++)
            {
                // Within half an hour of half past four.
                bench.Clock.Advance(TimeSpan.FromHours(1.5));
                Assert.That(await ran.WaitAsync(TimeSpan.FromSeconds(20)), Is.True);
                await log.WaitAsync(day == 3 ? 2 : 1);
                bench.Clock.Advance(TimeSpan.FromHours(22.5));
            }
        }
        Assert.That(log.Said, Has.Count.EqualTo(2));
        Assert.That(log.Said[0], Does.Contain("Lists were not all updated").And.Contain("2026-11-23 12:00:00Z").And.Contain("no answer"));
        Assert.That(log.Said[1], Does.Contain("updated again"));
    }

    [Test]
    public async Task RunChildAsync_SourceThatIsHeld_RunsTheProgramAndSucceeds()
    {
        using var bench = new Workbench();
        bench.Write("settings.yaml", "policy: policy.yaml\ndata: data\nlists: { sources: [doh] }\n");
        foreach (var content in (string[])["a.example\n", "b.example\n"]) bench.Run("lists", "update", "doh", "--from", bench.Write("list.txt", content));
        Assert.That(bench.Run("lists", "rollback", "doh").ExitCode, Is.Zero);
        Assert.That(await ListUpdateLoop.RunChildAsync(bench.Context("lists", "sources"), CancellationToken.None), Is.EqualTo(new ChildRun(ExitCode.Done, "")));
    }

    [Test]
    public async Task RunChildAsync_SettingsThatBroke_GivesItsMessage()
    {
        using var bench = new Workbench();
        var context = bench.Context("lists", "sources");
        Assert.That(context.Settings.Path, Is.Not.Null);
        bench.Write("settings.yaml", "lists: { sources: [nothing] }\ndata: data\n");
        var run = await ListUpdateLoop.RunChildAsync(context, CancellationToken.None);
        Assert.That(run.ExitCode, Is.EqualTo(ExitCode.Usage));
        Assert.That(run.Messages, Does.Contain("'nothing' is no source"));
    }

    [TestCase("", TestName = "Loop_NothingFetchedByHand_RunsNothing")]
    [TestCase("lists: { update: off, sources: [doh] }\n", TestName = "Loop_SwitchedOff_RunsNothing")]
    public async Task Loop_NothingToDo_RunsNothing(string settings)
    {
        using var bench = new Workbench();
        bench.Write("settings.yaml", $"policy: policy.yaml\ndata: data\n{settings}");
        using var log = new Lines();
        var ran = 0;
        await using (new ListUpdateLoop(bench.Context("lists", "sources"), log, _ => Task.FromResult(new ChildRun(ran++, "")))) bench.Clock.Advance(TimeSpan.FromDays(3));
        Assert.That(ran, Is.Zero);
    }

    private sealed class Lines : ILogger, IDisposable
    {
        private readonly SemaphoreSlim _said = new(0);
        private int _seen;

        public List<string> Said { get; } = [];

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            Said.Add(formatter(state, exception));
            _said.Release();
        }

        public void Dispose() => _said.Dispose();

        /// <summary>Until so many lines were said.</summary>
        public async Task WaitAsync(int count)
        {
            for (; _seen < count; _seen++) Assert.That(await _said.WaitAsync(TimeSpan.FromSeconds(20)), Is.True);
        }
    }
}
