using FilterGate.Matching;

namespace FilterGate.Lists;

/// <summary>Loads the lists in force.</summary>
public static class ListLoader
{
    /// <summary>Loads the shipped lists (starter lists, help sites, never-intercept hosts, the IWF-style demonstration list) and, where given, a folder in UT1 layout instead of the starter lists.</summary>
    /// <param name="folder">A folder in the layout of UT1 (<c>CATEGORY/domains</c>, <c>CATEGORY/urls</c>), or null for the starter lists.</param>
    /// <param name="lockedKey">The box's key for locked entries, 32 bytes.</param>
    /// <exception cref="ListLoadException">The folder is missing or cannot be read: says which file and what to do.</exception>
    public static ListSet Load(string? folder, byte[] lockedKey) => throw new NotImplementedException();

    /// <summary>The shipped taxonomy.</summary>
    public static Taxonomy ShippedTaxonomy => throw new NotImplementedException();
}

/// <summary>A list folder or file that cannot be read at all.</summary>
public sealed class ListLoadException(string message, Exception? inner = null) : Exception(message, inner);
