using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace FilterGate.Proxy.Connections;

/// <summary>Listening sockets that a service manager opened before it started the gateway (<see href="https://www.freedesktop.org/software/systemd/man/latest/sd_listen_fds.html">sd_listen_fds(3)</see>): while the gateway restarts, clients wait in them instead of being refused, and a low port needs no right of its own.</summary>
/// <remarks>Each is taken once, by the listener with its very address. Safe from any thread.</remarks>
public sealed class InheritedSockets
{
    private const int FirstDescriptor = 3, CountMax = 64;

    private readonly Lock _gate = new();
    private readonly Dictionary<IPEndPoint, Socket> _sockets = [];

    private InheritedSockets()
    {
    }

    /// <summary>Those of this process.</summary>
    public static InheritedSockets OfThisProcess { get; } = Read(Environment.GetEnvironmentVariable, Environment.ProcessId);

    /// <summary>Where they listen.</summary>
    public IReadOnlyList<IPEndPoint> EndPoints
    {
        get
        {
            lock (_gate) return [.. _sockets.Keys];
        }
    }

    /// <summary>Takes over what the environment says was handed to this process; none where it was handed to another.</summary>
    /// <param name="variable">Reads a variable of the environment.</param>
    /// <param name="processId">This process.</param>
    internal static InheritedSockets Read(Func<string, string?> variable, int processId)
    {
        var inherited = new InheritedSockets();
        if (OperatingSystem.IsWindows() || variable("LISTEN_PID") != processId.ToString(CultureInfo.InvariantCulture)) return inherited;
        if (!int.TryParse(variable("LISTEN_FDS"), NumberStyles.None, CultureInfo.InvariantCulture, out var count)) return inherited;
        for (var descriptor = FirstDescriptor; descriptor < FirstDescriptor + Math.Min(count, CountMax); descriptor++)
        {
            Socket? socket = null;
            try
            {
                socket = new Socket(new SafeSocketHandle(descriptor, ownsHandle: true));
                // Another kind of socket (the journal's, a datagram's) is not ours to accept on.
                if (socket is { SocketType: SocketType.Stream, LocalEndPoint: IPEndPoint at } && inherited._sockets.TryAdd(at, socket)) socket = null;
            }
            catch (SocketException)
            {
                // No socket at all.
            }
            finally
            {
                socket?.Dispose();
            }
        }
        return inherited;
    }

    /// <summary>The socket that listens there, or null. It is the caller's from now on.</summary>
    public Socket? Take(IPEndPoint endPoint)
    {
        lock (_gate) return _sockets.Remove(endPoint, out var socket) ? socket : null;
    }
}
