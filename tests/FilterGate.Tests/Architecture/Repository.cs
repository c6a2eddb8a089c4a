namespace FilterGate.Tests.Architecture;

/// <summary>The repository that the tests were built from.</summary>
internal static class Repository
{
    /// <summary>Its root: the folder with the solution.</summary>
    public static string Root { get; } = FindRoot();

    /// <summary>The source projects: name and project file.</summary>
    public static IReadOnlyDictionary<string, string> Projects { get; } =
        Directory.EnumerateFiles(Path.Combine(Root, "src"), "*.csproj", SearchOption.AllDirectories).ToDictionary(p => Path.GetFileNameWithoutExtension(p)!, StringComparer.Ordinal);

    /// <summary>The compiled assembly of a source project, beside the tests.</summary>
    public static string AssemblyPath(string project) =>
        Path.Combine(AppContext.BaseDirectory, (project == "FilterGate" ? "filtergate" : project) + ".dll");

    private static string FindRoot()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
            if (File.Exists(Path.Combine(folder.FullName, "FilterGate.sln"))) return folder.FullName;
        throw new InvalidOperationException("the tests do not run within the repository");
    }
}
