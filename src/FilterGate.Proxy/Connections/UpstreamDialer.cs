using System.Net;
using System.Net.Sockets;
using FilterGate.Policy;
using FilterGate.Proxy.Requests;
using Polly;
using Polly.Retry;

namespace FilterGate.Proxy.Connections;

/// <summary>Connects to origins by name: looks the name up, judges every address, and tries them so that a dead one costs a quarter of a second, not the whole time-out.</summary>
/// <remarks>
/// Addresses are raced as <see href="https://www.rfc-editor.org/rfc/rfc8305">RFC 8305</see> ("Happy Eyeballs") advises: IPv6 and IPv4 in turn, the next one started 250 ms after the last.
/// Only the look-up is tried again (name servers drop packets); a connection that was made and a request that was sent never are. Safe from any thread.
/// </remarks>
internal sealed class UpstreamDialer(CurrentPolicy policy, DestinationGuard guard, GatewayOptions options, TimeProvider clock)
{
    /// <summary>How long what was sent may go unacknowledged. Six repeats of TCP fit in, as many as a bad line needs; and a server that takes no more of an upload is given as long.</summary>
    private static readonly TimeSpan SilenceMax = TimeSpan.FromSeconds(20);

    // IPPROTO_TCP and TCP_USER_TIMEOUT (linux/tcp.h).
    private const int TcpLevel = 6, TcpUserTimeout = 18;

    private static readonly TimeSpan AttemptDelay = TimeSpan.FromMilliseconds(250);

    // More addresses than this in one answer are left out: a hostile name must not make the gateway knock on hundreds of doors.
    private const int AddressesMax = 8;

    private readonly ResiliencePipeline<IPAddress[]> _lookUp = new ResiliencePipelineBuilder<IPAddress[]> { TimeProvider = clock }
        .AddRetry(new RetryStrategyOptions<IPAddress[]>
        {
            MaxRetryAttempts = 2,
            Delay = TimeSpan.FromMilliseconds(200),
            BackoffType = DelayBackoffType.Exponential,
            UseJitter = true,
            ShouldHandle = new PredicateBuilder<IPAddress[]>().Handle<SocketException>(problem => problem.SocketErrorCode == SocketError.TryAgain),
        })
        .Build();

    /// <summary>Connects.</summary>
    /// <param name="host">Canonical host.</param>
    /// <param name="port">1 to 65535.</param>
    /// <param name="cancellationToken">Ends the attempt.</param>
    /// <param name="source">Connects with this address, over its family alone; null for the gateway's own.</param>
    /// <exception cref="UpstreamException">It could not be connected: says where it broke, or that the destination may not be reached.</exception>
    public async ValueTask<Socket> DialAsync(string host, int port, CancellationToken cancellationToken, IPAddress? source = null)
    {
        using var timeout = new CancellationTokenSource(options.Limits.ConnectTimeout, clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, cancellationToken);
        try
        {
            var addresses = await ResolveAsync(host, either.Token);
            var snapshot = policy.Snapshot;
            if (addresses.Any(a => guard.Refuses(a, port, snapshot)))
            {
                // One private address among public ones is refused too: which one would be dialled is not ours to gamble on.
                throw new UpstreamException(UpstreamException.PrivateDestination, host);
            }

            if (source is not null && (addresses = [.. addresses.Where(a => a.AddressFamily == source.AddressFamily)]).Length == 0)
                throw new SocketException((int)SocketError.AddressFamilyNotSupported);
            return await RaceAsync(Interleave(addresses), port, source, either.Token);
        }
        catch (OperationCanceledException) when (timeout.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            throw new UpstreamException(ForwardFailure.ConnectTimedOut, host);
        }
        catch (SocketException problem)
        {
            throw new UpstreamException(FailureOf(problem.SocketErrorCode), host, problem);
        }
    }

    private async ValueTask<IPAddress[]> ResolveAsync(string host, CancellationToken cancellationToken)
    {
        if (IPAddress.TryParse(host, out var literal)) return [literal];
        var addresses = await _lookUp.ExecuteAsync(async (name, token) => await options.LookUp(name, token), host, cancellationToken);
        return addresses.Length == 0 ? throw new SocketException((int)SocketError.NoData) : addresses;
    }

    private static IEnumerable<IPAddress> Interleave(IPAddress[] addresses)
    {
        var byFamily = addresses.GroupBy(a => a.AddressFamily).Select(g => g.ToArray()).ToArray();
        return Enumerable.Range(0, addresses.Length).SelectMany(i => byFamily.Where(f => i < f.Length).Select(f => f[i])).Take(AddressesMax);
    }

    private async ValueTask<Socket> RaceAsync(IEnumerable<IPAddress> addresses, int port, IPAddress? source, CancellationToken cancellationToken)
    {
        using var raceOver = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var waiting = new Queue<IPAddress>(addresses);
        var running = new List<Task<Socket>>(waiting.Count);
        Exception? problem = null;
        try
        {
            while (waiting.Count > 0 || running.Count > 0)
            {
                if (waiting.TryDequeue(out var address)) running.Add(ConnectAsync(address, port, source, raceOver.Token));
                Task finished = Task.WhenAny(running);
                if (waiting.Count > 0) finished = await Task.WhenAny(finished, Task.Delay(AttemptDelay, clock, raceOver.Token));
                await finished;

                if (running.Find(t => t.IsCompletedSuccessfully) is { } won)
                {
                    running.Remove(won);
                    return await won;
                }

                foreach (var lost in running.Where(t => t.IsCompleted)) problem ??= lost.Exception?.InnerException;
                running.RemoveAll(t => t.IsCompleted);
            }

            cancellationToken.ThrowIfCancellationRequested();
            throw problem ?? new SocketException((int)SocketError.HostUnreachable);
        }
        finally
        {
            await raceOver.CancelAsync();
            // A loser that connects after all is closed; its failure interests nobody.
            foreach (var loser in running)
                _ = loser.ContinueWith(static t => { if (t.IsCompletedSuccessfully) t.Result.Dispose(); else _ = t.Exception; }, CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
        }
    }

    private static async Task<Socket> ConnectAsync(IPAddress address, int port, IPAddress? source, CancellationToken cancellationToken)
    {
        var socket = new Socket(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            if (source is not null) TransparentSocket.DialAs(socket, source);
            // tcp(7), TCP_USER_TIMEOUT in milliseconds: a connection kept for the next request outlives the line it went over, and would take that request to nowhere for a quarter of an hour.
            if (OperatingSystem.IsLinux()) socket.SetRawSocketOption(TcpLevel, TcpUserTimeout, BitConverter.GetBytes((int)SilenceMax.TotalMilliseconds));
            await socket.ConnectAsync(new IPEndPoint(address, port), cancellationToken);
            return socket;
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    private static ForwardFailure FailureOf(SocketError error) => error switch
    {
        SocketError.HostNotFound or SocketError.NoData => ForwardFailure.NameNotFound,
        SocketError.TryAgain or SocketError.NoRecovery => ForwardFailure.NameServerFailed,
        SocketError.ConnectionRefused => ForwardFailure.ConnectionRefused,
        SocketError.TimedOut or SocketError.HostDown or SocketError.HostUnreachable => ForwardFailure.ConnectTimedOut,
        SocketError.NetworkDown or SocketError.NetworkUnreachable or SocketError.AddressNotAvailable or SocketError.AddressFamilyNotSupported => ForwardFailure.NetworkUnreachable,
        _ => ForwardFailure.ConnectionRefused,
    };
}

/// <summary>An origin that could not be reached. The message names no host: it may end in a log.</summary>
internal sealed class UpstreamException : IOException
{
    /// <summary>Marks a refusal of the gateway rather than a failure.</summary>
    public const Reason PrivateDestination = Reason.PrivateDestination;

    public UpstreamException(ForwardFailure failure, string host, Exception? inner = null) : base($"The origin could not be reached: {failure}.", inner) => (Failure, Host) = (failure, host);

    public UpstreamException(Reason refusal, string host) : base($"The destination is refused: {refusal}.") => (Refusal, Host) = (refusal, host);

    /// <summary>Where it broke, unless it was refused.</summary>
    public ForwardFailure? Failure { get; }

    /// <summary>Why the gateway refuses the destination, or null.</summary>
    public Reason? Refusal { get; }

    /// <summary>SHA-256 of a certificate that is not believed, as people compare it; null for another failure.</summary>
    public string? Certificate { get; init; }

    /// <summary>The host that was dialled.</summary>
    public string Host { get; }
}
