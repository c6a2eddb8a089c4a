using System.Globalization;
using FilterGate.Commands;
using FilterGate.Events;
using FilterGate.Policy;
using FilterGate.Running;
using FilterGate.Tests.Commands;
using Microsoft.Extensions.Logging;

namespace FilterGate.Tests.Running;

public sealed class LockedFollowerTests
{
    private Workbench _bench = null!;
    private EventStore _events = null!;
    private Said _log = null!;
    private LockedFollower _follower = null!;
    private int _reloads;

    [SetUp]
    public void SetUp()
    {
        _bench = new Workbench();
        _bench.Write("settings.yaml", "policy: policy.yaml\ndata: data\nlocked: [{ feed: ctiru, file: drop/feed.txt, format: urls }]\n");
        Directory.CreateDirectory(Path.Combine(_bench.Root, "drop"));
        Directory.CreateDirectory(_bench.Data);
        _events = EventStore.Open(Path.Combine(_bench.Data, "events"), _bench.Clock);
        _reloads = 0;
        var host = _bench.Host;
        var parse = CommandLine.Build(host).Parse(["run", "--config", Path.Combine(_bench.Root, "settings.yaml")]);
        _log = new Said();
        _follower = new LockedFollower(new CommandContext(host, parse), _events, _log);
    }

    [TearDown]
    public async Task TearDown()
    {
        await _follower.DisposeAsync();
        await _events.DisposeAsync();
        _bench.Dispose();
    }

    [Test]
    public async Task ImportWaiting_FileThatLiesThere_IsInForceBeforeTheStart()
    {
        var file = Drop("bad.example/page\n");
        await _follower.ImportWaitingAsync(default);
        await LookAsync();
        using (Assert.EnterMultipleScope())
        {
            Assert.That(file, Does.Not.Exist);
            Assert.That(_bench.Check("http://bad.example/page").ExitCode, Is.EqualTo(ExitCode.Blocked));
            Assert.That(_reloads, Is.Zero, "what starts afterwards loads it anyway");
        }
    }

    [Test]
    public async Task Look_FileThatStillGrows_Waits()
    {
        await _follower.ImportWaitingAsync(default);
        Drop("bad.example/page\n", minute: 1);
        await LookAsync();
        Assert.That(_reloads, Is.Zero, "seen for the first time");
        var file = Drop("bad.example/page\nbad.example/other\n", minute: 2);
        await LookAsync();
        Assert.That(file, Does.Exist, "it has changed since");
        await LookAsync();
        using (Assert.EnterMultipleScope())
        {
            Assert.That(file, Does.Not.Exist);
            Assert.That(_reloads, Is.EqualTo(1));
            Assert.That(_bench.Check("http://bad.example/other").ExitCode, Is.EqualTo(ExitCode.Blocked));
            Assert.That(Rules(), Does.Contain("locked feed ctiru put in force by tech: 2 entries"));
        }
    }

    [Test]
    public async Task Look_ReloadThatFails_IsTriedAgain()
    {
        await _follower.ImportWaitingAsync(default);
        _bench.Run("lists", "locked", "import", "iwf-csam", _bench.Write("other.txt", "other.example\n"));
        await _follower.LookAsync(() => ++_reloads > 1, default);
        await LookAsync();
        await LookAsync();
        Assert.That(_reloads, Is.EqualTo(2), "once in vain, once well, and then no more");
    }

    [Test]
    public async Task Look_BadFile_IsSaidOnceAndStays()
    {
        Drop("good.example\n");
        await _follower.ImportWaitingAsync(default);
        var file = Drop("secret-word no host\n", minute: 1);
        for (var i = 0; i < 4; i++) await LookAsync();
        using (Assert.EnterMultipleScope())
        {
            Assert.That(_log.Lines.Where(l => l.Contains("refused", StringComparison.Ordinal)), Has.Exactly(1).Items);
            Assert.That(string.Join('\n', _log.Lines), Does.Not.Contain("secret-word"));
            Assert.That(file, Does.Exist);
            Assert.That(_bench.Check("http://good.example/").ExitCode, Is.EqualTo(ExitCode.Blocked));
        }
    }

    // A7: 12 h and 48 h, each said once in the log and once in the events, and again when it is well.
    [Test]
    public async Task Look_FeedThatGrowsOld_WarnsAndAlarmsOnce()
    {
        Drop("good.example\n");
        await _follower.ImportWaitingAsync(default);
        foreach (var (hours, expected) in ((double, string?)[])[(12, null), (0.1, "older than 12 hours"), (1, null), (34.8, null), (0.2, "older than 48 hours"), (24, null)])
        {
            _bench.Clock.Advance(TimeSpan.FromHours(hours));
            var (said, recorded) = (_log.Lines.Count, Rules().Count);
            await LookAsync();
            await LookAsync();
            Assert.That(_log.Lines.Skip(said), expected is null ? Is.Empty : Has.Exactly(1).Contains(expected));
            Assert.That(Rules().SkipLast(recorded), expected is null ? Is.Empty : Has.Exactly(1).Contains(expected));
        }
        Assert.That(_events.Search(new EventQuery { Limit = 1 }).Events.Single(), Has.Property(nameof(FilterEvent.Reason)).EqualTo(Reason.Locked).And.Property(nameof(FilterEvent.List)).EqualTo("locked/ctiru"));

        Drop("good.example\n", minute: 1);
        await LookAsync();
        await LookAsync();
        Assert.That(_log.Lines[^1], Does.Contain("fresh again"));
    }

    [Test]
    public async Task Start_DroppedFile_IsTakenByItself()
    {
        await _follower.ImportWaitingAsync(default);
        var reloaded = new TaskCompletionSource();
        _follower.Start(() => reloaded.TrySetResult());
        var file = Drop("bad.example/page\n", minute: 1);
        using var given = new CancellationTokenSource(TimeSpan.FromSeconds(20));
        while (!reloaded.Task.IsCompleted && !given.IsCancellationRequested)
        {
            _bench.Clock.Advance(LockedFollower.Tick);
            await Task.Yield();
        }
        Assert.That(file, Does.Not.Exist);
        // Two looks after it was dropped, at the latest.
        Assert.That(LockedFollower.Tick * 3, Is.LessThanOrEqualTo(TimeSpan.FromMinutes(1)));
    }

    private Task LookAsync() => _follower.LookAsync(() => ++_reloads > 0, default);

    private IReadOnlyList<string?> Rules() => [.. _events.Search(new EventQuery { Limit = 100 }).Events.Select(e => e.Rule)];

    /// <summary>What a supplier's client does; the minute makes one drop differ from another.</summary>
    private string Drop(string text, int minute = 0)
    {
        var path = _bench.Write("drop/feed.txt", text);
        File.SetLastWriteTimeUtc(path, _bench.Clock.GetUtcNow().UtcDateTime.AddMinutes(minute));
        return path;
    }

    private sealed class Said : ILogger
    {
        public List<string> Lines { get; } = [];

        public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, Microsoft.Extensions.Logging.EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            Lines.Add(string.Create(CultureInfo.InvariantCulture, $"{logLevel}: {formatter(state, exception)}"));
    }
}
