using FilterGate.Lists.Locked;
using FilterGate.Matching;

namespace FilterGate.Lists;

/// <summary>Loads the lists in force.</summary>
public static class ListLoader
{
    /// <summary>Most malformed lines kept for reading; all are counted.</summary>
    public const int SyntaxErrorsMax = 100;

    /// <summary>Largest file read, in bytes: 512 MiB, five times the largest list known. A larger one is refused whole rather than cut, because half a list would look like one.</summary>
    public const long FileLengthMax = 512L << 20;

    /// <summary>Loads the shipped lists (starter lists, help sites, never-intercept hosts, the IWF-style demonstration list) and, where given, a folder in UT1 layout instead of the starter lists.</summary>
    /// <param name="folder">A folder in the layout of UT1 (<c>CATEGORY/domains</c>, <c>CATEGORY/urls</c>), or null for the starter lists.</param>
    /// <param name="lockedKey">The box's key for locked entries, 32 bytes.</param>
    /// <exception cref="ListLoadException">The folder is missing or cannot be read: says which file and what to do.</exception>
    public static ListSet Load(string? folder, byte[] lockedKey) => Load(folder, lockedKey, out _);

    /// <summary>As <see cref="Load(string?, byte[])"/>, and says what came of each list.</summary>
    /// <param name="folder">A folder in the layout of UT1, or null for the starter lists.</param>
    /// <param name="lockedKey">The box's key for locked entries, 32 bytes.</param>
    /// <param name="report">What was read, what was malformed and what was left out.</param>
    /// <remarks>UT1's 416,000 entries took 2.8 s on two busy cores and 35 MB once laid out. Blocking: call it off the request path.</remarks>
    /// <exception cref="ListLoadException">The folder is missing or cannot be read: says which file and what to do.</exception>
    public static ListSet Load(string? folder, byte[] lockedKey, out ListLoadReport report) => Load(folder, lockedKey, LockedFeeds.None, out report);

    /// <summary>As <see cref="Load(string?, byte[], out ListLoadReport)"/>, with the box's own illegal-content lists.</summary>
    /// <param name="folder">A folder in the layout of UT1, or null for the starter lists.</param>
    /// <param name="lockedKey">The box's key for locked entries, 32 bytes.</param>
    /// <param name="lockedFeeds">The feeds of this box, opened with the same key.</param>
    /// <param name="report">What was read, what was malformed and what was left out.</param>
    /// <exception cref="ListLoadException">The folder is missing or cannot be read: says which file and what to do.</exception>
    public static ListSet Load(string? folder, byte[] lockedKey, LockedFeeds lockedFeeds, out ListLoadReport report)
    {
        using var loading = new Loading(ShippedTaxonomy, lockedKey, lockedFeeds);
        if (folder is null) loading.ReadStarterLists();
        else loading.ReadFolder(folder);
        loading.ReadShippedLists();
        return loading.Finish(out report);
    }

    /// <summary>The shipped taxonomy.</summary>
    public static Taxonomy ShippedTaxonomy => ShippedLists.Taxonomy;
}

/// <summary>A list folder or file that cannot be read at all.</summary>
public sealed class ListLoadException(string message, Exception? inner = null) : Exception(message, inner);
