using System.Diagnostics.CodeAnalysis;
using System.Text;
using System.Text.RegularExpressions;

namespace FilterGate.Lists.Formats;

/// <summary>Brings the regular expressions of lists (POSIX extended in squidGuard, PCRE in e2guardian and in ad-block lists) into the syntax of .NET without backtracking.</summary>
internal static class PatternSyntax
{
    /// <summary>Longest expression, in characters. The longest of UT1 has 536; this bounds what one line can cost.</summary>
    public const int LengthMax = 4096;

    // Deeper nesting is no rule for a URL; and what reads expressions recurses.
    private const int DepthMax = 100;

    // Only bounds building: matching is linear, and the one who matches sets its own.
    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(1);

    private static readonly TimeSpan TrialTimeout = TimeSpan.FromMilliseconds(20);

    private static readonly Dictionary<string, string> PosixClasses = new(StringComparer.Ordinal)
    {
        ["alpha"] = "a-zA-Z",
        ["digit"] = "0-9",
        ["alnum"] = "a-zA-Z0-9",
        ["upper"] = "A-Z",
        ["lower"] = "a-z",
        ["space"] = @"\s",
        ["blank"] = @" \t",
        ["punct"] = @"!-/:-@\[-`{-~",
        ["xdigit"] = "0-9a-fA-F",
        ["word"] = @"\w",
    };

    /// <summary>Translates an expression and shows that it can be built.</summary>
    /// <param name="expression">As the list writes it.</param>
    /// <param name="pattern">In .NET syntax; builds with <see cref="RegexOptions.NonBacktracking"/>.</param>
    /// <param name="why">Why it cannot be used, in plain words.</param>
    /// <remarks>Builds it once; nothing is matched.</remarks>
    public static bool TryTranslate(string expression, [NotNullWhen(true)] out string? pattern, [NotNullWhen(false)] out string? why)
    {
        pattern = null;
        if (expression.Length > LengthMax) return Fail($"longer than {LengthMax} characters", out why);
        if (DepthOf(expression) > DepthMax) return Fail($"more than {DepthMax} brackets within each other", out why);
        var translated = TranslateClasses(expression);
        try
        {
            _ = Build(translated);
        }
        catch (RegexParseException e)
        {
            return Fail($"not a regular expression: {Explain(e.Error)}", out why);
        }
        catch (NotSupportedException)
        {
            // Lookarounds, back references, atomic groups; and counts that would make a giant of it.
            return Fail("looks around, refers back or counts too far, which cannot be matched in bounded time: write it without", out why);
        }
        (pattern, why) = (translated, null);
        return true;
    }

    /// <summary>Builds an expression as it will be matched.</summary>
    public static Regex Build(string pattern) => new(pattern, RegexOptions.NonBacktracking | RegexOptions.IgnoreCase | RegexOptions.CultureInvariant, Timeout);

    /// <summary>Builds an expression for trying it on a few short texts: cheap to build, and may throw <see cref="RegexMatchTimeoutException"/>.</summary>
    public static Regex BuildToTry(string pattern) => new(pattern, RegexOptions.IgnoreCase | RegexOptions.CultureInvariant, TrialTimeout);

    /// <summary>Within square brackets: <c>[:alpha:]</c> is a class to POSIX and PCRE and three odd characters to .NET, which in turn reads <c>[a-z-[b]]</c> as a subtraction.</summary>
    private static string TranslateClasses(string expression)
    {
        if (!expression.Contains('[')) return expression;
        var text = new StringBuilder(expression.Length + 16);
        for (var i = 0; i < expression.Length; i++)
        {
            var c = expression[i];
            text.Append(c);
            if (c == '\\' && i + 1 < expression.Length) text.Append(expression[++i]);
            else if (c == '[') i = TranslateClass(expression, i + 1, text);
        }
        return text.ToString();
    }

    /// <summary>Copies one class, from behind its opening bracket, and returns where its closing bracket stands.</summary>
    private static int TranslateClass(string expression, int i, StringBuilder text)
    {
        if (i < expression.Length && expression[i] == '^') text.Append(expression[i++]);
        // A closing bracket that stands first is a character.
        if (i < expression.Length && expression[i] == ']')
        {
            text.Append(@"\]");
            i++;
        }
        for (; i < expression.Length; i++)
        {
            var c = expression[i];
            if (c == '\\' && i + 1 < expression.Length)
            {
                text.Append(c).Append(expression[++i]);
                continue;
            }
            if (c == '[')
            {
                var end = i + 1 < expression.Length && expression[i + 1] == ':' ? expression.IndexOf(":]", i + 2, StringComparison.Ordinal) : -1;
                if (end > 0 && PosixClasses.TryGetValue(expression[(i + 2)..end], out var members))
                {
                    text.Append(members);
                    i = end + 1;
                    continue;
                }
                text.Append('\\');
            }
            text.Append(c);
            if (c == ']') break;
        }
        return i;
    }

    private static int DepthOf(string expression)
    {
        var (depth, deepest) = (0, 0);
        foreach (var c in expression)
        {
            if (c == '(') deepest = Math.Max(deepest, ++depth);
            else if (c == ')') depth--;
        }
        return deepest;
    }

    private static string Explain(RegexParseError error) => error switch
    {
        RegexParseError.InsufficientClosingParentheses or RegexParseError.InsufficientOpeningParentheses => "its round brackets do not match",
        RegexParseError.UnterminatedBracket => "a square bracket is not closed",
        RegexParseError.QuantifierAfterNothing => "a * + or ? has nothing before it",
        RegexParseError.NestedQuantifiersNotParenthesized => "two of * + ? { } follow each other",
        RegexParseError.ReversedCharacterRange => "a range of characters runs backwards",
        RegexParseError.ReversedQuantifierRange => "a count runs backwards",
        RegexParseError.UnescapedEndingBackslash => "it ends in a backslash",
        _ => $"{error}",
    };

    private static bool Fail(string reason, out string why)
    {
        why = reason;
        return false;
    }
}
