using FilterGate.Lists;
using FilterGate.Policy.Documents;

namespace FilterGate.EndToEnd.Tests.Seeds;

/// <summary>The files under <c>seeds/</c>, wherever the tests were started.</summary>
internal static class SeedFiles
{
    private static readonly string Root = FindRoot();

    /// <summary>The path of a file of the seeds.</summary>
    /// <param name="relative">Below <c>seeds/</c>.</param>
    public static string PathOf(string relative) => Path.Combine(Root, relative);

    /// <summary>The policy of a seed.</summary>
    public static PolicyDocument Policy(string seed) =>
        PolicyDocument.Parse(File.ReadAllText(PathOf($"{seed}/policy.yaml")), ListLoader.ShippedTaxonomy, out var problems, BundleFile.Shipped)
            ?? throw new InvalidOperationException($"seeds/{seed}/policy.yaml: {string.Join("; ", problems)}");

    private static string FindRoot()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
            if (Path.Combine(folder.FullName, "seeds") is var seeds && File.Exists(Path.Combine(seeds, "README.md"))) return seeds;
        throw new InvalidOperationException("seeds/ is not above the tests.");
    }
}
