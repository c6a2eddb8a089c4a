using System.Collections.Frozen;
using System.Text.RegularExpressions;
using FilterGate.Lists.Formats;

namespace FilterGate.Lists.Sources;

/// <summary>The layout of UT1 and squidGuard: a folder a category.</summary>
internal static partial class Ut1Layout
{
    /// <summary>The files of a folder that hold entries, and how each is written.</summary>
    public static FrozenDictionary<string, ListFormat> Files { get; } = new Dictionary<string, ListFormat>(StringComparer.Ordinal)
    {
        ["domains"] = ListFormat.Plain,
        ["urls"] = ListFormat.Plain,
        ["expressions"] = ListFormat.SquidGuardExpressions,
    }.ToFrozenDictionary(StringComparer.Ordinal);

    /// <summary>Folders that are no category of sites: UT1's advice to its own university.</summary>
    public static FrozenSet<string> LeftOut { get; } = FrozenSet.Create(StringComparer.Ordinal, "exceptions_liste_bu", "liste_blanche", "special");

    /// <summary>True for what can be the folder of a category.</summary>
    public static bool IsFolderName(string name) => FolderForm().IsMatch(name);

    [GeneratedRegex("^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$", RegexOptions.CultureInvariant, matchTimeoutMilliseconds: 1000)]
    private static partial Regex FolderForm();
}
