using System.Collections.Immutable;
using FilterGate.Matching;

namespace FilterGate.Lists.Locked;

/// <summary>How a feed stands.</summary>
public enum LockedFeedHealth
{
    /// <summary>In force and fresh.</summary>
    Fresh,

    /// <summary>In force; older than <see cref="LockedFeedStatus.WarnsAfter"/>.</summary>
    Stale,

    /// <summary>In force; older than <see cref="LockedFeedStatus.AlarmsAfter"/>.</summary>
    Overdue,

    /// <summary>Its file is broken; the one before it is in force.</summary>
    Previous,

    /// <summary>It was in force once and cannot be loaded.</summary>
    Broken,

    /// <summary>It was never in force.</summary>
    Missing,
}

/// <summary>One feed, for <c>lists status</c> and alarms.</summary>
/// <param name="Feed">Which.</param>
/// <param name="State">What is known of it, or null.</param>
/// <param name="Problem">Why it cannot be loaded, or null.</param>
/// <param name="IsPrevious">True when the file before the newest is in force.</param>
/// <param name="EntryCount">Entries in force.</param>
/// <param name="VerificationCount">How many of them are verification addresses.</param>
/// <param name="IsBlind">Entries came as hashes without their hosts'.</param>
/// <param name="IsDemonstration">It is the shipped sample.</param>
public sealed record LockedFeedStatus(
    LockedFeedKind Feed, LockedFeedState? State, string? Problem, bool IsPrevious, int EntryCount, int VerificationCount, bool IsBlind, bool IsDemonstration)
{
    /// <summary>A feed older than this warns: its publishers renew it twice a day.</summary>
    public static TimeSpan WarnsAfter { get; } = TimeSpan.FromHours(12);

    /// <summary>A feed older than this alarms: four renewals are missing.</summary>
    public static TimeSpan AlarmsAfter { get; } = TimeSpan.FromHours(48);

    /// <summary>True when its entries are in force.</summary>
    public bool IsInForce => EntryCount > 0;

    /// <summary>How long ago it was renewed, or null when it never was.</summary>
    public TimeSpan? Age(DateTimeOffset now) => State?.LastSuccess is { } at ? now - at : null;

    /// <summary>How it stands. An age that nobody knows counts as overdue.</summary>
    public LockedFeedHealth Health(DateTimeOffset now)
    {
        if (!IsInForce) return Problem is null ? LockedFeedHealth.Missing : LockedFeedHealth.Broken;
        if (IsPrevious) return LockedFeedHealth.Previous;
        return Age(now) is not { } age || age > AlarmsAfter ? LockedFeedHealth.Overdue : age > WarnsAfter ? LockedFeedHealth.Stale : LockedFeedHealth.Fresh;
    }
}

/// <summary>The illegal-content lists of a box, as they lie in <c>lists/locked/</c>.</summary>
/// <remarks>Each feed has its own file, state and status. Immutable once opened; safe from any thread.</remarks>
public sealed class LockedFeeds
{
    private readonly ImmutableArray<(LockedFeedKind Kind, LockedFeedFile File)> _files;

    private LockedFeeds(ImmutableArray<(LockedFeedKind, LockedFeedFile)> files, ImmutableArray<LockedFeedStatus> statuses) => (_files, Statuses) = (files, statuses);

    /// <summary>No feed: a box without a data folder.</summary>
    public static LockedFeeds None { get; } = new([], []);

    /// <summary>Every feed there could be, the required ones first.</summary>
    public ImmutableArray<LockedFeedStatus> Statuses { get; }

    /// <summary>What a technician should know, in plain words and without a word of an entry.</summary>
    public IEnumerable<string> Warnings =>
        Statuses.Where(s => s.Problem is not null).Select(s => s.IsInForce ? $"{s.Problem} The one before it is in force ({s.Feed.Name}.previous.fgk): import the feed again." : s.Problem!);

    /// <summary>What is in force, as a name and bytes that change with it: for the version of the lists.</summary>
    internal IEnumerable<(string List, byte[] Seal)> Versions => _files.Select(f => (f.Kind.List, f.File.Seal));

    /// <summary>Opens every feed that was ever in force.</summary>
    /// <param name="folder">The lists of the box.</param>
    /// <param name="key">The box's key.</param>
    /// <param name="taxonomy">Where their categories are found.</param>
    /// <remarks>A broken file is replaced by the one before it, and <see cref="Warnings"/> says so.</remarks>
    /// <exception cref="ListLoadException">A feed that was in force cannot be loaded at all. Whoever starts with this must not start: without it, what the feed blocks would be open.</exception>
    public static LockedFeeds Open(ListFolder folder, byte[] key, Taxonomy taxonomy)
    {
        var feeds = Look(folder, key, taxonomy);
        var broken = feeds.Statuses.Where(s => s.Problem is not null && !s.IsInForce).ToArray();
        if (broken.Length == 0) return feeds;
        throw new ListLoadException(
            $"{string.Join(' ', broken.Select(s => s.Problem))} Without {(broken.Length == 1 ? "it" : "them")} nothing is opened, so the gateway does not start. Restore {folder.Locked} from a backup, or import the feed again: filtergate lists locked import {broken[0].Feed.Name} FILE");
    }

    /// <summary>As <see cref="Open"/>, for looking alone: what cannot be loaded is a <see cref="LockedFeedStatus.Problem"/>. Never decide by what this gives.</summary>
    public static LockedFeeds Look(ListFolder folder, byte[] key, Taxonomy taxonomy)
    {
        var files = ImmutableArray.CreateBuilder<(LockedFeedKind, LockedFeedFile)>();
        var statuses = ImmutableArray.CreateBuilder<LockedFeedStatus>();
        foreach (var kind in LockedFeedKind.All)
        {
            var place = new LockedFeedPlace(folder.Locked, kind.Name);
            LockedFeedFile? file = null;
            var (problem, isPrevious) = ((string?)null, false);
            if (place.WasEverInForce)
            {
                file = TryRead(place.Current, key, taxonomy, out problem);
                if (file is null && TryRead(place.Previous, key, taxonomy, out _) is { } previous) (file, isPrevious) = (previous, true);
            }
            if (file is not null) files.Add((kind, file));
            statuses.Add(new(
                kind, LockedFeedState.Read(place.State), problem, isPrevious, file?.EntryCount ?? 0, file?.Sections.Sum(s => s.Entries.VerificationCount) ?? 0,
                file?.Sections.Any(s => s.Entries.IsBlind) ?? false, file?.IsDemonstration ?? false));
        }
        return new(files.ToImmutable(), statuses.ToImmutable());
    }

    /// <summary>What is known of one feed beside its entries, or null; reads no entry.</summary>
    public static LockedFeedState? StateOf(ListFolder folder, LockedFeedKind feed) => LockedFeedState.Read(new LockedFeedPlace(folder.Locked, feed.Name).State);

    /// <summary>Adds every feed to a matcher, under its name: <c>locked/iwf-csam</c>.</summary>
    /// <param name="builder">Made with the key that these were opened with.</param>
    public void AddTo(LockedMatcher.Builder builder)
    {
        foreach (var (kind, file) in _files)
            foreach (var (category, entries) in file.Sections) builder.AddFeed(kind.List, category, file.IsDemonstration, entries);
    }

    private static LockedFeedFile? TryRead(string path, byte[] key, Taxonomy taxonomy, out string? problem)
    {
        try
        {
            problem = null;
            return LockedFeedFile.Read(path, key, taxonomy);
        }
        catch (ListLoadException e)
        {
            problem = e.Message;
            return null;
        }
    }
}
