using System.Net;
using FilterGate.Matching;
using FilterGate.Policy;
using FilterGate.Proxy.Connections;
using FilterGate.Proxy.Requests;

namespace FilterGate.Proxy.Watching;

/// <summary>Shows a technician what one device does while it does it: each connection, allowed ones too. While nobody watches it costs one look at an array.</summary>
/// <remarks>
/// Stages tell it what they see; it keeps what concerns a watched device, in memory alone, for at most <see cref="LongestWatch"/>. A protected help site is never seen, not even as a count. Whoever starts a watch writes it to the audit first.
/// Safe from any thread.
/// </remarks>
public sealed class ConnectionWatch(TimeProvider clock) : IDisposable
{
    /// <summary>Longest watch: long enough to open an app and try again, too short to keep an eye on somebody.</summary>
    public static readonly TimeSpan LongestWatch = TimeSpan.FromMinutes(15);

    /// <summary>Watches at once: a technician and a colleague, each with two devices.</summary>
    public const int WatchesMax = 4;

    /// <summary>After so long without a first byte from the site a request is said to wait. A person has begun to wonder by then.</summary>
    internal static readonly TimeSpan SlowAfter = TimeSpan.FromSeconds(10);

    /// <summary>An app that does not want our certificate goes at once; a browser that connected ahead of need keeps the connection for longer.</summary>
    internal static readonly TimeSpan SilentWithin = TimeSpan.FromSeconds(2);

    /// <summary>The <see cref="Sighting.Detail"/> of a connection that ended without a request right after its handshake.</summary>
    internal const string Silent = "closed without a request right after the handshake";

    private readonly Lock _lock = new();
    private volatile Live[] _live = [];
    private long _lastId;

    /// <summary>True while somebody watches.</summary>
    public bool IsOn => _live.Length > 0;

    /// <summary>The watches that run.</summary>
    public IReadOnlyList<Watch> Running => [.. _live.Select(l => l.Watch)];

    internal TimeProvider Clock => clock;

    /// <summary>Begins one; null when <see cref="WatchesMax"/> run already.</summary>
    /// <param name="subject">Whom to watch.</param>
    /// <param name="length">For how long; more than <see cref="LongestWatch"/> is cut to it.</param>
    /// <param name="ended">Called once when it has ended, by <see cref="Stop"/> or by itself.</param>
    public Watch? Start(WatchSubject subject, TimeSpan length, Action<Watch>? ended = null)
    {
        ArgumentNullException.ThrowIfNull(subject);
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(length, TimeSpan.Zero);
        if (length > LongestWatch) length = LongestWatch;
        lock (_lock)
        {
            if (_live.Length >= WatchesMax) return null;
            var now = clock.GetUtcNow();
            var watch = new Watch(++_lastId, subject, now, now + length);
            var timer = clock.CreateTimer(_ => Stop(watch.Id), null, length, Timeout.InfiniteTimeSpan);
            _live = [.. _live, new Live(watch, timer, ended)];
            return watch;
        }
    }

    /// <summary>The watch with this number, while it runs.</summary>
    public Watch? Find(long id) => Array.Find(_live, l => l.Watch.Id == id)?.Watch;

    /// <summary>Ends one; false when it had ended.</summary>
    public bool Stop(long id)
    {
        Live? stopped;
        lock (_lock)
        {
            stopped = Array.Find(_live, l => l.Watch.Id == id);
            if (stopped is null) return false;
            _live = [.. _live.Where(l => l != stopped)];
        }

        stopped.Timer.Dispose();
        stopped.Watch.End();
        stopped.Ended?.Invoke(stopped.Watch);
        return true;
    }

    /// <summary>A connection that was closed before anything was read: its device has too many, or is none of the school's.</summary>
    internal void SeeTurnedAway(IPAddress address, string? device, Trouble trouble)
    {
        if (!Concerns(device, address)) return;
        Add(address, new Sighting
        {
            Time = clock.GetUtcNow(), Address = address.ToString(), Device = device, Tls = WatchedTls.Refused, Outcome = WatchedOutcome.Refused, Trouble = trouble,
        });
    }

    /// <summary>A CONNECT to a port that is not for the web.</summary>
    internal void SeePortRefused(ClientConnection connection, Client client, in Judgement judgement) => See(connection, client, in judgement, WatchedTls.Refused, WatchedOutcome.Refused, 403, Trouble.PortRefused);

    /// <summary>A connection whose names the policy refused.</summary>
    internal void SeeRefused(ClientConnection connection, Client client, in Judgement judgement, int? status) => See(connection, client, in judgement, WatchedTls.Refused, WatchedOutcome.Refused, status, TroubleOf(judgement.Decision));

    /// <summary>A tunnel whose origin could not be connected.</summary>
    internal void SeeFailed(ClientConnection connection, Client client, in Judgement judgement, ForwardFailure failure) =>
        See(connection, client, in judgement, TunnelOf(client), failure == ForwardFailure.ClientGone ? WatchedOutcome.GivenUp : WatchedOutcome.Failed, status: null, TroubleOf(failure));

    /// <summary>A tunnel that begins. What comes of it is told by <see cref="SeeClosed"/>.</summary>
    internal void SeeOpened(ClientConnection connection, Client client, in Judgement judgement)
    {
        if (Make(connection, client, in judgement) is not { } made) return;
        connection.Opening = made with { Tls = TunnelOf(client), Outcome = WatchedOutcome.Opened };
        Add(connection.Address, connection.Opening);
    }

    /// <summary>A connection that will be read: kept for <see cref="SeeHandshake"/>, because a handshake that fails leaves nothing to judge.</summary>
    internal void Expect(ClientConnection connection, Client client, in Judgement judgement) => connection.Opening = Make(connection, client, in judgement);

    /// <summary>A tunnel that has ended.</summary>
    internal void SeeClosed(ClientConnection connection)
    {
        if (connection.Opening is not { } opening || !IsOn) return;
        var now = clock.GetUtcNow();
        // The first line of every protocol that runs over a tunnel is answered: one that got nothing back got nowhere.
        var trouble = connection.BytesFromOrigin == 0 && connection.BytesToOrigin > 0 ? Trouble.OriginBroken : (Trouble?)null;
        Add(connection.Address, opening with
        {
            Time = now, Outcome = WatchedOutcome.Closed, Took = now - opening.Time, BytesIn = connection.BytesFromOrigin, BytesOut = connection.BytesToOrigin, Trouble = trouble,
        });
    }

    /// <summary>A TLS handshake with the device that failed.</summary>
    internal void SeeHandshake(ClientConnection connection, HandshakeEnding ending)
    {
        if (connection.Opening is not { } opening || !IsOn) return;
        Add(connection.Address, opening with { Time = clock.GetUtcNow(), Outcome = WatchedOutcome.Failed, Trouble = ending.Trouble, Detail = ending.Detail });
    }

    /// <summary>A connection whose handshake was done and that ended again without a request, at once: some programs look at a certificate only then.</summary>
    /// <param name="connection">The connection.</param>
    /// <param name="open">How long it was open after the handshake.</param>
    internal void SeeSilent(ClientConnection connection, TimeSpan open)
    {
        if (connection.Opening is not { } opening || connection.HasRequest || connection.HidesSite || open > SilentWithin || !IsOn) return;
        Add(connection.Address, opening with { Time = clock.GetUtcNow(), Outcome = WatchedOutcome.Failed, Trouble = Trouble.CertificateRejected, Detail = Silent });
    }

    /// <summary>A request whose stages are done, however it ended.</summary>
    internal void SeeRequest(Exchange exchange)
    {
        if (!IsOn || exchange.Judgement is not { } judgement) return;
        var response = exchange.Http.Response;
        var isForwarded = judgement.Decision is { IsForwarded: true, Lesson: null };
        var outcome = exchange.Failure switch
        {
            ForwardFailure.ClientGone => WatchedOutcome.GivenUp,
            not null => WatchedOutcome.Failed,
            null => isForwarded || judgement.Decision.Lesson is not null ? WatchedOutcome.Answered : WatchedOutcome.Refused,
        };
        var trouble = exchange.Failure is { } failure ? TroubleOf(failure) : !isForwarded ? TroubleOf(judgement.Decision) : response.StatusCode >= 500 ? Trouble.OriginError : null;
        if (Make(exchange, in judgement) is not { } made) return;
        Add(exchange.Connection.Address, made with
        {
            Time = clock.GetUtcNow(), Outcome = outcome, Trouble = trouble, Status = outcome == WatchedOutcome.GivenUp && !response.HasStarted ? null : response.StatusCode,
            BytesIn = response.ContentLength, RefusedCertificate = exchange.RefusedCertificate,
        });
    }

    /// <summary>A request that goes to its site now; says so if nothing has come back after <see cref="SlowAfter"/>. Dispose what is returned when it is done.</summary>
    internal IDisposable? Await(Exchange exchange) =>
        IsOn && exchange.Judgement is { } judgement && Make(exchange, in judgement) is { } made ? new Awaited(this, exchange, made) : null;

    private void See(ClientConnection connection, Client client, in Judgement judgement, WatchedTls tls, WatchedOutcome outcome, int? status, Trouble? trouble)
    {
        if (Make(connection, client, in judgement) is { } made) Add(connection.Address, made with { Tls = tls, Outcome = outcome, Status = status, Trouble = trouble });
    }

    /// <summary>What is known of a connection from its names; null where nobody watches its device, and for a help site.</summary>
    private Sighting? Make(ClientConnection connection, Client client, in Judgement judgement)
    {
        if (!Concerns(client.Device, connection.Address) || IsHelp(in judgement, connection.Names)) return null;
        return Known(client, connection, in judgement) with { Method = "CONNECT", Port = judgement.Decision.Locked is null ? connection.Target?.Port : null };
    }

    /// <summary>What is known of a request; null where nobody watches its device, and for a help site.</summary>
    private Sighting? Make(Exchange exchange, in Judgement judgement)
    {
        var connection = exchange.Connection;
        if (!Concerns(exchange.Client.Device, connection.Address) || IsHelp(in judgement, connection.Names) || Holds(judgement.Snapshot.Lists, exchange.Url, Seen.Url)) return null;
        var path = exchange.Url.Path;
        return Known(exchange.Client, connection, in judgement) with
        {
            Method = exchange.Http.Request.Method, Port = judgement.Decision.Locked is null ? exchange.Target.Port : null,
            // An empty one for a locked hit: that it was read is known, what it was is not.
            Path = judgement.Decision.Locked is not null ? "" : path.Length > Sighting.PathLengthMax ? string.Concat(path.AsSpan(0, Sighting.PathLengthMax), "…") : path,
        };
    }

    private Sighting Known(Client client, ClientConnection connection, in Judgement judgement)
    {
        var decision = judgement.Decision;
        var isLocked = decision.Locked is not null;
        return new Sighting
        {
            Time = clock.GetUtcNow(), Address = connection.Address.ToString(), Device = client.Device, Tier = client.Tier.Name,
            Host = isLocked ? null : judgement.Url.Host,
            Verdict = decision.Verdict, Reason = decision.Reason, Category = (decision.Locked?.Category ?? decision.Category)?.Slug, Rule = isLocked ? null : decision.Rule,
            Tls = connection.IsIntercepted || judgement.Seen == Seen.Host ? WatchedTls.Intercepted : WatchedTls.Clear, Outcome = WatchedOutcome.Answered,
            Ja4 = connection.Fingerprint,
        };
    }

    private bool Concerns(string? device, IPAddress address)
    {
        foreach (var live in _live)
            if (live.Watch.Subject.Is(device, address)) return true;
        return false;
    }

    private void Add(IPAddress address, Sighting sighting)
    {
        foreach (var live in _live)
            if (live.Watch.Subject.Is(sighting.Device, address)) live.Watch.Add(sighting);
    }

    /// <summary>True where any name of it, or an address within it, is a protected help site.</summary>
    private static bool IsHelp(in Judgement judgement, List<string> names)
    {
        var (lists, url) = (judgement.Snapshot.Lists, judgement.Url);
        if (Holds(lists, url, judgement.Seen)) return true;
        foreach (var name in names)
            if (name != url.Host && Holds(lists, url.WithHost(name), Seen.Host)) return true;
        return false;
    }

    private static bool Holds(ListSet lists, CanonicalUrl url, Seen seen)
    {
        var known = lists.Classify(url, seen);
        if (known.IsProtectedHelp) return true;
        foreach (var inner in known.Embedded)
            if (inner.Classification.IsProtectedHelp) return true;
        return false;
    }

    private static WatchedTls TunnelOf(Client client) => client.Tier.Tls == TlsMode.Tunnel ? WatchedTls.Tunnel : WatchedTls.Exempt;

    private static Trouble? TroubleOf(in Decision decision) => decision switch
    {
        { IsForwarded: true } => null,
        { Reason: Reason.PrivateDestination } => Trouble.PrivateDestination,
        { Reason: Reason.TlsPolicy } => Trouble.TlsPolicy,
        _ => Trouble.Policy,
    };

    internal static Trouble? TroubleOf(ForwardFailure failure) => failure switch
    {
        ForwardFailure.NameNotFound => Trouble.NameNotFound,
        ForwardFailure.NameServerFailed => Trouble.NameServerFailed,
        ForwardFailure.ConnectionRefused => Trouble.OriginRefused,
        ForwardFailure.ConnectTimedOut => Trouble.OriginTimedOut,
        ForwardFailure.NetworkUnreachable => Trouble.NetworkUnreachable,
        ForwardFailure.CertificateExpired => Trouble.OriginCertificateExpired,
        ForwardFailure.CertificateNameMismatch => Trouble.OriginCertificateName,
        ForwardFailure.CertificateUntrusted => Trouble.OriginCertificateUntrusted,
        ForwardFailure.TlsFailed => Trouble.OriginTls,
        ForwardFailure.BrokenAnswer => Trouble.OriginBroken,
        ForwardFailure.AnswerTimedOut => Trouble.OriginSlow,
        ForwardFailure.ClientGone => null,
        _ => throw new System.Diagnostics.UnreachableException($"failure {failure}"),
    };

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var live in _live) Stop(live.Watch.Id);
    }

    private sealed record Live(Watch Watch, ITimer Timer, Action<Watch>? Ended);

    /// <summary>A request that its site has not answered yet.</summary>
    private sealed class Awaited : IDisposable
    {
        private readonly ConnectionWatch _watch;
        private readonly IPAddress _address;
        private readonly Sighting _known;
        private readonly ITimer _timer;
        private int _isDone;

        public Awaited(ConnectionWatch watch, Exchange exchange, Sighting known)
        {
            (_watch, _address, _known) = (watch, exchange.Connection.Address, known);
            exchange.Http.Response.OnStarting(static state =>
            {
                ((Awaited)state).Dispose();
                return Task.CompletedTask;
            }, this);
            _timer = watch.Clock.CreateTimer(static state => ((Awaited)state!).Say(), this, SlowAfter, Timeout.InfiniteTimeSpan);
        }

        // On a timer's thread: nothing of the request is touched here.
        private void Say()
        {
            if (Interlocked.Exchange(ref _isDone, 1) == 0)
                _watch.Add(_address, _known with { Time = _watch.Clock.GetUtcNow(), Outcome = WatchedOutcome.Waiting, Took = SlowAfter, Trouble = Trouble.OriginSlow });
        }

        public void Dispose()
        {
            Volatile.Write(ref _isDone, 1);
            _timer.Dispose();
        }
    }
}
