using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Connections.Features;

namespace FilterGate.Proxy.Connections;

/// <summary>Lets a client that ends its side after its request (a half-close, as <c>nc</c> and some old apps do) still get its answer.</summary>
/// <remarks>
/// A socket's end of input looks to Kestrel as if the client had gone, and the request is given up. Here that news is held back for a time; a client that is really gone is noticed at the first byte written to it.
/// An abort is never held back. One per plain HTTP connection; disposed with it.
/// </remarks>
internal sealed class HalfCloseLifetime : IConnectionLifetimeFeature, IDisposable
{
    /// <summary>How long an answer may take to begin after the client ended its side: what a person waits, not what an idle stream may last.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly ConnectionContext _context;
    private readonly CancellationTokenSource _closed;
    private readonly CancellationTokenRegistration _ended;

    /// <summary>Puts itself in the place of the connection's own lifetime.</summary>
    public HalfCloseLifetime(ConnectionContext context, TimeProvider clock)
    {
        _context = context;
        _closed = new CancellationTokenSource(Timeout.InfiniteTimeSpan, clock);
        _ended = context.ConnectionClosed.UnsafeRegister(static (self, _) => ((HalfCloseLifetime)self!)._closed.CancelAfter(Patience), this);
        ConnectionClosed = _closed.Token;
        // Kestrel reads the one, what it hosts the other.
        context.ConnectionClosed = _closed.Token;
        context.Features.Set<IConnectionLifetimeFeature>(this);
    }

    /// <inheritdoc/>
    public CancellationToken ConnectionClosed { get; set; }

    /// <inheritdoc/>
    public void Abort()
    {
        _context.Abort();
        _closed.Cancel();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _ended.Dispose();
        // Kestrel may still hold the token; a source without timer or registrations needs no disposal.
        _closed.CancelAfter(Timeout.InfiniteTimeSpan);
    }
}
