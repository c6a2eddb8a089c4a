using System.Buffers;
using System.Text;
using FilterGate.Matching.Compiled;

namespace FilterGate.Matching.Tests.Compiled;

/// <summary>Names that are different and hash alike in all 64 bits: what a seed that an attacker knew would let him prepare, and what happens by chance once in a long while.</summary>
public sealed class EqualHashTests
{
    // A label of sixteen bytes whose first eight are the hash of its parent leaves nothing of the other eight: the multiplication is by zero. So a seed is looked for under which the hash of "test" is eight letters and digits.
    private static readonly SearchValues<byte> LettersAndDigits = SearchValues.Create("abcdefghijklmnopqrstuvwxyz0123456789"u8);
    private static readonly (ulong Seed, string Prefix) Known = FindSeed();

    [Test]
    public void Step_PreparedLabels_HashAlike() =>
        Assert.That(Enumerable.Range(0, 50).Select(i => HashOf(Prepared(i))).Distinct().Count(), Is.EqualTo(1));

    [Test]
    public void Classify_FiftyNamesOfOneHash_StayApart()
    {
        // Fifty in buckets of fourteen: most stand in the buckets that follow.
        var entries = Sample.Numbered(Enumerable.Range(0, 50).Select(i => Sample.Place(i % 4, Prepared(i))));
        var builder = Sample.Builder(entries, Known.Seed);
        var opened = Sample.Open(builder.Compile());
        using (Assert.EnterMultipleScope())
        {
            foreach (var host in Enumerable.Range(0, 50).Select(Prepared))
            {
                Assert.That(Sample.Difference(entries, opened, Sample.Url(host)), Is.Null);
                Assert.That(Sample.Difference(entries, opened, Sample.Url("www." + host + "/path")), Is.Null);
            }
            Assert.That(opened.Matches(Sample.Url(Prepared(50)), Seen.Url), Is.False);
            Assert.That(opened.Explain(Sample.Url(Prepared(7)), Seen.Url).Select(m => (m.Entry, m.Line)), Is.EqualTo(new[] { (Prepared(7), 8) }));
        }
    }

    // Below names of one hash everything hashes alike again: sub-domains and paths differ by their parents alone.
    [Test]
    public void Classify_BelowNamesOfOneHash_ParentsTellThemApart()
    {
        var entries = Sample.Numbered(Enumerable.Range(0, 30).SelectMany(i => new[]
        {
            Sample.Place(i % 4, "sub." + Prepared(i)), Sample.Place((i + 1) % 4, Prepared(i) + "/path"), Sample.Place((i + 2) % 4, "=deep.er.sub." + Prepared(i)),
            Sample.Place((i + 3) % 4, "sub." + Prepared(i) + "/path/deeper?x="), i % 3 == 0 ? Sample.Place(0, Prepared(i)) : Sample.Place(1, "*." + Prepared(i)),
        }));
        var opened = Sample.Open(Sample.Builder(entries, Known.Seed).Compile());
        var requests = Enumerable.Range(0, 32).SelectMany(i => new[] { "", "sub.", "deep.er.sub.", "x.deep.er.sub.", "other." }.SelectMany(sub => new[] { "", "/path", "/path/deeper?x=1", "/pat" }.Select(path => Sample.Url(sub + Prepared(i) + path))));
        Assert.That(requests.Select(url => Sample.Difference(entries, opened, url)).Where(d => d is not null), Is.Empty);
    }

    [Test]
    public void Builder_EachTime_DrawsAnotherSeed()
    {
        var first = new ListMatcher.Builder().Compile().List;
        Assert.That(new ListMatcher.Builder().Compile().List.AsSpan(8, 8).ToArray(), Is.Not.EqualTo(first.AsSpan(8, 8).ToArray()));
    }

    private static string Prepared(int i) => $"{Known.Prefix}n{i:d6}x.test";

    private static ulong HashOf(string host)
    {
        var hash = ListHash.NameRoot(Known.Seed);
        foreach (var label in host.Split('.').Reverse()) hash = ListHash.Step(hash, Encoding.ASCII.GetBytes(label));
        return hash;
    }

    private static (ulong Seed, string Prefix) FindSeed()
    {
        Span<byte> bytes = stackalloc byte[8];
        for (var seed = 0ul; seed < 200_000_000; seed++)
        {
            BitConverter.TryWriteBytes(bytes, ListHash.Step(ListHash.NameRoot(seed), "test"u8));
            if (!bytes.ContainsAnyExcept(LettersAndDigits)) return (seed, Encoding.ASCII.GetString(bytes));
        }
        throw new InvalidOperationException("No seed is found: the hash has changed, and this test must find names for the new one.");
    }
}
