using System.Text;
using FilterGate.Matching;

namespace FilterGate.Lists.Formats;

/// <summary>Under which names anybody can have a domain: <c>com</c>, <c>co.uk</c>, <c>github.io</c>.</summary>
/// <remarks>
/// The rules of <see href="https://publicsuffix.org/list/">publicsuffix.org</see>: the longest rule that matches wins, an exception (<c>!</c>) before all; <c>*</c> stands for one label; a name that no rule
/// matches has its last label as suffix. Two sections: suffixes of the domain name system (ICANN) and private ones, whose owners hand out names (<c>blogspot.com</c>). Immutable; safe from any thread.
/// </remarks>
internal sealed partial class PublicSuffixes
{
    // Marks of the table: what a name is as a rule.
    private const byte Icann = 1, IcannWildcard = 2, IcannException = 4;
    private const int PrivateShift = 3;
    private const byte AboveIcann = 64;

    private readonly HostTable _rules;

    private PublicSuffixes(IEnumerable<KeyValuePair<string, byte>> rules) => _rules = new(rules.SelectMany(WithParents));

    /// <summary>A short table of our own: every top-level domain (by the rule for names that no rule matches) and the second levels that lists are most likely to name. Used until the real list is there.</summary>
    public static PublicSuffixes BuiltIn { get; } = new(BuiltInRules.Split((char[])[' ', '\n', '\r'], StringSplitOptions.RemoveEmptyEntries).Select(r => ReadRule(r, isPrivate: false)!.Value));

    /// <summary>Reads the Public Suffix List. Lines that are no rules are skipped: a suffix the less refuses an entry the less, never an entry too many.</summary>
    /// <param name="reader">The file <c>public_suffix_list.dat</c>, with its section marks.</param>
    public static PublicSuffixes Parse(TextReader reader)
    {
        var rules = new List<KeyValuePair<string, byte>>();
        var isPrivate = false;
        while (reader.ReadLine() is { } line)
        {
            if (line.Contains("===BEGIN PRIVATE DOMAINS===", StringComparison.Ordinal)) isPrivate = true;
            else if (line.Contains("===END PRIVATE DOMAINS===", StringComparison.Ordinal)) isPrivate = false;
            // A rule ends at the first blank.
            var end = line.IndexOfAny([' ', '\t']);
            if (end >= 0) line = line[..end];
            if (line.Length > 0 && !line.StartsWith("//", StringComparison.Ordinal) && ReadRule(line, isPrivate) is { } rule) rules.Add(rule);
        }
        return new(rules);
    }

    /// <summary>True when a host is itself a suffix of the domain name system, so that an entry for it would block every site below. Private suffixes are not: a list may well mean all of <c>blogspot.com</c>.</summary>
    /// <param name="host">In canonical form, with or without dots. Not an address.</param>
    /// <remarks>Two look-ups, about 20 ns; no allocation.</remarks>
    public bool IsPublicSuffix(ReadOnlySpan<byte> host)
    {
        var dot = host.IndexOf((byte)'.');
        if (dot < 0) return true;
        var marks = _rules[host];
        if ((marks & IcannException) != 0) return false;
        return (marks & Icann) != 0 || (_rules[host[(dot + 1)..]] & IcannWildcard) != 0;
    }

    /// <summary>True when an entry for a host and what is below it would take in a public suffix: it is one, or stands above some, as <c>sch.uk</c> does, below which every town is one.</summary>
    /// <inheritdoc cref="IsPublicSuffix"/>
    public bool CoversPublicSuffix(ReadOnlySpan<byte> host) => (_rules[host] & AboveIcann) != 0 || IsPublicSuffix(host);

    /// <summary>The shortest name that one owner has: suffix and one label more. Null for a host that is a suffix itself, or an address.</summary>
    /// <param name="canonicalHost">In canonical form.</param>
    public string? RegistrableDomain(string canonicalHost)
    {
        if (canonicalHost.Length == 0 || canonicalHost.Contains("..", StringComparison.Ordinal) || canonicalHost[0] is '.' or '[' || char.IsAsciiDigit(canonicalHost[^1])) return null;
        var host = Encoding.ASCII.GetBytes(canonicalHost);
        // Step 1: from the longest name to the shortest, the first rule wins.
        var previous = -1;
        for (var start = 0; ;)
        {
            var marks = Joined(_rules[host.AsSpan(start)]);
            if ((marks & IcannException) != 0) return canonicalHost[start..];
            var dot = canonicalHost.IndexOf('.', start);
            var isSuffix = (marks & Icann) != 0 || (dot >= 0 && (Joined(_rules[host.AsSpan(dot + 1)]) & IcannWildcard) != 0);
            // Step 2: the last label is a suffix whatever the rules say.
            if (isSuffix || dot < 0) return previous < 0 ? null : canonicalHost[previous..];
            previous = start;
            start = dot + 1;
        }
    }

    private static IEnumerable<KeyValuePair<string, byte>> WithParents(KeyValuePair<string, byte> rule)
    {
        yield return rule;
        if ((rule.Value & (Icann | IcannWildcard)) == 0) yield break;
        if ((rule.Value & IcannWildcard) != 0) yield return new(rule.Key, AboveIcann);
        for (var dot = rule.Key.IndexOf('.'); dot >= 0; dot = rule.Key.IndexOf('.', dot + 1)) yield return new(rule.Key[(dot + 1)..], AboveIcann);
    }

    private static byte Joined(byte marks) => (byte)(marks | (marks & ~AboveIcann) >> PrivateShift);

    private static KeyValuePair<string, byte>? ReadRule(string rule, bool isPrivate)
    {
        var mark = Icann;
        if (rule.StartsWith('!')) (rule, mark) = (rule[1..], IcannException);
        else if (rule.StartsWith("*.", StringComparison.Ordinal)) (rule, mark) = (rule[2..], IcannWildcard);
        if (rule.Contains('*') || !CanonicalUrl.TryCanonicalizeHost(rule, out var host) || host.Length > byte.MaxValue || host[0] == '[') return null;
        return new(host, (byte)(isPrivate ? mark << PrivateShift : mark));
    }
}
