using System.Buffers;

namespace FilterGate.Matching.Compiled;

/// <summary>Goes through path and query of a rule or a request, in lower case, from one place where a rule may end to the next.</summary>
/// <remarks>A token is a delimiter (<c>/ ? &amp; =</c>) or what stands between two. A rule ends at a boundary: after a token that the next delimiter or the end follows, or after a delimiter that is no slash
/// (<c>/watch?v=</c>). Rule and request are walked by this one type, so that both hash alike.</remarks>
internal ref struct PathTokens(ReadOnlySpan<byte> text, ulong host)
{
    private static readonly SearchValues<byte> Delimiters = SearchValues.Create("/?&="u8);

    private readonly ReadOnlySpan<byte> _text = text;
    private int _delimiters;

    /// <summary>Hash of all up to <see cref="Length"/>, chained from the host's.</summary>
    public ulong Hash { get; private set; } = ListHash.PathRoot(host);

    /// <summary>How much is walked, in bytes.</summary>
    public int Length { get; private set; }

    /// <summary>How many tokens that is, 31 for more: which bit of a host's mask of depths.</summary>
    public int Depth { get; private set; }

    /// <summary>Goes to the next place where a rule may end; false at the end, and after as many delimiters as no rule has.</summary>
    public bool MoveNext()
    {
        while (Length < _text.Length && _delimiters <= ListRule.DelimitersMax)
        {
            var c = _text[Length];
            if (c is (byte)'/' or (byte)'?' or (byte)'&' or (byte)'=')
            {
                Hash = ListHash.Step(Hash, c);
                Length++;
                _delimiters++;
                Count();
                if (c != '/') return true;
                continue;
            }
            var rest = _text[Length..];
            var end = rest.IndexOfAny(Delimiters);
            if (end < 0) end = rest.Length;
            Hash = ListHash.Step(Hash, rest[..end]);
            Length += end;
            Count();
            return true;
        }
        return false;
    }

    private void Count()
    {
        if (Depth < 31) Depth++;
    }
}
