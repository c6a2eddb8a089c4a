using System.Diagnostics;
using FilterGate.Testing;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Time.Testing;

namespace FilterGate.Events.Tests;

/// <summary>No crash, full disk or held lock loses an event without a word.</summary>
internal sealed class DurabilityTests
{
    private static readonly DateTimeOffset Noon = new(2026, 11, 22, 12, 0, 0, TimeSpan.Zero);

    private TempFolder _temp = null!;
    private FakeTimeProvider _clock = null!;
    private string _folder = null!;

    [SetUp]
    public void SetUp()
    {
        _temp = new TempFolder();
        _clock = new FakeTimeProvider(Noon);
        _folder = _temp["events"];
    }

    [TearDown]
    public void TearDown() => _temp.Dispose();

    [Test]
    public async Task Kill9_UnderLoad_EveryAcknowledgedEventIsThereAndTheFileIsWhole()
    {
        var acknowledged = new List<string>();
        for (var round = 0; round < 4; round++)
        {
            using var writer = StartWriter();
            var until = acknowledged.Count + 100 + (round * 67);
            while (acknowledged.Count < until) acknowledged.Add((await writer.StandardOutput.ReadLineAsync())!);
            writer.Kill(); // SIGKILL
            // What it said before it died counts too; a line cut in half was not said.
            var rest = await writer.StandardOutput.ReadToEndAsync();
            acknowledged.AddRange(rest[..(rest.LastIndexOf('\n') + 1)].Split('\n', StringSplitOptions.RemoveEmptyEntries));
            await writer.WaitForExitAsync();
            Assert.That(writer.ExitCode, Is.EqualTo(128 + 9), "it was killed, it did not end");

            AssertAllThere(acknowledged);
        }
    }

    [Test]
    public async Task TwoProcessesAndTwoStores_WritingAtOnce_LoseNothing()
    {
        using var writer = StartWriter("200");
        var reading = writer.StandardOutput.ReadToEndAsync();
        var ids = new List<Guid>();
        await using (var a = EventStore.Open(_folder, TimeProvider.System))
        await using (var b = EventStore.Open(_folder, TimeProvider.System))
        {
            await Task.WhenAll(new[] { a, b }.Select(store => Task.Run(async () =>
            {
                for (var i = 0; i < 300; i++)
                {
                    var made = new FilterEvent { Time = DateTimeOffset.UtcNow, Kind = EventKind.Block, Host = "here.example" };
                    lock (ids) ids.Add(made.Id);
                    if (i % 10 == 0) await store.CommitAsync(made, giveReference: true);
                    else await store.EnqueueAsync(made);
                }
            })));
        }
        var acknowledged = (await reading).Split('\n', StringSplitOptions.RemoveEmptyEntries);
        await writer.WaitForExitAsync();

        Assert.That(writer.ExitCode, Is.Zero);
        Assert.That(acknowledged, Has.Length.EqualTo(200));
        AssertAllThere(acknowledged);
        var found = Ids();
        Assert.That(ids.Where(id => !found.Contains(id)), Is.Empty);
        Assert.That(found, Has.Count.EqualTo(200 + (200 * 5) + 600));
    }

    [Test]
    public async Task EnqueueAsync_QueueFull_WaitsAndLosesNothing()
    {
        var store = Open(new EventStoreOptions { QueueMax = 100, BatchMax = 30 });
        List<Task> waiting;
        using (Hold("2026-11.db"))
        {
            for (var i = 0; i < 100; i++) Assert.That(store.EnqueueAsync(Block($"h{i}.example")).AsTask().IsCompletedSuccessfully, $"place {i}");
            Assert.That(store.Health.Waiting, Is.EqualTo(100));
            waiting = [.. Enumerable.Range(100, 200).Select(i => store.EnqueueAsync(Block($"h{i}.example")).AsTask())];
            Assert.That(waiting.Where(task => task.IsCompleted), Is.Empty, "nobody gets in before there is a place");
        }
        await Task.WhenAll(waiting);
        await store.DisposeAsync();

        Assert.That(Hosts(), Is.EquivalentTo(Enumerable.Range(0, 300).Select(i => $"h{i}.example")));
    }

    [Test]
    public async Task EnqueueAsync_Cancelled_WhileFull_IsNotWrittenAndFreesNoPlace()
    {
        var store = Open(new EventStoreOptions { QueueMax = 2 });
        using (Hold("2026-11.db"))
        {
            await store.EnqueueAsync(Block("a.example"));
            await store.EnqueueAsync(Block("b.example"));
            using var cancel = new CancellationTokenSource();
            var third = store.EnqueueAsync(Block("c.example"), cancel.Token).AsTask();
            await cancel.CancelAsync();
            Assert.That(async () => await third, Throws.InstanceOf<OperationCanceledException>());
            Assert.That(store.Health.Waiting, Is.EqualTo(2));
        }
        await store.DisposeAsync();
        Assert.That(Hosts(), Is.EquivalentTo(["a.example", "b.example"]));
    }

    [Test]
    public async Task EnqueueAsync_OldestWaitsOverASecond_Waits()
    {
        await using var store = Open();
        Task late;
        using (Hold("2026-11.db"))
        {
            Assert.That(store.EnqueueAsync(Block("first.example")).AsTask().IsCompletedSuccessfully);
            _clock.Advance(TimeSpan.FromSeconds(1));
            Assert.That(store.EnqueueAsync(Block("in-time.example")).AsTask().IsCompletedSuccessfully, "a second is still well");
            _clock.Advance(TimeSpan.FromMilliseconds(1));
            late = store.EnqueueAsync(Block("late.example")).AsTask();
            Assert.That(late.IsCompleted, Is.False);
        }
        await late;
        await store.CommitAsync(Block("last.example"), giveReference: false);
        Assert.That(Hosts(), Is.EquivalentTo(["first.example", "in-time.example", "late.example", "last.example"]));
    }

    [Test]
    public async Task CommitAsync_HeldLock_FailsAfterItsTimeAndIsStillWritten()
    {
        var store = Open();
        using (Hold("2026-11.db"))
        {
            var commit = store.CommitAsync(Block("page.example"), giveReference: true);
            _clock.Advance(TimeSpan.FromSeconds(5) - TimeSpan.FromMilliseconds(1));
            Assert.That(commit.IsCompleted, Is.False);
            _clock.Advance(TimeSpan.FromMilliseconds(1));
            Assert.That(async () => await commit, Throws.TypeOf<EventStoreException>().With.Message.Contain("5 s"));
        }
        await store.DisposeAsync();
        Assert.That(Hosts(), Is.EqualTo(["page.example"]));
    }

    [Test]
    public async Task CommitAsync_ReferenceTaken_DrawsAgain()
    {
        var draws = new Queue<long>([7, 7, 7, 8, 7, 8, 9]);
        await using var store = Open(new EventStoreOptions { DrawReference = _ => Reference.FromValue(draws.Dequeue()) });

        var references = new List<string?>();
        for (var i = 0; i < 3; i++) references.Add((await store.CommitAsync(Block($"h{i}.example"), giveReference: true)).Reference);

        Assert.That(references, Is.EqualTo(["0000-0007", "0000-0008", "0000-0009"]));
        Assert.That(draws, Is.Empty);
    }

    [Test]
    public async Task CommitAsync_DamagedPastMonth_DoesNotHoldUpThisMonth()
    {
        Directory.CreateDirectory(_folder);
        var past = Path.Combine(_folder, "2026-09.db");
        await File.WriteAllTextAsync(past, new string('x', 10_000));
        var store = Open();
        await store.EnqueueAsync(Block("late.example") with { Time = Noon.AddMonths(-2) });

        await store.CommitAsync(Block("a.example"), giveReference: false);
        _clock.Advance(TimeSpan.FromMinutes(1));
        Assert.That(store.EnqueueAsync(Block("b.example")).AsTask().IsCompletedSuccessfully, "a late event's age does not stop the traffic");
        await store.CommitAsync(Block("c.example"), giveReference: false);
        Assert.That(store.Health, Has.Property(nameof(EventStoreHealth.Waiting)).EqualTo(1).And.Property(nameof(EventStoreHealth.Problem)).Contain("2026-09.db is damaged"));

        File.Delete(past);
        await store.DisposeAsync();
        Assert.That(Hosts(), Is.EquivalentTo(["a.example", "b.example", "c.example", "late.example"]), "put right, it is written");
    }

    [Test]
    public async Task DisposeAsync_DiskTakesNothing_SaysHowManyAreLost()
    {
        var store = Open(new EventStoreOptions { DrainTimeMax = TimeSpan.FromMilliseconds(50) });
        using (Hold("2026-11.db"))
        {
            await store.EnqueueAsync(Block("a.example"));
            await store.EnqueueAsync(Block("b.example"));
            Assert.That(async () => await store.DisposeAsync(), Throws.TypeOf<EventStoreException>().With.Message.StartWith("2 events could not be written"));
        }
    }

    [Test]
    public async Task FullDisk_AcknowledgedStayAndTheRestIsWrittenOnceThereIsRoom()
    {
        using var mount = Mount.Tmpfs(_folder, "size=2m,mode=0700");
        var store = EventStore.Open(_folder, TimeProvider.System, new EventStoreOptions { CommitTimeMax = TimeSpan.FromSeconds(2) });
        var acknowledged = new List<string>();
        for (var i = 0; i < 20; i++) acknowledged.Add($"{(await store.CommitAsync(Now($"h{i}.example"), giveReference: true)).Id} x");

        await FillAsync(Path.Combine(_folder, "filler"));
        var made = new List<Guid>();
        EventStoreException? full = null;
        for (var i = 0; i < 5_000 && full is null; i++)
        {
            // The write-ahead log may still have room in pages that it has already.
            var next = Now($"full{i}.example") with { Entry = new string('e', 2_000) };
            made.Add(next.Id);
            try { await store.CommitAsync(next, giveReference: false); }
            catch (EventStoreException e) { full = e; }
        }
        Assert.That(full, Is.Not.Null);
        Assert.That(full!.Message, Does.Contain("full"));
        Assert.That(store.Health.Problem, Does.Contain("full"));

        File.Delete(Path.Combine(_folder, "filler"));
        var after = await store.CommitAsync(Now("after.example"), giveReference: false);
        Assert.That(store.Health.Problem, Is.Null);
        await store.DisposeAsync();

        AssertAllThere(acknowledged);
        var ids = Ids();
        Assert.That(made.Append(after.Id).Where(id => !ids.Contains(id)), Is.Empty, "the event that timed out is written too");
    }

    [Test]
    public void Open_ReadOnlyDisk_SaysWhatToDo()
    {
        using var mount = Mount.Tmpfs(_folder, "size=1m");
        mount.Remount("ro");
        Assert.That(() => Open(), Throws.TypeOf<EventStoreException>().With.Message.Contain(_folder).And.Message.Contain("Read-only").IgnoreCase);
    }

    [Test]
    [System.Runtime.Versioning.UnsupportedOSPlatform("windows")]
    public void Open_FolderOfAnotherAccount_SaysWhatToDo()
    {
        if (Environment.IsPrivilegedProcess) Assert.Ignore("Root may write everywhere.");
        Directory.CreateDirectory(_folder, UnixFileMode.UserRead | UnixFileMode.UserExecute);
        Assert.That(() => Open(), Throws.TypeOf<EventStoreException>().With.Message.Contain("account that runs the gateway"));
    }

    private Process StartWriter(params string[] more)
    {
        var program = Path.Combine(AppContext.BaseDirectory, "FilterGate.Events.CrashWriter.dll");
        return Process.Start(new ProcessStartInfo(Environment.ProcessPath is { } host && Path.GetFileNameWithoutExtension(host) == "dotnet" ? host : "dotnet", [program, _folder, .. more]) { UseShellExecute = false, RedirectStandardOutput = true })!;
    }

    private static async Task FillAsync(string path)
    {
        await using var filler = File.Create(path);
        var block = new byte[4096];
        try
        {
            while (true)
            {
                await filler.WriteAsync(block);
                await filler.FlushAsync();
            }
        }
        catch (IOException) { }
    }

    private EventStore Open(EventStoreOptions? options = null) => EventStore.Open(_folder, _clock, options);

    private static FilterEvent Block(string host) => new() { Time = Noon, Kind = EventKind.Block, Host = host };

    private static FilterEvent Now(string host) => new() { Time = DateTimeOffset.UtcNow, Kind = EventKind.Block, Host = host };

    /// <summary>Holds the write lock of a file, as a long transaction of another process would.</summary>
    private SqliteConnection Hold(string file)
    {
        var connection = new SqliteConnection($"Data Source={_folder}/{file};Pooling=false");
        connection.Open();
        using var command = connection.CreateCommand();
        command.CommandText = "BEGIN IMMEDIATE";
        command.ExecuteNonQuery();
        return connection;
    }

    private void AssertAllThere(IReadOnlyCollection<string> acknowledged)
    {
        foreach (var file in Directory.GetFiles(_folder, "*.db"))
        {
            using var connection = new SqliteConnection($"Data Source={file};Pooling=false");
            connection.Open();
            using var command = connection.CreateCommand();
            command.CommandText = "PRAGMA integrity_check";
            Assert.That(command.ExecuteScalar(), Is.EqualTo("ok"), file);
        }
        var integrity = new EventIntegrity(_folder, _clock).Verify([]);
        Assert.That(integrity.IsWhole, string.Join('\n', integrity.Files.SelectMany(file => file.Problems)));
        var ids = Ids();
        var reader = new EventReader(_folder);
        Assert.That(acknowledged.Where(line => !ids.Contains(Guid.Parse(line.Split(' ')[0]))), Is.Empty);
        foreach (var line in acknowledged.Where(line => !line.EndsWith('x')).TakeLast(20))
            Assert.That(reader.FindByReference(line.Split(' ')[1])?.Id.ToString(), Is.EqualTo(line.Split(' ')[0]));
    }

    private HashSet<Guid> Ids() => [.. new EventReader(_folder).Search(new EventQuery { Limit = 1_000_000 }).Events.Select(e => e.Id)];

    private IEnumerable<string?> Hosts() => new EventReader(_folder).Search(new EventQuery { Limit = 10_000 }).Events.Select(e => e.Host);
}
