using FilterGate.Lists;
using FilterGate.Matching;

namespace FilterGate.Benchmarks;

/// <summary>Lists of a real size: UT1 where it lies beside the repository, else the small starter lists, and the console says which.</summary>
internal static class BenchLists
{
    // Only tells whose locked hashes are whose; nothing secret is in a bench.
    private static readonly byte[] Key = new byte[LockedKey.Length];

    /// <summary>UT1 in <c>../shared/data</c> or below <c>FILTERGATE_SHARED</c>; null without it.</summary>
    public static string? Ut1Folder { get; } = Find();

    /// <summary>Loads them.</summary>
    public static ListSet Load(string? folder)
    {
        var lists = ListLoader.Load(folder, Key);
        var name = folder is not null ? "UT1" : Ut1Folder is null ? "starter lists, because UT1 is not there: figures of a small table" : "starter lists";
        Console.WriteLine($"// lists: {name}, {lists.Categories.EntryCount} entries");
        return lists;
    }

    /// <summary>Every plain entry of the lists that <see cref="Load"/> reads, hosts and host/path, with the name of its folder.</summary>
    public static IEnumerable<(string Entry, string Category)> Entries(string? folder)
    {
        folder ??= Path.Combine(Repository(), "blocklists", "starter");
        foreach (var file in Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories).Order(StringComparer.Ordinal))
        {
            if (Path.GetFileName(file) is not ("domains" or "urls")) continue;
            var category = Path.GetFileName(Path.GetDirectoryName(file)!);
            foreach (var line in File.ReadLines(file))
            {
                var entry = line.Split('#')[0].Trim();
                if (entry.Length > 0 && entry[0] is not ('=' or '*')) yield return (entry, category);
            }
        }
    }

    private static string? Find()
    {
        var shared = Environment.GetEnvironmentVariable("FILTERGATE_SHARED");
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); shared is null && folder is not null; folder = folder.Parent)
        {
            if (Directory.Exists(Path.Combine(folder.FullName, "shared", "data"))) shared = Path.Combine(folder.FullName, "shared");
        }

        var ut1 = Path.Combine(shared ?? "", "data", "ut1");
        return Directory.Exists(ut1) ? ut1 : null;
    }

    private static string Repository()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "FilterGate.sln"))) return folder.FullName;
        }

        throw new DirectoryNotFoundException("FilterGate.sln is in no folder above the bench's own: run it from a clone.");
    }
}
