using System.Buffers.Binary;
using System.Net;
using System.Text;
using CsCheck;
using FilterGate.Lists.Formats;
using FilterGate.Matching;

namespace FilterGate.Lists.Tests.Formats;

public sealed class PlainLinesTests
{
    [TestCase("example.com", "example.com")]
    [TestCase("  example.com\t\r", "example.com")]
    [TestCase("Example.COM", "example.com")]
    [TestCase("example.com.", "example.com")]
    [TestCase(".example.com", "example.com")]
    [TestCase("example.com # a remark", "example.com")]
    [TestCase("zip", "zip")]
    [TestCase("1-2.3-4", "1-2.3-4")]
    [TestCase("=example.com", "=example.com")]
    [TestCase("*.example.com", "*.example.com")]
    [TestCase("under_score.-odd-.example", "under_score.-odd-.example")]
    [TestCase("münchen.example", "xn--mnchen-3ya.example")]
    [TestCase("http://www.Example.com:8080/", "www.example.com")]
    [TestCase("//example.com/", "example.com")]
    [TestCase("//example.com/path/", "example.com/path")]
    [TestCase("example.com/Path/", "example.com/path")]
    [TestCase("www.example.com/a?b=C#frag", "example.com/a?b=c")]
    [TestCase("=example.com/path", "=example.com/path")]
    [TestCase("192.0.2.7", "192.0.2.7")]
    [TestCase("0xC0.0.2.7", "192.0.2.7")]
    [TestCase("2001:DB8::1", "[2001:db8::1]")]
    [TestCase("1.0.0.1             # one.one.one.one", "1.0.0.1")]
    [TestCase("192.0.2.0/24", "net:192.0.2.0/24")]
    [TestCase("2001:DB8::/32", "net:2001:db8::/32")]
    [TestCase("192.0.2.0/255.255.255.0", "net:192.0.2.0/24")]
    [TestCase("192.0.2.0/255.255.255.255", "net:192.0.2.0/32")]
    [TestCase("192.0.2.0-192.0.2.255", "net:192.0.2.0/24")]
    [TestCase("192.0.2.7-192.0.2.7", "net:192.0.2.7/32")]
    [TestCase("0.0.0.0-255.255.255.255", "net:0.0.0.0/0")]
    [TestCase("192.0.2.0/255.0.255.0", "192.0.2.0/255.0.255.0")]
    [TestCase("192.0.2.7/24", "192.0.2.7/24")]
    [TestCase("192.0.2.7/42", "192.0.2.7/42")]
    [TestCase("/ads?[0-9]/", "u:ads?[0-9]")]
    [TestCase("/^ads/h", "h:^ads")]
    [TestCase("/^/banner/p", "p:^/banner")]
    [TestCase("/(^|&)q=x/q", "q:(^|&)q=x")]
    public void Read_Line_IsThisEntry(string line, string word)
    {
        var sink = CollectingSink.Parse(ListFormat.Plain, line);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(sink.Words, Is.EqualTo(new[] { word }));
            Assert.That(sink.Rejected, Is.Empty);
        }
    }

    [TestCase("")]
    [TestCase("   ")]
    [TestCase("# a remark")]
    [TestCase("\t# another")]
    public void Read_BlankOrRemark_IsNothing(string line)
    {
        var sink = CollectingSink.Parse(ListFormat.Plain, line);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(sink.Entries, Is.Empty);
            Assert.That(sink.Rejected, Is.Empty);
        }
    }

    [TestCase("two words.example")]
    [TestCase("*")]
    [TestCase("ads.*.example")]
    [TestCase("*.192.0.2.7")]
    [TestCase("someone@example.com")]
    [TestCase("ftp://example.com/")]
    [TestCase("||example.com^")]
    [TestCase("/no end")]
    [TestCase("/ads/x")]
    [TestCase("/(/")]
    [TestCase("exam\0ple.com")]
    [TestCase("0.0.0.0 example.com")]
    [TestCase("192.0.2.9-192.0.2.1")]
    [TestCase("http://192.0.2.0/24")]
    [TestCase("http://192.0.2.0/255.255.255.0")]
    [TestCase("0x0/9#.:")]
    [TestCase("192.0.2.9-99")]
    [TestCase("=192.0.2.9-192.0.2.99")]
    public void Read_Malformed_IsOneRejectAndTheRestLoads(string line)
    {
        var sink = CollectingSink.Parse(ListFormat.Plain, $"before.example\n{line}\nafter.example\n");
        using (Assert.EnterMultipleScope())
        {
            Assert.That(sink.Words, Is.EqualTo(new[] { "before.example", "after.example" }));
            Assert.That(sink.Rejected.Select(r => r.Line), Is.EqualTo(new[] { 2 }));
            Assert.That(sink.Rejected.Select(r => r.Why), Has.All.Not.Empty);
        }
    }

    [TestCase("192.0.2.1-192.0.2.6", "192.0.2.1/32 192.0.2.2/31 192.0.2.4/31 192.0.2.6/32")]
    [TestCase("0.0.0.0-0.0.0.4", "0.0.0.0/30 0.0.0.4/32")]
    [TestCase("255.255.255.253-255.255.255.255", "255.255.255.253/32 255.255.255.254/31")]
    public void Read_FromTo_IsTheRangesThatMakeItUp(string line, string ranges) =>
        Assert.That(CollectingSink.Parse(ListFormat.Plain, line).Words, Is.EqualTo(ranges.Split(' ').Select(r => "net:" + r)));

    [Test]
    public void Split_FromToAnywhere_IsThoseAddressesAndNoOthers() =>
        Gen.Select(Gen.UInt, Gen.UInt).Sample((a, b) =>
        {
            var (from, to) = (Math.Min(a, b), Math.Max(a, b));
            var ranges = AddressRange.Split($"{new IPAddress(BinaryPrimitives.ReverseEndianness(from))}-{new IPAddress(BinaryPrimitives.ReverseEndianness(to))}")!;
            ulong next = from;
            foreach (var network in ranges.Select(r => IPNetwork.Parse(r)))
            {
                if (BinaryPrimitives.ReadUInt32BigEndian(network.BaseAddress.GetAddressBytes()) != next) return false;
                next += 1ul << (32 - network.PrefixLength);
            }
            return next == to + 1ul && ranges.Count <= 62;
        });

    [TestCase("192.0.2.9-192.0.2.1")]
    [TestCase("http://192.0.2.0/24")]
    [TestCase("http://192.0.2.0/255.255.255.0")]
    [TestCase("0x0/9#.:")]
    [TestCase("192.0.2.1-example.com")]
    [TestCase("192.0.2.1-")]
    [TestCase("-192.0.2.1")]
    [TestCase("192.0.2.1")]
    public void Split_NoRange_IsNull(string line) => Assert.That(AddressRange.Split(line), Is.Null);

    [TestCase("example.com/path", 11)]
    [TestCase("sub.example.com/~user/a-b_c.html", 15)]
    [TestCase("wwwexample.com/x", 14)]
    [TestCase("example.com", -1)]
    [TestCase("example.com/", -1)]
    [TestCase("example.com/path/", -1)]
    [TestCase("example.com//path", -1)]
    [TestCase("example.com/./path", -1)]
    [TestCase("example.com/.hidden", -1)]
    [TestCase("example.com/a/..", -1)]
    [TestCase("example.com/Path", -1)]
    [TestCase("example.com/a%20b", -1)]
    [TestCase("example.com/a?b", -1)]
    [TestCase("example.com/a#b", -1)]
    [TestCase("example.com:8080/path", -1)]
    [TestCase("www.example.com/path", -1)]
    [TestCase("=example.com/path", -1)]
    [TestCase("*.example.com/path", -1)]
    [TestCase("/ads/", -1)]
    [TestCase("192.0.2.7/24", -1)]
    [TestCase("192.0.2.1-a.example/path", -1)]
    [TestCase("com/path", -1)]
    [TestCase("example.com/a b", -1)]
    public void IsPage_Line_OnlyWhatIsKeptAsItStands(string line, int hostLength)
    {
        var isPage = PlainHost.IsPage(Encoding.ASCII.GetBytes(line), out var length);
        Assert.That(isPage ? length : -1, Is.EqualTo(hostLength));
    }

    [Test]
    public void IsPage_LongestPath_IsWithinWhatAnEntryMayHave()
    {
        var (longest, deepest) = ("example.com/" + new string('p', 1023), "example.com" + string.Concat(Enumerable.Repeat("/a", 32)));
        using (Assert.EnterMultipleScope())
        {
            Assert.That(new[] { longest, longest + "p", deepest, deepest + "/a" }.Select(line => PlainHost.IsPage(Encoding.ASCII.GetBytes(line), out _)), Is.EqualTo(new[] { true, false, true, false }));
            Assert.That(CollectingSink.Parse(ListFormat.Plain, $"{longest}p\n{deepest}/a").Rejected.Select(r => r.Line), Is.EqualTo(new[] { 2 }));
        }
    }

    [Test]
    public void IsPage_AnyLine_IsTheEntryThatTheLongWayFinds() =>
        Gen.Select(Gen.String[Gen.Char["abz09-_."], 0, 8], Gen.String[Gen.Char["abz09-_.~/%?#:@=&WÄ "], 0, 12]).Select((host, path) => $"a{host}.xn--b/{path}").Sample(line =>
            !PlainHost.IsPage(Encoding.UTF8.GetBytes(line), out var length)
            || (ListPlace.TryParse(line, out var place, out _) && place.Text == line && place.Host == line[..length] && place.Path == line[length..] && place.IncludesHost && place.IncludesBelow && !AddressRange.BeginsLikeOne(place.Host)), iter: 20_000);

    [Test]
    public void Read_AnotherSpelling_KeepsTheLineAsWritten()
    {
        var entry = CollectingSink.Parse(ListFormat.Plain, "ok.example\nhttp://Example.com/").Entries[1];
        Assert.That((entry.Text, entry.Written, entry.Line), Is.EqualTo(("example.com", "http://Example.com/", 2)));
    }

    [Test]
    public void Read_WindowsFile_MarkAndLineEndsDoNotCount() =>
        Assert.That(CollectingSink.Parse(ListFormat.Plain, "\uFEFFa.example\r\n\r\nb.example\r\n").Entries.Select(e => (e.Text, e.Line)), Is.EqualTo(new[] { ("a.example", 1), ("b.example", 3) }));

    [Test]
    public void Read_Latin1_RejectsTheEntryAndNotTheRemark()
    {
        var sink = CollectingSink.Parse(ListFormat.Plain, [.. Encoding.Latin1.GetBytes("# März\na.example # März\ncafé.example\nb.example")], out _);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(sink.Words, Is.EqualTo(new[] { "a.example", "b.example" }));
            Assert.That(sink.Rejected.Select(r => (r.Line, r.Text)), Is.EqualTo(new[] { (3, "café.example") }));
        }
    }

    [Test]
    public void Read_LineOfHundredKilobytes_IsOneReject()
    {
        var sink = CollectingSink.Parse(ListFormat.Plain, $"a.example\n{new string('x', 100_000)}\nb.example");
        using (Assert.EnterMultipleScope())
        {
            Assert.That(sink.Words, Is.EqualTo(new[] { "a.example", "b.example" }));
            Assert.That(sink.Rejected.Select(r => r.Line), Is.EqualTo(new[] { 2 }));
        }
    }

    [Test]
    public void Read_MoreExpressionsThanAllowed_CountsTheRest()
    {
        var sink = CollectingSink.Parse(ListFormat.Plain, string.Concat(Enumerable.Range(0, ListParser.PatternsMax + 3).Select(i => $"/x{i}y/\n")) + "a.example");
        using (Assert.EnterMultipleScope())
        {
            Assert.That(sink.Entries, Has.Count.EqualTo(ListParser.PatternsMax + 1));
            Assert.That(sink.LeftOut, Has.Count.EqualTo(3));
        }
    }
}
