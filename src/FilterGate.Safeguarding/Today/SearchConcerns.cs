using System.Collections.Frozen;

namespace FilterGate.Safeguarding.Today;

/// <summary>Words of a search that a caring adult would want to know of: the phrases of <c>search-concerns.tsv</c>, which says how they are written. They put a search on <em>Today</em> and block nothing.</summary>
/// <remarks>Immutable; safe from any thread. A search is at most 200 characters: walking all phrases costs some ten microseconds, once a search on a page that is opened a few times a day.</remarks>
internal static class SearchConcerns
{
    private const string End = "$", Gap = "..";

    /// <summary>So many other words may stand at a gap.</summary>
    private const int GapMax = 4;

    /// <summary>So many places of a phrase are asked of the index, those with the fewest words first, and beside the first none with more words than that: each word costs a look into every file, and what is found too much is left out here.</summary>
    private const int PlacesAskedMax = 2, AskedOfPlaceMax = 4;

    private static readonly char[] Separators = [.. Enumerable.Range(0, 128).Select(i => (char)i).Where(c => !char.IsLetterOrDigit(c)), '\u2019', '\u2018', '\u201C', '\u201D', '\u2013', '\u2014', '\u00A0'];

    /// <summary>Words that every other search has: the index is not asked for them, for it would walk long lists and leave nothing out.</summary>
    private static readonly FrozenSet<string> Common = FrozenSet.ToFrozenSet(
        ["a", "all", "am", "are", "at", "be", "buy", "feel", "find", "for", "from", "get", "go", "got", "have", "he", "her", "here", "him", "how", "i", "in", "is", "it", "join", "like", "make", "me", "my", "no", "not", "of", "off", "on", "one", "or", "out", "people", "said", "school", "she", "site", "so", "stop", "take", "the", "they", "to", "too", "up", "us",
            "want", "way", "what", "without", "you", "your"], StringComparer.Ordinal);

    private static readonly (Phrase[] Phrases, (string[] Typed, string[] Written)[] Spellings) Table = Read();

    /// <summary>For the index of words: what a search with a concern has at least, a line for each phrase. Some of what has it is none.</summary>
    public static IReadOnlyList<string> Words { get; } = [.. Table.Phrases.Select(phrase => phrase.AskedOfIndex(Table.Spellings)).Distinct(StringComparer.Ordinal)];

    /// <summary>The weightiest concern that the words of a search stand for, or null.</summary>
    public static Concern? Find(string words)
    {
        var plain = Plain(words);
        Concern? found = null;
        foreach (var phrase in Table.Phrases)
        {
            var weight = ConcernWeights.OfWords(phrase.Theme);
            if (weight > (found?.Weight ?? 0) && phrase.Stands(plain)) found = new Concern(phrase.Theme, ConcernWeights.TitleOf(phrase.Theme), weight) { IsByWords = true };
        }
        return found;
    }

    /// <summary>The words in the spelling of the phrases.</summary>
    private static List<string> Plain(string words)
    {
        var split = words.ToLowerInvariant().Replace("'", "", StringComparison.Ordinal).Split(Separators, StringSplitOptions.RemoveEmptyEntries);
        var plain = new List<string>(split.Length);
        for (var at = 0; at < split.Length;)
        {
            var (typed, written) = Array.Find(Table.Spellings, spelling => split.AsSpan(at).StartsWith(spelling.Typed));
            plain.AddRange(written ?? [split[at]]);
            at += typed?.Length ?? 1;
        }
        return plain;
    }

    private static (Phrase[], (string[], string[])[]) Read()
    {
        using var stream = typeof(SearchConcerns).Assembly.GetManifestResourceStream("Today/search-concerns.tsv") ?? throw new InvalidOperationException("The phrases are not embedded.");
        using var reader = new StreamReader(stream);
        var (names, phrases, spellings) = (new Dictionary<string, string>(StringComparer.Ordinal), new List<Phrase>(), new List<(string[], string[])>());
        while (reader.ReadLine() is { } line)
        {
            if (line.Length == 0 || line[0] == '#') continue;
            var parts = line.Split('\t');
            if (line[0] == '=') names[parts[0][1..]] = parts[1];
            else if (line[0] == '~') spellings.Add((parts[0][1..].Split(' '), parts[1].Split(' ')));
            else phrases.Add(Phrase.Of(parts[0], names.Aggregate(parts[1], (text, name) => text.Replace($"<{name.Key}>", name.Value, StringComparison.Ordinal)), parts.Length > 2 ? parts[2].Split(',') : []));
        }
        return ([.. phrases], [.. spellings]);
    }

    /// <summary>Words in their order.</summary>
    /// <param name="Theme">What they are about.</param>
    /// <param name="Places">At each place one of several words, and whether others may stand before it.</param>
    /// <param name="But">What excuses them.</param>
    private sealed record Phrase(string Theme, (FrozenSet<string> Words, bool IsAfterGap)[] Places, string[][] But)
    {
        internal static Phrase Of(string theme, string text, string[] but)
        {
            var (places, isAfterGap) = (new List<(FrozenSet<string>, bool)>(), false);
            foreach (var word in text.Split(' '))
            {
                if (word != Gap) places.Add((FrozenSet.ToFrozenSet(word.Split('|'), StringComparer.Ordinal), isAfterGap));
                isAfterGap = word == Gap;
            }
            return new Phrase(theme, [.. places], [.. but.Select(words => words.Split(' '))]);
        }

        internal bool Stands(List<string> plain)
        {
            for (var at = 0; at < plain.Count; at++)
                if (StandsAt(plain, at, place: 0)) return !But.Any(but => Enumerable.Range(0, plain.Count).Any(from => but.Index().All(word => from + word.Index < plain.Count && plain[from + word.Index] == word.Item)));
            return false;
        }

        /// <summary>For each place one of its words, with the other spellings of each; without the places that nearly every search fills.</summary>
        internal string AskedOfIndex(IEnumerable<(string[] Typed, string[] Written)> spellings)
        {
            // Of what is typed in two words the index knows each; the longer is the rarer.
            var places = Places.Where(place => !place.Words.Contains(End)).Select(place =>
                place.Words.Concat(spellings.Where(spelling => spelling.Written.Any(place.Words.Contains)).Select(spelling => spelling.Typed.MaxBy(word => word.Length)!)).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal).ToList()).ToList();
            var rare = places.Where(words => !words.Exists(Common.Contains)).ToList();
            return string.Join(' ', (rare.Count > 0 ? rare : places).OrderBy(words => words.Count).Index().Where(each => each.Index == 0 || each.Item.Count <= AskedOfPlaceMax).Take(PlacesAskedMax).Select(each => string.Join('|', each.Item)));
        }

        private bool StandsAt(List<string> plain, int at, int place)
        {
            if (place == Places.Length) return true;
            var (words, isAfterGap) = Places[place];
            for (var skipped = 0; skipped <= (isAfterGap ? GapMax : 0) && at + skipped <= plain.Count; skipped++)
            {
                var isEnd = at + skipped == plain.Count;
                if (words.Contains(isEnd ? End : plain[at + skipped]) && (isEnd ? place == Places.Length - 1 : StandsAt(plain, at + skipped + 1, place + 1))) return true;
            }
            return false;
        }
    }
}
