using System.Globalization;
using System.Security.Cryptography;
using System.Text;
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

    /// <summary>A change of the entries is a new version: whoever makes one writes its day and these eight digits into the list.</summary>
    [Test]
    public void NeverIntercept_SaysItsVersion()
    {
        var path = Path.Combine(Blocklists, "never-intercept", "domains");
        var digest = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(string.Join('\n', Entries(path).Order(StringComparer.Ordinal)))))[..8];
        var line = File.ReadLines(path).Single(l => l.StartsWith("# Version: ", StringComparison.Ordinal));
        Assert.That(line, Does.Match("^# Version: [0-9]{4}-[0-9]{2}-[0-9]{2} ").And.EndsWith($"(entries {digest})"));
        Assert.That(ListLoader.Load(folder: null, new byte[32]).NeverInterceptVersion, Is.EqualTo(line.Split(' ')[2]));
    }

    // What Apple, Google and Microsoft ask not to be read, and where what is read would be private: the hosts of the makers' own documents.
    [TestCase("Apple: activation and clock", "albert captive gs humb static.ips sq-device tbsc time time-ios time-macos", ".apple.com")]
    [TestCase("Apple: certificates", "ocsp ocsp2 certs crl valid", ".apple.com")]
    [TestCase("Apple: push and management", "push 1-courier.push deviceenrollment mdmenrollment iprofiles vpp.itunes appattest gdmf axm-app axm-adm-enroll axm-adm-mdm axm-adm-scep", ".apple.com")]
    [TestCase("Apple: accounts, apps, updates", "gsa ppq itunes play.itunes apps osxapps.itunes mesu swscan", ".apple.com")]
    [TestCase("Apple: elsewhere", "is1-ssl.mzstatic updates.cdn-apple gateway.icloud ws-ee-maidsvc.icloud p32-content.icloud cvws.icloud-content", ".com")]
    [TestCase("Google: ChromeOS", "accounts m tools dl dl-ssl pack policies safebrowsing safebrowsing-cache sb-ssl chrome clients1 clients2 clients3 clients4 clients5 clients6", ".google.com")]
    [TestCase("Google: elsewhere", "accounts.google.co.uk accounts.google.ie chromeos-ca.gstatic.com connectivitycheck.gstatic.com www.gstatic.com ssl.gstatic.com edgedl.me.gvt1.com update.googleapis.com safebrowsing.googleapis.com alkalichromeosflexhwis2-pa.googleapis.com aratea-pa.googleapis.com youtubeeducation.com", "")]
    [TestCase("Google: ChromeOS, elsewhere", "accounts.gstatic.com accounts.youtube.com enterprise-safebrowsing.googleapis.com chromeosquirksserver-pa.googleapis.com firebaseperusertopics-pa.googleapis.com clients2.googleusercontent.com printerconfigurations.googleusercontent.com cros-omahaproxy.appspot.com omahaproxy.appspot.com", "")]
    [TestCase("Microsoft", "fe2.update.microsoft.com download.windowsupdate.com tlu.dl.delivery.mp.microsoft.com activation.sls.microsoft.com wdcp.microsoft.com definitionupdates.microsoft.com", "")]
    [TestCase("Certificates of public authorities", "crl3.digicert.com crl4.digicert.com ocsp.digicert.com crl.entrust.net ocsp.entrust.net", "")]
    [TestCase("Money and tax", "www.barclays.co.uk www.hsbc.co.uk www.nationwide.co.uk www.tax.service.gov.uk www.teacherspensions.co.uk", "")]
    [TestCase("Health", "www.nhs.uk www.nhs.scot www.hscni.net", "")]
    [TestCase("Exams and records", "www.aqa.org.uk www.ocr.org.uk www.sqa.org.uk www.cpoms.net login.arbor.sc www.sims.co.uk", "")]
    public void NeverIntercept_HasWhatItsMakersAskFor(string whose, string hosts, string domain)
    {
        var list = ListLoader.Load(folder: null, new byte[32]).NeverIntercept;
        Assert.That(hosts.Split(' ').Select(host => host + domain).Where(host => !list.Matches(CanonicalUrl.ForHost("https", host, 443), Seen.Host)), Is.Empty, whose);
    }

    // Beside them, and read.
    [TestCase("www.apple.com")]
    [TestCase("www.google.com")]
    [TestCase("fonts.gstatic.com")]
    // Google names them too; anybody's pages and files are there.
    [TestCase("lh3.googleusercontent.com")]
    [TestCase("a.clients2.googleusercontent.com")]
    [TestCase("storage.googleapis.com")]
    [TestCase("www.googleapis.com")]
    [TestCase("some-proxy.appspot.com")]
    [TestCase("www.youtube.com")]
    [TestCase("www.microsoft.com")]
    [TestCase("nhs.uk.example.com")]
    [TestCase("www.gov.uk")]
    public void NeverIntercept_LeavesTheirNeighbours(string host) =>
        Assert.That(ListLoader.Load(folder: null, new byte[32]).NeverIntercept.Matches(CanonicalUrl.ForHost("https", host, 443), Seen.Host), Is.False);

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
