namespace FilterGate.Review.Watching;

/// <summary>A device that somebody watches just now.</summary>
/// <param name="Id">Its number on the gateway.</param>
/// <param name="Target">The device's name or address.</param>
/// <param name="Actor">Who watches.</param>
/// <param name="Reason">Why.</param>
/// <param name="Begins">Since when.</param>
/// <param name="Ends">Until when at most.</param>
public sealed record WatchedDevice(long Id, string Target, string Actor, string Reason, DateTimeOffset Begins, DateTimeOffset Ends);

/// <summary>One thing that it did, in words.</summary>
/// <param name="Number">Counts from 1.</param>
/// <param name="Time">When.</param>
/// <param name="Address">Method, host and path, without a query.</param>
/// <param name="Decision">The verdict's code; null where nothing was decided.</param>
/// <param name="Tls">What was done with its TLS.</param>
/// <param name="Outcome">What came of it.</param>
/// <param name="Trouble">What is in the way, or null.</param>
public sealed record WatchedConnection(long Number, DateTimeOffset Time, string Address, string? Decision, string Tls, string Outcome, WatchedTrouble? Trouble);

/// <summary>What is in the way.</summary>
/// <param name="Cause">Whose matter it is, a code.</param>
/// <param name="Explanation">A sentence.</param>
/// <param name="Detail">What exactly was said, or null.</param>
/// <param name="Mend">What to do, or null.</param>
/// <param name="Command">The command that does it or begins it, or null.</param>
public sealed record WatchedTrouble(string Cause, string Explanation, string? Detail, string? Mend, string? Command);

/// <summary>The running gateway, as far as its devices are watched: the site may be another process. What is seen is kept by the gateway alone, in memory.</summary>
/// <remarks>The gateway writes to the audit who watches whom and why, before it shows anything. Every call may throw <see cref="GatewayWatchException"/>.</remarks>
public interface IGatewayWatch
{
    /// <summary>What is watched now.</summary>
    Task<IReadOnlyList<WatchedDevice>> RunningAsync(CancellationToken cancellationToken);

    /// <summary>Begins a watch.</summary>
    Task<WatchedDevice> StartAsync(string target, string reason, string actor, TimeSpan length, CancellationToken cancellationToken);

    /// <summary>What a watch has seen so far, oldest first.</summary>
    Task<IReadOnlyList<WatchedConnection>> ReadAsync(long id, CancellationToken cancellationToken);

    /// <summary>Ends a watch; nothing where it has ended.</summary>
    Task StopAsync(long id, CancellationToken cancellationToken);
}

/// <summary>It was not done; the message says why and what to do.</summary>
public sealed class GatewayWatchException(string message, Exception? inner = null, bool mayRun = true) : Exception(message, inner)
{
    /// <summary>False when no gateway runs there; true when one does, or nobody can know from here.</summary>
    public bool MayRun { get; } = mayRun;
}

/// <summary>Asks whether a gateway runs.</summary>
internal static class GatewayAnswer
{
    /// <summary>A gateway on the same box answers within milliseconds.</summary>
    private static readonly TimeSpan Wait = TimeSpan.FromSeconds(2);

    /// <summary>True when it answers; false when none does; null when that cannot be known from here.</summary>
    public static async Task<bool?> OfAsync(IGatewayWatch gateway, TimeProvider clock, CancellationToken cancellationToken)
    {
        using var timeOut = new CancellationTokenSource(Wait, clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, timeOut.Token);
        try
        {
            await gateway.RunningAsync(either.Token);
            return true;
        }
        catch (GatewayWatchException problem)
        {
            return problem.MayRun ? null : false;
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return false;
        }
    }
}

/// <summary>No gateway to ask.</summary>
internal sealed class NoGatewayWatch : IGatewayWatch
{
    private static GatewayWatchException Nobody => new("no gateway can be watched from here.");

    public Task<IReadOnlyList<WatchedDevice>> RunningAsync(CancellationToken cancellationToken) => throw Nobody;

    public Task<WatchedDevice> StartAsync(string target, string reason, string actor, TimeSpan length, CancellationToken cancellationToken) => throw Nobody;

    public Task<IReadOnlyList<WatchedConnection>> ReadAsync(long id, CancellationToken cancellationToken) => throw Nobody;

    public Task StopAsync(long id, CancellationToken cancellationToken) => Task.CompletedTask;
}
