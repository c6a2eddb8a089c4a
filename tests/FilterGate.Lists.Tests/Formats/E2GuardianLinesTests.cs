using System.Text;
using FilterGate.Lists.Formats;

namespace FilterGate.Lists.Tests.Formats;

public sealed class E2GuardianLinesTests
{
    private string _folder = "";

    [SetUp]
    public void MakeFolder() => _folder = Directory.CreateTempSubdirectory("filtergate-e2g-").FullName;

    [TearDown]
    public void RemoveFolder() => Directory.Delete(_folder, recursive: true);

    [Test]
    public void Read_SiteList_IsItsEntriesAndItsCategory()
    {
        var sink = CollectingSink.Parse(ListFormat.E2GuardianSites, "#listcategory: \"Bad Sites\"\n# remark\nbad.example\n.Bad.Test\n*ip\n192.0.2.0/24\n"u8.ToArray(), out var parsed);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(parsed.Category, Is.EqualTo("Bad Sites"));
            Assert.That(sink.Words, Is.EqualTo(new[] { "bad.example", "bad.test", @"h:^(?:[0-9]{1,3}(?:\.[0-9]{1,3}){3}|\[[0-9a-f:.]+\])$", "net:192.0.2.0/24" }));
            Assert.That(sink.Rejected, Is.Empty);
        }
    }

    [TestCase("#time: 9 0 17 0 01234", "time")]
    [TestCase("**", "policy")]
    [TestCase("**s", "policy")]
    public void Read_WhatIsThePolicys_IsLeftOut(string line, string why)
    {
        var sink = CollectingSink.Parse(ListFormat.E2GuardianSites, $"{line}\nbad.example");
        using (Assert.EnterMultipleScope())
        {
            Assert.That(sink.Words, Is.EqualTo(new[] { "bad.example" }));
            Assert.That(sink.LeftOut.Single(), Does.Contain(why));
        }
    }

    [Test]
    public void Read_PatternList_IsPatterns() =>
        Assert.That(CollectingSink.Parse(ListFormat.E2GuardianPatterns, "# remark\n(adult|sex)[0-9]+\\.example\n").Words, Is.EqualTo(new[] { "u:(adult|sex)[0-9]+\\.example" }));

    [Test]
    public void Read_Include_GivesTheEntriesOfTheFileAtItsLine()
    {
        Write("sub/more", "#listcategory: \"More\"\none.example\n.Include<__LISTDIR__/deep>\nbad one\n");
        Write("deep", "two.example\n");
        var sink = CollectingSink.Parse(ListFormat.E2GuardianSites, "zero.example\n.Include<sub/more>\nthree.example\nbad two"u8.ToArray(), out var parsed, new IncludeFolder(_folder));
        using (Assert.EnterMultipleScope())
        {
            Assert.That(sink.Entries.Select(e => (e.Text, e.Line)), Is.EqualTo(new[] { ("zero.example", 1), ("one.example", 2), ("two.example", 2), ("three.example", 3) }));
            Assert.That(sink.Rejected.Select(r => (r.Line, r.Text)), Is.EqualTo(new[] { (2, "bad one"), (4, "bad two") }));
            Assert.That(sink.Rejected[0].Why, Does.EndWith("(in more, line 4)"));
            Assert.That(sink.Rejected[1].Why, Does.Not.Contain("(in "));
            Assert.That(parsed.Category, Is.EqualTo("More"));
        }
    }

    [Test]
    public void Read_AbsolutePathWithin_IsIncluded()
    {
        Write("more", "one.example\n");
        Assert.That(Include($"{_folder}/more").Words, Is.EqualTo(new[] { "one.example" }));
    }

    [TestCase("../outside")]
    [TestCase("/etc/passwd")]
    [TestCase("sub/../../outside")]
    [TestCase("__LISTDIR__/../outside")]
    [TestCase("")]
    [TestCase("missing")]
    [TestCase("a\0b")]
    public void Read_IncludeOutsideOrMissing_IsRejected(string path)
    {
        File.WriteAllText(Path.Combine(Path.GetDirectoryName(_folder)!, "outside"), "secret.example\n");
        var sink = Include(path);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(sink.Entries, Is.Empty);
            Assert.That(sink.Rejected, Has.Count.EqualTo(1));
        }
    }

    [Test]
    public void Read_FolderWhoseNameGoesOn_IsOutside()
    {
        var neighbour = Directory.CreateDirectory(_folder + "-2").FullName;
        File.WriteAllText(Path.Combine(neighbour, "more"), "secret.example\n");
        try
        {
            Assert.That(Include($"{neighbour}/more").Rejected.Single().Why, Does.Contain("outside"));
        }
        finally
        {
            Directory.Delete(neighbour, recursive: true);
        }
    }

    [Test]
    public void Read_IncludeThroughALink_IsRejected()
    {
        Write("real", "one.example\n");
        File.CreateSymbolicLink(Path.Combine(_folder, "file"), "/etc/hostname");
        Directory.CreateSymbolicLink(Path.Combine(_folder, "etc"), "/etc");
        using (Assert.EnterMultipleScope())
        {
            Assert.That(Include("file").Rejected.Single().Why, Does.Contain("link"));
            Assert.That(Include("etc/hostname").Rejected.Single().Why, Does.Contain("link"));
            Assert.That(Include("real").Rejected, Is.Empty);
        }
    }

    [Test]
    public void Read_Circle_IsSaidAndEnds()
    {
        Write("a", "one.example\n.Include<b>\n");
        Write("b", "two.example\n.Include<a>\n");
        var sink = Include("a");
        using (Assert.EnterMultipleScope())
        {
            Assert.That(sink.Words, Is.EqualTo(new[] { "one.example", "two.example" }));
            Assert.That(sink.Rejected.Single().Why, Does.Contain("includes itself"));
        }
    }

    [Test]
    public void Read_ChainDeeperThanAllowed_IsSaidAndEnds()
    {
        for (var i = 0; i < 20; i++) Write($"f{i}", $"h{i}.example\n.Include<f{i + 1}>\n");
        var sink = Include("f0");
        using (Assert.EnterMultipleScope())
        {
            Assert.That(sink.Entries, Has.Count.EqualTo(E2GuardianLines.DepthMax));
            Assert.That(sink.Rejected.Single().Why, Does.Contain("deep"));
        }
    }

    [Test]
    public void Read_SameFileManyTimes_IsReadOnce()
    {
        Write("a", "one.example\n");
        var sink = CollectingSink.Parse(ListFormat.E2GuardianSites, string.Concat(Enumerable.Repeat(".Include<a>\n", 5)), new IncludeFolder(_folder));
        using (Assert.EnterMultipleScope())
        {
            Assert.That(sink.Words, Is.EqualTo(new[] { "one.example" }));
            Assert.That(sink.LeftOut, Has.Count.EqualTo(4));
        }
    }

    [Test]
    public void Read_IncludeWithoutAFolder_IsRejected() =>
        Assert.That(CollectingSink.Parse(ListFormat.E2GuardianSites, ".Include<a>").Rejected, Has.Count.EqualTo(1));

    private CollectingSink Include(string path) => CollectingSink.Parse(ListFormat.E2GuardianSites, $".Include<{path}>", new IncludeFolder(_folder));

    private void Write(string name, string text)
    {
        var path = Path.Combine(_folder, name);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllText(path, text, Encoding.UTF8);
    }
}
