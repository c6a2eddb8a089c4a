using NUnit.Framework;

namespace FilterGate.Testing;

/// <summary>Real lists and test vectors that live beside the repository, not in it.</summary>
public static class SharedData
{
    /// <summary>The file or folder at this path below the shared data, such as <c>ut1</c>; ignores the running test, saying so, where it is absent.</summary>
    public static string PathOrIgnore(string relative)
    {
        var path = Find(relative);
        if (path is null) Assert.Ignore($"Needs data/{relative} of the folder named by FILTERGATE_SHARED, or of ../shared beside the repository.");
        return path!;
    }

    /// <summary>The file or folder at this path, or null where it is absent: for a test that can do with less, and says so.</summary>
    public static string? Find(string relative) => Root is { } root && Path.Combine(root, "data", relative) is var path && Path.Exists(path) ? path : null;

    private static string? Root
    {
        get
        {
            if (Environment.GetEnvironmentVariable("FILTERGATE_SHARED") is { Length: > 0 } named) return named;
            for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
                if (Directory.Exists(Path.Combine(folder.FullName, "shared", "data"))) return Path.Combine(folder.FullName, "shared");
            return null;
        }
    }
}
