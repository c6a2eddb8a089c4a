using System.Text.RegularExpressions;

namespace FilterGate.EndToEnd.Tests.Fixtures;

/// <summary>Finds the codes that pages show.</summary>
internal static partial class References
{
    /// <summary>Each code in a page once, as <c>K7Q4-M2XD</c>.</summary>
    public static IEnumerable<string> In(string page) => Shape().Matches(page).Select(m => m.Value).Distinct(StringComparer.Ordinal);

    // Eight characters of Crockford base 32: neither I, L, O nor U. The colours of the style sheet have no hyphen.
    [GeneratedRegex(@"\b[0-9A-HJKMNP-TV-Z]{4}-[0-9A-HJKMNP-TV-Z]{4}\b", RegexOptions.None, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Shape();
}
