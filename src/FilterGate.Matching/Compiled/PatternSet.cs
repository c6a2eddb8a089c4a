using System.Buffers;
using System.Text.RegularExpressions;

namespace FilterGate.Matching.Compiled;

/// <summary>The regular expressions of a list. All of one target are joined into one automaton, so a URL that none matches costs one pass a target; only on a match are they asked one by one.</summary>
/// <remarks>Never backtracking, so no pattern and no URL makes it take more than time linear in the URL; of a URL at most the first <see cref="TextLengthMax"/> characters are looked at. Safe from any thread.</remarks>
internal sealed class PatternSet
{
    /// <summary>How much of a URL is looked at, in characters: what browsers show of an address is less.</summary>
    public const int TextLengthMax = 8192;

    /// <summary>Longest pattern, in characters.</summary>
    public const int PatternLengthMax = 4096;

    private const RegexOptions Options = RegexOptions.NonBacktracking | RegexOptions.IgnoreCase | RegexOptions.CultureInvariant;
    private static readonly TimeSpan TimeLimit = TimeSpan.FromSeconds(1);

    private readonly Target[] _targets;

    private PatternSet(Target[] targets) => _targets = targets;

    /// <summary>Checks that a pattern can be used.</summary>
    public static string? WhyNot(string pattern)
    {
        if (pattern.Length > PatternLengthMax) return $"a pattern of more than {PatternLengthMax} characters";
        try
        {
            var regex = new Regex(pattern, Options, TimeLimit);
            return regex.IsMatch("") ? "a pattern that matches everything" : null;
        }
        catch (NotSupportedException e)
        {
            return $"a pattern that needs backtracking, which could be made to take for ever ({FirstSentence(e.Message)})";
        }
        catch (ArgumentException e)
        {
            return $"no regular expression ({FirstSentence(e.Message)})";
        }

        static string FirstSentence(string message) => message.Split('.', 2)[0];
    }

    /// <summary>Null when there is no pattern.</summary>
    /// <exception cref="ListFormatException">A pattern cannot be used.</exception>
    public static PatternSet? Create(IReadOnlyList<DraftPattern> patterns, Func<ushort, CategorySet> categoryOf)
    {
        if (patterns.Count == 0) return null;
        return new([.. patterns.GroupBy(p => p.Kind).OrderBy(g => g.Key).SelectMany(kind => Join(kind.Key, [.. kind.Select(p => new Single(p, Make(p.Text), categoryOf(p.Source)))]))]);
    }

    /// <summary>Joins as many as the engine takes in one: each by itself may be within its bound and all together beyond.</summary>
    private static IEnumerable<Target> Join(EntryKind kind, Single[] singles)
    {
        if (singles.Length == 1) return [new(kind, singles, singles[0].Regex)];
        try
        {
            return [new(kind, singles, new(string.Join('|', singles.Select(s => $"(?:{s.Pattern.Text})")), Options, TimeLimit))];
        }
        catch (NotSupportedException)
        {
            var half = singles.Length / 2;
            return [.. Join(kind, singles[..half]), .. Join(kind, singles[half..])];
        }
    }

    /// <summary>Every pattern.</summary>
    public IEnumerable<DraftPattern> All => _targets.SelectMany(t => t.Singles, (_, single) => single.Pattern);

    /// <summary>The categories of every pattern that matches.</summary>
    public CategorySet Classify(CanonicalUrl url, Seen seen)
    {
        var found = CategorySet.Empty;
        const int OnStack = 512;
        var rented = LengthOf(url) > OnStack ? ArrayPool<char>.Shared.Rent(TextLengthMax) : null;
        Span<char> buffer = rented is null ? stackalloc char[OnStack] : rented;
        foreach (var target in _targets)
        {
            if (seen == Seen.Host && target.Kind != EntryKind.HostPattern) continue;
            var text = TextOf(target.Kind, url, buffer);
            if (!target.Joined.IsMatch(text)) continue;
            foreach (var single in target.Singles)
                if (single.Regex.IsMatch(text)) found |= single.Category;
        }
        if (rented is not null) ArrayPool<char>.Shared.Return(rented);
        return found;
    }

    /// <summary>Every pattern that matches.</summary>
    public IEnumerable<DraftPattern> Explain(CanonicalUrl url, Seen seen)
    {
        foreach (var target in _targets)
        {
            if (seen == Seen.Host && target.Kind != EntryKind.HostPattern) continue;
            var text = TextOf(target.Kind, url, new char[Math.Min(LengthOf(url), TextLengthMax)]).ToString();
            foreach (var single in target.Singles)
                if (single.Regex.IsMatch(text)) yield return single.Pattern;
        }
    }

    private static ReadOnlySpan<char> TextOf(EntryKind target, CanonicalUrl url, Span<char> buffer)
    {
        var text = target switch
        {
            EntryKind.HostPattern => url.Host,
            EntryKind.PathPattern => url.Path,
            EntryKind.QueryPattern => url.Query ?? "",
            _ => UrlOf(url, buffer),
        };
        return text.Length <= TextLengthMax ? text : text[..TextLengthMax];
    }

    private static int LengthOf(CanonicalUrl url) => url.Host.Length + url.Path.Length + (url.Query is null ? 0 : 1 + url.Query.Length);

    /// <summary>Host without www., path and query, as squidGuard and e2guardian give it to a pattern; as much of it as the buffer holds.</summary>
    private static ReadOnlySpan<char> UrlOf(CanonicalUrl url, Span<char> buffer)
    {
        var length = 0;
        Append(ListRule.WithoutWww(url.Host), buffer);
        Append(url.Path, buffer);
        if (url.Query is null) return buffer[..length];
        Append("?", buffer);
        Append(url.Query, buffer);
        return buffer[..length];

        void Append(ReadOnlySpan<char> text, Span<char> to)
        {
            text = text[..Math.Min(text.Length, to.Length - length)];
            text.CopyTo(to[length..]);
            length += text.Length;
        }
    }

    private static Regex Make(string pattern)
    {
        try
        {
            return new(pattern, Options, TimeLimit);
        }
        catch (Exception e) when (e is ArgumentException or NotSupportedException)
        {
            throw new ListFormatException($"it holds a pattern that cannot be used: {e.Message}");
        }
    }

    private sealed record Single(DraftPattern Pattern, Regex Regex, CategorySet Category);

    private sealed record Target(EntryKind Kind, Single[] Singles, Regex Joined);
}
