using System.Net;
using FilterGate.Proxy.BlockPages;

namespace FilterGate.Proxy.Requests;

/// <summary>What the gateway itself saw of a device that has the check page open: which stylesheets came over TLS, which tests. So the result that is kept is what happened, not what a form says.</summary>
/// <remarks>In memory, by address, for ten minutes; at most <see cref="AddressesMax"/>, the oldest goes first. Safe from any thread.</remarks>
internal sealed class DeviceChecks(TimeProvider clock)
{
    /// <summary>A whole school that opens the page in one assembly.</summary>
    private const int AddressesMax = 2_000;

    private static readonly TimeSpan Window = TimeSpan.FromMinutes(10);

    /// <summary>One result an address in this time: a button that is held down is no flood.</summary>
    private static readonly TimeSpan KeepEvery = TimeSpan.FromSeconds(30);

    private readonly Lock _lock = new();
    private readonly Dictionary<IPAddress, Seen> _seen = [];

    /// <summary>The page was opened: what was seen before says nothing of it.</summary>
    public void Begin(IPAddress address) => With(address, static _ => { }, isNew: true);

    /// <summary>A stylesheet came over TLS of the authority that mints, or of the next.</summary>
    public void SeeTrust(IPAddress address, bool isNext) => With(address, seen =>
    {
        if (isNext) seen.IsNextTrusted = true;
        else seen.IsTrusted = true;
    });

    /// <summary>A test came through.</summary>
    public void SeeTest(IPAddress address, DeviceTest test, DeviceTestResult result) => With(address, seen => seen.Tests[test] = result);

    /// <summary>What was seen, to be kept; null where a result of this address has just been kept.</summary>
    public (bool IsTrusted, bool IsNextTrusted, IReadOnlyDictionary<DeviceTest, DeviceTestResult> Tests)? TakeResult(IPAddress address)
    {
        (bool, bool, IReadOnlyDictionary<DeviceTest, DeviceTestResult>)? result = null;
        With(address, seen =>
        {
            var now = clock.GetUtcNow();
            if (seen.KeptAt is { } kept && now - kept < KeepEvery) return;
            seen.KeptAt = now;
            result = (seen.IsTrusted, seen.IsNextTrusted, new Dictionary<DeviceTest, DeviceTestResult>(seen.Tests));
        });
        return result;
    }

    /// <summary>The result could not be stored: it may be tried again at once.</summary>
    public void GiveBack(IPAddress address) => With(address, seen => seen.KeptAt = null);

    private void With(IPAddress address, Action<Seen> change, bool isNew = false)
    {
        lock (_lock)
        {
            var now = clock.GetUtcNow();
            if (!_seen.TryGetValue(address, out var seen) || isNew || now - seen.Since > Window)
            {
                if (seen is null && _seen.Count >= AddressesMax) _seen.Remove(_seen.MinBy(s => s.Value.Since).Key);
                _seen[address] = seen = new Seen(now) { KeptAt = seen?.KeptAt };
            }
            change(seen);
        }
    }

    private sealed class Seen(DateTimeOffset since)
    {
        public DateTimeOffset Since { get; } = since;
        public bool IsTrusted { get; set; }
        public bool IsNextTrusted { get; set; }
        public Dictionary<DeviceTest, DeviceTestResult> Tests { get; } = [];
        public DateTimeOffset? KeptAt { get; set; }
    }
}
