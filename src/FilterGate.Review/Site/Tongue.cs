using System.Collections.Frozen;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;

namespace FilterGate.Review.Site;

/// <summary>The language of a page. English stands in the pages themselves; another language is a table from the English words, and what it lacks stays English, word by word.</summary>
/// <remarks>Immutable; safe from any thread. A page that is not wholly translated says which of its parts are English (<c>lang</c>), so that a screen reader speaks each rightly.</remarks>
public sealed class Tongue
{
    /// <summary>What stands before a category's title in the table.</summary>
    internal const string CategoryPrefix = "category: ";

    private readonly FrozenDictionary<string, string> _words;

    private Tongue(string tag, string name, CultureInfo culture, FrozenDictionary<string, string> words) => (Tag, Name, Culture, _words) = (tag, name, culture, words);

    /// <summary>English, as the pages are written.</summary>
    public static Tongue English { get; } = new("en-GB", "English", CultureInfo.GetCultureInfo("en-GB"), FrozenDictionary<string, string>.Empty);

    /// <summary>Welsh, as far as <c>Words/cy.tsv</c> goes.</summary>
    public static Tongue Welsh { get; } = new("cy", "Cymraeg", CultureInfo.GetCultureInfo("cy-GB"), Read("Words/cy.tsv"));

    /// <summary>Those there are.</summary>
    public static IReadOnlyList<Tongue> All { get; } = [English, Welsh];

    /// <summary>For <c>lang</c>: <c>en-GB</c>, <c>cy</c>.</summary>
    public string Tag { get; }

    /// <summary>Its own name for itself.</summary>
    public string Name { get; }

    /// <summary>How it writes dates and numbers.</summary>
    public CultureInfo Culture { get; }

    /// <summary>The words in this language, or in English.</summary>
    public string this[string english] => _words.GetValueOrDefault(english, english);

    /// <summary>The same of words that may be none.</summary>
    public string? Of(string? english) => english is null ? null : this[english];

    /// <summary>True when it has these words.</summary>
    public bool Has(string english) => this == English || _words.ContainsKey(english);

    /// <summary>The words with values at <c>{0}</c>, <c>{1}</c>…, numbers and dates as the language writes them.</summary>
    public string Say(string english, params object?[] values) => string.Format(Culture, this[english], values);

    /// <summary>The one or the many: <c>Count(n, "{0} request waits", "{0} requests wait")</c>. Welsh has the noun in the singular after a number, and translates both alike.</summary>
    /// <param name="number">How many.</param>
    /// <param name="one">For one.</param>
    /// <param name="many">For every other number.</param>
    public string Count(long number, string one, string many) => string.Format(Culture, this[number == 1 ? one : many], number);

    /// <summary>For <c>lang</c> of a part that may have stayed English; null where it need not be said.</summary>
    public string? LangOf(string english) => Has(english) ? null : English.Tag;

    /// <summary>The title of a category, which the taxonomy has in English: a table of its own within the table, for a title may be another word elsewhere.</summary>
    [return: NotNullIfNotNull(nameof(title))]
    public string? Category(string? title) => title is null ? null : _words.GetValueOrDefault(CategoryPrefix + title, title);

    /// <summary>A whole number.</summary>
    public string Number(long number) => number.ToString("N0", Culture);

    /// <summary>Several things as people say them: <c>a, b and c</c>.</summary>
    public string List(IReadOnlyList<string> things)
    {
        ArgumentNullException.ThrowIfNull(things);
        return things.Count > 1 ? Say("{0} and {1}", string.Join(", ", things.SkipLast(1)), things[^1]) : string.Concat(things);
    }

    /// <summary>A day as people say it: <c>Monday 23 November</c>.</summary>
    public string Day(DateTime local) => local.ToString("dddd d MMMM", Culture);

    /// <summary>The language that this tag names, or null.</summary>
    public static Tongue? Find(string? tag) => tag is null ? null : All.FirstOrDefault(tongue => tag.StartsWith(tongue.Tag[..2], StringComparison.OrdinalIgnoreCase) && (tag.Length == 2 || tag[2] == '-'));

    private static FrozenDictionary<string, string> Read(string name)
    {
        using var stream = typeof(Tongue).Assembly.GetManifestResourceStream(name) ?? throw new InvalidOperationException($"{name} is not embedded.");
        using var reader = new StreamReader(stream);
        var words = new Dictionary<string, string>(StringComparer.Ordinal);
        while (reader.ReadLine() is { } line)
            if (line.Split('\t') is [{ Length: > 0 } english, { Length: > 0 } other] && english[0] != '#') words.Add(english, other);
        return words.ToFrozenDictionary(StringComparer.Ordinal);
    }
}
