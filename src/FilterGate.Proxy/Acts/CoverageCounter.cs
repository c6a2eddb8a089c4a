using System.Collections.Concurrent;
using FilterGate.Policy;
using FilterGate.State;

namespace FilterGate.Proxy.Acts;

/// <summary>Counts how much of the traffic could be seen, by hour, tier and kind of device. In memory; whoever owns it takes the counts away each minute. No host and no person is in it.</summary>
/// <remarks>A count costs one look-up, and an allocation for the first of its kind in an hour. Safe from any thread.</remarks>
public sealed class CoverageCounter(TimeProvider clock)
{
    private readonly ConcurrentDictionary<CoverageKey, Tally> _tallies = [];

    /// <summary>Counts requests, or connections that were not read.</summary>
    internal void Count(Client client, DeviceKind kind, DeviceHolding holding, CoverageMode mode, CoverageReason reason, long requests, long bytes)
    {
        var now = clock.GetUtcNow();
        var key = new CoverageKey(new DateTimeOffset(now.UtcTicks - (now.UtcTicks % TimeSpan.TicksPerHour), TimeSpan.Zero), client.Tier.Name, kind, mode, reason)
        {
            Holding = holding,
            Identity = client.Person is not null ? CoverageIdentity.Person : client.Device is not null ? CoverageIdentity.Device : CoverageIdentity.Neither,
        };
        if (!_tallies.TryGetValue(key, out var tally)) tally = _tallies.GetOrAdd(key, static _ => new Tally());
        tally.Add(requests, bytes);
    }

    /// <summary>Takes away what was counted since the last call, and forgets hours that are over.</summary>
    public IReadOnlyCollection<CoverageCount> Take()
    {
        var counts = new List<CoverageCount>();
        var before = clock.GetUtcNow().AddHours(-2);
        foreach (var (key, tally) in _tallies)
        {
            if (tally.Take() is var (requests, bytes) && (requests != 0 || bytes != 0)) counts.Add(new CoverageCount(key, requests, bytes));
            // Who still holds the tally of an hour that ended two hours ago has been waiting that long.
            else if (key.Hour < before) _tallies.TryRemove(key, out _);
        }
        return counts;
    }

    /// <summary>Gives back what could not be stored.</summary>
    public void GiveBack(IEnumerable<CoverageCount> counts)
    {
        ArgumentNullException.ThrowIfNull(counts);
        foreach (var count in counts) _tallies.GetOrAdd(count.Key, static _ => new Tally()).Add(count.Requests, count.Bytes);
    }

    private sealed class Tally
    {
        private long _requests, _bytes;

        public void Add(long requests, long bytes)
        {
            Interlocked.Add(ref _requests, requests);
            if (bytes != 0) Interlocked.Add(ref _bytes, bytes);
        }

        public (long Requests, long Bytes) Take() => (Interlocked.Exchange(ref _requests, 0), Interlocked.Exchange(ref _bytes, 0));
    }
}

/// <summary>What a <c>User-Agent</c> says plainly of the device. Bounded words; nothing of the text is kept.</summary>
internal static class DeviceKinds
{
    public static DeviceKind Of(string? userAgent) => userAgent switch
    {
        null or "" => DeviceKind.Unknown,
        _ when userAgent.Contains("iPad", StringComparison.Ordinal) || userAgent.Contains("iPhone", StringComparison.Ordinal) => DeviceKind.IPad,
        _ when userAgent.Contains("CrOS", StringComparison.Ordinal) => DeviceKind.Chromebook,
        _ when userAgent.Contains("Windows NT", StringComparison.Ordinal) => DeviceKind.Windows,
        _ when userAgent.Contains("Macintosh", StringComparison.Ordinal) => DeviceKind.Mac,
        _ when userAgent.Contains("Android", StringComparison.Ordinal) => DeviceKind.Android,
        _ when userAgent.StartsWith("Mozilla/", StringComparison.Ordinal) => DeviceKind.Other,
        _ => DeviceKind.Unknown,
    };

    public static DeviceHolding HoldingOf(Client client, PolicySnapshot snapshot) =>
        client.Device is null ? DeviceHolding.Unknown
        : snapshot.InForce.Roster.FindDeviceByName(client.Device) is not { } device ? DeviceHolding.Named
        : device.IsTrolley ? DeviceHolding.Trolley
        : device.Person is not null ? DeviceHolding.Loan
        : DeviceHolding.Named;
}
