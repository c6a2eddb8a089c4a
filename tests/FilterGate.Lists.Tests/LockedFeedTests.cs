using System.Text;
using FilterGate.Lists.Locked;
using FilterGate.Matching;

namespace FilterGate.Lists.Tests;

public sealed class LockedFeedTests
{
    [Test]
    public void ReadLockedFeed_Rows_AreEntriesOfTheirCategories()
    {
        var locked = Load("# remark\n\nentry,category\nbad.example,csam-iwf\nbad2.example/a,terrorism-ctiru\n\"bad3.example/a,b\",csam-iwf\nbad4.example/c,d,csam-iwf\n", out var reading);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(locked.Feeds.Select(f => (f.List, f.Category.Slug, f.EntryCount, f.IsDemonstration)), Is.EqualTo(new[] { ("locked/feed", "csam-iwf", 3, false), ("locked/feed", "terrorism-ctiru", 1, false) }));
            Assert.That(locked.Find(Url("http://bad2.example/a"), Seen.Url)!.Category.Slug, Is.EqualTo("terrorism-ctiru"));
            Assert.That(locked.Find(Url("http://bad3.example/a,b"), Seen.Url), Is.Not.Null);
            Assert.That(locked.Find(Url("http://bad4.example/c,d"), Seen.Url), Is.Not.Null);
            Assert.That(reading.MalformedCount, Is.Zero);
        }
    }

    [Test]
    public void ReadLockedFeed_MalformedRows_AreCountedAndNeverShown()
    {
        var locked = Load("entry,category\nsecret-one.example\nsecret-two.example,games\nsecret-three.example,unknown\nnot a secret host,csam-iwf\nbad.example,csam-iwf\n", out var reading);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(locked.Feeds.Single().EntryCount, Is.EqualTo(1));
            Assert.That(reading.MalformedLines, Is.EqualTo(new[] { 2, 3, 4, 5 }));
            Assert.That(reading.ToString(), Does.Not.Contain("secret"));
        }
    }

    [TestCase("url;category\nbad.example;csam-iwf\n")]
    [TestCase("bad.example,csam-iwf\n")]
    public void ReadLockedFeed_OtherHeadings_IsRefused(string text) =>
        Assert.That(() => Load(text, out _), Throws.TypeOf<ListLoadException>().With.Message.EqualTo("locked/feed, line 1: the headings must be entry,category."));

    private static LockedMatcher Load(string text, out LockedReading reading)
    {
        var key = new byte[LockedKey.Length];
        using var stream = new MemoryStream(Encoding.UTF8.GetBytes(text));
        reading = LockedSample.Read("locked/feed", stream, ListLoader.ShippedTaxonomy, key, out _);
        var builder = new LockedMatcher.Builder(key);
        foreach (var (category, entries) in reading.Sections) builder.AddFeed("locked/feed", category, isDemonstration: false, entries);
        return builder.Build();
    }

    private static CanonicalUrl Url(string text) => CanonicalUrl.TryParse(text, out var url, out var error) ? url : throw new ArgumentException(error, nameof(text));
}
