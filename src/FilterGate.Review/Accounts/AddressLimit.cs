using System.Net;
using System.Net.Sockets;

namespace FilterGate.Review.Accounts;

/// <summary>How often one address may try to sign in or to enrol: a bound beside the lock-out of an account, so that many accounts cannot be tried from one place.</summary>
/// <remarks>In memory: a restart forgets it, the lock-outs stay. IPv6 addresses count by their /64, which one device can fill. Safe from any thread.</remarks>
internal sealed class AddressLimit(TimeProvider clock)
{
    /// <summary>Tries from one address in <see cref="Window"/>: a staff room behind one address may mistype too.</summary>
    public const int TriesMax = 30;

    /// <summary>Addresses remembered at once; when all are fresh, a new one is refused rather than let through uncounted.</summary>
    public const int AddressesMax = 10_000;

    /// <summary>What a try is counted within.</summary>
    public static TimeSpan Window { get; } = TimeSpan.FromMinutes(15);

    private readonly Lock _counting = new();
    private readonly Dictionary<IPAddress, (DateTimeOffset Since, int Tries)> _tries = [];

    /// <summary>Counts a try; false when there were too many.</summary>
    public bool TryCount(IPAddress? address)
    {
        var now = clock.GetUtcNow();
        var key = Key(address);
        lock (_counting)
        {
            if (!_tries.TryGetValue(key, out var counted) || now - counted.Since >= Window)
            {
                if (_tries.Count >= AddressesMax && !_tries.ContainsKey(key))
                {
                    foreach (var old in _tries.Where(pair => now - pair.Value.Since >= Window).Select(pair => pair.Key).ToList()) _tries.Remove(old);
                    if (_tries.Count >= AddressesMax) return false;
                }
                counted = (now, 0);
            }
            _tries[key] = counted with { Tries = counted.Tries + 1 };
            return counted.Tries < TriesMax;
        }
    }

    private static IPAddress Key(IPAddress? address)
    {
        if (address is null) return IPAddress.None;
        if (address.IsIPv4MappedToIPv6) return address.MapToIPv4();
        if (address.AddressFamily != AddressFamily.InterNetworkV6) return address;
        var bytes = address.GetAddressBytes();
        bytes.AsSpan(8).Clear();
        return new IPAddress(bytes);
    }
}
