using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using System.Text;

namespace FilterGate.EndToEnd.Tests.Fixtures;

/// <summary>What became of a packet that a client sent.</summary>
internal enum Reached
{
    /// <summary>The other side answered.</summary>
    Answer,

    /// <summary>Refused at once: a reset, or a message that the port or the way is closed.</summary>
    Refused,

    /// <summary>Nothing came back: the client waits.</summary>
    Silence,
}

/// <summary>Raw sockets inside a network namespace. A socket stays where it was made, whoever uses it afterwards.</summary>
internal static partial class NamespaceSockets
{
    // sched.h: CLONE_NEWNET.
    private const int NetworkNamespaceKind = 0x40000000;

    // Nothing here crosses more than three cables of this machine; a refusal comes within a millisecond.
    private static readonly TimeSpan SilenceAfter = TimeSpan.FromMilliseconds(700);

    /// <summary>Makes a socket inside.</summary>
    public static Socket Make(NetworkNamespace place, AddressFamily family, SocketType type, IPEndPoint? bindTo = null)
    {
        Socket? made = null;
        Exception? problem = null;
        // A thread of its own, which ends in that namespace: one of the pool's would take it along to the next test.
        var thread = new Thread(() =>
        {
            try
            {
                using var file = File.OpenHandle($"/var/run/netns/{place.Name}");
                if (SetNamespace(file.DangerousGetHandle().ToInt32(), NetworkNamespaceKind) != 0) throw new SocketException(Marshal.GetLastPInvokeError());
                made = new Socket(family, type, type == SocketType.Dgram ? ProtocolType.Udp : ProtocolType.Tcp);
                made.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.ReuseAddress, true);
                if (bindTo is not null) made.Bind(bindTo);
            }
            catch (Exception caught)
            {
                problem = caught;
            }
        });
        thread.Start();
        thread.Join();
        return problem is null ? made! : throw problem;
    }

    /// <summary>Answers every datagram, and every connection, on these ports of an address until it is disposed: what a probe reaches if nothing stops it.</summary>
    public static IDisposable Echo(NetworkNamespace place, IPAddress address, IEnumerable<int> tcpPorts, IEnumerable<int> udpPorts)
    {
        var sockets = new List<Socket>();
        foreach (var port in tcpPorts)
        {
            var listener = Make(place, address.AddressFamily, SocketType.Stream, new IPEndPoint(address, port));
            listener.Listen();
            sockets.Add(listener);
            _ = AcceptAsync(listener);
        }

        foreach (var port in udpPorts)
        {
            var socket = Make(place, address.AddressFamily, SocketType.Dgram, new IPEndPoint(address, port));
            sockets.Add(socket);
            _ = AnswerAsync(socket);
        }

        return new Ending(sockets);
    }

    /// <summary>Sends one datagram and waits for what comes.</summary>
    /// <param name="place">Where it is sent from.</param>
    /// <param name="to">Where to.</param>
    /// <param name="bytes">Its length; 48 is a question for the time.</param>
    public static async Task<Reached> UdpAsync(NetworkNamespace place, IPEndPoint to, int bytes = 32)
    {
        using var socket = Make(place, to.AddressFamily, SocketType.Dgram);
        try
        {
            await socket.ConnectAsync(to);
            await socket.SendAsync(new byte[bytes]);
            using var late = new CancellationTokenSource(SilenceAfter);
            await socket.ReceiveAsync(new byte[2048], late.Token);
            return Reached.Answer;
        }
        catch (Exception problem) when (OutcomeOf(problem) is { } outcome)
        {
            return outcome;
        }
    }

    /// <summary>Connects, says something and waits for an answer.</summary>
    public static async Task<Reached> TcpAsync(NetworkNamespace place, IPEndPoint to, string says = "hello\n")
    {
        try
        {
            return (await TalkAsync(place, to, Encoding.ASCII.GetBytes(says))).Length > 0 ? Reached.Answer : Reached.Refused;
        }
        catch (Exception problem) when (OutcomeOf(problem) is { } outcome)
        {
            return outcome;
        }
    }

    /// <summary>Connects, sends bytes, and gives back what comes until the other side ends it.</summary>
    /// <exception cref="SocketException">The connection was refused or reset.</exception>
    public static async Task<byte[]> TalkAsync(NetworkNamespace place, IPEndPoint to, byte[] says)
    {
        using var socket = Make(place, to.AddressFamily, SocketType.Stream);
        using var late = new CancellationTokenSource(SilenceAfter);
        await socket.ConnectAsync(to, late.Token);
        await socket.SendAsync(says, late.Token);
        var (came, buffer) = (new MemoryStream(), new byte[16 * 1024]);
        using var ending = new CancellationTokenSource(TimeSpan.FromSeconds(10));
        while (await socket.ReceiveAsync(buffer, ending.Token) is > 0 and var count) came.Write(buffer, 0, count);
        return came.ToArray();
    }

    private static Reached? OutcomeOf(Exception problem) => problem switch
    {
        OperationCanceledException => Reached.Silence,
        SocketException { SocketErrorCode: SocketError.TimedOut } => Reached.Silence,
        SocketException { SocketErrorCode: SocketError.ConnectionRefused or SocketError.ConnectionReset or SocketError.HostUnreachable or SocketError.NetworkUnreachable or SocketError.AccessDenied } => Reached.Refused,
        _ => null,
    };

    private static async Task AcceptAsync(Socket listener)
    {
        try
        {
            while (true)
            {
                using var accepted = await listener.AcceptAsync();
                await accepted.SendAsync("echo\n"u8.ToArray());
                accepted.Shutdown(SocketShutdown.Both);
            }
        }
        catch (Exception problem) when (problem is SocketException or ObjectDisposedException)
        {
            // Ended with the test.
        }
    }

    private static async Task AnswerAsync(Socket socket)
    {
        var buffer = new byte[2048];
        try
        {
            while (true)
            {
                var got = await socket.ReceiveFromAsync(buffer, new IPEndPoint(socket.AddressFamily == AddressFamily.InterNetwork ? IPAddress.Any : IPAddress.IPv6Any, 0));
                await socket.SendToAsync(buffer.AsMemory(0, got.ReceivedBytes), got.RemoteEndPoint);
            }
        }
        catch (Exception problem) when (problem is SocketException or ObjectDisposedException)
        {
            // Ended with the test.
        }
    }

    [LibraryImport("libc", EntryPoint = "setns", SetLastError = true)]
    private static partial int SetNamespace(int file, int kind);

    private sealed class Ending(List<Socket> sockets) : IDisposable
    {
        public void Dispose() => sockets.ForEach(s => s.Dispose());
    }
}
