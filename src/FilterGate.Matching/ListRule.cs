using System.Buffers;
using System.Diagnostics.CodeAnalysis;

namespace FilterGate.Matching;

/// <summary>Which hosts a rule means, relative to the one it names.</summary>
internal enum RuleScope : byte
{
    /// <summary><c>example.com</c>: the host and its sub-domains.</summary>
    HostAndBelow,

    /// <summary><c>=example.com</c>: the host alone.</summary>
    HostOnly,

    /// <summary><c>*.example.com</c>: sub-domains alone.</summary>
    BelowOnly,
}

/// <summary>One entry of a list, understood.</summary>
/// <param name="Scope">Which hosts.</param>
/// <param name="Host">Canonical host; without <c>www.</c> when there is a path.</param>
/// <param name="Path">Path and query in lower case without a slash at the end, or null for a rule about whole hosts. Begins with <c>/</c>.</param>
internal readonly record struct ListRule(RuleScope Scope, string Host, string? Path)
{
    /// <summary>Longest entry read, in characters. The longest of UT1 has 149; this bounds memory when a file is no list at all.</summary>
    public const int TextLengthMax = 4096;

    /// <summary>Longest path and query of a rule in canonical form, in bytes: fourteen records of this length fit between 16-bit offsets.</summary>
    public const int PathLengthMax = 4096;

    /// <summary>Most delimiters in a path rule, and so most probes for a request. The deepest rule of UT1 has 22.</summary>
    public const int DelimitersMax = 32;

    private static readonly SearchValues<char> MarksUrl = SearchValues.Create("/\\?#:@");

    /// <summary>True for the characters that end a path rule's match: <c>/ ? &amp; =</c>.</summary>
    public static bool IsDelimiter(char c) => c is '/' or '?' or '&' or '=';

    /// <summary>Reads an entry as lists write it. The scheme, port, user and fragment of a URL are left aside: a rule is about the place.</summary>
    public static bool TryParse(string entry, out ListRule rule, [NotNullWhen(false)] out string? error)
    {
        rule = default;
        if (entry.Length > TextLengthMax) return Fail($"longer than {TextLengthMax} characters", out error);
        var text = entry.AsSpan().Trim();
        var scope = RuleScope.HostAndBelow;
        if (text.StartsWith('='))
        {
            scope = RuleScope.HostOnly;
            text = text[1..];
        }
        else if (text.StartsWith("*."))
        {
            scope = RuleScope.BelowOnly;
            text = text[2..];
        }
        if (text.IsEmpty) return Fail("empty", out error);

        if (!text.ContainsAny(MarksUrl))
        {
            if (!CanonicalHost.TryCanonicalize(text, out var name)) return Fail("not a host name or an address", out error);
            rule = new(scope, name, Path: null);
        }
        else
        {
            if (!CanonicalUrl.TryParse(text.ToString(), out var url, out error)) return false;
            // https://example.com/ as a browser shows it means the site, and must hold in a tunnel as well, where no path is seen.
            rule = url.Path == "/" && string.IsNullOrEmpty(url.Query)
                ? new(scope, url.Host, Path: null)
                : new(scope, WithoutWww(url.Host).ToString(), PathOf(url));
        }

        if (rule.Host.Contains('*')) return Fail("a * may only stand in front, as in *.example.com", out error);
        var isAddress = CanonicalUrl.IsCanonicalIpLiteral(rule.Host);
        // Odd characters are let through in requests, lest they be a way round; in a list they are a slip or another format, and the reader should hear of it.
        if (!isAddress && !CanonicalHost.IsPlainName(rule.Host)) return Fail("its host has a character that no host name has", out error);
        if (isAddress && scope == RuleScope.BelowOnly) return Fail("an address has no sub-domains", out error);
        if (rule.Path is { Length: > PathLengthMax }) return Fail($"its path is longer than {PathLengthMax} characters once it is escaped", out error);
        if (rule.Path is { } path && CountDelimiters(path) > DelimitersMax) return Fail($"has more than {DelimitersMax} of / ? & = in its path", out error);
        error = null;
        return true;
    }

    /// <summary>The host without a leading <c>www.</c>, unless nothing but a top-level domain would be left.</summary>
    public static ReadOnlySpan<char> WithoutWww(ReadOnlySpan<char> host) =>
        host.StartsWith("www.") && host[4..].Contains('.') ? host[4..] : host;

    // A slash at the end is dropped: /r/bad and /r/bad/ are one page to most servers, and a rule for one that misses the other is a way round.
    private static string PathOf(CanonicalUrl url) =>
        (string.IsNullOrEmpty(url.Query) ? url.Path : $"{url.Path}?{url.Query}").TrimEnd('/').ToLowerInvariant();

    private static int CountDelimiters(ReadOnlySpan<char> path)
    {
        var count = 0;
        foreach (var c in path)
            if (IsDelimiter(c)) count++;
        return count;
    }

    private static bool Fail(string reason, out string error)
    {
        error = reason;
        return false;
    }
}
