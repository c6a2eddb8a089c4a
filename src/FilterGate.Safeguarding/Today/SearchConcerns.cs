namespace FilterGate.Safeguarding.Today;

/// <summary>Words of a search that a caring adult would want to know of. They put a search on <em>Today</em> and block nothing.</summary>
/// <remarks>A small list from common knowledge, in plain words: full phrase lists, with weights and ages, come with the alerts. A phrase stands whole among the words of the search, without regard to case and signs.</remarks>
internal static class SearchConcerns
{
    private static readonly (string Theme, string[] Phrases, string[] But)[] Table =
    [
        ("suicide", ["suicide", "kill myself", "end my life", "want to die", "dont want to live", "not be alive"], ["suicide squad"]),
        ("self-harm", ["hurt myself", "hurting myself", "harm myself", "cut myself", "self harm", "stop eating", "make myself sick", "pro ana"], ["accidentally"]),
        ("abuse", ["hits me", "hit me at home", "hurts me at home", "scared to go home", "afraid to go home", "touched me", "keep a secret from my mum"], []),
        ("radicalisation", ["join extremists", "extremist forum", "white power", "race war"], []),
        ("criminal", ["buy a knife", "take a knife to school", "make a bomb", "buy a gun", "real gun for sale"], []),
        ("bullying", ["everyone hates me", "being bullied", "how to bully"], []),
        ("adult", ["porn", "sex video", "sex videos", "naked people", "naked girls", "naked boys", "nudes"], []),
        ("substance-abuse", ["buy weed", "buy vape", "buy vapes", "buy drugs", "how to get high"], []),
        ("circumvention", ["vpn", "free vpn", "proxy site", "web proxy", "unblock websites", "get past the filter", "bypass the filter", "get round the filter", "turn off the filter"], []),
    ];

    /// <summary>For each phrase the words that a search with it has at least, as the index of words splits them: "don't" is two words there, and left out.</summary>
    public static IReadOnlyList<string> Words { get; } = [.. Table.SelectMany(row => row.Phrases).Select(phrase => string.Join(' ', phrase.Split(' ').Except(["dont"]))).Distinct(StringComparer.Ordinal)];

    // A search is at most 200 characters: walking some sixty phrases costs microseconds, once a search on a page that is opened a few times a day.
    public static Concern? Find(string words)
    {
        var plain = $" {string.Join(' ', words.ToLowerInvariant().Replace("'", "", StringComparison.Ordinal).Split(Separators, StringSplitOptions.RemoveEmptyEntries))} ";
        Concern? found = null;
        foreach (var (theme, phrases, but) in Table)
        {
            if (ConcernWeights.OfTheme(theme) <= (found?.Weight ?? 0) || !phrases.Any(Stands) || but.Any(Stands)) continue;
            found = new Concern(theme, ConcernWeights.TitleOf(theme), ConcernWeights.OfTheme(theme)) { IsByWords = true };
        }
        return found;

        bool Stands(string phrase) => plain.Contains($" {phrase} ", StringComparison.Ordinal);
    }

    private static readonly char[] Separators = [.. Enumerable.Range(0, 128).Select(i => (char)i).Where(c => !char.IsLetterOrDigit(c)), '\u2019', '\u2018', '\u201C', '\u201D', '\u2013', '\u2014', '\u00A0'];
}
