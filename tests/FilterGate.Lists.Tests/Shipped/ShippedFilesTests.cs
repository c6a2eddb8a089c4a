using System.Globalization;
using FilterGate.Matching;

namespace FilterGate.Lists.Tests.Shipped;

/// <summary>What people read about the shipped lists is what the files say. These read the files of the repository, not what is built in.</summary>
public sealed class ShippedFilesTests
{
    private static readonly string Blocklists = FindBlocklists();

    [Test]
    public void CategoryTable_InReadme_IsTheTaxonomysDefaults()
    {
        var taxonomy = Rows("taxonomy.tsv").Skip(1).Select(r => string.Join(" | ", r[..5]));
        var table = TableRows().Select(r => string.Join(" | ", r[..5]));

        Assert.That(table, Is.EqualTo(taxonomy));
    }

    [Test]
    public void CategoryTable_InReadme_CountsTheStarterEntries()
    {
        var counted = TableRows().ToDictionary(r => r[0], r => int.Parse(r[5], CultureInfo.InvariantCulture), StringComparer.Ordinal);
        var shipped = counted.Keys.ToDictionary(slug => slug, slug => StarterFiles(slug).Sum(f => Entries(f).Count), StringComparer.Ordinal);

        Assert.That(counted, Is.EqualTo(shipped));
        Assert.That(counted.Values.Sum(), Is.GreaterThan(1_000));
    }

    [Test]
    public void StarterFolders_AreEachACategoryThatIsNotLocked()
    {
        var open = Rows("taxonomy.tsv").Skip(1).Where(r => r[2] != "locked").Select(r => r[0]);
        var folders = Directory.GetDirectories(Path.Combine(Blocklists, "starter")).Select(f => Path.GetFileName(f));

        Assert.That(folders, Is.SubsetOf(open));
    }

    [Test]
    public void StarterEntries_AreLowerCaseWithoutSchemeOrWwwAndOnlyOnceInTheirList()
    {
        foreach (var folder in Directory.GetDirectories(Path.Combine(Blocklists, "starter")))
            foreach (var file in Directory.GetFiles(folder))
            {
                var entries = Entries(file);
                Assert.That(entries, Is.Unique, file);
                foreach (var entry in entries)
                {
                    Assert.That(entry, Does.Match("^(=?[a-z0-9.-]+(/[^ ]+)?|[0-9a-f:]+)$").And.Not.StartWith("www."), file);
                    Assert.That(entry.Contains('/', StringComparison.Ordinal), Is.EqualTo(Path.GetFileName(file) == "urls"), $"{file}: {entry}");
                }
            }
    }

    /// <summary>A resolver reached by its address, in either family, is still a resolver.</summary>
    [TestCase("https://1.1.1.1/dns-query", true)]
    [TestCase("https://149.112.112.112/", true)]
    [TestCase("https://[2606:4700:4700::1111]/dns-query", true)]
    [TestCase("https://[2001:4860:4860:0:0:0:0:8888]/", true)]
    [TestCase("https://[2620:fe::fe]/", true)]
    [TestCase("https://[2606:4700:4700::1114]/", false)]
    [TestCase("https://1.1.1.4/", false)]
    public void EncryptedDns_HasResolversByAddress(string address, bool expected)
    {
        Assert.That(CanonicalUrl.TryParse(address, out var url, out _), Is.True);
        var lists = ListLoader.Load(folder: null, new byte[32]);
        Assert.That(lists.Classify(url!, Seen.Host).Categories.Contains(lists.Taxonomy.Find("encrypted-dns")!.Index), Is.EqualTo(expected));
    }

    [Test]
    public void LockedDemonstration_HoldsNothingButReservedNames()
    {
        var rows = Entries(Path.Combine(Blocklists, "locked", "iwf-style-sample.csv"));
        Assert.That(rows[0], Is.EqualTo("entry,category"));
        foreach (var row in rows.Skip(1))
            Assert.That(row.Split(',')[0].Split('/')[0], Does.EndWith(".example").Or.EndWith(".test"));
    }

    [Test]
    public void ProtectedHelp_HasASourceAndADateForEveryHost()
    {
        var hosts = Entries(Path.Combine(Blocklists, "protected-help", "domains"));
        var sources = Rows("protected-help/sources.tsv").Skip(1).ToArray();

        Assert.That(sources.Select(r => r[0]), Is.EqualTo(hosts));
        foreach (var source in sources)
        {
            Assert.That(source[3], Does.StartWith("http"), source[0]);
            Assert.That(DateOnly.TryParseExact(source[4], "yyyy-MM-dd", out _), source[0]);
        }
    }

    [Test]
    public void ProtectedHelp_ALapsedHost_IsNotProtectedAndSaysWhy()
    {
        var hosts = Entries(Path.Combine(Blocklists, "protected-help", "domains"));
        var lapsed = Rows("protected-help/lapsed.tsv").Skip(1).ToArray();

        Assert.That(lapsed.Select(r => r[0]).Intersect(hosts, StringComparer.Ordinal), Is.Empty);
        Assert.That(lapsed.Select(r => r[5]), Has.All.Not.Empty);
    }

    private static IEnumerable<string[]> TableRows() =>
        File.ReadLines(Path.Combine(Blocklists, "README.md"))
            .SkipWhile(l => !l.StartsWith("| slug |", StringComparison.Ordinal)).Skip(2)
            .TakeWhile(l => l.StartsWith('|'))
            .Select(l => l.Trim('|').Split('|', StringSplitOptions.TrimEntries));

    private static IEnumerable<string[]> Rows(string file) => File.ReadLines(Path.Combine(Blocklists, file)).Select(l => l.Split('\t'));

    private static string[] StarterFiles(string slug)
    {
        var folder = Path.Combine(Blocklists, "starter", slug);
        return Directory.Exists(folder) ? Directory.GetFiles(folder) : [];
    }

    private static List<string> Entries(string file) => [.. File.ReadLines(file).Where(l => l.Length > 0 && l[0] != '#')];

    private static string FindBlocklists()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
            if (File.Exists(Path.Combine(folder.FullName, "FilterGate.sln"))) return Path.Combine(folder.FullName, "blocklists");
        throw new DirectoryNotFoundException("The tests run from within the repository: no FilterGate.sln above them.");
    }
}
