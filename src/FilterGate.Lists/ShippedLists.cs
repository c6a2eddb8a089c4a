using System.Reflection;
using FilterGate.Matching;

namespace FilterGate.Lists;

/// <summary>The files of <c>blocklists/</c>, built into this assembly under their paths.</summary>
internal static class ShippedLists
{
    private const string Root = "blocklists/";

    private static readonly Assembly Assembly = typeof(ShippedLists).Assembly;

    /// <summary>The shipped taxonomy, read once.</summary>
    public static Taxonomy Taxonomy { get; } = ReadTaxonomy();

    /// <summary>Paths below <c>blocklists/</c> that begin so, in ordinal order.</summary>
    public static IEnumerable<string> PathsUnder(string prefix) =>
        Assembly.GetManifestResourceNames()
            .Where(name => name.StartsWith(Root + prefix, StringComparison.Ordinal))
            .Select(name => name[Root.Length..])
            .Order(StringComparer.Ordinal);

    /// <summary>Opens one of them.</summary>
    public static Stream Open(string path) =>
        Assembly.GetManifestResourceStream(Root + path) ?? throw new InvalidOperationException($"{Root}{path} is not built into {Assembly.GetName().Name}.");

    /// <summary>The version that a shipped list says it has: the day of its last change.</summary>
    public static string VersionOf(string path)
    {
        const string Says = "# Version: ";
        using var reader = new StreamReader(Open(path));
        while (reader.ReadLine() is { } line)
            if (line.StartsWith(Says, StringComparison.Ordinal)) return line[Says.Length..].Split(' ')[0];
        throw new InvalidOperationException($"{Root}{path} says no version");
    }

    private static Taxonomy ReadTaxonomy()
    {
        using var reader = new StreamReader(Open("taxonomy.tsv"));
        return TaxonomyFile.Parse(reader.ReadToEnd());
    }
}
