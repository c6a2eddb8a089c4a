using System.Globalization;
using System.Net.Sockets;
using System.Text;

namespace FilterGate.Running;

/// <summary>Tells systemd how the gateway is: ready, alive, stopping (<see href="https://www.freedesktop.org/software/systemd/man/latest/sd_notify.html">sd_notify(3)</see>). Does nothing where no service manager started it.</summary>
/// <remarks>Alive is said only while the gateway says so of itself: one that still runs but follows nothing any more is ended and started anew by systemd. Lines that cannot be sent are lost, as with the C function.</remarks>
internal sealed class ServiceManager : IDisposable
{
    private readonly UnixDomainSocketEndPoint? _at;
    private readonly Func<bool> _isAlive;
    private readonly TimeSpan _every;
    private readonly TimeProvider _clock;
    private ITimer? _timer;

    /// <summary>Reads where to tell it, from what systemd gives every service.</summary>
    /// <param name="variable">Reads a variable of the environment.</param>
    /// <param name="processId">This process: the watchdog may be meant for another.</param>
    /// <param name="isAlive">Asked before each sign of life, from a thread of the pool.</param>
    /// <param name="clock">Says when the next is due.</param>
    public ServiceManager(Func<string, string?> variable, int processId, Func<bool> isAlive, TimeProvider clock)
    {
        (_isAlive, _clock) = (isAlive, clock);
        if (variable("NOTIFY_SOCKET") is not { Length: > 1 } path || path[0] is not ('/' or '@')) return;
        // A name in the abstract namespace begins with a zero byte, which the variable spells as @.
        _at = new UnixDomainSocketEndPoint(path[0] == '@' ? '\0' + path[1..] : path);
        var isOurs = variable("WATCHDOG_PID") is not { } pid || pid == processId.ToString(CultureInfo.InvariantCulture);
        if (isOurs && long.TryParse(variable("WATCHDOG_USEC"), NumberStyles.None, CultureInfo.InvariantCulture, out var microseconds) && microseconds > 0)
            _every = TimeSpan.FromMicroseconds(microseconds / 2.0);
    }

    /// <summary>The gateway listens, and from now on shows signs of life twice within the time that systemd waits for one.</summary>
    public void Ready(string status)
    {
        Send($"READY=1\nSTATUS={status}");
        if (_at is not null && _every > TimeSpan.Zero) _timer = _clock.CreateTimer(_ => ShowLife(), null, _every, _every);
    }

    /// <summary>The gateway begins to stop.</summary>
    public void Stopping() => Send("STOPPING=1");

    /// <inheritdoc/>
    public void Dispose() => _timer?.Dispose();

    private void ShowLife()
    {
        if (_isAlive()) Send("WATCHDOG=1");
    }

    private void Send(string state)
    {
        if (_at is null) return;
        try
        {
            using var socket = new Socket(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified);
            socket.SendTo(Encoding.UTF8.GetBytes(state), _at);
        }
        catch (SocketException)
        {
            // Nobody listens any more. The gateway filters all the same.
        }
    }
}
