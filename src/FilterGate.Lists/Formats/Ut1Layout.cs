using System.Collections.Frozen;
using System.Text.RegularExpressions;

namespace FilterGate.Lists.Formats;

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

    /// <summary>Folders that are no category of sites, and why: what a UT1 folder says is advice to that university.</summary>
    public static FrozenDictionary<string, string> LeftOut { get; } = new Dictionary<string, string>(StringComparer.Ordinal)
    {
        ["exceptions_liste_bu"] = "an allow list of the university that publishes UT1",
        ["liste_blanche"] = "an allow list of the university that publishes UT1",
        ["special"] = "no category of sites",
    }.ToFrozenDictionary(StringComparer.Ordinal);

    /// <summary>True for what can be the folder of a category.</summary>
    public static bool IsFolderName(string name) => FolderForm().IsMatch(name);

    [GeneratedRegex("^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$", RegexOptions.CultureInvariant, matchTimeoutMilliseconds: 1000)]
    private static partial Regex FolderForm();
}
