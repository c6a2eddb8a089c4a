using System.Net;
using System.Net.Sockets;
using FilterGate.Commands;
using FilterGate.Events;
using FilterGate.Policy;
using FilterGate.Policy.People;
using FilterGate.Proxy.Watching;
using FilterGate.Review.Watching;
using FilterGate.Settings;
using FilterGate.Tests.Commands;
using FilterGate.Watching;

namespace FilterGate.Tests.Watching;

/// <summary>The socket of a running gateway: what it takes, what it writes down, and what is left of one that did not end in order.</summary>
[System.Runtime.Versioning.UnsupportedOSPlatform("windows")]
public sealed class WatchServiceTests
{
    private StoreBox _box = null!;
    private ConnectionWatch _watches = null!;
    private CommandContext _context = null!;
    private PolicySnapshot _policy = null!;
    private StringWriter _error = null!;
    private WatchService? _service;

    [SetUp]
    public async Task StartAsync()
    {
        _box = new StoreBox();
        _watches = new ConnectionWatch(_box.Clock);
        _error = new StringWriter();
        var parse = CommandLine.Build(_box.Host()).Parse(["run", "--data", _box.Folder]);
        parse.InvocationConfiguration.Error = _error;
        _context = new CommandContext(_box.Host(), parse);
        var roster = new Roster([], [new Device("ipad-14") { Address = IPAddress.Parse("10.20.1.7") }, new Device("ipad-15")]);
        var policy = GatewayInputs.Load(_context, listsFolder: null, _box.State).Policy;
        _policy = policy.With(policy.InForce with { Roster = roster });
        _service = await StartServiceAsync();
    }

    [TearDown]
    public async Task StopAsync()
    {
        if (_service is not null) await _service.DisposeAsync();
        _watches.Dispose();
        await _box.DisposeAsync();
        await _error.DisposeAsync();
    }

    private Task<WatchService?> StartServiceAsync() => WatchService.StartAsync(_context, _box.Folder, _watches, _box.State, _box.Events, () => _policy, _ => { }, CancellationToken.None);

    private static WatchStart Start(string target = "10.20.1.7", string reason = "see ticket 12", int seconds = 60) => new(target, reason, "tech", seconds, Attached: false);

    private string[] Audit() => [.. _box.State.AuditEntries().Where(a => a.Action.StartsWith("watch.", StringComparison.Ordinal)).Reverse().Select(a => $"{a.Actor} {a.Action} {a.Subject} {a.Reason}".TrimEnd())];

    private string?[] Events() => [.. _box.Events.Search(new EventQuery()).Events.Reverse().Select(e => $"{e.Kind} {e.Device}{e.Client} {e.Rule}")];

    [Test]
    public async Task Watch_BeginsAndEnds_OnRecord()
    {
        using var client = new WatchClient(_box.Folder);
        var watch = await client.StartAsync(Start("IPAD-14"), CancellationToken.None);
        Assert.That((watch.Target, watch.Device, watch.Actor, watch.Ends - watch.Begins), Is.EqualTo(("ipad-14", "ipad-14", "tech", TimeSpan.FromMinutes(1))));
        Assert.That(Audit(), Is.EqualTo(new[] { "tech watch.start watch 1 of ipad-14 for at most 1 min see ticket 12" }), "before anything is shown");
        Assert.That(Events(), Is.EqualTo(new[] { "Audit ipad-14 watch 1 begun by tech for at most 1 min: see ticket 12" }));

        Assert.That((await client.ListAsync(CancellationToken.None)).Select(w => w.Id), Is.EqualTo(new[] { 1L }));
        Assert.That((await client.ReadAsync(1, after: 0, CancellationToken.None)).Sightings, Is.Empty);
        await client.StopAsync(1, CancellationToken.None);
        await client.StopAsync(1, CancellationToken.None);
        Assert.That(async () => await client.ReadAsync(1, after: 0, CancellationToken.None), Throws.TypeOf<WatchException>().With.Property(nameof(WatchException.IsGone)).True);
        await _service!.DisposeAsync();
        _service = null;
        Assert.That(Audit()[1..], Is.EqualTo(new[] { "tech watch.end watch 1 of ipad-14" }));
        Assert.That(Events()[1..], Is.EqualTo(new[] { "Audit ipad-14 watch 1 of tech ended" }));
    }

    [Test]
    public async Task Watch_WhoseTimeIsUp_EndsOnRecordAndItsReaderWithIt()
    {
        using var client = new WatchClient(_box.Folder);
        var watch = await client.StartAsync(Start(seconds: 3_600), CancellationToken.None);
        Assert.That(watch.Ends - watch.Begins, Is.EqualTo(ConnectionWatch.LongestWatch));
        var reading = ReadToEndAsync();
        _box.Clock.Advance(ConnectionWatch.LongestWatch);
        Assert.That(await reading.WaitAsync(TimeSpan.FromSeconds(20)), Is.Zero);
        await _service!.DisposeAsync();
        _service = null;
        Assert.That(Audit(), Has.Length.EqualTo(2));

        async Task<int> ReadToEndAsync()
        {
            var count = 0;
            try
            {
                await foreach (var _ in client.FollowAsync(watch.Id, CancellationToken.None)) count++;
            }
            catch (WatchException gone) when (gone.IsGone)
            {
                // It came after the end, which is no different.
            }

            return count;
        }
    }

    [TestCase("ipad-16", "why", "there is no device of that name; did you mean 'ipad-14'?", TestName = "Start_UnknownDevice_IsRefused")]
    [TestCase("ipad-15", "why", "ipad-15 has no address in the school's records", TestName = "Start_DeviceWithoutAddress_IsRefused")]
    [TestCase("10.20.1.7", " ", "a reason", TestName = "Start_WithoutReason_IsRefused")]
    public async Task Start_Refused(string target, string reason, string message)
    {
        using var client = new WatchClient(_box.Folder);
        Assert.That(async () => await client.StartAsync(Start(target, reason), CancellationToken.None), Throws.TypeOf<WatchException>().With.Message.Contains(message));
        Assert.That((_watches.IsOn, Audit().Length), Is.EqualTo((false, 0)));
    }

    [Test]
    public async Task Start_MoreThanTheMost_IsRefused()
    {
        using var client = new WatchClient(_box.Folder);
        for (var i = 0; i < ConnectionWatch.WatchesMax; i++) await client.StartAsync(Start(), CancellationToken.None);
        Assert.That(async () => await client.StartAsync(Start(), CancellationToken.None), Throws.TypeOf<WatchException>().With.Message.Contains("are watched already"));
    }

    [Test]
    public async Task Page_OfAnotherProcess_WatchesOverTheSocket()
    {
        using var page = new ReviewedWatch(_box.Folder);
        var watch = await page.StartAsync("ipad-14", "see ticket 12", "technician", TimeSpan.FromMinutes(5), CancellationToken.None);
        Assert.That((await page.RunningAsync(CancellationToken.None)).Single(), Is.EqualTo(watch));
        Assert.That(await page.ReadAsync(watch.Id, CancellationToken.None), Is.Empty);
        await page.StopAsync(watch.Id, CancellationToken.None);
        Assert.That(await page.RunningAsync(CancellationToken.None), Is.Empty);
        Assert.That(Audit()[0], Is.EqualTo("technician watch.start watch 1 of ipad-14 for at most 5 min see ticket 12"));
        Assert.That(async () => await page.StartAsync("nobody", "why", "technician", TimeSpan.FromMinutes(5), CancellationToken.None), Throws.TypeOf<GatewayWatchException>().With.Message.StartsWith("There is no device").And.Property(nameof(GatewayWatchException.MayRun)).True);

        await _service!.DisposeAsync();
        _service = null;
        Assert.That(async () => await page.RunningAsync(CancellationToken.None), Throws.TypeOf<GatewayWatchException>().With.Message.StartsWith("No gateway runs on").And.Property(nameof(GatewayWatchException.MayRun)).False);
    }

    [Test]
    public async Task Socket_LeftOver_IsTakenOver_ThatOfALiveGatewayIsNot()
    {
        Assert.That(await StartServiceAsync(), Is.Null);
        Assert.That(_error.ToString(), Does.Contain("another gateway listens at"));
        await _service!.DisposeAsync();
        var path = WatchSocket.PathIn(_box.Folder);
        Assert.That(File.Exists(path), Is.False);

        using (var left = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified)) left.Bind(new UnixDomainSocketEndPoint(path));
        if (!File.Exists(path)) await File.WriteAllTextAsync(path, "");
        _service = await StartServiceAsync();
        Assert.That(_service, Is.Not.Null);
        Assert.That(File.GetUnixFileMode(path), Is.EqualTo(UnixFileMode.UserRead | UnixFileMode.UserWrite));
    }

    [Test]
    public void Path_LongerThanASocketsMayBe_SaysSo()
    {
        Assert.That(WatchSocket.WhyNot("/" + new string('x', 106)), Is.Null);
        Assert.That(WatchSocket.WhyNot("/" + new string('x', 107)), Does.Contain("107 bytes"));
    }
}
