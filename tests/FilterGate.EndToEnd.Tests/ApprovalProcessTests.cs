using System.Diagnostics;
using FilterGate.EndToEnd.Tests.Fixtures;
using FilterGate.Policy.TwoKeys;
using FilterGate.State;
using FilterGate.Testing;

namespace FilterGate.EndToEnd.Tests;

/// <summary>Approvals by real processes on one <c>state.db</c>: two at once, and one that is killed in the middle.</summary>
[TestFixture]
[Category("EndToEnd")]
[Category("Slow")]
public sealed class ApprovalProcessTests
{
    private static readonly string[] References = ["AAAA-AAAA", "BBBB-BBBB", "CCCC-CCCC", "DDDD-DDDD", "EEEE-EEEE", "FFFF-FFFF", "GGGG-GGGG", "HHHH-HHHH"];

    private TempFolder _data = null!;

    [SetUp]
    public void SetUp()
    {
        _data = new TempFolder();
        using var state = Open();
        foreach (var reference in References)
            state.AddRequest(new UnblockRequest(reference, DateTimeOffset.UtcNow, "10.20.1.7", null, "pupil", $"http://{reference[..4].ToLowerInvariant()}.example/", $"{reference[..4].ToLowerInvariant()}.example", null, "", RequestStatus.Waiting));
    }

    [TearDown]
    public void TearDown() => _data.Dispose();

    [Test]
    public async Task Approve_TwoProcessesAtOnce_OneIsFirst()
    {
        foreach (var reference in References.Take(3))
        {
            var ended = await Task.WhenAll(Programs.RunAsync(Approve(reference, "one")), Programs.RunAsync(Approve(reference, "two")));
            Assert.That(ended.Select(e => e.ExitCode).Order(), Is.EqualTo(new[] { 0, 2 }), string.Join('\n', ended.Select(e => e.Error)));
        }
        AssertConsistent(approved: 3);
    }

    [Test]
    public async Task Approve_KilledAtAnyMoment_IsDoneWholeOrNotAtAll()
    {
        var random = new Random(20261123);
        var whileItWrote = 0;
        foreach (var (i, reference) in References.Index())
        {
            using var process = Process.Start(Programs.Describe(Approve(reference, "killed")))!;
            // Half of them at any moment, also before it has opened the database; half as its transaction reaches the file.
            if (i % 2 == 0) await Task.Delay(random.Next(300, 2500));
            else if (HasBegunToWrite(process)) whileItWrote++;
            process.Kill(); // SIGKILL
            await process.WaitForExitAsync();
            AssertConsistent(approved: null);
        }
        await TestContext.Progress.WriteLineAsync($"{whileItWrote} of {References.Length / 2} were killed while they wrote");
        Assert.That(whileItWrote, Is.Positive, "otherwise nothing was tried in the middle");
        // What was not done can be done now.
        var again = await Task.WhenAll(References.Take(2).Select(reference => Programs.RunAsync(Approve(reference, "again"))));
        Assert.That(again.Select(e => e.ExitCode), Is.All.AnyOf(0, 2));
        AssertConsistent(approved: null);
    }

    /// <summary>Waits for the first bytes of its transaction in the write-ahead log, which whoever closed the database last has taken away; false when it ended before they were seen.</summary>
    private bool HasBegunToWrite(Process process)
    {
        var log = new FileInfo(_data["state.db-wal"]);
        var since = Stopwatch.StartNew();
        while (!process.HasExited && since.Elapsed < Programs.WaitMax)
        {
            log.Refresh();
            if (log is { Exists: true, Length: > 0 }) return !process.HasExited;
            Thread.Yield();
        }
        return false;
    }

    /// <summary>A request is approved if and only if it has its override, its step, its audit row and its notice.</summary>
    private void AssertConsistent(int? approved)
    {
        using var state = Open();
        var overrides = state.Overrides().ToLookup(o => o.RequestReference);
        var audited = state.AuditEntries(1000).Where(a => a.Action == "request.approve").ToList();
        var told = state.Notices(Roles.Head).Select(n => n.Reference).ToList();
        foreach (var request in state.Requests(status: null))
        {
            var expected = request.Status == RequestStatus.Approved ? 1 : 0;
            Assert.That(
                (overrides[request.Reference].Count(), state.StepsOf(request.Reference).Count(s => s.Step == RequestStep.Applied), audited.Count(a => a.Subject.Contains(request.Reference, StringComparison.Ordinal)), told.Count(t => t == request.Reference)),
                Is.EqualTo((expected, expected, expected, expected)), request.Reference);
        }
        if (approved is { } count) Assert.That(state.Overrides(), Has.Count.EqualTo(count));
    }

    private StateStore Open() => StateStore.Open(_data["state.db"], TimeProvider.System);

    private IEnumerable<string> Approve(string reference, string why) => [GatewayProcess.Executable, "unblock", "approve", reference, "--for", "1h", "--reason", why, "--data", _data.Path];
}
