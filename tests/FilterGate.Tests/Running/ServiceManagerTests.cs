using System.Net.Sockets;
using System.Text;
using FilterGate.Running;
using FilterGate.Testing;
using Microsoft.Extensions.Time.Testing;

namespace FilterGate.Tests.Running;

/// <summary>What systemd is told, over a real socket as it gives services one.</summary>
public sealed class ServiceManagerTests
{
    private TempFolder _folder = null!;
    private Socket _systemd = null!;
    private FakeTimeProvider _clock = null!;

    [SetUp]
    public void SetUp()
    {
        _folder = new TempFolder();
        _systemd = new Socket(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified) { ReceiveTimeout = 5000 };
        _systemd.Bind(new UnixDomainSocketEndPoint(_folder["notify"]));
        _clock = new FakeTimeProvider();
    }

    [TearDown]
    public void TearDown()
    {
        _systemd.Dispose();
        _folder.Dispose();
    }

    private ServiceManager Start(Func<bool> isAlive, string? watchdog = "30000000", string? watchdogPid = null) => new(
        name => name switch { "NOTIFY_SOCKET" => _folder["notify"], "WATCHDOG_USEC" => watchdog, "WATCHDOG_PID" => watchdogPid, _ => null }, processId: 42, isAlive, _clock);

    private string Heard()
    {
        var bytes = new byte[1000];
        return Encoding.UTF8.GetString(bytes, 0, _systemd.Receive(bytes));
    }

    [Test]
    public void Run_FromReadyToStopping_IsSaid()
    {
        using var manager = Start(() => true);
        manager.Ready("3 ports");
        Assert.That(Heard(), Is.EqualTo("READY=1\nSTATUS=3 ports"));
        manager.Stopping();
        Assert.That(Heard(), Is.EqualTo("STOPPING=1"));
    }

    [Test]
    public void SignOfLife_TwiceWithinTheTimeAskedFor_WhileItIsWell()
    {
        var isAlive = true;
        using var manager = Start(() => isAlive);
        manager.Ready("");
        Heard();
        _clock.Advance(TimeSpan.FromSeconds(15));
        Assert.That(Heard(), Is.EqualTo("WATCHDOG=1"));
        isAlive = false;
        _clock.Advance(TimeSpan.FromSeconds(15));
        Assert.That(_systemd.Available, Is.Zero, "systemd ends what shows none");
        isAlive = true;
        _clock.Advance(TimeSpan.FromSeconds(15));
        Assert.That(Heard(), Is.EqualTo("WATCHDOG=1"));
    }

    [TestCase(null, null)]
    [TestCase("0", null)]
    [TestCase("soon", null)]
    [TestCase("30000000", "41")]
    public void SignOfLife_NotAskedForOfThisProcess_IsNone(string? microseconds, string? pid)
    {
        using var manager = Start(() => true, microseconds, pid);
        manager.Ready("");
        Heard();
        _clock.Advance(TimeSpan.FromMinutes(5));
        Assert.That(_systemd.Available, Is.Zero);
    }

    [TestCase(null)]
    [TestCase("")]
    [TestCase("relative")]
    [TestCase("/nowhere/at/all")]
    public void Ready_WithNobodyToTell_IsNoFault(string? socket)
    {
        using var manager = new ServiceManager(name => name == "NOTIFY_SOCKET" ? socket : null, 42, () => true, _clock);
        Assert.That(() => { manager.Ready("x"); manager.Stopping(); }, Throws.Nothing);
    }
}
