using System.Diagnostics.CodeAnalysis;

namespace FilterGate.Matching;

/// <summary>The place that an entry of <see cref="EntryKind.Place"/> names, understood.</summary>
/// <param name="Text">The entry in our own notation, in the one spelling that all parsers of lists give: host in canonical form, path in lower case without a slash at its end. Parses to itself.</param>
/// <param name="Host">Canonical host; without <c>www.</c> where there is a path.</param>
/// <param name="Path">Path and query, beginning with <c>/</c>, or null for a whole host.</param>
/// <param name="IncludesHost">The host itself is meant: not so for <c>*.example.com</c>.</param>
/// <param name="IncludesBelow">Its sub-domains are meant: not so for <c>=example.com</c>.</param>
public readonly record struct ListPlace(string Text, string Host, string? Path, bool IncludesHost, bool IncludesBelow)
{
    /// <summary>Reads a place as lists write it; scheme, port, user and fragment of a URL are left aside.</summary>
    /// <param name="text">At most 4,096 characters.</param>
    /// <param name="place">The result.</param>
    /// <param name="error">Why it is no place, in plain words.</param>
    /// <returns>False with a reason; never throws.</returns>
    /// <remarks>A text that is in the one spelling already is kept, not copied.</remarks>
    public static bool TryParse(string text, out ListPlace place, [NotNullWhen(false)] out string? error)
    {
        place = default;
        if (!ListRule.TryParse(text, out var rule, out error)) return false;
        place = new(TextOf(rule, text), rule.Host, rule.Path, rule.Scope != RuleScope.BelowOnly, rule.Scope != RuleScope.HostOnly);
        return true;
    }

    /// <summary>True when whatever the other place matches, this one matches as well.</summary>
    public bool Covers(in ListPlace other)
    {
        if (Path is not null && (other.Path is null || !IsPathWithin(other.Path, Path))) return false;
        // A rule with a path holds at www. as well, of which =example.com says nothing.
        if (Path is null && other.Path is not null && !IncludesBelow) return false;
        if (Host == other.Host) return (IncludesHost || !other.IncludesHost) && (IncludesBelow || !other.IncludesBelow);
        return IncludesBelow && IsBelow(other.Host, Host);
    }

    /// <summary>True when a canonical host is a sub-domain of another. An address is nobody's.</summary>
    private static bool IsBelow(string host, string parent) =>
        host.Length > parent.Length + 1 && host[^(parent.Length + 1)] == '.' && host.EndsWith(parent, StringComparison.Ordinal) && !CanonicalUrl.IsCanonicalIpLiteral(host);

    private static bool IsPathWithin(string path, string prefix) =>
        path.StartsWith(prefix, StringComparison.Ordinal) && (path.Length == prefix.Length || prefix[^1] is '?' or '&' or '=' || ListRule.IsDelimiter(path[prefix.Length]));

    private static string TextOf(in ListRule rule, string written)
    {
        var mark = rule.Scope switch { RuleScope.HostOnly => "=", RuleScope.BelowOnly => "*.", _ => "" };
        if (written.Length == mark.Length + rule.Host.Length + (rule.Path?.Length ?? 0)
            && written.StartsWith(mark, StringComparison.Ordinal)
            && written.AsSpan(mark.Length).StartsWith(rule.Host)
            && (rule.Path is null || written.EndsWith(rule.Path, StringComparison.Ordinal)))
            return written;
        var text = string.Concat(mark, rule.Host, rule.Path);
        // example.com/?/ is the rule for the path "/?", which written so would be read as the whole host. Such oddities keep the spelling they came in.
        return ListRule.TryParse(text, out var again, out _) && again == rule ? text : written.Trim();
    }
}
