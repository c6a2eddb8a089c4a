using System.Diagnostics;
using System.Text;
using FilterGate.Lists.Compiled;
using FilterGate.Lists.Formats;
using FilterGate.Matching;
using FilterGate.Testing;

namespace FilterGate.Lists.Tests.Compiled;

public sealed class ListStoreTests
{
    private Box _box = null!;

    [SetUp]
    public void SetUp() => _box = new();

    [TearDown]
    public void TearDown() => _box.Dispose();

    [Test]
    public void OpenInForce_NothingCompiled_IsNothing()
    {
        using (Assert.EnterMultipleScope())
        {
            Assert.That(_box.Store.OpenInForce(out var note), Is.Null);
            Assert.That(note, Is.Null);
            Assert.That(_box.Store.Verify(), Is.Empty);
            Assert.That(_box.Store.InForce(), Is.Null);
        }
    }

    [Test]
    public void Compile_ThenOpenedInANewStore_HasEveryEntryWithItsLine()
    {
        var file = _box.File("own/one", ["# a remark", "one.example", "two.example/path", "=three.example", "not a host name", "192.0.2.0/24"]);
        var result = _box.Store.Compile([file]);
        var opened = _box.Open();
        using (Assert.EnterMultipleScope())
        {
            Assert.That(result.Kind, Is.EqualTo(CompileKind.Base));
            Assert.That(result.InForce.Since, Is.EqualTo(_box.Clock.GetUtcNow()));
            Assert.That(result.EntryCount, Is.EqualTo(opened.Layers.EntryCount));
            Assert.That(opened.Version, Is.EqualTo(result.InForce.Version).And.Length.EqualTo(12));
            Assert.That(opened.Report.Sources.Single(s => s.List == "own/one"), Has.Property("EntryCount").EqualTo(4).And.Property("MalformedCount").EqualTo(1));
            Assert.That(opened.Report.Warnings, Has.One.Contains("own/one: 1 of 5 lines cannot be used"));
            Assert.That(opened.Layers.Explain(Box.Url("http://www.two.example/path/x"), Seen.Url).Select(m => (m.List, m.Entry, m.Line, m.Category.Slug, m.Version)), Is.EqualTo(new[] { ("own/one", "two.example/path", 3, "pornography", file.Version) }));
            Assert.That(new[] { "one.example", "three.example", "192.0.2.9" }.Select(u => Box.Blocks(opened, u)), Is.All.True);
            Assert.That(new[] { "a.three.example", "two.example", "192.0.3.9", "four.example" }.Select(u => Box.Blocks(opened, u)), Is.All.False);
            Assert.That(_box.Store.Verify(), Is.Empty);
        }
    }

    [Test]
    public void Compile_TheSameFiles_IsUnchanged()
    {
        var files = new[] { _box.File("own/one", ["one.example"]) };
        var first = _box.Store.Compile(files);
        var again = _box.Store.Compile(files);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(again.Kind, Is.EqualTo(CompileKind.Unchanged));
            Assert.That(again.InForce.Base, Is.EqualTo(first.InForce.Base));
            Assert.That(again.EntryCount, Is.EqualTo(first.EntryCount));
        }
    }

    [Test]
    public void OpenInForce_CompiledByAnotherVersionWithOtherCategories_IsReadAnewAndNothingOpens()
    {
        var files = new[] { _box.File("own/one", ["one.example"], "category-of-our-own") };
        var report = Path.Combine(_box.Folder.Compiled, _box.Store.Compile(files).InForce.Base + ".json");
        var text = File.ReadAllText(report);
        // As after an update of the program that has one category more: the numbers of those behind it are others.
        var shifted = text.Replace("\"category-of-our-own\"\n  ]", "\"one-more\",\n    \"category-of-our-own\"\n  ]", StringComparison.Ordinal);
        Assert.That(shifted, Is.Not.EqualTo(text));
        File.WriteAllText(report, shifted);
        Assert.That(() => _box.Store.OpenInForce(out _), Throws.TypeOf<ListLoadException>().With.Message.Contains("other categories"), "what this version compiled and cannot open is broken");

        File.WriteAllText(report, shifted.Replace(CompiledLists.Form, "another", StringComparison.Ordinal));
        var opened = _box.Store.OpenInForce(out var note)!;
        using (Assert.EnterMultipleScope())
        {
            Assert.That(note, Does.Contain("another version").And.Contain("filtergate lists compile"));
            Assert.That(Box.Blocks(opened, "one.example"), Is.True);
            Assert.That(opened.Layers.Explain(Box.Url("one.example"), Seen.Url).Single().Category.Slug, Is.EqualTo("category-of-our-own"));
            Assert.That(_box.Store.Compile(files).Kind, Is.EqualTo(CompileKind.Base));
            _box.Store.OpenInForce(out var afterwards);
            Assert.That(afterwards, Is.Null);
        }
    }

    [Test]
    public void Compile_TheSameFilesAfterAnUpdateOfTheProgram_IsCompiledWhole()
    {
        var files = new[] { _box.File("own/one", ["one.example"]) };
        var report = Path.Combine(_box.Folder.Compiled, _box.Store.Compile(files).InForce.Base + ".json");
        File.WriteAllText(report, File.ReadAllText(report).Replace(CompiledLists.Form, "another", StringComparison.Ordinal));
        using (Assert.EnterMultipleScope())
        {
            Assert.That(_box.Open().Layers.EntryCount, Is.GreaterThan(1), "categories are the same: it opens as it is");
            Assert.That(_box.Store.Compile(files).Kind, Is.EqualTo(CompileKind.Base), "its starter lists may be others");
        }
    }

    // What a delta gives must be what compiling all of it gives; each row once broke, or would if entries were compared carelessly.
    [TestCase("a.example|b.example", "a.example|c.example", "", TestName = "Compile_OneGainedOneLost_IsADeltaThatAnswersAsAWholeCompile")]
    [TestCase("a.example|A.Example|a.example", "b.example", "", TestName = "Compile_LostInEverySpelling_IsADeltaThatAnswersAsAWholeCompile")]
    [TestCase("a.example|b.example", "b.example|A.EXAMPLE", "", TestName = "Compile_RespelledAndReordered_IsADeltaThatAnswersAsAWholeCompile")]
    [TestCase("a.example/x|=a.example|*.a.example", "a.example/X/|a.example|b.example/y", "", TestName = "Compile_ScopesAndPaths_IsADeltaThatAnswersAsAWholeCompile")]
    [TestCase("||a.example^|@@||fine.b.example^", "||a.example^|@@||fine.b.example^|||b.example^", "adblock", TestName = "Compile_GainedUnderAnOldException_IsADeltaThatAnswersAsAWholeCompile")]
    [TestCase("a.example|com", "a.example", "", TestName = "Compile_ARefusedEntryGoes_IsADeltaThatAnswersAsAWholeCompile")]
    public void CompileDelta(string before, string after, string format)
    {
        var kind = format == "adblock" ? ListFormat.AdBlock : ListFormat.Plain;
        var other = _box.File("own/other", ["b.example", "z.example"], "gambling");
        _box.Store.Compile([_box.File("own/one", Lines(before), format: kind), other]);
        var later = _box.File("own/one", Lines(after), format: kind);
        var delta = _box.Store.Compile([later, other]);
        using var whole = new Box();
        whole.Store.Compile([later, other]);
        var (layered, anew) = (_box.Open(), whole.Open());
        using (Assert.EnterMultipleScope())
        {
            Assert.That(delta.Kind, Is.EqualTo(CompileKind.Delta));
            foreach (var url in new[] { "a.example", "a.example/x", "a.example/x/y", "sub.a.example", "sub.a.example/x", "b.example", "b.example/y", "fine.b.example", "c.example", "z.example", "y.example", "shop.com" }.Select(Box.Url))
            {
                Assert.That(layered.Layers.Classify(url, Seen.Url) == anew.Layers.Classify(url, Seen.Url), Is.True, url.ToString());
                Assert.That(layered.Layers.Explain(url, Seen.Url).Select(m => (m.List, m.Category.Slug)).Distinct(), Is.EquivalentTo(anew.Layers.Explain(url, Seen.Url).Select(m => (m.List, m.Category.Slug)).Distinct()), url.ToString());
            }
            Assert.That(delta.InForce.Version, Is.Not.EqualTo(whole.Store.InForce()!.Version), "a delta is another version: lines and spellings may be those of the base");
        }

        static string[] Lines(string text) => text.Replace("|||", "|\u0001", StringComparison.Ordinal).Replace("||", "\u0001", StringComparison.Ordinal).Split('|').Select(l => l.Replace("\u0001", "||", StringComparison.Ordinal)).ToArray();
    }

    [Test]
    public void Compile_DeltaOfAListWithBadLines_CountsAndShowsThem()
    {
        _box.Store.Compile([_box.File("own/one", ["a.example", "not a host"]), _box.File("own/other", ["b.example", "nor this"])]);
        Assert.That(_box.Open().Report.Warnings, Has.One.Contains("own/one: 1 of 2 lines").And.One.Contains("own/other: 1 of 2 lines"));

        var delta = _box.Store.Compile([_box.File("own/one", ["a.example", "c.example", "bad one", "bad two"]), _box.File("own/other", ["b.example", "nor this"])]);
        var opened = _box.Open();
        using (Assert.EnterMultipleScope())
        {
            Assert.That((delta.Kind, delta.AddedCount), Is.EqualTo((CompileKind.Delta, 1)));
            foreach (var report in new[] { delta.Report, opened.Report })
            {
                Assert.That(report.Sources.Where(s => s.List.StartsWith("own/", StringComparison.Ordinal)).Select(s => (s.List, s.EntryCount, s.MalformedCount)), Is.EquivalentTo(new[] { ("own/one", 2, 2), ("own/other", 1, 1) }));
                Assert.That(report.Errors.Where(e => e.List == "own/one").Select(e => (e.Line, e.Text)), Is.EqualTo(new[] { (3, "bad one"), (4, "bad two") }));
                Assert.That(report.Warnings.Where(w => w.StartsWith("own/one", StringComparison.Ordinal)), Has.One.Contains("2 of 4 lines cannot be used").And.Exactly(1).Items);
            }
        }

        // Mended, and nothing is said of it any more.
        _box.Store.Compile([_box.File("own/one", ["a.example", "c.example"]), _box.File("own/other", ["b.example", "nor this"])]);
        Assert.That(_box.Open().Report.Warnings, Has.None.Contains("own/one").And.One.Contains("own/other: 1 of 2 lines"));
    }

    [Test]
    public void Compile_MoreChangesThanADeltaHolds_IsANewBase()
    {
        var names = Enumerable.Range(0, 6_000).Select(i => $"n{i}.example").ToArray();
        _box.Store.Compile([_box.File("own/one", names[..3_000])]);
        var few = _box.Store.Compile([_box.File("own/one", names[..(3_000 + ListStore.DeltaAlways)])]);
        var many = _box.Store.Compile([_box.File("own/one", names[..(3_001 + ListStore.DeltaAlways)])]);
        using (Assert.EnterMultipleScope())
        {
            Assert.That((few.Kind, few.AddedCount, few.RemovedCount), Is.EqualTo((CompileKind.Delta, ListStore.DeltaAlways, 0)));
            // Counted from the base, not from the delta before.
            Assert.That(many.Kind, Is.EqualTo(CompileKind.Base));
            Assert.That(many.EntryCount, Is.EqualTo(few.EntryCount + 1));
            Assert.That(Box.Blocks(_box.Open(), "n5000.example"), Is.True);
        }
    }

    [Test]
    public void Compile_ExceptionsOrPatternsChange_IsANewBase()
    {
        _box.Store.Compile([_box.File("own/one", ["||a.example^"], format: ListFormat.AdBlock)]);
        var exception = _box.Store.Compile([_box.File("own/one", ["||a.example^", "@@||b.a.example^"], format: ListFormat.AdBlock)]);
        var pattern = _box.Store.Compile([_box.File("own/one", ["||a.example^", "@@||b.a.example^", "/casino[0-9]+/"], format: ListFormat.AdBlock)]);
        var opened = _box.Open();
        using (Assert.EnterMultipleScope())
        {
            Assert.That((exception.Kind, pattern.Kind), Is.EqualTo((CompileKind.Base, CompileKind.Base)));
            Assert.That(Box.Blocks(opened, "a.example"), Is.True);
            Assert.That(Box.Blocks(opened, "b.a.example"), Is.False);
            Assert.That(Box.Blocks(opened, "casino77.example"), Is.True);
        }
    }

    private static readonly TestCaseData[] Faults =
    [
        Fault("ListCut", ".fgl", bytes => bytes[..^100], "cut short"),
        Fault("ListFlipped", ".fgl", Flip, "something changed it"),
        Fault("ListGone", ".fgl", _ => null, ".fgl"),
        Fault("ListEmpty", ".fgl", _ => [], "which no compiled list has"),
        Fault("ListForeign", ".fgl", _ => Encoding.UTF8.GetBytes(new string('x', 4096)), "does not begin with FGL1"),
        Fault("ProvenanceFlipped", ".fgp", Flip, "provenance"),
        Fault("ProvenanceGone", ".fgp", _ => null, ".fgp"),
        Fault("ReportGone", ".json", _ => null, ".json"),
        Fault("ReportBroken", ".json", bytes => bytes[..^5], ".json"),
        Fault("InForceBroken", "", bytes => bytes[..^5], "in-force.json"),
        Fault("InForceOfAnotherForm", "", bytes => Encoding.UTF8.GetBytes(Encoding.UTF8.GetString(bytes).Replace("\"form\": 1", "\"form\": 2", StringComparison.Ordinal)), "another form"),
    ];

    [TestCaseSource(nameof(Faults))]
    public void OpenInForce_Broken_OpensWhatWasBeforeAndSaysSo(string extension, Func<byte[], byte[]?> fault, string why)
    {
        var before = _box.Store.Compile([_box.File("own/one", ["before.example"])]);
        var after = _box.Store.Compile([_box.File("own/one", ["before.example", "after.example"])], isWhole: true);
        Box.Change(extension.Length > 0 ? _box.PathOf(after.InForce.Base, extension) : _box.Folder.InForce, fault);
        var opened = _box.Open(out var note);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(note, Does.Contain("are broken, and those before them are in force").And.Contain(why).And.Contain("Run filtergate lists compile"));
            Assert.That(opened.Version, Is.EqualTo(before.InForce.Version));
            Assert.That(Box.Blocks(opened, "before.example"), Is.True);
            Assert.That(Box.Blocks(opened, "after.example"), Is.False);
            Assert.That(_box.Store.Verify(), Has.One.Contains(why));
        }
    }

    // What the message says to do must help, and must not make a broken state the one to go back to.
    [TestCaseSource(nameof(Faults))]
    public void Compile_InForceBroken_MakesItAnewAndKeepsWhatWasBefore(string extension, Func<byte[], byte[]?> fault, string why)
    {
        var before = _box.Store.Compile([_box.File("own/one", ["before.example"])]);
        ListFile[] files = [_box.File("own/one", ["before.example", "after.example"])];
        var after = _box.Store.Compile(files, isWhole: true);
        Box.Change(extension.Length > 0 ? _box.PathOf(after.InForce.Base, extension) : _box.Folder.InForce, fault);
        var again = _box.Store.Compile(files);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(again.Kind, Is.EqualTo(CompileKind.Base), why);
            Assert.That(Box.Blocks(_box.Open(), "after.example"), Is.True);
        }
        Box.Change(_box.PathOf(again.InForce.Base, ".fgl"), Flip);
        Assert.That(_box.Open(out _).Version, Is.EqualTo(before.InForce.Version));
    }

    [TestCase(0, TestName = "Compile_AddedLayerBroken_MakesItAnew")]
    [TestCase(1, TestName = "Compile_RemovedLayerBroken_MakesItAnew")]
    public void CompileBrokenLayer(int layer)
    {
        _box.Store.Compile([_box.File("own/one", ["old.example", "kept.example"])]);
        ListFile[] files = [_box.File("own/one", ["new.example", "kept.example"])];
        var delta = _box.Store.Compile(files);
        Box.Change(_box.PathOf((layer == 0 ? delta.InForce.Added : delta.InForce.Removed)!, ".fgl"), Flip);
        var again = _box.Store.Compile(files);
        var opened = _box.Open();
        using (Assert.EnterMultipleScope())
        {
            Assert.That((delta.Kind, again.Kind), Is.EqualTo((CompileKind.Delta, CompileKind.Base)));
            Assert.That((Box.Blocks(opened, "new.example"), Box.Blocks(opened, "old.example"), Box.Blocks(opened, "kept.example")), Is.EqualTo((true, false, true)));
        }
    }

    [Test]
    public void OpenInForce_BothBroken_OpensNothingAndSaysBoth()
    {
        var before = _box.Store.Compile([_box.File("own/one", ["before.example"])]);
        var after = _box.Store.Compile([_box.File("own/one", ["after.example"])], isWhole: true);
        Box.Change(_box.PathOf(before.InForce.Base, ".fgl"), Flip);
        Box.Change(_box.PathOf(after.InForce.Base, ".fgl"), bytes => bytes[..600]);
        Assert.That(() => _box.Store.OpenInForce(out _), Throws.InstanceOf<ListLoadException>()
            .With.Message.Contains("cut short").And.Message.Contains("Those before them:").And.Message.Contains("something changed it").And.Message.Contains("filtergate lists compile"));
        Assert.That(() => ListLoader.Load(_box.Folder, folder: null, new byte[LockedKey.Length], FilterGate.Lists.Locked.LockedFeeds.None, out _), Throws.InstanceOf<ListLoadException>());
    }

    [Test]
    public void Compile_AFileCannotBeRead_LeavesWhatIsInForce()
    {
        var first = _box.Store.Compile([_box.File("own/one", ["one.example"])]);
        var file = _box.File("own/one", ["two.example"]);
        File.Delete(file.Path);
        Assert.That(() => _box.Store.Compile([file]), Throws.InstanceOf<ListLoadException>());
        using (Assert.EnterMultipleScope())
        {
            Assert.That(_box.Store.InForce()!.Version, Is.EqualTo(first.InForce.Version));
            Assert.That(Box.Blocks(_box.Open(), "one.example"), Is.True);
        }
    }

    [Test]
    public void Compile_AnotherProcessIsAtIt_SaysSoAndLeavesWhatIsInForce()
    {
        var first = _box.Store.Compile([_box.File("own/one", ["one.example"])]);
        if (!OperatingSystem.IsLinux()) Assert.Ignore("Needs flock(1).");
        using (var other = Process.Start(new ProcessStartInfo("flock", [Path.Combine(_box.Folder.Root, "compile.lock"), "sh", "-c", "echo held; read end"]) { RedirectStandardInput = true, RedirectStandardOutput = true, UseShellExecute = false })!)
        {
            Assert.That(other.StandardOutput.ReadLine(), Is.EqualTo("held"));
            Assert.That(() => _box.Store.Compile([_box.File("own/one", ["two.example"])]), Throws.InstanceOf<ListLoadException>().With.Message.Contains("Another process is compiling").And.Message.Contains("compile.lock"));
            other.StandardInput.Close();
            Assert.That(other.WaitForExit(10_000), Is.True);
        }
        using (Assert.EnterMultipleScope())
        {
            Assert.That(_box.Open().Version, Is.EqualTo(first.InForce.Version));
            Assert.That(_box.Store.Compile([_box.File("own/one", ["two.example"])]).Kind, Is.EqualTo(CompileKind.Delta));
        }
    }

    [Test]
    public void Compile_DiskFull_LeavesWhatIsInForceAndNoRemains()
    {
        var root = _box["small"];
        using var mount = Mount.Tmpfs(root, "size=512k");
        using var box = new Box(root);
        var first = box.Store.Compile([box.File("own/one", ["one.example"])]);
        var files = new[] { box.File("own/one", Enumerable.Range(0, 40_000).Select(i => $"n{i}.example")) };
        Assert.That(() => box.Store.Compile(files), Throws.InstanceOf<ListLoadException>().With.Message.Contains("those in force stay").And.Message.Contains("No space left"));
        using (Assert.EnterMultipleScope())
        {
            Assert.That(box.Open().Version, Is.EqualTo(first.InForce.Version));
            Assert.That(Directory.GetFiles(box.Folder.Compiled, "*.part"), Is.Empty);
        }
        mount.Remount("size=16m");
        var second = box.Store.Compile(files);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(Box.Blocks(box.Open(), "n39999.example"), Is.True);
            // Those in force and those before; nothing of the attempt that failed.
            Assert.That(Directory.GetFiles(box.Folder.Compiled).Select(Path.GetFileNameWithoutExtension).Distinct(), Is.EquivalentTo(new[] { first.InForce.Base, second.InForce.Base }));
        }
    }

    [Test]
    public void OpenFolder_NothingChanged_IsNotReadAgainAndAChangedFileIs()
    {
        var folder = _box["ut1"];
        var domains = Path.Combine(Directory.CreateDirectory(Path.Combine(folder, "adult")).FullName, "domains");
        File.WriteAllLines(domains, ["one.example"]);
        _box.Store.OpenFolder(folder);
        var name = Path.GetFileNameWithoutExtension(Directory.GetFiles(_box.Folder.Compiled, "folder-*.fgl").Single());
        var written = Stamp();
        var again = _box.Store.OpenFolder(folder);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(Stamp(), Is.EqualTo(written), "compiled again, though nothing has changed");
            Assert.That(Box.Blocks(again, "one.example"), Is.True);
        }
        File.WriteAllLines(domains, ["two.example"]);
        File.SetLastWriteTimeUtc(domains, new DateTime(2026, 11, 23, 12, 0, 0, DateTimeKind.Utc));
        var changed = _box.Store.OpenFolder(folder);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(Stamp(), Is.Not.EqualTo(written));
            Assert.That((Box.Blocks(changed, "one.example"), Box.Blocks(changed, "two.example")), Is.EqualTo((false, true)));
        }
        Box.Change(_box.PathOf(name, ".fgl"), Flip);
        Assert.That(Box.Blocks(_box.Store.OpenFolder(folder), "two.example"), Is.True, "a broken compiled file is made anew");
        Assert.That(() => _box.Store.OpenFolder(_box["nowhere"]), Throws.InstanceOf<ListLoadException>().With.Message.Contains("does not exist"));

        // Each compile draws another seed, so the bytes differ.
        string Stamp() => Convert.ToHexString(System.Security.Cryptography.SHA256.HashData(File.ReadAllBytes(_box.PathOf(name, ".fgl"))));
    }

    private static byte[] Flip(byte[] bytes)
    {
        bytes[bytes.Length / 2] ^= 1;
        return bytes;
    }

    private static TestCaseData Fault(string name, string extension, Func<byte[], byte[]?> fault, string why) => new TestCaseData(extension, fault, why).SetArgDisplayNames(name);
}
