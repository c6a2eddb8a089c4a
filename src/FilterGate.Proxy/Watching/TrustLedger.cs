using System.Net;
using FilterGate.Policy;
using FilterGate.Proxy.Certificates;
using FilterGate.Proxy.Connections;
using FilterGate.State;

namespace FilterGate.Proxy.Watching;

/// <summary>What a gateway learnt of certificates since it last told.</summary>
/// <param name="Authority">The fingerprint of the authority that signs.</param>
/// <param name="Devices">What each device did.</param>
/// <param name="Hosts">Alerts by host, of devices that take our certificate for others.</param>
public sealed record TrustNews(string Authority, IReadOnlyCollection<DeviceTrust> Devices, IReadOnlyCollection<RefusedHost> Hosts);

/// <summary>Notes which devices take our certificate and which answer it with an alert: one that never takes it lacks the authority, and a host that is refused by devices which take it for others has an app that takes its own alone.</summary>
/// <remarks>
/// Only what a client says counts: the TLS alerts <c>bad_certificate</c> (42), <c>certificate_unknown</c> (46) and <c>unknown_ca</c> (48). A handshake that breaks in any other way, and a connection that is closed without a word, says nothing that could be held against a
/// device. In memory until <see cref="Take"/>; a device's hosts leave it as sums without the device. Bounded by <see cref="DevicesMax"/> and <see cref="HostsMax"/>; what comes beyond is not counted. Safe from any thread.
/// </remarks>
public sealed class TrustLedger(CertificateAuthorities authorities, TimeProvider clock)
{
    /// <summary>Devices known at once: more than a large trust has on one box.</summary>
    internal const int DevicesMax = 10_000;

    /// <summary>Refused hosts remembered for each device: an app uses a handful.</summary>
    internal const int HostsMax = 32;

    /// <summary>A device that took our certificate within this time of refusing it for a host is one that has the authority.</summary>
    private static readonly TimeSpan AcceptedWithin = TimeSpan.FromDays(1);

    private readonly Lock _lock = new();
    private readonly Dictionary<string, Known> _devices = new(StringComparer.OrdinalIgnoreCase);
    private readonly Dictionary<(string Host, DateOnly Day), HashSet<string>> _whoRefused = [];

    /// <summary>True for an alert that says the certificate is not trusted.</summary>
    internal static bool IsDistrust(int? alert) => alert is 42 or 46 or 48;

    /// <summary>A client ended the handshake.</summary>
    /// <param name="connection">Its connection; one whose host was to be refused anyway is not counted.</param>
    /// <param name="snapshot">The policy.</param>
    /// <param name="ending">What it said.</param>
    internal void SeeRefused(ClientConnection connection, PolicySnapshot snapshot, HandshakeEnding ending)
    {
        if (!IsDistrust(ending.Alert) || !connection.IsToBeForwarded || connection.ClientIn(snapshot) is not { } client) return;
        var host = connection.ServerName ?? connection.Target!.Host;
        // An address names no app; what is never recorded, and what carries a locked entry, is not remembered here either.
        var url = Matching.CanonicalUrl.ForHost("https", host, 443);
        var isNamed = !IPAddress.TryParse(host.Trim('[', ']'), out _) && !snapshot.Lists.Locked.CarriesUrlEntry(host) && !snapshot.IsNeverRecordedHere(url) && !snapshot.Lists.ProtectedHelp.Matches(url, Matching.Seen.Host);
        var now = clock.GetUtcNow();
        lock (_lock)
        {
            if (Find(client) is not { } known) return;
            known.RefusedAt = now;
            known.Alert = ending.Alert;
            known.Refused++;
            if (known.DistinctHosts.Count < HostsMax) known.DistinctHosts.Add(host);
            known.IsNews = true;
            if (!isNamed || (known.Pending.Count >= HostsMax && !known.Pending.ContainsKey(host))) return;
            known.Pending[host] = known.Pending.TryGetValue(host, out var before) ? (before.Count + 1, ending.Alert!.Value, now) : (1, ending.Alert!.Value, now);
        }
    }

    /// <summary>A request came through our certificate.</summary>
    internal void SeeAccepted(Client client)
    {
        var now = clock.GetUtcNow();
        lock (_lock)
        {
            if (Find(client) is not { } known) return;
            // Each request of a busy school comes by here: a device is news once a minute.
            if (known.AcceptedAt is { } last && now - last < TimeSpan.FromMinutes(1) && known.Refused == 0) return;
            (known.AcceptedAt, known.Refused, known.Told, known.IsNews) = (now, 0, 0, true);
            known.DistinctHosts.Clear();
        }
    }

    /// <summary>Takes away what was learnt since the last call.</summary>
    public TrustNews Take()
    {
        var now = clock.GetUtcNow();
        var today = DateOnly.FromDateTime(now.UtcDateTime);
        var devices = new List<DeviceTrust>();
        var hosts = new Dictionary<string, (int Refusals, int Alert)>(StringComparer.Ordinal);
        lock (_lock)
        {
            foreach (var (who, known) in _devices)
            {
                if (known.IsNews) devices.Add(new DeviceTrust(who, known.AcceptedAt, known.RefusedAt, known.Refused - known.Told, known.DistinctHosts.Count, known.Alert));
                (known.IsNews, known.Told) = (false, known.Refused);
                // Kept until the device has shown that it trusts us, which may come after.
                foreach (var (host, (count, alert, at)) in known.Pending)
                {
                    if (known.AcceptedAt is { } accepted && (accepted - at).Duration() <= AcceptedWithin)
                    {
                        hosts[host] = (hosts.GetValueOrDefault(host).Refusals + count, alert);
                        if (!_whoRefused.TryGetValue((host, today), out var refusers)) _whoRefused[(host, today)] = refusers = new HashSet<string>(StringComparer.OrdinalIgnoreCase);
                        refusers.Add(who);
                        known.Pending.Remove(host);
                    }
                    else if (now - at > AcceptedWithin) known.Pending.Remove(host);
                }
            }
            foreach (var key in _whoRefused.Keys.Where(k => k.Day != today).ToList()) _whoRefused.Remove(key);
            return new TrustNews(authorities.Current.Minting.Fingerprint, devices, [.. hosts.Select(h => new RefusedHost(h.Key, today, h.Value.Refusals, _whoRefused[(h.Key, today)].Count, h.Value.Alert))]);
        }
    }

    private Known? Find(Client client)
    {
        var who = client.Device is { } device ? $"device:{device}" : $"client:{client.AddressText}";
        if (_devices.TryGetValue(who, out var known)) return known;
        if (_devices.Count >= DevicesMax) return null;
        _devices[who] = known = new Known();
        return known;
    }

    private sealed class Known
    {
        public DateTimeOffset? AcceptedAt { get; set; }
        public DateTimeOffset? RefusedAt { get; set; }
        public int? Alert { get; set; }
        public int Refused { get; set; }
        public int Told { get; set; }
        public bool IsNews { get; set; }
        public HashSet<string> DistinctHosts { get; } = new(StringComparer.Ordinal);
        public Dictionary<string, (int Count, int Alert, DateTimeOffset At)> Pending { get; } = new(StringComparer.Ordinal);
    }
}
