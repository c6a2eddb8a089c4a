using System.Collections.Frozen;
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
    /// <summary>By class, each class's in order of their numbers: a school has a session in every other room, and a request asks for those of one.</summary>
    private readonly FrozenDictionary<string, (ClassSession Session, SiteIndex<ClassSession> Sites)[]> _byGroup;

    /// <summary>Makes a table; the order does not matter.</summary>
    /// <param name="sessions">All of them.</param>
    /// <param name="bundles">The bundles that they may name; none when null.</param>
    public SessionTable(IEnumerable<ClassSession> sessions, BundleCatalogue? bundles = null)
    {
        All = [.. sessions.OrderBy(s => s.Id)];
        _byGroup = All.GroupBy(s => s.Group, StringComparer.Ordinal).ToFrozenDictionary(
            group => group.Key,
            group => group.Select(s => (s, new SiteIndex<ClassSession>(s.Sites.Select(site => (site, s)), bundles ?? BundleCatalogue.Empty))).ToArray(),
            StringComparer.Ordinal);
    }

    /// <summary>No sessions.</summary>
    public static SessionTable Empty { get; } = new([]);

    /// <summary>All of them, in order of their numbers.</summary>
    public ImmutableArray<ClassSession> All { get; }

    /// <summary>What the live sessions of the client's class, and of the groups around it, say of an address: a session that closes it before one that opens it, that before one that leaves nothing else open; of several
    /// the earliest. Does not allocate; cost by the sessions of these groups, not by how many there are.</summary>
    /// <returns>The session that answers and whether it opens; null when none says anything.</returns>
    public (ClassSession Session, bool Opens)? Find(Client client, CanonicalUrl url, Seen seen, DateTimeOffset time)
    {
        ArgumentNullException.ThrowIfNull(client);
        if (All.IsEmpty) return null;
        ClassSession? closes = null, opens = null, closesAllElse = null;
        for (var group = client.Group; group is not null; group = group.Parent)
        {
            if (!_byGroup.TryGetValue(group.Name, out var sessions)) continue;
            foreach (var (session, sites) in sessions)
            {
                if (!session.IsLive(time)) continue;
                var isNamed = sites.Find(url, seen, 0, static (ClassSession _, in int _) => true) is not null;
                if (isNamed && session.Kind == SessionKind.Close) closes = Earlier(closes, session);
                else if (isNamed) opens = Earlier(opens, session);
                else if (session.Kind == SessionKind.Only) closesAllElse = Earlier(closesAllElse, session);
            }
        }
        if (closes is not null) return (closes, false);
        if (opens is not null) return (opens, true);
        return closesAllElse is not null ? (closesAllElse, false) : null;
    }

    /// <summary>The live session of the client's class, or of a group around it, that shows this video or playlist, the earliest of several; with null the first that shows any. Does not allocate.</summary>
    public ClassSession? FindShowing(Client client, string? video, DateTimeOffset time)
    {
        ArgumentNullException.ThrowIfNull(client);
        if (All.IsEmpty) return null;
        ClassSession? showing = null;
        for (var group = client.Group; group is not null; group = group.Parent)
        {
            if (!_byGroup.TryGetValue(group.Name, out var sessions)) continue;
            foreach (var (session, _) in sessions)
                if (session.Kind != SessionKind.Close && session.IsLive(time) && Shows(session, video)) showing = Earlier(showing, session);
        }
        return showing;
    }

    private static bool Shows(ClassSession session, string? video)
    {
        foreach (var site in session.Sites)
            if (site.Video is not null && (video is null || site.Video == video)) return true;
        return false;
    }

    private static ClassSession Earlier(ClassSession? known, ClassSession session) => known is not null && known.Id < session.Id ? known : session;

    /// <summary>True when a live session of the client's class shows this video.</summary>
    public bool Shows(Client client, string video, DateTimeOffset time) => FindShowing(client, video, time) is not null;
}
