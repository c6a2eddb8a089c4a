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

    /// <summary>Files of a category that are no entries for a school, and why; the folder's other files are loaded.</summary>
    public static FrozenDictionary<string, string> FilesLeftOut { get; } = new Dictionary<string, string>(StringComparer.Ordinal)
    {
        // Nothing opens a web proxy: not a lesson, not the school's own list. A picture of a teenager is none.
        ["strong_redirector/expressions"] = "it takes searches for pictures with words such as 'teen', 'love' or 'hot' in them for web proxies, which nothing opens; safe search is what holds those searches",
    }.ToFrozenDictionary(StringComparer.Ordinal);

    /// <summary>True for what can be the folder of a category.</summary>
    public static bool IsFolderName(string name) => FolderForm().IsMatch(name);

    [GeneratedRegex("^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$", RegexOptions.CultureInvariant, matchTimeoutMilliseconds: 1000)]
    private static partial Regex FolderForm();
}
