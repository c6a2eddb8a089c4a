using System.Collections.Concurrent;
using System.IO.Pipelines;
using System.Net;
using System.Threading.Channels;
using Microsoft.AspNetCore.Connections;

namespace FilterGate.Proxy.Tests.Fixtures;

/// <summary>A transport without sockets: a test connects from any address it likes and speaks raw bytes.</summary>
internal sealed class InMemoryTransport : IConnectionListenerFactory
{
    private readonly ConcurrentDictionary<int, Listener> _listeners = new();
    private int _lastPort = 50_000;

    public ValueTask<IConnectionListener> BindAsync(EndPoint endpoint, CancellationToken cancellationToken = default)
    {
        var asked = (IPEndPoint)endpoint;
        var bound = new IPEndPoint(asked.Address, asked.Port == 0 ? Interlocked.Increment(ref _lastPort) : asked.Port);
        return ValueTask.FromResult<IConnectionListener>(_listeners[bound.Port] = new Listener(bound));
    }

    /// <summary>Opens a connection to a port from an address.</summary>
    public RawConnection Connect(int port, IPAddress from)
    {
        var listener = _listeners[port];
        var toServer = new Pipe(new PipeOptions(useSynchronizationContext: false));
        var toClient = new Pipe(new PipeOptions(useSynchronizationContext: false));
        var context = new Connection(new Duplex(toServer.Reader, toClient.Writer), new Duplex(toClient.Reader, toServer.Writer))
        {
            RemoteEndPoint = new IPEndPoint(from, 40_000),
            LocalEndPoint = listener.EndPoint,
        };
        if (!listener.Accepted.Writer.TryWrite(context)) throw new InvalidOperationException("The listener is closed.");
        return new RawConnection(toClient.Reader, toServer.Writer, context.OnClientEnded);
    }

    private sealed class Listener(IPEndPoint endPoint) : IConnectionListener
    {
        public Channel<ConnectionContext> Accepted { get; } = Channel.CreateUnbounded<ConnectionContext>();
        public EndPoint EndPoint => endPoint;

        public async ValueTask<ConnectionContext?> AcceptAsync(CancellationToken cancellationToken = default)
        {
            while (await Accepted.Reader.WaitToReadAsync(cancellationToken))
                if (Accepted.Reader.TryRead(out var context)) return context;
            return null;
        }

        public ValueTask UnbindAsync(CancellationToken cancellationToken = default)
        {
            Accepted.Writer.TryComplete();
            return default;
        }

        public ValueTask DisposeAsync() => UnbindAsync();
    }

    private sealed record Duplex(PipeReader Input, PipeWriter Output) : IDuplexPipe;

    private sealed class Connection : DefaultConnectionContext
    {
        private readonly IDuplexPipe _server;
        private readonly CancellationTokenSource _closed = new();

        public Connection(IDuplexPipe server, IDuplexPipe client) : base(Guid.NewGuid().ToString("N"), server, client)
        {
            _server = server;
            ConnectionClosed = _closed.Token;
        }

        public override void Abort(ConnectionAbortedException abortReason)
        {
            ThreadPool.UnsafeQueueUserWorkItem(static closed => closed.Cancel(), _closed, preferLocal: false);
            // As a reset does: what waits to be read is gone, and the peer sees the end.
            _server.Output.CancelPendingFlush();
            _server.Input.CancelPendingRead();
            Application!.Output.Complete(abortReason);
            _server.Output.Complete();
        }

        /// <summary>As a socket does: the end of input is announced as the end of the connection.</summary>
        public void OnClientEnded() => ThreadPool.UnsafeQueueUserWorkItem(static closed => closed.Cancel(), _closed, preferLocal: false);

        public override async ValueTask DisposeAsync()
        {
            await _server.Input.CompleteAsync();
            await _server.Output.CompleteAsync();
            await base.DisposeAsync();
        }
    }
}
