using System.Globalization;
using FilterGate.Review.Watching;

namespace FilterGate.Watching;

/// <summary>The review site's view of a running gateway, over the socket of the data folder: the site may be a process of its own.</summary>
internal sealed class ReviewedWatch(string dataFolder) : IGatewayWatch, IDisposable
{
    private readonly WatchClient _gateway = new(dataFolder);

    /// <inheritdoc/>
    public Task<IReadOnlyList<WatchedDevice>> RunningAsync(CancellationToken cancellationToken) =>
        SayAsync<IReadOnlyList<WatchedDevice>>(async () => [.. (await _gateway.ListAsync(cancellationToken)).Select(DeviceOf)]);

    /// <inheritdoc/>
    public Task<WatchedDevice> StartAsync(string target, string reason, string actor, TimeSpan length, CancellationToken cancellationToken) =>
        SayAsync(async () => DeviceOf(await _gateway.StartAsync(new WatchStart(target, reason, actor, (int)length.TotalSeconds, Attached: false), cancellationToken)));

    /// <inheritdoc/>
    public Task<IReadOnlyList<WatchedConnection>> ReadAsync(long id, CancellationToken cancellationToken) =>
        SayAsync<IReadOnlyList<WatchedConnection>>(async () => [.. (await _gateway.ReadAsync(id, after: 0, cancellationToken)).Sightings.Select(ConnectionOf)]);

    /// <inheritdoc/>
    public Task StopAsync(long id, CancellationToken cancellationToken) => SayAsync(async () =>
    {
        await _gateway.StopAsync(id, cancellationToken);
        return true;
    });

    /// <inheritdoc/>
    public void Dispose() => _gateway.Dispose();

    private static WatchedDevice DeviceOf(WatchRow row) => new(row.Id, row.Target, row.Actor, row.Reason, row.Begins, row.Ends);

    private static WatchedConnection ConnectionOf(SightingRow seen) => new(
        seen.Number, DateTimeOffset.Parse(seen.Time, CultureInfo.InvariantCulture), WatchWords.Address(seen), seen.Decision, WatchWords.Tls(seen.Tls), WatchWords.Outcome(seen),
        seen.Cause is null ? null : new WatchedTrouble(seen.Cause, seen.Explanation ?? "", seen.Detail, seen.Mend, seen.Command));

    private static async Task<T> SayAsync<T>(Func<Task<T>> ask)
    {
        try
        {
            return await ask();
        }
        catch (WatchException problem)
        {
            // The page's sentences begin with a capital letter and end with a stop.
            throw new GatewayWatchException($"{char.ToUpperInvariant(problem.Message[0])}{problem.Message[1..].TrimEnd('.')}.", problem, mayRun: !problem.IsAlone);
        }
    }
}
