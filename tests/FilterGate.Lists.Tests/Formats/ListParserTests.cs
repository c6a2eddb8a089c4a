using System.Text;
using CsCheck;
using FilterGate.Lists.Formats;
using FilterGate.Matching;

namespace FilterGate.Lists.Tests.Formats;

/// <summary>What holds for every format.</summary>
public sealed class ListParserTests
{
    private static readonly ListFormat[] Formats = Enum.GetValues<ListFormat>();

    [Test]
    public void Parse_WebPage_SaysSoOnceAndReadsNothing([ValueSource(nameof(Formats))] ListFormat format, [Values("<!DOCTYPE html>", "\uFEFF\r\n  <html lang=en>", "<?xml version=\"1.0\"?>")] string head)
    {
        var sink = CollectingSink.Parse(format, Encoding.UTF8.GetBytes($"{head}\n<body>\nexample.com\n||example.com^\n0.0.0.0 example.com\n"), out var parsed);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(parsed.InsteadOfList, Does.StartWith("looks like a web page, not a list"));
            Assert.That(sink.Rejected, Has.Count.EqualTo(1));
            Assert.That(sink.Entries, Is.Empty);
        }
    }

    [TestCase("{\"message\": \"Not Found\"}")]
    [TestCase("{\n  \"message\": 1")]
    [TestCase("PK\u0003\u0004abc")]
    public void Parse_AnotherKindOfFile_SaysSoOnce(string text)
    {
        var sink = CollectingSink.Parse(ListFormat.Plain, Encoding.UTF8.GetBytes(text + "\nexample.com\n"), out var parsed);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(parsed.InsteadOfList, Is.Not.Null);
            Assert.That(sink.Rejected, Has.Count.EqualTo(1));
            Assert.That(sink.Entries, Is.Empty);
        }
    }

    [Test]
    public void Parse_Gzip_SaysItIsPacked()
    {
        CollectingSink.Parse(ListFormat.Plain, [0x1F, 0x8B, 8, 0, 0], out var parsed);
        Assert.That(parsed.InsteadOfList, Does.StartWith("is packed"));
    }

    [Test]
    public void Parse_WebPageLater_IsOnlyBadLines()
    {
        CollectingSink.Parse(ListFormat.Plain, "example.com\n<html>\n"u8.ToArray(), out var parsed);
        Assert.That(parsed.InsteadOfList, Is.Null);
    }

    [Test]
    public void Parse_HostileLines_NeverThrowsAndLosesNoNeighbour([ValueSource(nameof(Formats))] ListFormat format)
    {
        var neighbour = format switch
        {
            ListFormat.Hosts => "0.0.0.0 good.example",
            ListFormat.Dnsmasq => "address=/good.example/",
            ListFormat.Rpz => "good.example CNAME .",
            ListFormat.SquidGuardExpressions or ListFormat.E2GuardianPatterns => "good\\.example",
            _ => "good.example",
        };
        foreach (var line in HostileLines.All)
        {
            // Closes the brackets of a zone file.
            var text = (byte[])[.. Encoding.UTF8.GetBytes(neighbour + "\n"), .. line, .. Encoding.UTF8.GetBytes(format == ListFormat.Rpz ? "\n)\n" : "\n"), .. Encoding.UTF8.GetBytes(neighbour + "\n")];
            var sink = CollectingSink.Parse(format, text, out _);
            Assert.That(sink.Entries.Count(e => e.Text.TrimStart('=') is "good.example" or "good\\.example" && e.Line is 1 or 3 or 4), Is.EqualTo(2), () => Encoding.Latin1.GetString(line));
        }
    }

    [Test]
    public void Parse_AnyBytes_NeverThrows()
    {
        var seeds = HostileLines.All.Where(l => l.Length < 2000).ToArray();
        var piece = Gen.OneOf(AnyOf(seeds), Gen.Byte.Array[0, 12], AnyOf(" "u8.ToArray(), "\n"u8.ToArray(), "\r\n"u8.ToArray(), "."u8.ToArray(), "||"u8.ToArray(), "^"u8.ToArray(), "$"u8.ToArray(), "example.com"u8.ToArray()));
        Gen.Select(AnyOf(Formats), piece.Array[0, 20]).Sample((format, pieces) =>
        {
            var sink = CollectingSink.Parse(format, [.. pieces.SelectMany(p => p)], out _);
            return sink.Entries.TrueForAll(e => e.Line > 0 && e.Text.Length > 0) && sink.Rejected.TrueForAll(r => r.Why.Length > 0);
        }, iter: 4000);
    }

    [Test]
    public void Parse_PlainGivenItsOwnEntries_GivesThemAgain()
    {
        var character = Gen.OneOf(AnyOf("abz019-_.%/?&=#*:@ []".ToCharArray()), Gen.Char);
        var line = Gen.OneOf(AnyOf(HostileLines.Texts.ToArray()), character.Array[1, 20].Select(c => new string(c)), character.Array[0, 12].Select(c => "example.com/" + new string(c)));
        line.Sample(text =>
        {
            foreach (var entry in CollectingSink.Parse(ListFormat.Plain, text.Replace('\n', ' ')).Entries.Where(e => e.Kind is EntryKind.Place or EntryKind.Network))
            {
                var again = CollectingSink.Parse(ListFormat.Plain, entry.Text).Entries;
                if (again.Count != 1 || again[0].Text != entry.Text || again[0].Kind != entry.Kind) return false;
            }
            return true;
        }, iter: 20_000);
    }

    [Test]
    public void Parse_EveryPlace_IsOneToTheMatcher([ValueSource(nameof(Formats))] ListFormat format)
    {
        foreach (var line in HostileLines.All.Where(l => l.Length < 5000))
            foreach (var entry in CollectingSink.Parse(format, line, out _).Entries)
            {
                if (entry.Kind == EntryKind.Place) Assert.That(ListPlace.TryParse(entry.Text, out var place, out _) && place.Text == entry.Text, Is.True, entry.Text);
                else if (entry.Kind != EntryKind.Network) Assert.That(() => PatternSyntax.Build(entry.Text), Throws.Nothing, entry.Text);
            }
    }

    private static Gen<T> AnyOf<T>(params T[] values) => Gen.Int[0, values.Length - 1].Select(i => values[i]);
}
