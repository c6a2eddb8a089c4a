namespace FilterGate.Lists.Formats;

/// <summary>Network rules of Adblock Plus, uBlock Origin, AdGuard and AdGuard Home, as far as they mean something to a proxy, which sees one address at a time and no page around it.</summary>
/// <remarks>
/// <para>Exact: <c>||example.com^</c> (the host and its sub-domains), <c>||*.example.com^</c>, wildcards and <c>^</c> within a host, <c>/expression/</c>, substrings with <c>*</c>, <c>^</c> and <c>|</c>, <c>$badfilter</c>,
/// and <c>$important</c> among hosts and paths: an exception (<c>@@</c>) beats every block of its list that is not important, however specific, and an important block beats every exception that is not
/// (see <see cref="AdBlockRules"/>).</para>
/// <para>Approximated: scheme and <c>www.</c> are not compared. <c>||example.com</c> without a separator means the host, not also <c>example.community</c>. <c>||example.com/ads/</c> covers <c>/ads</c> too.
/// <c>$document</c> and <c>$all</c> mean the address. <c>$domain</c> is kept where the rule names no host (then it holds for addresses of those sites) or one of those sites. A bare host is that host.
/// Between two expressions, or an expression and a place, the matcher's order holds: no expression is worked out against another.</para>
/// <para>Left out and counted: cosmetic rules, and rules with a condition that a proxy cannot see (<c>$third-party</c>, <c>$script</c> …): without it they would block more than their author meant.</para>
/// </remarks>
internal sealed class AdBlockLines : ILineParser
{
    private const string Cosmetic = "a cosmetic rule: it hides parts of a page";

    private readonly IEntrySink _sink;
    private readonly AdBlockRules _rules;
    private readonly HostsLines _hosts;

    public AdBlockLines(IEntrySink sink)
    {
        _sink = sink;
        _rules = new(sink);
        _hosts = new(_rules);
    }

    public void Read(ReadOnlySpan<byte> line, int number, bool startsWithBlank)
    {
        if (line[0] == '!') return;
        if (line.Length > 3 && line[0] == '|' && line[1] == '|' && line[^1] == '^' && PlainHost.Is(line[2..^1]))
        {
            _rules.AddHost(line[2..^1], number);
            return;
        }
        if (PlainHost.Is(line))
        {
            _rules.AddHost(line, number);
            return;
        }
        if (line[0] == '#' && !IsCosmeticMark(line)) return;
        if (!LineText.TryDecode(line, number, _sink, out var text)) return;
        if (text[0] == '[' && text[^1] == ']' && text.Contains(' ')) return;
        if (IsCosmetic(text)) _sink.LeaveOut(Cosmetic);
        else if (StartsWithAddress(line)) _hosts.Read(line, number, startsWithBlank);
        else if (AdBlockRule.TryParse(text, out var rule, out var leaveOut, out var why)) _rules.Add(rule, number, text);
        else if (leaveOut is not null) _sink.LeaveOut(leaveOut);
        else _sink.Reject(number, text, why!);
    }

    public void Finish() => _rules.Finish();

    /// <summary>A line of a hosts file among the rules, as AdGuard's lists have them.</summary>
    private static bool StartsWithAddress(ReadOnlySpan<byte> line)
    {
        var word = LineText.TakeWord(ref line);
        return !line.IsEmpty && HostsLines.TryReadAddress(word, out _);
    }

    private static bool IsCosmeticMark(ReadOnlySpan<byte> line) => line.Length > 2 && line[1] is (byte)'#' or (byte)'@' or (byte)'?' or (byte)'$' or (byte)'%' && !line.StartsWith("### "u8) && !line.StartsWith("## "u8);

    /// <summary>True for <c>##</c>, <c>#@#</c>, <c>#?#</c>, <c>#$#</c>, <c>#%#</c>, their combinations, and AdGuard's <c>$$</c> and <c>$@$</c>.</summary>
    private static bool IsCosmetic(string text)
    {
        for (var at = text.IndexOf('#'); at >= 0; at = text.IndexOf('#', at + 1))
        {
            var next = at + 1;
            while (next < text.Length && next - at <= 3 && text[next] is '@' or '?' or '$' or '%') next++;
            if (next < text.Length && text[next] == '#') return true;
        }
        return text.Contains("$$", StringComparison.Ordinal) || text.Contains("$@$", StringComparison.Ordinal);
    }
}
