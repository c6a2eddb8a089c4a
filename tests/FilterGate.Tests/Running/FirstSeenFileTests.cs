using System.Text.Json;
using FilterGate.Commands;
using FilterGate.Running;
using FilterGate.Tests.Commands;
using Microsoft.Extensions.Logging.Abstractions;

namespace FilterGate.Tests.Running;

/// <summary>The memory of hosts first met outlives a restart, and <c>check</c> answers from it.</summary>
public sealed class FirstSeenFileTests
{
    private static readonly DateOnly Today = new(2026, 11, 23);

    private Workbench _bench = null!;

    [SetUp]
    public void SetUp()
    {
        _bench = new Workbench("school: S\nnetworks: [10.20.0.0/16]\ntiers:\n  pupil: { uncategorised: allow, newly_seen: block }\n");
        Directory.CreateDirectory(_bench.Data);
    }

    [TearDown]
    public void TearDown() => _bench.Dispose();

    [Test]
    public async Task Open_AfterARestart_RemembersTheDay()
    {
        await using (var first = Open()) first.Table.Meet("site.example", Today);
        _bench.Clock.Advance(TimeSpan.FromDays(3));
        await using var second = Open();
        Assert.That(second.Table.Meet("site.example", Today.AddDays(3)), Is.EqualTo(3));
        if (!OperatingSystem.IsWindows()) Assert.That(File.GetUnixFileMode(FirstSeenFile.PathIn(_bench.Data)), Is.EqualTo(UnixFileMode.UserRead | UnixFileMode.UserWrite));
    }

    [Test]
    public async Task Write_EveryFiveMinutes_WithoutAnEnd()
    {
        await using var file = Open();
        file.Table.Meet("site.example", Today);
        _bench.Clock.Advance(TimeSpan.FromMinutes(5));
        Assert.That(FirstSeenFile.TryRead(FirstSeenFile.PathIn(_bench.Data))!.Find("site.example", Today), Is.Zero);
    }

    [Test]
    public async Task Open_BrokenFile_BeginsAnew()
    {
        await File.WriteAllTextAsync(FirstSeenFile.PathIn(_bench.Data), "FGS1 and then nonsense");
        await using var file = Open();
        Assert.That((file.Table.DaysOfLearning(Today), file.Table.Find("site.example", Today)), Is.EqualTo((0, (int?)null)));
    }

    [Test]
    public async Task Open_NothingMet_WritesNoFile()
    {
        await using (Open()) { }
        Assert.That(File.Exists(FirstSeenFile.PathIn(_bench.Data)), Is.False);
    }

    [Test]
    public async Task Check_AnswersFromTheMemory()
    {
        await using (var file = Open()) file.Table.Meet("old.example", Today);
        _bench.Clock.Advance(TimeSpan.FromDays(8));
        Assert.Multiple(() =>
        {
            Assert.That(Reason("old.example"), Is.EqualTo("uncategorised"));
            Assert.That(Reason("never-met.example"), Is.EqualTo("newly-seen"));
        });

        string? Reason(string host) => JsonDocument.Parse(_bench.Check(host, "--tier", "pupil", "--json").Lines.Single()).RootElement.GetProperty("reason").GetString();
    }

    [Test]
    public void Check_WithoutAMemory_SaysThatTheGatewayMayAnswerOtherwise()
    {
        var run = _bench.Check("never-met.example", "--tier", "pupil");
        Assert.That(run.ExitCode, Is.EqualTo(ExitCode.Done));
        Assert.That(run.Error, Does.Contain("newly_seen is set for pupil, and there is no memory here that is 7 days old"));
    }

    private FirstSeenFile Open() => FirstSeenFile.Open(_bench.Data, _bench.Clock, NullLogger.Instance);
}
