namespace FilterGate.Lists.Formats;

/// <summary>Tells the formats of lists from each other.</summary>
public static class ListFormats
{
    // Enough for any head of remarks that says nothing; what comes later is of the same kind.
    private const int LinesMax = 400;

    /// <summary>The best guess at how a file is written, for a person who did not say.</summary>
    /// <param name="fileName">Name or path; only its last part counts.</param>
    /// <param name="head">The first bytes of the file: some tens of kilobytes tell more than the first line, which is often a remark.</param>
    /// <returns>A guess, <see cref="ListFormat.Plain"/> when nothing says otherwise. Never throws.</returns>
    public static ListFormat Detect(string fileName, ReadOnlySpan<byte> head)
    {
        var name = Path.GetFileName(fileName.AsSpan());
        if (name.Equals("expressions", StringComparison.OrdinalIgnoreCase) || name.Equals("very_restrictive_expression", StringComparison.OrdinalIgnoreCase)) return ListFormat.SquidGuardExpressions;
        // e2guardian's lists are told by their names alone: bannedsitelist, exceptionurllist, bannedregexpurllist.
        var isE2Guardian = name.Contains("list", StringComparison.OrdinalIgnoreCase);
        if (isE2Guardian && name.Contains("regexpurl", StringComparison.OrdinalIgnoreCase)) return ListFormat.E2GuardianPatterns;
        if (isE2Guardian && name.Contains("urllist", StringComparison.OrdinalIgnoreCase)) return ListFormat.E2GuardianUrls;
        if (isE2Guardian && name.Contains("sitelist", StringComparison.OrdinalIgnoreCase)) return ListFormat.E2GuardianSites;

        var votes = new int[Enum.GetValues<ListFormat>().Length];
        if (head.StartsWith("\uFEFF"u8)) head = head[3..];
        for (var lines = 0; !head.IsEmpty && lines < LinesMax; lines++)
        {
            var end = head.IndexOf((byte)'\n');
            // A line that is cut off says nothing, unless it is all there is.
            if (end < 0 && lines > 0) break;
            var line = LineText.Trim(end < 0 ? head : head[..end]);
            head = end < 0 ? default : head[(end + 1)..];
            if (line.IsEmpty) continue;
            if (Vote(line) is { } format) votes[(int)format]++;
        }
        if (name.EndsWith(".hosts", StringComparison.OrdinalIgnoreCase) || name.Equals("hosts", StringComparison.OrdinalIgnoreCase)) votes[(int)ListFormat.Hosts]++;
        if (name.EndsWith(".rpz", StringComparison.OrdinalIgnoreCase) || name.EndsWith(".zone", StringComparison.OrdinalIgnoreCase)) votes[(int)ListFormat.Rpz]++;

        // An ad-block list may hold plain hosts and lines of a hosts file, and rules that look like expressions; nothing else holds its anchors.
        var adBlock = votes[(int)ListFormat.AdBlock];
        if (adBlock > 0 && adBlock >= votes[(int)ListFormat.Rpz] && adBlock >= votes[(int)ListFormat.Dnsmasq] && adBlock * 10 >= votes[(int)ListFormat.Plain]) return ListFormat.AdBlock;
        var best = ListFormat.Plain;
        foreach (var format in Enum.GetValues<ListFormat>())
            if (votes[(int)format] > votes[(int)best]) best = format;
        return best;
    }

    private static ListFormat? Vote(ReadOnlySpan<byte> line)
    {
        if (line.StartsWith("||"u8) || line.StartsWith("@@"u8) || line.StartsWith("[Adblock"u8) || line.StartsWith("! "u8) || line.IndexOf("##"u8) > 0 || line.IndexOf("#@#"u8) >= 0) return ListFormat.AdBlock;
        if (line.StartsWith("#listcategory:"u8) || line.StartsWith(".Include<"u8)) return ListFormat.E2GuardianSites;
        if (line.StartsWith("$TTL"u8) || line.StartsWith("$ORIGIN"u8) || line.IndexOf(" CNAME "u8) > 0 || line.IndexOf("\tCNAME\t"u8) > 0 || line.IndexOf(" SOA "u8) > 0) return ListFormat.Rpz;
        if (line[0] is (byte)'#' or (byte)';') return null;
        if (line.StartsWith("address=/"u8) || line.StartsWith("server=/"u8) || line.StartsWith("local=/"u8)) return ListFormat.Dnsmasq;
        if (PlainHost.Is(line)) return ListFormat.Plain;
        var rest = LineText.WithoutRemark(line);
        var first = LineText.TakeWord(ref rest);
        if (!rest.IsEmpty && HostsLines.TryReadAddress(first, out _)) return ListFormat.Hosts;
        // Signs that stand in expressions and never in a host or a path of a list.
        if (line.IndexOf("\\."u8) >= 0 || line.IndexOf(".*"u8) >= 0 || line[0] is (byte)'^' or (byte)'(' || line[^1] == '$') return ListFormat.SquidGuardExpressions;
        return ListFormat.Plain;
    }
}
