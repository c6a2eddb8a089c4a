using System.Text.RegularExpressions;

namespace FilterGate.Review.Tests.Site;

/// <summary>The words of a page that stand in it as they are, and so stay English whatever the reader's language: text between tags, what is said of a thing to assistive technology, and words within expressions that are not given to <c>T</c>.</summary>
/// <remarks>Reads a page as people do, not as a compiler: good enough to find what was forgotten.</remarks>
internal static partial class PageWords
{
    private const string ClassBegin = "class=\"";

    private static readonly string[] Statements = ["if", "else", "foreach", "switch", "for", "while", "using", "namespace", "inject", "code"];

    /// <summary>Reads a page's markup; its <c>@code</c> is left out.</summary>
    public static IReadOnlyList<string> Plain(string razor)
    {
        var found = new List<string>();
        var markup = Code().Replace(NameOfItsOwn().Replace(Comment().Replace(razor, ""), ""), "");
        if (markup.IndexOf("\n@code {", StringComparison.Ordinal) is >= 0 and var code) markup = markup[..code];
        // An expression becomes a mark that is no word; its own words are looked at by themselves. Quotes within a tag's expression must not look like the tag's own.
        var plain = new System.Text.StringBuilder();
        for (var at = 0; at < markup.Length; at++)
        {
            if (markup[at] != '@' || at + 1 == markup.Length)
            {
                plain.Append(markup[at]);
                continue;
            }
            var end = EndOf(markup, at + 1, out var isStatement);
            var expression = markup[at..end];
            var isClass = plain.Length >= ClassBegin.Length && plain.ToString(plain.Length - ClassBegin.Length, ClassBegin.Length) == ClassBegin;
            if (!isStatement && !isClass && !expression.Contains("T[", StringComparison.Ordinal) && !expression.Contains("T.Say(", StringComparison.Ordinal) && !expression.Contains("T.Count(", StringComparison.Ordinal))
                found.AddRange(Literal().Matches(expression).Select(m => m.Groups["text"].Value).Where(text => IsWords(text) && !Format().IsMatch(text)));
            plain.Append(isStatement ? "" : "\u00A4");
            at = end - 1;
        }
        var rest = Brace().Replace(plain.ToString(), "");
        found.AddRange(Attribute().Matches(rest).Select(m => m.Groups["text"].Value).Where(text => Word().IsMatch(text)));
        found.AddRange(Tag().Split(rest).Select(text => Spaces().Replace(text, " ").Trim()).Where(text => Word().IsMatch(text)));
        return found;
    }

    /// <summary>The words that a page or a view gives to a tongue: <c>T["…"]</c>, what <c>Say</c> and <c>Count</c> are given, what the readers of an address complain of, and the words of a page with one thing to say.</summary>
    public static IReadOnlyList<string> Spoken(string source)
    {
        var found = Notes().Matches(source).Select(m => (m.Index, Text: m.Groups["text"].Value)).ToList();
        foreach (var call in Call().Matches(source).Cast<Match>())
        {
            var open = call.Index + call.Length - 1;
            var given = source[(open + 1)..Closing(source, open)];
            found.AddRange(Literal().Matches(Inner().Replace(given, m => new string(' ', m.Length))).Where(m => IsSaid(m.Groups["text"].Value) && given[..m.Index] is not [.., '$']).Select(m => (open + m.Index, m.Groups["text"].Value)));
        }
        return [.. found.OrderBy(word => word.Index).Select(word => word.Text).Distinct(StringComparer.Ordinal)];
    }

    private static bool IsSaid(string text) => Word().IsMatch(text) && !Format().IsMatch(text);

    /// <summary>Where an expression or the head of a statement ends.</summary>
    private static int EndOf(string text, int at, out bool isStatement)
    {
        var name = Name().Match(text, at) is { Success: true } match && match.Index == at ? match.Value : "";
        isStatement = Statements.Contains(name, StringComparer.Ordinal);
        at += name.Length;
        if (name is "using" or "namespace" or "inject") return text.IndexOf('\n', at) is >= 0 and var line ? line : text.Length;
        for (; at < text.Length; at++)
        {
            if (isStatement && text[at] == ' ') continue;
            if (text[at] is '(' or '[') at = Closing(text, at);
            else if (text[at] is '!' or '?' && at + 1 < text.Length && text[at + 1] == '.') continue;
            else if (text[at] == '.' && Name().Match(text, at + 1) is { Success: true } part && part.Index == at + 1) at += part.Length;
            else break;
        }
        return at;
    }

    /// <summary>The bracket that closes this one; brackets in quotes do not count.</summary>
    private static int Closing(string text, int at)
    {
        var (depth, quoted) = (0, false);
        for (; at < text.Length; at++)
        {
            if (text[at] == '"') quoted = !quoted;
            else if (!quoted && text[at] is '(' or '[') depth++;
            else if (!quoted && text[at] is ')' or ']' && --depth == 0) return at;
        }
        return text.Length - 1;
    }

    private static bool IsWords(string text) => Sentence().IsMatch(text);

    /// <summary>The beginning of a call to a tongue, or to what has one.</summary>
    [GeneratedRegex(@"(\b([Tt]ongue|T|t)(\[|\.(Say|Count)\()|\b(Complain|[Rr]eader\.Say)\(|\b(Choice<\w+>|Among)\()", RegexOptions.ExplicitCapture | RegexOptions.CultureInvariant, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Call();

    /// <summary>What stands within a call and is not said: how a value is written, the name of a field of an address, what is compared.</summary>
    [GeneratedRegex("ToString\\(\"[^\"]*\"|^\"\\w+\"(?=, (\"|tiers|policy|\\w+\\.))|[=!]= \"[^\"]*\"|Join\\(\"[^\"]*\"", RegexOptions.ExplicitCapture | RegexOptions.CultureInvariant, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Inner();

    /// <summary>Words that are given to a tongue where they are shown: of a page with one thing to say, of the choices of a form, of what a switch says in a sentence.</summary>
    [GeneratedRegex("(\\b(Title|Text|LinkText) = |\\bnew Told\\(|(?<=[]}_] => |[?:] )new\\(|(?<=[ [])\\(\\w+\\.\\w+, )\"(?<text>[A-Z][^\"{]+)\"|=> \"(?<text>[A-Z][a-z]+[^\"{]*)\"", RegexOptions.ExplicitCapture | RegexOptions.CultureInvariant, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Notes();

    [GeneratedRegex(@"@\*.*?\*@", RegexOptions.Singleline | RegexOptions.CultureInvariant, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Comment();

    /// <summary>Lines of code between markup.</summary>
    [GeneratedRegex(@"^\s*(var [^\n]*;|case [^\n]*:|default:|break;|if \([^\n]*\))$", RegexOptions.ExplicitCapture | RegexOptions.Multiline | RegexOptions.CultureInvariant, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Code();

    /// <summary>What has no other name in another language says so, or is to be typed as it stands.</summary>
    [GeneratedRegex("<(?<tag>[a-z]+) translate=\"no\">.*?</\\k<tag>>|<code>.*?</code>", RegexOptions.ExplicitCapture | RegexOptions.CultureInvariant, matchTimeoutMilliseconds: 1000)]
    private static partial Regex NameOfItsOwn();

    [GeneratedRegex("\"(?<text>[^\"]*)\"", RegexOptions.ExplicitCapture | RegexOptions.CultureInvariant, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Literal();

    /// <summary>A capital word, or two words: neither a class of the stylesheet nor a part of an address.</summary>
    [GeneratedRegex("^[A-Z][a-z]{2,}|[a-z]{2,} [a-z]{2,}", RegexOptions.CultureInvariant, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Sentence();

    [GeneratedRegex("^[dMyHhms:', .-]+$", RegexOptions.CultureInvariant, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Format();

    [GeneratedRegex("[A-Za-z]{2,}", RegexOptions.CultureInvariant, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Word();

    [GeneratedRegex("[A-Za-z_][A-Za-z0-9_]*", RegexOptions.CultureInvariant, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Name();

    /// <summary>Braces of statements, and what stands alone between two of them.</summary>
    [GeneratedRegex(@"\belse( if \([^\n]*?\))?(?=\s*\{)|[{}]", RegexOptions.ExplicitCapture | RegexOptions.CultureInvariant, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Brace();

    [GeneratedRegex("(aria-label|placeholder|title|alt)=\"(?<text>[^\"]*)\"", RegexOptions.ExplicitCapture | RegexOptions.CultureInvariant, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Attribute();

    [GeneratedRegex("<[^>]*>", RegexOptions.CultureInvariant, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Tag();

    [GeneratedRegex(@"\s+", RegexOptions.CultureInvariant, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Spaces();
}
