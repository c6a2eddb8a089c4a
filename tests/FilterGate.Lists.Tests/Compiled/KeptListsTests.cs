using FilterGate.Lists.Compiled;
using FilterGate.Lists.Locked;
using FilterGate.Matching;

namespace FilterGate.Lists.Tests.Compiled;

/// <summary>Lists that were in force once, to say why a page of that day was refused.</summary>
public sealed class KeptListsTests
{
    private static readonly byte[] Key = new byte[LockedKey.Length];

    private Box _box = null!;

    [SetUp]
    public void SetUp() => _box = new();

    [TearDown]
    public void TearDown() => _box.Dispose();

    [Test]
    public void OpenKept_OlderThanTheOneBefore_IsMadeAgainFromItsFiles()
    {
        var files = Enumerable.Range(1, 4).Select(day => _box.File("own/one", [$"day-{day}.example", "always.example"])).ToList();
        var versions = files.ConvertAll(file => _box.Store.Compile([file], isWhole: true).InForce.Version);
        Assert.That(versions, Is.Unique);
        for (var day = 1; day <= 4; day++)
        {
            var kept = _box.Store.OpenKept(versions[day - 1]);
            Assert.That(kept, Is.Not.Null, $"day {day}");
            Assert.That(kept!.Version, Is.EqualTo(versions[day - 1]));
            Assert.That(Enumerable.Range(1, 4).Where(d => Box.Blocks(kept, $"day-{d}.example")), Is.EqualTo(new[] { day }));
        }
        Assert.That(_box.Store.OpenKept("0000deadbeef"), Is.Null);
    }

    [Test]
    public void OpenKept_ItsFilesAreGone_IsNothing()
    {
        var (old, next, last) = (_box.File("own/one", ["old.example"]), _box.File("own/one", ["next.example"]), _box.File("own/one", ["last.example"]));
        var version = _box.Store.Compile([old], isWhole: true).InForce.Version;
        _box.Store.Compile([next], isWhole: true);
        _box.Store.Compile([last], isWhole: true);
        File.Delete(old.Path);
        Assert.That(_box.Store.OpenKept(version), Is.Null);
    }

    // An event names all lists together, and the locked ones change by themselves.
    [Test]
    public void LoadKept_AVersionThatAGatewayNoted_IsFoundWhenTheLockedListsHaveChanged()
    {
        _box.Store.Compile([_box.File("own/one", ["old.example"])], isWhole: true);
        var then = ListLoader.Load(_box.Folder, folder: null, Key, LockedFeeds.None, out _);
        ListLoader.NoteInForce(_box.Folder, then with { Version = "0123456789ab" });
        ListLoader.NoteInForce(_box.Folder, then with { Version = "0123456789ab" });
        for (var i = 0; i < 3; i++) _box.Store.Compile([_box.File("own/one", [$"new-{i}.example"])], isWhole: true);

        var kept = ListLoader.LoadKept(_box.Folder, "0123456789ab", Key, LockedFeeds.None);
        Assert.That(kept?.CategoriesVersion, Is.EqualTo(then.CategoriesVersion));
        Assert.That(kept!.Categories.Matches(Box.Url("old.example"), Seen.Url), Is.True);
        Assert.That(ListLoader.LoadKept(_box.Folder, then.Version, Key, LockedFeeds.None)?.Version, Is.EqualTo(then.Version), "without a note it is looked for among what is kept");
        Assert.That(ListLoader.LoadKept(_box.Folder, "ffffffffffff", Key, LockedFeeds.None), Is.Null);
        Assert.That(File.ReadLines(Path.Combine(_box.Folder.Past, "versions.txt")).Count(), Is.EqualTo(1), "noted once");
    }

    [Test, Category("Slow")]
    public void Compile_OverAndOver_RemembersTheLastStates()
    {
        for (var i = 0; i < ListStore.PastMax + 3; i++) _box.Store.Compile([_box.File("own/one", [$"n{i}.example"])], isWhole: true);
        Assert.That(Directory.EnumerateFiles(_box.Folder.Past, "*.json").Count(), Is.EqualTo(ListStore.PastMax));
        Assert.That(Directory.EnumerateFiles(_box.Folder.Compiled, "*.fgl").Count(), Is.EqualTo(2), "compiled are what is in force and what was before");
    }
}
