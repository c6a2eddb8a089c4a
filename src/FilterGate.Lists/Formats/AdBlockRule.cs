using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using System.Text;
using System.Text.RegularExpressions;
using FilterGate.Matching;

namespace FilterGate.Lists.Formats;

/// <summary>One network rule of an ad-block list, brought to what our matcher compares with.</summary>
/// <param name="Kind">What it is compared with.</param>
/// <param name="Text">A place in our notation, or a regular expression.</param>
/// <param name="Options">What stood behind its <c>$</c>.</param>
/// <param name="IsException">It began with <c>@@</c>.</param>
/// <param name="IsOwnExpression">The list wrote a regular expression itself, which is still to be translated.</param>
internal sealed record AdBlockRule(EntryKind Kind, string Text, AdBlockOptions Options, bool IsException, bool IsOwnExpression = false)
{
    // A pattern of fewer characters than this says too little: "ad" is in "reading".
    private const int SubstringLengthMin = 4;

    // Anything but a letter, a digit or one of _ - . %, or the end of the address.
    private const string Separator = "(?:[^a-z0-9_.%-]|$)";
    private const string AnySubdomain = @"^(?:[^/?]*\.)?";

    private static readonly SearchValues<char> LettersAndDigits = SearchValues.Create("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789");

    private static readonly SearchValues<char> NeverInHost = SearchValues.Create("/?*&=:|@$%~,;!'()[]{}\"\\^#<>");

    // As above, but for the wildcard.
    private static readonly SearchValues<char> OddInHost = SearchValues.Create("&=@$~,;!'()[]{}\"\\#<> ");

    // What schemes look like at the head of an expression.
    private static readonly string[] SchemesOfExpressions = [@"^https?:\/\/", "^https?://", @"^https:\/\/", "^https://", @"^http:\/\/", "^http://", @"^\w+:\/\/", "^[^:]+://", @":\/\/", "://"];

    /// <summary>Reads a rule.</summary>
    /// <param name="text">The line.</param>
    /// <param name="rule">The result.</param>
    /// <param name="leaveOut">Why a well-formed rule is left out on purpose, or null.</param>
    /// <param name="why">Why the rule is malformed, or null.</param>
    public static bool TryParse(string text, [NotNullWhen(true)] out AdBlockRule? rule, out string? leaveOut, out string? why)
    {
        (rule, leaveOut, why) = (null, null, null);
        var isException = text.StartsWith("@@", StringComparison.Ordinal);
        var pattern = isException ? text[2..] : text;
        var options = AdBlockOptions.None;
        if (FindOptions(pattern) is var at and >= 0)
        {
            if (!AdBlockOptions.TryParse(pattern[(at + 1)..], isException, out var parsed, out leaveOut, out why)) return false;
            (options, pattern) = (parsed, pattern[..at]);
        }
        if (!TryReadPattern(pattern, options.Domains, out var kind, out var entry, out var isOwnExpression, ref leaveOut, ref why)) return false;
        rule = new(kind, entry, options, isException, isOwnExpression);
        return true;
    }

    /// <summary>Where the options begin, or -1: at the last <c>$</c> that a name follows. An expression may hold others.</summary>
    private static int FindOptions(string pattern)
    {
        if (pattern.Length > 1 && pattern[0] == '/' && pattern[^1] == '/') return -1;
        for (var at = pattern.LastIndexOf('$'); at >= 0; at = at == 0 ? -1 : pattern.LastIndexOf('$', at - 1))
            if (at + 1 < pattern.Length && (char.IsAsciiLetterOrDigit(pattern[at + 1]) || pattern[at + 1] is '~' or '_') && (at == 0 || pattern[at - 1] != '\\')) return at;
        return -1;
    }

    private static bool TryReadPattern(string pattern, IReadOnlyList<string> domains, out EntryKind kind, out string entry, out bool isOwnExpression, ref string? leaveOut, ref string? why)
    {
        (kind, entry, isOwnExpression) = (EntryKind.Place, "", false);
        if (pattern.Length > 2 && pattern[0] == '/' && pattern[^1] == '/')
        {
            (kind, isOwnExpression) = (EntryKind.UrlPattern, true);
            if (domains.Count > 0) leaveOut = AdBlockOptions.NeedsPage;
            else if (!TryTakeScheme(pattern[1..^1], out entry)) leaveOut = "an expression about the scheme of the address, which is not compared";
            return leaveOut is null;
        }
        if (pattern.AsSpan().ContainsAny(' ', '\t'))
        {
            why = "has a blank, which no rule has";
            return false;
        }
        // A * at an end says nothing, unless an anchor stands before it.
        pattern = pattern.TrimEnd('*');
        if (!pattern.StartsWith("||", StringComparison.Ordinal)) pattern = pattern.TrimStart('*');
        if (pattern.Trim('|', '^', '*').Length == 0)
        {
            why = "would block everything";
            return false;
        }
        if (pattern.StartsWith("||", StringComparison.Ordinal)) return TryReadAnchored(pattern[2..], isExact: false, domains, out kind, out entry, ref leaveOut, ref why);
        if (pattern[0] == '|' || pattern.StartsWith("http", StringComparison.OrdinalIgnoreCase) || pattern.StartsWith("://", StringComparison.Ordinal))
        {
            var rest = WithoutScheme(pattern.TrimStart('|'));
            if (rest is not null)
            {
                if (rest.Trim('|', '^', '*', '/').Length > 0) return TryReadAnchored(rest, isExact: true, domains, out kind, out entry, ref leaveOut, ref why);
                why = "would block everything";
                return false;
            }
            if (pattern[0] == '|')
            {
                why = "after a | at the start an address begins, with http:// or https://";
                return false;
            }
        }
        return TryReadSubstring(pattern, domains, out kind, out entry, ref leaveOut, ref why);
    }

    /// <summary>A rule whose start is the start of a host (<c>|https://</c>) or of one of its labels (<c>||</c>).</summary>
    private static bool TryReadAnchored(string pattern, bool isExact, IReadOnlyList<string> domains, out EntryKind kind, out string entry, ref string? leaveOut, ref string? why)
    {
        (kind, entry) = (EntryKind.Place, "");
        var mark = isExact ? "=" : "";
        if (!isExact && pattern.StartsWith("*.", StringComparison.Ordinal)) (mark, pattern) = ("*.", pattern[2..]);
        pattern = pattern.TrimStart('.');
        var end = pattern.StartsWith('[') ? pattern.IndexOf(']') + 1 : pattern.AsSpan().IndexOfAny("/^|?:");
        if (end < 0) end = pattern.Length;
        var (host, tail) = (pattern[..end].ToLowerInvariant(), pattern[end..]);
        if (host.Length == 0 || host.Contains('%'))
        {
            why = "has no host after its anchor";
            return false;
        }
        if (tail.StartsWith(':'))
        {
            leaveOut = "only for one port: ports are not compared";
            return false;
        }
        // A page's own site is where its own requests go, so the rule holds for what it names.
        if (domains.Count > 0 && !IsWithin(host, domains))
        {
            leaveOut = AdBlockOptions.NeedsPage;
            return false;
        }
        if (!(host[0] == '[' && host.Contains(':')) && host.AsSpan().ContainsAny(OddInHost))
        {
            why = "its host has a character that no host name has";
            return false;
        }
        // Matched against the whole address, ^ behind a host is always its end.
        if (tail.Length > 1 && tail[0] == '^') tail = tail[1] is '/' or '|' or '^' ? tail[1..] : "/" + tail[1..];
        if (tail.StartsWith('?')) tail = "/" + tail;
        var isWholeHost = tail.Trim('^', '|', '/', '*').Length == 0;
        var isOpen = tail.Length == 0 && (host.EndsWith('.') || !host.Contains('.'));
        if (host.Contains('*') || host.EndsWith('.') || isOpen)
        {
            if (host.EndsWith('.') && tail.Length > 0)
            {
                why = "can match nothing: no host ends with a dot";
                return false;
            }
            if (!IsHostPattern(host))
            {
                why = "its host has a character that no host name has";
                return false;
            }
            var start = isExact ? "^" : isWholeHost ? @"(?:^|\.)" : AnySubdomain;
            if (mark == "*.") start = isWholeHost ? @"\." : @"^[^/?]*\.";
            kind = isWholeHost ? EntryKind.HostPattern : EntryKind.UrlPattern;
            entry = start + Translate(host, any: "[^/?]*") + (isWholeHost ? isOpen ? "" : "$" : Translate(tail));
            return true;
        }
        if (!isWholeHost && (!IsPrefixAtBoundary(tail) || tail.AsSpan(0, tail.Length - 1).ContainsAny('*', '^', '|')))
        {
            if (!ListPlace.TryParse(host, out var at, out why)) return false;
            kind = EntryKind.UrlPattern;
            // The address is compared without www.
            entry = (isExact ? "^" : AnySubdomain) + Regex.Escape(WithoutWww(at.Host)) + Translate(tail);
            return true;
        }
        // The check of the host alone comes first: in a longer text an odd character would be taken for the start of a path.
        if (!ListPlace.TryParse(mark + host, out var place, out why)) return false;
        if (!isWholeHost && !ListPlace.TryParse(mark + host + tail.TrimEnd('^'), out place, out why)) return false;
        entry = place.Text;
        return true;
    }

    /// <summary>A rule that may match anywhere in an address.</summary>
    private static bool TryReadSubstring(string pattern, IReadOnlyList<string> domains, out EntryKind kind, out string entry, ref string? leaveOut, ref string? why)
    {
        (kind, entry) = (EntryKind.Place, "");
        // A bare host means that host to uBlock Origin, AdGuard Home and whoever writes one; Adblock Plus alone would look for it anywhere.
        if (domains.Count == 0 && pattern.TrimEnd('^') is var host && host.Contains('.') && !host.AsSpan().ContainsAny(NeverInHost) && !host.StartsWith('.') && !host.EndsWith('.') && !host.StartsWith('-')
            && ListPlace.TryParse(host, out var place, out _))
        {
            entry = place.Text;
            return true;
        }
        if (pattern.AsSpan().Trim("*^|").Length < SubstringLengthMin)
        {
            why = $"shorter than {SubstringLengthMin} characters: it would match by accident";
            return false;
        }
        kind = EntryKind.UrlPattern;
        if (domains.Count == 0)
        {
            entry = (pattern[0] == '^' ? "(?:^|[^a-z0-9_.%-])" : "") + Translate(pattern[0] == '^' ? pattern[1..] : pattern);
            return true;
        }
        // On the pages of certain sites: of those requests the ones to the sites themselves can be told.
        if (pattern[0] is not ('/' or '^' or '?' or '&' or '=' or '-' or '_'))
        {
            leaveOut = AdBlockOptions.NeedsPage;
            return false;
        }
        var hosts = new List<string>();
        foreach (var domain in domains)
        {
            if (!ListPlace.TryParse(domain, out var site, out why)) return false;
            hosts.Add(Regex.Escape(WithoutWww(site.Host)));
        }
        entry = $"{AnySubdomain}(?:{string.Join('|', hosts)})(?:/.*)?{Translate(pattern)}";
        return true;
    }

    /// <summary>True when a prefix of an address ends where a place of ours ends: at a delimiter, or behind the name of a file.</summary>
    private static bool IsPrefixAtBoundary(string tail)
    {
        if (tail[^1] is '/' or '^' or '?' or '&' or '=') return true;
        var name = tail[(tail.LastIndexOf('/') + 1)..];
        var dot = name.LastIndexOf('.');
        return dot > 0 && name.Length - dot is >= 3 and <= 6 && !name.Contains('?') && name.AsSpan(dot + 1) is var ending && !ending.ContainsAnyExcept(LettersAndDigits);
    }

    /// <summary>A pattern as a regular expression: <c>*</c> any run, <c>^</c> a separator, <c>|</c> at the end the end, all else itself. Bytes beyond ASCII stand escaped in a canonical address.</summary>
    private static string Translate(string pattern, string any = ".*")
    {
        var text = new StringBuilder(pattern.Length + 16);
        for (var i = 0; i < pattern.Length; i++)
        {
            var c = pattern[i];
            if (c == '*') text.Append(any);
            else if (c == '^') text.Append(Separator);
            else if (c == '|' && i == pattern.Length - 1) text.Append('$');
            else if (char.IsAscii(c)) text.Append(Regex.Escape(c.ToString()));
            else
            {
                var isPair = char.IsHighSurrogate(c) && i + 1 < pattern.Length && char.IsLowSurrogate(pattern[i + 1]);
                foreach (var b in Encoding.UTF8.GetBytes(pattern.Substring(i, isPair ? 2 : 1))) text.Append('%').Append($"{b:X2}");
                if (isPair) i++;
            }
        }
        return text.ToString();
    }

    /// <summary>An expression of a list without what it says of the scheme, which a canonical address is compared without. False when it says more of it.</summary>
    private static bool TryTakeScheme(string expression, out string rest)
    {
        rest = expression;
        foreach (var scheme in SchemesOfExpressions)
        {
            if (!expression.StartsWith(scheme, StringComparison.OrdinalIgnoreCase)) continue;
            rest = "^" + expression[scheme.Length..];
            // Nor is www. compared.
            if (rest.StartsWith(@"^www\.", StringComparison.OrdinalIgnoreCase)) rest = "^" + rest[@"^www\.".Length..];
            break;
        }
        return !rest.Contains("http", StringComparison.OrdinalIgnoreCase) && !rest.Contains(@":\/\/", StringComparison.Ordinal) && !rest.Contains("://", StringComparison.Ordinal);
    }

    /// <summary>What follows the scheme, or null where none stands in front.</summary>
    private static string? WithoutScheme(string pattern)
    {
        foreach (var scheme in (string[])["https://", "http://", "http*://", "wss://", "ws://", "://"])
            if (pattern.StartsWith(scheme, StringComparison.OrdinalIgnoreCase)) return pattern[scheme.Length..];
        return null;
    }

    private static string WithoutWww(string host) => host.StartsWith("www.", StringComparison.Ordinal) && host.IndexOf('.', 4) > 0 ? host[4..] : host;

    private static bool IsHostPattern(string host) => host.All(c => char.IsAsciiLetterOrDigit(c) || c is '.' or '-' or '_' or '*');

    private static bool IsWithin(string host, IReadOnlyList<string> domains) =>
        domains.Any(d => host.Equals(d, StringComparison.OrdinalIgnoreCase) || host.EndsWith("." + d, StringComparison.OrdinalIgnoreCase));
}
