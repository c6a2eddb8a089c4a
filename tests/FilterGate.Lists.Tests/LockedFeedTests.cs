using System.Text;
using FilterGate.Lists.Locked;
using FilterGate.Matching;

namespace FilterGate.Lists.Tests;

public sealed class LockedFeedTests
{
    [Test]
    public void ReadLockedFeed_Rows_AreEntriesOfTheirCategories()
    {
        var lists = Load("# remark\n\nentry,category\nbad.example,csam-iwf\nbad2.example/a,terrorism-ctiru\n\"bad3.example/a,b\",csam-iwf\nbad4.example/c,d,csam-iwf\n", out var report);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(lists.Locked.Feeds.Select(f => (f.List, f.Category.Slug, f.EntryCount, f.IsDemonstration)), Is.EqualTo(new[] { ("locked/feed", "csam-iwf", 3, false), ("locked/feed", "terrorism-ctiru", 1, false) }));
            Assert.That(lists.Locked.Find(Url("http://bad2.example/a"), Seen.Url)!.Category.Slug, Is.EqualTo("terrorism-ctiru"));
            Assert.That(lists.Locked.Find(Url("http://bad3.example/a,b"), Seen.Url), Is.Not.Null);
            Assert.That(lists.Locked.Find(Url("http://bad4.example/c,d"), Seen.Url), Is.Not.Null);
            Assert.That(lists.Warnings, Is.Empty);
            Assert.That(report.SyntaxErrors, Is.Empty);
        }
    }

    [Test]
    public void ReadLockedFeed_MalformedRows_AreCountedAndNeverShown()
    {
        var lists = Load("entry,category\nsecret-one.example\nsecret-two.example,games\nsecret-three.example,unknown\nnot a secret host,csam-iwf\nbad.example,csam-iwf\n", out var report);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(lists.Locked.Feeds.Single().EntryCount, Is.EqualTo(1));
            Assert.That(lists.Warnings, Is.EqualTo(new[] { "locked/feed: 4 lines cannot be used; the rest is in force." }));
            Assert.That(report.SyntaxErrors.Select(e => e.Line), Is.EqualTo(new[] { 2, 3, 4, 5 }));
            Assert.That(string.Join('\n', [.. report.SyntaxErrors.Select(e => e.ToString()), .. lists.Warnings, .. report.Notes]), Does.Not.Contain("secret"));
        }
    }

    [TestCase("url;category\nbad.example;csam-iwf\n")]
    [TestCase("bad.example,csam-iwf\n")]
    public void ReadLockedFeed_OtherHeadings_IsRefused(string text) =>
        Assert.That(() => Load(text, out _), Throws.TypeOf<ListLoadException>().With.Message.EqualTo("locked/feed, line 1: the headings must be entry,category."));

    private static ListSet Load(string text, out ListLoadReport report)
    {
        using var loading = new Loading(ListLoader.ShippedTaxonomy, new byte[LockedKey.Length], LockedFeeds.None);
        using var stream = new MemoryStream(Encoding.UTF8.GetBytes(text));
        loading.ReadLockedFeed("locked/feed", stream, isDemonstration: false);
        return loading.Finish(out report);
    }

    private static CanonicalUrl Url(string text) => CanonicalUrl.TryParse(text, out var url, out var error) ? url : throw new ArgumentException(error, nameof(text));
}
