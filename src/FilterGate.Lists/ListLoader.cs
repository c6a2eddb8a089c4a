using FilterGate.Lists.Compiled;
using FilterGate.Lists.Formats;
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
    /// <remarks>Compiles what it reads: about half a second for UT1's 416,000 entries. Blocking: call it off the request path.</remarks>
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
        using var loading = new Loading(Compile(folder), lockedKey, lockedFeeds);
        return loading.Finish(out report);
    }

    /// <summary>Loads the lists of a box: those it has compiled, where it has, else the starter lists; or a folder instead.</summary>
    /// <param name="box">Where the lists of the box are. A folder in UT1 layout is compiled there once and opened from then on.</param>
    /// <param name="folder">A folder in the layout of UT1, or null.</param>
    /// <param name="lockedKey">The box's key for locked entries, 32 bytes.</param>
    /// <param name="lockedFeeds">The feeds of this box, opened with the same key.</param>
    /// <param name="report">What was read, what was malformed and what was left out.</param>
    /// <exception cref="ListLoadException">What is in force cannot be opened, or the folder cannot be read: says what to do.</exception>
    public static ListSet Load(ListFolder box, string? folder, byte[] lockedKey, LockedFeeds lockedFeeds, out ListLoadReport report)
    {
        var store = new ListStore(box, TimeProvider.System);
        string? note = null;
        var opened = (folder is null ? store.OpenInForce(out note) : store.OpenFolder(folder)) ?? Compile(folder: null);
        using var loading = new Loading(opened, lockedKey, lockedFeeds);
        var lists = loading.Finish(out report);
        return note is null ? lists : lists with { Warnings = lists.Warnings.Insert(0, note) };
    }

    /// <summary>Loads lists that were in force on a box at another time, with the locked ones of now; null where they can be neither opened nor made again.</summary>
    /// <param name="box">Where the lists of the box are.</param>
    /// <param name="version">What <see cref="ListSet.Version"/> was then, as events name it. One that <see cref="NoteInForce"/> has not noted is found only where the locked lists have not changed since.</param>
    /// <param name="lockedKey">The box's key for locked entries, 32 bytes.</param>
    /// <param name="lockedFeeds">The feeds of this box, opened with the same key.</param>
    /// <remarks>What is no longer compiled is compiled again, in memory, from the versions of the sources that are kept: some seconds for large lists.</remarks>
    public static ListSet? LoadKept(ListFolder box, string version, byte[] lockedKey, LockedFeeds lockedFeeds)
    {
        ArgumentNullException.ThrowIfNull(box);
        var store = new ListStore(box, TimeProvider.System);
        if (ListsOfThePast.CategoriesOf(box, version) is { } noted) return store.OpenKept(noted) is { } opened ? Finish(opened) : null;
        foreach (var kept in store.Kept())
            if (store.OpenKept(kept) is { } opened && Finish(opened) is var lists && lists.Version == version) return lists;
        return null;

        ListSet Finish(OpenedLists opened)
        {
            using var loading = new Loading(opened, lockedKey, lockedFeeds);
            return loading.Finish(out _);
        }
    }

    /// <summary>Loads the lists that were in force on a box before those in force now, with the locked ones of now; null where there were none or they are no longer kept.</summary>
    public static ListSet? LoadPrevious(ListFolder box, byte[] lockedKey, LockedFeeds lockedFeeds)
    {
        var store = new ListStore(box, TimeProvider.System);
        if (store.PreviousVersion is not { } version || store.OpenKept(version) is not { } opened) return null;
        using var loading = new Loading(opened, lockedKey, lockedFeeds);
        return loading.Finish(out _);
    }

    /// <summary>Notes which category lists a version of all lists has, so that <see cref="LoadKept"/> finds them when the locked ones have changed since. Called by a gateway that puts them in force.</summary>
    /// <remarks>What cannot be written is not noted: nothing that decides depends on it.</remarks>
    public static void NoteInForce(ListFolder box, ListSet lists) => ListsOfThePast.Note(box, lists);

    private static OpenedLists Compile(string? folder)
    {
        var compilation = new ListCompilation(ShippedTaxonomy, EntryGuard.Shipped());
        if (folder is null) compilation.AddStarterLists();
        else compilation.AddFolder(folder);
        var compiled = compilation.Compile();
        return new(compiled.Open(compilation.Taxonomy), compilation.Taxonomy, compiled.Report.Version, compiled.Report);
    }

    /// <summary>The shipped taxonomy.</summary>
    public static Taxonomy ShippedTaxonomy => ShippedLists.Taxonomy;

    /// <summary>The lines of a shipped list of hosts as they are written, without its comments: for what hands them to another program.</summary>
    /// <param name="path">Below <c>blocklists/</c>: <c>starter/encrypted-dns/domains</c>.</param>
    public static IEnumerable<string> ShippedEntries(string path)
    {
        using var reader = new StreamReader(ShippedLists.Open(path));
        while (reader.ReadLine() is { } line)
            if (line.Trim() is { Length: > 0 } entry && entry[0] != '#') yield return entry;
    }
}

/// <summary>A list folder or file that cannot be read at all.</summary>
public sealed class ListLoadException(string message, Exception? inner = null) : Exception(message, inner);
