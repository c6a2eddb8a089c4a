namespace FilterGate.Events.Acts;

/// <summary>Bounds and times of folding.</summary>
public sealed record FoldingLimits
{
    /// <summary>Clients remembered at once. Default 4,096, about 2 KB each: a large school. When one more comes, the eighth that has been silent longest is forgotten (<see cref="ActFolder"/>).</summary>
    public int ClientsMax { get; init; } = 4_096;

    /// <summary>How long after a page something may still be a part of it, and after a search its further pages. Default 30 minutes: about as long as a lesson's page stays open.</summary>
    public TimeSpan PageTime { get; init; } = TimeSpan.FromMinutes(30);

    /// <summary>Within this time a refused page that is loaded again is the same act. Default 60 s: a finger on "reload". Later it is a new try.</summary>
    public TimeSpan RetryTime { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>The same for a page that was allowed. Default 5 minutes.</summary>
    public TimeSpan ReloadTime { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>How soon after its redirect a page must come. Default 10 s.</summary>
    public TimeSpan RedirectTime { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Without <c>Sec-Fetch</c>: a page that refers to one that began less than this ago is a frame of it. Default 2 s: nobody reads and clicks that soon.</summary>
    public TimeSpan FrameTime { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>Tunnels and programs: further ones to the same host belong to the same story until it was quiet this long. Default 10 minutes: apps ask again every few.</summary>
    public TimeSpan QuietTime { get; init; } = TimeSpan.FromMinutes(10);

    /// <summary>The same for what gets round the filter, whatever the host: one app tries many. Default 30 minutes.</summary>
    public TimeSpan CircumventionQuietTime { get; init; } = TimeSpan.FromMinutes(30);

    /// <summary>The longest that such a story is. Default 12 hours: an app that tries day and night is one act of each school day, and never two.</summary>
    public TimeSpan CircumventionTime { get; init; } = TimeSpan.FromHours(12);

    /// <summary>Tunnels that follow each other this closely belong to one page or app. Default 5 s.</summary>
    public TimeSpan BurstTime { get; init; } = TimeSpan.FromSeconds(5);
}

/// <summary>Folds requests into what a person did: a page with its pictures, scripts and frames is one act.</summary>
/// <remarks>
/// Pure: no input or output, and the time is the request's. What it remembers are the last pages and tunnels of each client, in two rings of fixed length; a part whose page was forgotten belongs to nothing.
/// A request costs one look-up and a walk of a dozen entries; nothing is allocated but for a client that is new. Safe from any thread: one lock a client.
/// <list type="number">
/// <item>What is it? <c>Sec-Fetch-Dest</c> says it, which browsers send over HTTPS and which no script can write; without it <c>Accept</c>, <c>Referer</c>, <c>X-Requested-With</c> and time.</item>
/// <item>A page is an act, unless it continues one: after a redirect, loaded again, the next page of the same search.</item>
/// <item>A frame, a picture, a script is a part of the page that refers to it, else of the last page; it is never an act, refused or not.</item>
/// <item>A tunnel, or a program that is no browser, is an act where it is refused (and a tunnel also where it is not): one for each host and quiet time. What gets round the filter is one story whatever the host.</item>
/// </list>
/// </remarks>
public sealed class ActFolder
{
    private readonly FoldingLimits _limits;
    private readonly System.Collections.Concurrent.ConcurrentDictionary<string, ClientActs> _clients = new(StringComparer.Ordinal);
    private readonly Lock _forgetting = new();

    /// <summary>Begins without memory.</summary>
    public ActFolder(FoldingLimits? limits = null) => _limits = limits ?? new FoldingLimits();

    /// <summary>Clients remembered now.</summary>
    public int Count => _clients.Count;

    /// <summary>Says what a request is, and remembers what later ones need.</summary>
    public FoldedAct Fold(in RequestSigns signs)
    {
        if (!_clients.TryGetValue(signs.Client, out var client))
        {
            client = _clients.GetOrAdd(signs.Client, static (_, time) => new ClientActs(time), signs.Time.UtcTicks);
            if (_clients.Count > _limits.ClientsMax) ForgetSilent();
        }
        lock (client) return client.Fold(in signs, _limits);
    }

    /// <summary>False for a picture, a script or a program: where such a request is neither refused nor kept, folding it would say nothing to anybody. No look-up.</summary>
    public static bool MayMatterLater(in RequestSigns signs) => RequestNatures.Of(in signs, out _) is RequestNature.Page or RequestNature.Frame or RequestNature.Fetch or RequestNature.Tunnel;

    /// <summary>Notes that a page was answered by a redirect: the page that it leads to is the same act. No allocation.</summary>
    /// <param name="client">As in <see cref="RequestSigns.Client"/>.</param>
    /// <param name="host">The host that was asked.</param>
    /// <param name="target">Path and query that were asked for.</param>
    /// <param name="location">The <c>Location</c> field.</param>
    /// <param name="time">Now.</param>
    public void NoteRedirect(string client, string host, string target, string location, DateTimeOffset time)
    {
        ArgumentNullException.ThrowIfNull(location);
        if (!_clients.TryGetValue(client, out var acts)) return;
        var to = RequestNatures.HostOf(location);
        lock (acts) acts.NoteRedirect(host, target, to.IsEmpty ? host : to, time);
    }

    private void ForgetSilent()
    {
        lock (_forgetting)
        {
            if (_clients.Count <= _limits.ClientsMax) return;
            foreach (var (key, _) in _clients.Select(p => (p.Key, p.Value.LastSeen)).OrderBy(p => p.LastSeen).Take(Math.Max(1, _limits.ClientsMax / 8)).ToArray())
                _clients.TryRemove(key, out _);
        }
    }
}
