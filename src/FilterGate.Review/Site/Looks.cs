using FilterGate.State;

namespace FilterGate.Review.Site;

/// <summary>Writes down who looked at whom: each look at a person, an act's context, search words or an export is a row of the audit.</summary>
/// <remarks>
/// The row is on disk before the page is sent; where it cannot be written the look does not happen (<see cref="StateStoreException"/>: the site says so). The same look of the same person within a minute is one row: a page
/// turned or reloaded is not another look. Safe from any thread.
/// </remarks>
internal sealed class Looks(StateStore state, TimeProvider clock)
{
    /// <summary>Somebody without sign-in, at the gateway's own computer.</summary>
    public const string AtComputer = "at this computer";

    /// <summary>Looks remembered at once; beyond it those a minute old are forgotten first, then all: a row too many, never one too few.</summary>
    private const int RememberedMax = 4_096;

    private static readonly TimeSpan Within = TimeSpan.FromMinutes(1);

    private readonly Lock _noting = new();
    private readonly Dictionary<(string Actor, string Action, string Subject), DateTimeOffset> _noted = [];

    /// <summary>Notes a look.</summary>
    /// <param name="viewer">Who looks.</param>
    /// <param name="what">At what kind of thing: <c>person</c>, <c>act</c>, <c>searches</c>, <c>review</c>, <c>export</c>….</param>
    /// <param name="subject">At whom or what, as <c>person:p123</c>; never what was found.</param>
    public void Note(Viewer viewer, string what, string subject)
    {
        var key = (ActorOf(viewer), $"look.{what}", subject);
        var now = clock.GetUtcNow();
        lock (_noting)
        {
            // A clock that was set back makes the old look lie ahead: then it counts anew.
            if (_noted.TryGetValue(key, out var last) && now - last < Within && last <= now) return;
            state.Audit(key.Item1, key.Item2, subject, reason: null);
            if (_noted.Count >= RememberedMax)
            {
                foreach (var old in _noted.Where(pair => now - pair.Value >= Within).Select(pair => pair.Key).ToList()) _noted.Remove(old);
                if (_noted.Count >= RememberedMax) _noted.Clear();
            }
            _noted[key] = now;
        }
    }

    /// <summary>The viewer as an audit names them.</summary>
    public static string ActorOf(Viewer viewer) => viewer.Standing?.Person ?? AtComputer;
}
