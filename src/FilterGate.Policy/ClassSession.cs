using System.Collections.Immutable;
using FilterGate.Matching;

namespace FilterGate.Policy;

/// <summary>What a class session does with its sites. Stored by number: add, never renumber.</summary>
public enum SessionKind : byte
{
    /// <summary>Opens the sites.</summary>
    Open = 0,
    /// <summary>Closes the sites.</summary>
    Close = 1,
    /// <summary>Opens the sites, and nothing else.</summary>
    Only = 2,
}

/// <summary>What a teacher opens or closes for one class until the bell (step 7). It cannot beat steps 1 to 5.</summary>
/// <param name="Id">Its number in <c>state.db</c>, from 1.</param>
/// <param name="Group">The class.</param>
/// <param name="Kind">What it does.</param>
/// <param name="Sites">With which sites; a video is opened by its id.</param>
/// <param name="Start">From this instant.</param>
/// <param name="End">Until just before this instant.</param>
public sealed record ClassSession(long Id, string Group, SessionKind Kind, ImmutableArray<Site> Sites, DateTimeOffset Start, DateTimeOffset End)
{
    /// <summary>True when it is in force at this instant.</summary>
    public bool IsLive(DateTimeOffset time) => Start <= time && time < End;
}

/// <summary>The class sessions, immutable. Safe from any thread.</summary>
public sealed class SessionTable
{
    private readonly ImmutableArray<(ClassSession Session, SiteIndex<ClassSession> Sites)> _sessions;

    /// <summary>Makes a table; the order does not matter.</summary>
    /// <param name="sessions">All of them.</param>
    /// <param name="bundles">The bundles that they may name; none when null.</param>
    public SessionTable(IEnumerable<ClassSession> sessions, BundleCatalogue? bundles = null) =>
        _sessions = [.. sessions.OrderBy(s => s.Id).Select(s => (s, new SiteIndex<ClassSession>(s.Sites.Select(site => (site, s)), bundles ?? BundleCatalogue.Empty)))];

    /// <summary>No sessions.</summary>
    public static SessionTable Empty { get; } = new([]);

    /// <summary>All of them.</summary>
    public IEnumerable<ClassSession> All => _sessions.Select(s => s.Session);

    /// <summary>What the live sessions of the client's class say of an address: a session that closes it before one that opens it, that before one that leaves nothing else open. Does not allocate; cost by the number of sessions.</summary>
    /// <returns>The session that answers and whether it opens; null when none says anything.</returns>
    public (ClassSession Session, bool Opens)? Find(Client client, CanonicalUrl url, Seen seen, DateTimeOffset time)
    {
        ArgumentNullException.ThrowIfNull(client);
        if (_sessions.IsEmpty || client.Group is not { } group) return null;
        ClassSession? opens = null, closesAllElse = null;
        foreach (var (session, sites) in _sessions)
        {
            if (!session.IsLive(time) || !group.IsWithin(session.Group)) continue;
            var isNamed = sites.Find(url, seen, 0, static (ClassSession _, in int _) => true) is not null;
            if (isNamed && session.Kind == SessionKind.Close) return (session, false);
            if (isNamed) opens ??= session;
            else if (session.Kind == SessionKind.Only) closesAllElse ??= session;
        }
        if (opens is not null) return (opens, true);
        return closesAllElse is not null ? (closesAllElse, false) : null;
    }

    /// <summary>The live session of the client's class that shows this video or playlist, the earliest of several; with null the first that shows any. Does not allocate.</summary>
    public ClassSession? FindShowing(Client client, string? video, DateTimeOffset time)
    {
        ArgumentNullException.ThrowIfNull(client);
        foreach (var (session, _) in _sessions)
        {
            if (session.Kind == SessionKind.Close || !session.IsLive(time) || client.Group?.IsWithin(session.Group) != true) continue;
            foreach (var site in session.Sites)
                if (site.Video is not null && (video is null || site.Video == video)) return session;
        }
        return null;
    }

    /// <summary>True when a live session of the client's class shows this video.</summary>
    public bool Shows(Client client, string video, DateTimeOffset time) => FindShowing(client, video, time) is not null;
}
