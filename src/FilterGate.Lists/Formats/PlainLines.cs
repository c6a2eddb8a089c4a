using FilterGate.Matching;

namespace FilterGate.Lists.Formats;

/// <summary>One entry a line: squidGuard's and UT1's <c>domains</c> and <c>urls</c>, plain lists of names and addresses, and our own notation.</summary>
/// <remarks>
/// <para><c>example.com</c> with its sub-domains, <c>=example.com</c> alone, <c>*.example.com</c> its sub-domains alone, <c>example.com/path</c>; addresses, and ranges of them
/// (<c>192.0.2.0/24</c>, <c>192.0.2.0/255.255.255.0</c>, <c>192.0.2.10-192.0.2.99</c>);
/// <c>/expression/</c> over host, path and query, or with a letter behind over one of them: <c>/expression/h</c> host, <c>/p</c> path, <c>/q</c> query. A <c>#</c> in front or after a blank begins a remark.</para>
/// <para><c>192.0.2.7/24</c> is a path, not a range: a range has no bits set beyond its length, and UT1 has pages of such names.</para>
/// </remarks>
internal sealed class PlainLines(IEntrySink sink, PatternLines patterns) : ILineParser
{
    public void Read(ReadOnlySpan<byte> line, int number, bool startsWithBlank)
    {
        if (PlainHost.Is(line))
        {
            sink.AddHost(line, number);
            return;
        }
        if (PlainHost.IsPage(line, out var hostLength))
        {
            sink.AddPage(line, hostLength, number);
            return;
        }
        line = LineText.WithoutRemark(line);
        if (line.IsEmpty) return;
        if (PlainHost.Is(line))
        {
            sink.AddHost(line, number);
            return;
        }
        if (LineText.TryDecode(line, number, sink, out var text)) ReadText(text, number);
    }

    public void Finish()
    {
    }

    private void ReadText(string text, int number)
    {
        // Two slashes begin an address without its scheme.
        if (text[0] == '/' && !text.StartsWith("//", StringComparison.Ordinal))
        {
            ReadPattern(text, number);
            return;
        }
        if (AddressRange.TryParse(text, out var range))
        {
            sink.Add(new(EntryKind.Network, range, number) { Written = range == text ? null : text });
            return;
        }
        if (AddressRange.Split(text) is { } ranges)
        {
            foreach (var part in ranges) sink.Add(new(EntryKind.Network, part, number) { Written = text });
            return;
        }
        if (!ListPlace.TryParse(text, out var place, out var why)) sink.Reject(number, text, why);
        // Would pass for an odd host.
        else if (AddressRange.BeginsLikeOne(place.Host)) sink.Reject(number, text, "not a range of addresses, such as 192.0.2.10-192.0.2.99");
        // http://192.0.2.0/24, or 0x0/9: as an entry is written, it would be read as the range ever after.
        else if (AddressRange.TryParse(place.Text, out _) || AddressRange.Split(place.Text) is not null) sink.Reject(number, text, "a page of an address that reads as a range of addresses: name its host, or the range");
        else sink.Add(new(EntryKind.Place, place.Text, number) { Written = place.Text == text ? null : text });
    }

    private void ReadPattern(string text, int number)
    {
        var end = text.LastIndexOf('/');
        EntryKind? kind = text.AsSpan(end + 1) switch
        {
            "" => EntryKind.UrlPattern,
            "h" => EntryKind.HostPattern,
            "p" => EntryKind.PathPattern,
            "q" => EntryKind.QueryPattern,
            _ => null,
        };
        if (end < 2 || kind is null) sink.Reject(number, text, "an expression stands between slashes, and only h, p or q may follow: /expression/h");
        else patterns.Add(kind.Value, text[1..end], number, written: text);
    }
}
