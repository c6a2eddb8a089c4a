using System.Net;
using FilterGate.Policy;
using FilterGate.Policy.People;

namespace FilterGate.Proxy.Watching;

/// <summary>Whose connections are watched: one device by its name in the school's records, or one address.</summary>
/// <param name="Device">The name; null where the address is given.</param>
/// <param name="Address">The address; null where the name is given.</param>
public sealed record WatchSubject(string? Device, IPAddress? Address)
{
    /// <summary>True for a connection of this device.</summary>
    internal bool Is(string? device, IPAddress address) => Device is not null ? device is not null && RosterIds.Comparer.Equals(Device, device) : address.Equals(Address);

    /// <inheritdoc/>
    public override string ToString() => Device ?? Address?.ToString() ?? "";
}

/// <summary>What a reader gets of a watch.</summary>
/// <param name="Sightings">Oldest first.</param>
/// <param name="Missed">How many between those and the last that the reader had were dropped, because more came than are kept.</param>
public sealed record WatchReading(IReadOnlyList<Sighting> Sightings, long Missed);

/// <summary>One device that somebody watches: a ring of what it did, in memory alone, until the watch ends.</summary>
/// <remarks>Safe from any thread. When it ends, everything in it is gone.</remarks>
public sealed class Watch
{
    /// <summary>Sightings kept; older ones are dropped. A page of a news site makes two hundred requests.</summary>
    public const int SightingsMax = 1_000;

    // Hosts that settle whether a device trusts us: more than a handful say nothing new.
    private const int HostsMax = 1_000;

    private readonly Lock _lock = new();
    private readonly Queue<Sighting> _ring = new();
    private readonly HashSet<string> _accepted = new(StringComparer.Ordinal);
    private readonly HashSet<string> _rejected = new(StringComparer.Ordinal);
    private TaskCompletionSource? _news;
    private long _last;

    internal Watch(long id, WatchSubject subject, DateTimeOffset begins, DateTimeOffset ends) => (Id, Subject, Begins, Ends) = (id, subject, begins, ends);

    /// <summary>Its number on this gateway, from 1; a restarted gateway begins anew.</summary>
    public long Id { get; }

    /// <summary>Whom it watches.</summary>
    public WatchSubject Subject { get; }

    /// <summary>When it began.</summary>
    public DateTimeOffset Begins { get; }

    /// <summary>When it ends by itself.</summary>
    public DateTimeOffset Ends { get; }

    /// <summary>True once nothing more comes.</summary>
    public bool HasEnded { get; private set; }

    /// <summary>What was seen after the sighting with this number, oldest first.</summary>
    /// <remarks>What a rejected certificate means is judged when it is read: the next connection of the device may tell a pinned app from a device without our authority.</remarks>
    /// <param name="after">The number of the last sighting that the reader has; 0 for all.</param>
    public WatchReading Read(long after = 0)
    {
        lock (_lock)
        {
            var found = new List<Sighting>();
            foreach (var sighting in _ring)
                if (sighting.Number > after) found.Add(Judged(sighting));
            return new WatchReading(found, found.Count == 0 ? 0 : Math.Max(0, found[0].Number - after - 1));
        }
    }

    /// <summary>Waits until there is something after the sighting with this number, or the watch has ended.</summary>
    public Task WaitAsync(long after, CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            if (HasEnded || _last > after) return Task.CompletedTask;
            _news ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            return _news.Task.WaitAsync(cancellationToken);
        }
    }

    internal void Add(Sighting sighting)
    {
        lock (_lock)
        {
            if (HasEnded) return;
            if (sighting is { Trouble: Trouble.CertificateRejected, Host: { } rejected } && _rejected.Count < HostsMax) _rejected.Add(rejected);
            // A request that came through our certificate: this device has our authority.
            if (sighting is { Tls: WatchedTls.Intercepted, Path: not null } && _accepted.Count < HostsMax) _accepted.Add(sighting.Host ?? "");
            if (_ring.Count == SightingsMax) _ring.Dequeue();
            _ring.Enqueue(sighting with { Number = ++_last });
            Tell();
        }
    }

    internal void End()
    {
        lock (_lock)
        {
            HasEnded = true;
            _ring.Clear();
            _accepted.Clear();
            _rejected.Clear();
            Tell();
        }
    }

    /// <summary>One host refused alone says little; two and none accepted, that the device lacks our authority; one among accepted ones, that the app is pinned.</summary>
    private Sighting Judged(Sighting sighting)
    {
        if (sighting.Trouble != Trouble.CertificateRejected) return sighting;
        // A browser connects several times at once, and drops the rest as soon as one of them speaks HTTP/2.
        if (sighting is { Detail: ConnectionWatch.Silent, Host: { } host } && _accepted.Contains(host)) return sighting with { Trouble = null, Outcome = WatchedOutcome.GivenUp, Detail = "a connection that was not needed" };
        // Blocked anyway: no certificate would have opened it.
        if (sighting.Verdict is Verdict.Block or Verdict.Warn or Verdict.Quota) return sighting with { Trouble = Trouble.Policy };
        return sighting with { Trouble = _accepted.Count > 0 ? Trouble.PinnedApp : _rejected.Count > 1 ? Trouble.CaNotTrusted : Trouble.CertificateRejected };
    }

    private void Tell()
    {
        _news?.TrySetResult();
        _news = null;
    }
}
