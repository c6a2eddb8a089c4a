using CsCheck;
using FilterGate.Matching.Tests.Compiled;
using FilterGate.Testing;

namespace FilterGate.Matching.Tests;

public sealed class ListLayersTests
{
    [Test]
    public void Classify_BaseAndWhatChanged_IsAllCompiledAnew() =>
        Gen.Select(Sample.BlockOrException.Array[0, 10], Sample.Block.Array[0, 6], Gen.Bool.Array[10], Sample.Request.Array[1, 6]).Sample((before, gained, losses, requests) =>
        {
            // A list has an entry or has it not; exceptions do not change, for those are compiled anew (ListStore).
            var old = Sample.Numbered(before.DistinctBy(e => (e.List, e.Entry)));
            var lost = old.Where((e, i) => losses[i] && e.Entry is { IsException: false, Kind: EntryKind.Place }).ToList();
            var added = gained.DistinctBy(e => (e.List, e.Entry)).Where(g => g.Entry.Kind == EntryKind.Place && !old.Any(o => o.List == g.List && o.Entry.Text == g.Entry.Text && !o.Entry.IsException))
                .Select((e, i) => e with { Entry = e.Entry with { Line = 100 + i } }).ToList();
            var layers = new ListLayers(Build(old), Build(added), Build(lost));
            Given[] now = [.. old.Except(lost), .. added];
            var anew = Build(now);
            foreach (var url in requests)
            {
                foreach (var seen in Enum.GetValues<Seen>())
                {
                    if (layers.Classify(url, seen) != anew.Classify(url, seen) || layers.Classify(url, seen) != PlainReference.Classify(now, url, seen)) throw new InvalidOperationException($"{url} ({seen}): classified otherwise");
                    if (!layers.Explain(url, seen).SequenceEqual(anew.Explain(url, seen))) throw new InvalidOperationException($"{url} ({seen}): explained otherwise");
                    if (layers.Matches(url, seen) != anew.Matches(url, seen)) throw new InvalidOperationException($"{url} ({seen}): matches, and does not");
                }
            }
            return layers.EntryCount == anew.EntryCount;
        }, iter: 2_000);

    // What an update adds is under the exceptions that its list has always had.
    [Test]
    public void Classify_EntryAddedUnderAnOldException_IsExcepted()
    {
        var exception = Sample.Place(0, "fine.example.test") with { Entry = new(EntryKind.Place, "fine.example.test", 1) { IsException = true } };
        var layers = new ListLayers(Build([exception]), Build([Sample.Place(0, "example.test"), Sample.Place(1, "test")]), ListMatcher.Empty);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(layers.Classify(Sample.Url("fine.example.test"), Seen.Url), Is.EqualTo(CategorySet.Of(Sample.Categories[2])));
            Assert.That(layers.Explain(Sample.Url("fine.example.test"), Seen.Url).Select(m => m.List), Is.EqualTo(new[] { "list-1" }));
            Assert.That(layers.Classify(Sample.Url("example.test"), Seen.Url), Is.EqualTo(CategorySet.Of(Sample.Categories[0], Sample.Categories[2])));
        }
    }

    [Test]
    public void Classify_NothingTakenAwayMatches_DoesNotAllocate()
    {
        var layers = new ListLayers(Build([Sample.Place(0, "example.test"), Sample.Place(0, "gone.test")]), Build([Sample.Place(1, "new.test")]), Build([Sample.Place(0, "gone.test")]));
        foreach (var url in new[] { "example.test", "new.test/x", "unknown.test" }.Select(Sample.Url))
        {
            layers.Classify(url, Seen.Url);
            var allocated = Allocations.Of(() =>
            {
                for (var i = 0; i < 100; i++) layers.Classify(url, Seen.Url);
            });
            Assert.That(allocated, Is.Zero, url.ToString());
        }
    }

    private static ListMatcher Build(IEnumerable<Given> entries) => Sample.Builder(entries, seed: 4).Build();
}
