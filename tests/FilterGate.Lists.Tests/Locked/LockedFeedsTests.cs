using FilterGate.Lists.Locked;

namespace FilterGate.Lists.Tests.Locked;

public sealed class LockedFeedsTests
{
    private Given _given = null!;

    [SetUp]
    public void SetUp() => _given = new Given();

    [TearDown]
    public void TearDown() => _given.Dispose();

    private string File(string name) => Path.Combine(_given.Folder.Locked, name);

    [Test]
    public void Open_NoFeedEver_IsEmpty()
    {
        var feeds = LockedFeeds.Open(_given.Folder, Given.Key, ListLoader.ShippedTaxonomy);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(_given.Matcher().Feeds, Is.Empty);
            Assert.That(feeds.Warnings, Is.Empty);
            Assert.That(feeds.Statuses.Select(s => s.Health(_given.Time.Now)), Is.All.EqualTo(LockedFeedHealth.Missing).And.Exactly(5).Items);
        }
    }

    // A7: twice a day is what the publishers ask for.
    [TestCase(0, LockedFeedHealth.Fresh)]
    [TestCase(12 * 60, LockedFeedHealth.Fresh)]
    [TestCase((12 * 60) + 1, LockedFeedHealth.Stale)]
    [TestCase(48 * 60, LockedFeedHealth.Stale)]
    [TestCase((48 * 60) + 1, LockedFeedHealth.Overdue)]
    [TestCase(365 * 24 * 60, LockedFeedHealth.Overdue)]
    public void Health_Age(int minutes, LockedFeedHealth expected)
    {
        _given.Import("ctiru", "bad.example");
        Assert.That(_given.Status("ctiru").Health(_given.Time.Now.AddMinutes(minutes)), Is.EqualTo(expected));
    }

    [Test]
    public void Health_AfterARefusedFeed_GoesOnAgeing()
    {
        _given.Import("ctiru", "bad.example");
        _given.Time.Now += TimeSpan.FromHours(13);
        Assert.That(() => _given.Import("ctiru", "no host at all"), Throws.TypeOf<ListLoadException>());
        Assert.That(_given.Status("ctiru").Health(_given.Time.Now), Is.EqualTo(LockedFeedHealth.Stale));
    }

    [Test]
    public void Health_StateLost_IsOverdueRatherThanFresh()
    {
        _given.Import("ctiru", "bad.example");
        System.IO.File.Delete(File("ctiru.json"));
        Assert.That(_given.Status("ctiru").Health(_given.Time.Now), Is.EqualTo(LockedFeedHealth.Overdue));
        Assert.That(_given.Find("http://bad.example/"), Is.Not.Null);
    }

    [TestCase("missing")]
    [TestCase("cut")]
    [TestCase("flipped")]
    [TestCase("empty")]
    public void Open_BrokenFile_TakesTheOneBefore(string how)
    {
        _given.Import("iwf-csam", "old.example", "both.example");
        _given.Import("iwf-csam", "both.example", "new.example");
        Break("iwf-csam.fgk", how);
        var feeds = LockedFeeds.Open(_given.Folder, Given.Key, ListLoader.ShippedTaxonomy);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(_given.Find("http://old.example/"), Is.Not.Null);
            Assert.That(feeds.Statuses[0].Health(_given.Time.Now), Is.EqualTo(LockedFeedHealth.Previous));
            Assert.That(feeds.Warnings.Single(), Does.Contain("iwf-csam.fgk").And.Contain("import the feed again"));
        }
    }

    [TestCase("missing")]
    [TestCase("cut")]
    [TestCase("flipped")]
    [TestCase("empty")]
    public void Open_FeedThatWasInForce_AndCannotBeLoaded_Throws(string how)
    {
        _given.Import("iwf-csam", "bad.example");
        _given.Import("ctiru", "other.example");
        Break("iwf-csam.fgk", how);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(() => _given.Matcher(), Throws.TypeOf<ListLoadException>().With.Message.Contains("does not start").And.Message.Contains("lists locked import iwf-csam"));
            Assert.That(_given.Status("iwf-csam").Health(_given.Time.Now), Is.EqualTo(LockedFeedHealth.Broken));
            Assert.That(_given.Status("ctiru").Health(_given.Time.Now), Is.EqualTo(LockedFeedHealth.Fresh));
        }
        _given.Import("iwf-csam", "bad.example");
        Assert.That(_given.Find("http://bad.example/"), Is.Not.Null, "an import repairs it");
    }

    [Test]
    public void Import_OverABrokenFile_KeepsTheGoodOneBefore()
    {
        _given.Import("iwf-csam", "one.example");
        _given.Import("iwf-csam", "two.example");
        Break("iwf-csam.fgk", "flipped");
        _given.Import("iwf-csam", "three.example");
        Break("iwf-csam.fgk", "flipped");
        Assert.That(_given.Find("http://one.example/"), Is.Not.Null);
    }

    [Test]
    public void Open_MadeWithAnotherKey_SaysSo()
    {
        _given.Import("iwf-csam", "bad.example");
        Assert.That(() => LockedFeeds.Open(_given.Folder, new byte[LockedKey.Length], ListLoader.ShippedTaxonomy), Throws.TypeOf<ListLoadException>().With.Message.Contains("another key"));
    }

    [Test]
    public void Open_AnyByteFlipped_IsNoticed()
    {
        _given.Import("iwf-csam", "bad.example/page");
        var good = System.IO.File.ReadAllBytes(File("iwf-csam.fgk"));
        for (var at = 0; at < good.Length; at++)
        {
            var bad = good.ToArray();
            bad[at] ^= 0x40;
            System.IO.File.WriteAllBytes(File("iwf-csam.fgk"), bad);
            Assert.That(() => LockedFeeds.Open(_given.Folder, Given.Key, ListLoader.ShippedTaxonomy), Throws.TypeOf<ListLoadException>(), $"byte {at}");
        }
    }

    [Test]
    public void Load_WithFeeds_ChangesTheVersionAndKeepsTheSample()
    {
        var without = ListLoader.Load(null, Given.Key);
        _given.Import("iwf-csam", "bad.example");
        var with = ListLoader.Load(null, Given.Key, LockedFeeds.Open(_given.Folder, Given.Key, ListLoader.ShippedTaxonomy), out var report);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(with.Version, Is.Not.EqualTo(without.Version));
            Assert.That(with.Locked.Feeds.Select(f => f.List), Does.Contain("locked/iwf-csam").And.Contain("locked/iwf-style-sample"));
            Assert.That(report.Lists.Select(l => l.List), Does.Contain("locked/iwf-csam"));
        }
    }

    private void Break(string name, string how)
    {
        var path = File(name);
        var bytes = System.IO.File.ReadAllBytes(path);
        if (how == "missing") System.IO.File.Delete(path);
        else if (how == "cut") System.IO.File.WriteAllBytes(path, bytes[..(bytes.Length / 2)]);
        else if (how == "empty") System.IO.File.WriteAllBytes(path, []);
        else
        {
            bytes[bytes.Length / 2] ^= 1;
            System.IO.File.WriteAllBytes(path, bytes);
        }
    }
}
