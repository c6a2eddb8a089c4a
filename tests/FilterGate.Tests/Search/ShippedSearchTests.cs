using FilterGate.Lists;
using FilterGate.Matching;
using FilterGate.Policy.Search;
using FilterGate.Tests.Architecture;

namespace FilterGate.Tests.Search;

/// <summary>The shipped lists and the table of search engines say the same.</summary>
public sealed class ShippedSearchTests
{
    [TestCaseSource(nameof(Hosts), new object[] { "search-unsafe" })]
    public void Find_ShippedEngineWithoutASafeMode_IsNeverSafe(string host) => Assert.That(SearchEngine.Find(host)?.IsNeverSafe, Is.True);

    [TestCaseSource(nameof(Hosts), new object[] { "search-safe" })]
    public void Find_ShippedEngineWithASafeMode_IsNotTakenForUnsafe(string host) => Assert.That(SearchEngine.Find(host)?.IsNeverSafe, Is.Not.True);

    [TestCase("www.youtube.com")]
    [TestCase("youtubei.googleapis.com")]
    [TestCase("youtube.googleapis.com")]
    [TestCase("m.youtube.com")]
    [TestCase("www.youtube-nocookie.com")]
    [TestCase("youtu.be")]
    public void Classify_PagesOfYouTube_AreVideoSharing(string host)
    {
        var categories = ListLoader.Load(folder: null, new byte[32]).Classify(CanonicalUrl.ForHost("https", host, 443), Seen.Url).Categories;
        Assert.That(categories.Contains(ListLoader.ShippedTaxonomy.Find("video-sharing")!.Index), Is.True, "strict is not open: the category decides");
    }

    private static IEnumerable<string> Hosts(string slug) =>
        File.ReadLines(Path.Combine(Repository.Root, "blocklists", "starter", slug, "domains")).Where(l => l.Length > 0 && l[0] != '#').Select(l => l.TrimStart('='));
}
