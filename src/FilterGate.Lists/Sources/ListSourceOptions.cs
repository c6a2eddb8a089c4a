using System.Collections.Immutable;

namespace FilterGate.Lists.Sources;

/// <summary>Bounds and choices of fetching lists. Immutable. A list comes from strangers, so each number here is the most that a hostile one may cost.</summary>
public sealed record ListSourceOptions
{
    /// <summary>The sources that the school's settings name, or null when they name none: then those that are on by default and have been fetched once are in use.</summary>
    public ImmutableArray<string>? Sources { get; init; }

    /// <summary>Good versions kept of each source, the one in force included, 2 to 50. Default 5: a school week.</summary>
    public int Keep { get; init; } = 5;

    /// <summary>Share of entries that may vanish in one update before a person has to agree. Default 0.2.</summary>
    public double ShrinkMax { get; init; } = 0.2;

    /// <summary>Share of entries that may be added in one update before a person has to agree. Default 1: twice as many.</summary>
    public double GrowMax { get; init; } = 1;

    /// <summary>Share of lines that may be unusable before a person has to agree: above it the list is of another format now, or damaged. Default 0.1.</summary>
    public double RejectedMax { get; init; } = 0.1;

    /// <summary>Below this many entries the shares mean little and only a list that is left without any entry is refused. Default 100.</summary>
    public long GuardedFrom { get; init; } = 100;

    /// <summary>Longest download, in bytes as sent. Default 256 MiB; UT1's whole archive has about a tenth of it.</summary>
    public long DownloadBytesMax { get; init; } = 256L << 20;

    /// <summary>Longest that a download may become once unpacked, in bytes over all its files. Default 2 GiB.</summary>
    public long UnpackedBytesMax { get; init; } = 2L << 30;

    /// <summary>How many times its size a download may become once unpacked. Default 100: lists of names reach 10, gzip can reach 1,000.</summary>
    public int UnpackedRatioMax { get; init; } = 100;

    /// <summary>Most files, folders and links in an archive. Default 2,000; UT1 has about 250.</summary>
    public int FilesMax { get; init; } = 2_000;

    /// <summary>Longest path within an archive, in characters. Default 200.</summary>
    public int PathLengthMax { get; init; } = 200;

    /// <summary>Longest that one source may take to be fetched, retries aside. Default 30 min: a large list over a rural line.</summary>
    public TimeSpan FetchTimeout { get; init; } = TimeSpan.FromMinutes(30);

    /// <summary>Longest silence of a server. Default 60 s.</summary>
    public TimeSpan IdleTimeout { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>Most redirects followed. Default 5.</summary>
    public int RedirectsMax { get; init; } = 5;

    /// <summary>Further attempts after one that failed in passing, 0 to 10. Default 3.</summary>
    public int RetriesMax { get; init; } = 3;

    /// <summary>Pause before the first further attempt; it doubles each time, with jitter. Default 2 s.</summary>
    public TimeSpan RetryDelay { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>Sources fetched at once. Default 3: they share the school's line.</summary>
    public int ParallelMax { get; init; } = 3;

    /// <summary>Puts what is now in force before the matcher; called once after each change. Null where nothing compiles.</summary>
    public Func<CancellationToken, Task>? Recompile { get; init; }

    /// <summary>Lets a test's own server on this computer be fetched from without TLS. Never set by a setting.</summary>
    internal bool AllowsHttpToLoopback { get; init; }

    /// <summary>Called between the steps of an update, so that a test can end it there as a power cut would.</summary>
    internal Action<string>? OnStep { get; init; }
}
