using System.Collections.Immutable;
using FilterGate.Commands;
using FilterGate.Events;
using FilterGate.Lists;
using FilterGate.Lists.Locked;
using FilterGate.Settings;
using Microsoft.Extensions.Logging;

namespace FilterGate.Running;

/// <summary>Keeps a running gateway on its illegal-content lists: takes what a supplier's client drops, puts changed feeds in force, and says when one is late.</summary>
/// <remarks>
/// A dropped file is taken when it has not changed from one look to the next, so that a half-copied one waits; that is within a minute. What is refused is said once and left where it is. Whatever goes wrong here, what was in force stays.
/// </remarks>
internal sealed partial class LockedFollower : BackgroundLoop
{
    /// <summary>How often it looks: twice within the minute that is promised, and once to spare.</summary>
    public static readonly TimeSpan Tick = TimeSpan.FromSeconds(20);

    private readonly CommandContext _context;
    private readonly EventStore _events;
    private readonly ILogger _log;
    private readonly Dictionary<string, (DateTime Modified, long Length)> _seen = new(StringComparer.Ordinal);
    private readonly Dictionary<string, (DateTime Modified, long Length)> _refused = new(StringComparer.Ordinal);
    private readonly Dictionary<string, LockedFeedHealth> _said = new(StringComparer.Ordinal);
    private string _inForce = "";
    private (string? Files, ImmutableArray<LockedFeedStatus> Statuses) _looked;

    /// <summary>Makes a follower; it does nothing before <see cref="ImportWaitingAsync"/> and <see cref="Start"/>.</summary>
    /// <param name="context">Settings, data folder and clock.</param>
    /// <param name="events">Where it is recorded that a feed came or is late.</param>
    /// <param name="log">Counts and times alone.</param>
    public LockedFollower(CommandContext context, EventStore events, ILogger log) => (_context, _events, _log) = (context, events, log);

    /// <summary>Takes what lies there before the gateway starts: a feed is in force from the first request on.</summary>
    public async Task ImportWaitingAsync(CancellationToken cancellationToken)
    {
        foreach (var source in _context.Settings.Locked)
            if (IsNew(source)) await ImportAsync(source, cancellationToken);
        _inForce = FilesInForce();
    }

    /// <summary>Begins to follow.</summary>
    /// <param name="reload">Loads the lists again and puts them in force; false when that failed, and it is tried again at the next look.</param>
    public void Start(Func<bool> reload) => Begin(token => RunAsync(reload, token));

    private async Task RunAsync(Func<bool> reload, CancellationToken cancellationToken)
    {
        using var timer = new PeriodicTimer(Tick, _context.Clock);
        do
        {
            try
            {
                await LookAsync(reload, cancellationToken);
            }
            catch (Exception problem) when (problem is EventStoreException or ListLoadException or UserErrorException or IOException or UnauthorizedAccessException)
            {
                NotLooked(_log, problem.Message);
            }
        }
        while (await timer.WaitForNextTickAsync(cancellationToken));
    }

    /// <summary>One look: at dropped files, at what is in force, at the ages.</summary>
    internal async Task LookAsync(Func<bool> reload, CancellationToken cancellationToken)
    {
        foreach (var source in _context.Settings.Locked)
        {
            if (!IsNew(source))
            {
                _seen.Remove(source.File);
                continue;
            }
            var stamp = Stamp(source.File);
            if (_seen.TryGetValue(source.File, out var before) && before == stamp) await ImportAsync(source, cancellationToken);
            else _seen[source.File] = stamp;
        }

        var inForce = FilesInForce();
        if (inForce != _inForce && reload()) _inForce = inForce;
        await SayWhatIsLateAsync(cancellationToken);
    }

    private async Task ImportAsync(LockedFeedSource source, CancellationToken cancellationToken)
    {
        var stamp = Stamp(source.File);
        try
        {
            var importer = new LockedImporter(GatewayInputs.ListsOf(_context), GatewayInputs.LockedKeyOf(_context), ListLoader.ShippedTaxonomy, _context.Clock);
            var import = importer.Import(source);
            InForce(_log, source.Feed.Name, import.State.Entries, import.State.MalformedLines);
            if (import.State.StillThere is { } stillThere) NotDeleted(_log, stillThere);
            await _events.CommitAsync(LockedEvents.Imported(import, _context.Actor), giveReference: false, cancellationToken);
        }
        catch (ListLoadException problem)
        {
            // The message is of our own making and holds nothing of the feed.
            _refused[source.File] = stamp;
            Refused(_log, problem.Message);
        }
    }

    /// <summary>True for a file that is there and has not been tried as it is.</summary>
    private bool IsNew(LockedFeedSource source)
    {
        if (!File.Exists(source.File)) return false;
        var stamp = Stamp(source.File);
        if (_refused.TryGetValue(source.File, out var refused) && refused == stamp) return false;
        // A bundle, or what could not be deleted, stays where it is: its time says whether it is another one.
        return LockedFeeds.StateOf(GatewayInputs.ListsOf(_context), source.Feed)?.SourceModified is not { } known || known.UtcDateTime != stamp.Modified;
    }

    private static (DateTime Modified, long Length) Stamp(string path) => (File.GetLastWriteTimeUtc(path), new FileInfo(path) is { Exists: true } file ? file.Length : -1);

    /// <summary>What changes when a feed is put in force, here or by the command.</summary>
    private string FilesInForce() => Stamps("*.fgk");

    private string Stamps(string pattern)
    {
        var folder = new DirectoryInfo(GatewayInputs.ListsOf(_context).Locked);
        return folder.Exists ? string.Join('|', folder.EnumerateFiles(pattern).OrderBy(f => f.Name, StringComparer.Ordinal).Select(f => $"{f.Name} {f.Length} {f.LastWriteTimeUtc.Ticks}")) : "";
    }

    private async Task SayWhatIsLateAsync(CancellationToken cancellationToken)
    {
        var now = _context.Clock.GetUtcNow();
        // Reading the feeds themselves each time would cost a large one's megabytes three times a minute.
        var files = Stamps("*.*");
        if (files != _looked.Files) _looked = (files, LockedFeeds.Look(GatewayInputs.ListsOf(_context), GatewayInputs.LockedKeyOf(_context), ListLoader.ShippedTaxonomy).Statuses);
        foreach (var status in _looked.Statuses)
        {
            var health = status.Health(now);
            // The demonstration list is of no age, and what was never there is for `lists status` to say.
            if (health == LockedFeedHealth.Missing || status.IsDemonstration) continue;
            var before = _said.GetValueOrDefault(status.Feed.Name, LockedFeedHealth.Fresh);
            if (health == before) continue;
            await _events.CommitAsync(LockedEvents.Late(status, health, now), giveReference: false, cancellationToken);
            if (health == LockedFeedHealth.Fresh) FreshAgain(_log, LockedEvents.Says(status, health));
            else if (health == LockedFeedHealth.Stale) Late(_log, LockedEvents.Says(status, health));
            else Alarm(_log, LockedEvents.Says(status, health));
            _said[status.Feed.Name] = health;
        }
    }

    [LoggerMessage(220, LogLevel.Warning, "Locked feed {Feed} is in force: {Entries} entries, {Malformed} lines not used.")]
    private static partial void InForce(ILogger log, string feed, int entries, int malformed);

    [LoggerMessage(221, LogLevel.Error, "A locked feed was refused, and the last good one stays in force: {Problem}")]
    private static partial void Refused(ILogger log, string problem);

    [LoggerMessage(222, LogLevel.Error, "A plain feed lies open: {Problem}")]
    private static partial void NotDeleted(ILogger log, string problem);

    [LoggerMessage(223, LogLevel.Warning, "Late: {Says}. Is the supplier's client running?")]
    private static partial void Late(ILogger log, string says);

    [LoggerMessage(224, LogLevel.Error, "ALARM: {Says}.")]
    private static partial void Alarm(ILogger log, string says);

    [LoggerMessage(225, LogLevel.Warning, "Well again: {Says}.")]
    private static partial void FreshAgain(ILogger log, string says);

    [LoggerMessage(226, LogLevel.Error, "The locked feeds could not be looked at; what was in force stays, and this is tried again: {Problem}")]
    private static partial void NotLooked(ILogger log, string problem);
}
