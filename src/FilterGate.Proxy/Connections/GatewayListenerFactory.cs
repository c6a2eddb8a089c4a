using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using Microsoft.Extensions.Logging;

namespace FilterGate.Proxy.Connections;

/// <summary>Accepts the gateway's sockets itself, so that a tunnel may take the raw socket and transparent listening binds in the same place (decision 1).</summary>
internal sealed class GatewayListenerFactory(ILoggerFactory loggers) : IConnectionListenerFactory
{
    /// <summary>Binds and begins to listen.</summary>
    /// <exception cref="ListenException">It cannot: in use, not ours, not allowed.</exception>
    public ValueTask<IConnectionListener> BindAsync(EndPoint endpoint, CancellationToken cancellationToken = default)
    {
        var address = (IPEndPoint)endpoint;
        if (InheritedSockets.OfThisProcess.Take(address) is { } inherited) return ValueTask.FromResult<IConnectionListener>(new Listener(inherited, loggers));
        var socket = new Socket(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            // "::" answers IPv4 too; such clients arrive IPv4-mapped and are brought back at Accept.
            if (address.Address.Equals(IPAddress.IPv6Any)) socket.DualMode = true;
            if (endpoint is HandedOverEndPoint) TransparentSocket.Allow(socket);
            socket.Bind(address);
            socket.Listen(backlog: 512);
        }
        catch (SocketException problem)
        {
            socket.Dispose();
            throw new ListenException(address, problem);
        }

        return ValueTask.FromResult<IConnectionListener>(new Listener(socket, loggers));
    }

    private sealed class Listener(Socket socket, ILoggerFactory loggers) : IConnectionListener
    {
        // Inline, or a client's last words are lost: who hangs up over our certificate leaves bytes of ours unread, so a reset follows its alert, and a pipe that ends
        // in a reset no longer gives what it holds (decision 77).
        private readonly SocketConnectionContextFactory _contexts = new(new SocketConnectionFactoryOptions { UnsafePreferInlineScheduling = true }, loggers.CreateLogger("FilterGate.Proxy.Socket"));
        private int _closed;

        public EndPoint EndPoint { get; } = socket.LocalEndPoint!;

        public async ValueTask<ConnectionContext?> AcceptAsync(CancellationToken cancellationToken = default)
        {
            while (true)
            {
                try
                {
                    var accepted = await socket.AcceptAsync(cancellationToken);
                    accepted.NoDelay = true;
                    return _contexts.Create(accepted);
                }
                catch (ObjectDisposedException)
                {
                    return null;
                }
                catch (SocketException) when (Volatile.Read(ref _closed) == 1)
                {
                    return null;
                }
                catch (SocketException)
                {
                    // The client reset before it was accepted, or descriptors ran out for a moment: neither ends the listener.
                    await Task.Delay(TimeSpan.FromMilliseconds(5), cancellationToken);
                }
            }
        }

        public ValueTask UnbindAsync(CancellationToken cancellationToken = default)
        {
            Volatile.Write(ref _closed, 1);
            socket.Dispose();
            return default;
        }

        public ValueTask DisposeAsync()
        {
            Volatile.Write(ref _closed, 1);
            socket.Dispose();
            _contexts.Dispose();
            return default;
        }
    }
}
