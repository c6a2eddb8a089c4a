using CsCheck;
using FilterGate.Matching.Tests.Compiled;
using FilterGate.Testing;

namespace FilterGate.Matching.Tests;

public sealed class ListLayersTests
{
    [Test]
    public void Examples_AreOfEntriesInForce_AFewOfEachList()
    {
        var layers = new ListLayers(
            Build([Sample.Place(0, "gone.test"), Sample.Place(0, "a.test"), Sample.Place(0, "b.test/path"), Sample.Place(0, "*.c.test"), Sample.Place(1, "other.test")]), Build([Sample.Place(0, "new.test")]), Build([Sample.Place(0, "gone.test")]));
        var category = layers.Explain(Sample.Url("a.test"), Seen.Url).Single().Category;
        var found = layers.Examples(CategorySet.Of([category]), perList: 2).Select(e => $"{e.Url}").ToArray();
        Assert.That(found, Has.Length.EqualTo(3).And.Contain("http://new.test/").And.None.Contains("gone.test").And.None.Contains("other.test"));
        Assert.That(layers.Examples(CategorySet.Of([category]), perList: 9).Select(e => $"{e.Url}"), Is.EquivalentTo(new[] { "http://a.test/", "http://b.test/path", "http://x.c.test/", "http://new.test/" }));
        Assert.That(layers.Examples(CategorySet.Empty, perList: 9), Is.Empty);
    }

    [Test]
    [Category("Slow")]
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

    [Test]
    public void ClassifyApart_AnyLayers_IsWhatTheEntriesSayListByList() =>
        Gen.Select(Sample.BlockOrException.Array[0, 10], Sample.Block.Array[0, 6], Gen.Bool.Array[10], Sample.Request.Array[1, 6]).Sample((before, gained, losses, requests) =>
        {
            var old = Sample.Numbered(before.DistinctBy(e => (e.List, e.Entry)));
            var lost = old.Where((e, i) => losses[i] && e.Entry is { IsException: false, Kind: EntryKind.Place }).ToList();
            var added = gained.DistinctBy(e => (e.List, e.Entry)).Where(g => g.Entry.Kind == EntryKind.Place && !old.Any(o => o.List == g.List && o.Entry.Text == g.Entry.Text && !o.Entry.IsException))
                .Select((e, i) => e with { Entry = e.Entry with { Line = 100 + i } }).ToList();
            foreach (var layers in (ListLayers[])[new(Build(old)), new(Build(old), Build(added), Build(lost))])
            {
                var pick = layers.Pick(["list-1", "list-3", "list"], static _ => true);
                foreach (var url in requests)
                {
                    foreach (var seen in Enum.GetValues<Seen>())
                    {
                        var sets = new CategorySet[4];
                        layers.ClassifyApart(url, seen, pick, sets);
                        var expected = new CategorySet[4];
                        foreach (var match in layers.Explain(url, seen))
                        {
                            var place = match.List switch { "list-1" => 1, "list-3" => 2, _ => 0 };
                            expected[place] = expected[place].With(match.Category.Index);
                        }
                        if (!sets.SequenceEqual(expected)) throw new InvalidOperationException($"{url} ({seen}): told apart otherwise");
                        if ((sets[0] | sets[1] | sets[2] | sets[3]) != layers.Classify(url, seen)) throw new InvalidOperationException($"{url} ({seen}): more or less than all of it");
                    }
                }
            }
            return true;
        }, iter: 1_500);

    [Test]
    public void Pick_FolderOfLists_TakesAllOfThemAndTheLongestNameWins()
    {
        var builder = new ListMatcher.Builder();
        foreach (var (list, category) in new[] { ("ut1/games/domains", 1), ("ut1/games/urls", 2), ("ut1/gamesome/domains", 3), ("games/domains", 4) }) builder.TryAdd(list, Sample.Categories[category], $"c{category}.test", 1, out _);
        ListLayers layers = builder.Build();
        var pick = layers.Pick(["ut1", "ut1/games", "ut1/games/urls", "nothing"], static category => category.Index != 4);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(pick.CategoriesOf, Is.EqualTo(new[] { CategorySet.Of(Sample.Categories[3]), CategorySet.Of(Sample.Categories[1]), CategorySet.Of(Sample.Categories[2]), CategorySet.Empty }));
            Assert.That(pick.Categories, Is.EqualTo(CategorySet.Of(Sample.Categories[1], Sample.Categories[2], Sample.Categories[3])));
            Assert.That(layers.Pick(["games"], static category => category.Index != 4).Categories, Is.EqualTo(CategorySet.Empty), "a category that may not be picked");
        }
    }

    [Test]
    public void ClassifyApart_HostsAndPaths_DoesNotAllocate()
    {
        var layers = new ListLayers(Build([Sample.Place(0, "example.test"), Sample.Place(1, "example.test/path"), Sample.Place(2, "test")]), Build([Sample.Place(3, "new.test")]), ListMatcher.Empty);
        var pick = layers.Pick(["list-1", "list-2"], static _ => true);
        var sets = new CategorySet[3];
        foreach (var url in new[] { "www.example.test/path/x?y", "new.test/x", "unknown.test" }.Select(Sample.Url))
        {
            layers.ClassifyApart(url, Seen.Url, pick, sets);
            var allocated = Allocations.Of(() =>
            {
                for (var i = 0; i < 100; i++) layers.ClassifyApart(url, Seen.Url, pick, sets);
            });
            Assert.That(allocated, Is.Zero, url.ToString());
        }
    }

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
