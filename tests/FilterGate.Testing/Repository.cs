namespace FilterGate.Testing;

/// <summary>The repository that the tests were built in.</summary>
public static class Repository
{
    /// <summary>Its top folder.</summary>
    public static string Root { get; } = Find();

    private static string Find()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
            if (File.Exists(Path.Combine(folder.FullName, "FilterGate.sln"))) return folder.FullName;
        throw new InvalidOperationException("The tests do not run within the repository.");
    }
}
