using System.Runtime.Versioning;
using System.Security.Cryptography;
using System.Text;
using FilterGate.Lists.Locked;
using FilterGate.Matching;

namespace FilterGate.Lists.Tests.Locked;

public sealed class LockedImporterTests
{
    private const string Secret = "very-secret-entry";

    private Given _given = null!;

    [SetUp]
    public void SetUp() => _given = new Given();

    [TearDown]
    public void TearDown() => _given.Dispose();

    [TestCase("iwf-csam", "csam-iwf")]
    [TestCase("iwf-npi", "csam-npi")]
    [TestCase("ctiru", "terrorism-ctiru")]
    [TestCase("pipcu", "piracy-pipcu")]
    [TestCase("c3p", "csam-c3p")]
    public void Import_EachFeed_IsInForceInItsCategory(string feed, string category)
    {
        var import = _given.Import(feed, "bad.example/page", "worse.example");
        var hit = _given.Find("http://bad.example/page")!;
        using (Assert.EnterMultipleScope())
        {
            Assert.That((hit.List, hit.Category.Slug), Is.EqualTo(($"locked/{feed}", category)));
            Assert.That(_given.Find("http://sub.worse.example/x"), Is.Not.Null);
            Assert.That(_given.Find("http://bad.example/"), Is.Null);
            Assert.That(import.State.Entries, Is.EqualTo(2));
            Assert.That(_given.Status(feed), Has.Property(nameof(LockedFeedStatus.EntryCount)).EqualTo(2));
        }
    }

    [Test]
    public void Import_SeveralFeeds_StandBesideEachOther()
    {
        _given.Import("iwf-csam", "one.example");
        _given.Import("ctiru", "two.example");
        Assert.That(_given.Find("http://one.example/")!.List, Is.EqualTo("locked/iwf-csam"));
        Assert.That(_given.Find("http://two.example/")!.List, Is.EqualTo("locked/ctiru"));
    }

    [TestCase("bad.example/page\n")]
    [TestCase("\uFEFF# remark\r\n\r\nhttps://BAD.example/page\r\n")]
    [TestCase("# count: 1\nbad.example/page\n")]
    public void Import_Urls(string text) => AssertFound(LockedFormat.Urls, text);

    [TestCase("url\nbad.example/page\n")]
    [TestCase("id,URL,added\n1,bad.example/page,2026-11-01\n")]
    [TestCase("id,url,added\n1,\"http://bad.example/page\",\"x,\"\"y\"\"\"\n")]
    [TestCase("url,verification\nbad.example/page,0\n")]
    public void Import_Csv(string text) => AssertFound(LockedFormat.Csv, text);

    [Test]
    public void Import_Csv_ColumnsAreConfigurable()
    {
        var file = _given.Drop("feed.csv", "address;x,Where,Kind,Check\na,bad.example/a,b,csam-npi,no\nb,bad.example/b,something of theirs,yes\n");
        _given.Importer.Import(new(Given.Feed("iwf-csam"), file, LockedFormat.Csv) { EntryColumn = "where", CategoryColumn = "kind", VerificationColumn = "check" });
        using (Assert.EnterMultipleScope())
        {
            Assert.That(_given.Find("http://bad.example/a,b")!.Category.Slug, Is.EqualTo("csam-npi"));
            Assert.That(_given.Find("http://bad.example/b"), Has.Property(nameof(LockedHit.IsVerification)).True.And.Property("Category").Property("Slug").EqualTo("csam-iwf"));
        }
    }

    [TestCase("bad.example/test # verification\n", LockedFormat.Urls)]
    [TestCase("url,verification\nbad.example/test,true\n", LockedFormat.Csv)]
    public void Import_VerificationAddress_IsATestHit(string text, LockedFormat format)
    {
        var import = _given.Importer.Import(new(Given.Feed("ctiru"), _given.Drop("feed", text), format));
        Assert.That(_given.Find("http://bad.example/test"), Has.Property(nameof(LockedHit.IsVerification)).True);
        Assert.That(import.State.VerificationEntries, Is.EqualTo(1));
    }

    [TestCase(true, true)]
    [TestCase(true, false)]
    [TestCase(false, true)]
    [TestCase(false, false)]
    public void Import_Hashes(bool isKeyed, bool hasHosts)
    {
        byte[] supplierKey = [.. Enumerable.Range(50, 32).Select(i => (byte)i)];
        var text = (isKeyed ? $"# hmac-sha-256 {Hash("filtergate key check")[..16]}\n" : "# sha-256\n") + Hash("bad.example/page") + (hasHosts ? "," + Hash("bad.example") : "") + "\n";
        var source = new LockedFeedSource(Given.Feed("c3p"), _given.Drop("feed", text), LockedFormat.Hashed) { KeyFile = isKeyed ? _given.Drop("key", supplierKey) : null };
        _given.Importer.Import(source);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(_given.Find("http://www.bad.example/page?x"), Is.Not.Null);
            Assert.That(_given.Find("http://bad.example/other"), Is.Null);
            Assert.That(_given.Status("c3p").IsBlind, Is.EqualTo(!hasHosts));
        }

        string Hash(string words) => Convert.ToHexStringLower(isKeyed ? HMACSHA256.HashData(supplierKey, Encoding.ASCII.GetBytes(words)) : SHA256.HashData(Encoding.ASCII.GetBytes(words)));
    }

    [Test]
    public void Import_Bundle_MayStay()
    {
        var key = RandomNumberGenerator.GetBytes(LockedBundle.KeyLength);
        var file = _given.Drop("feed.fgb", LockedBundle.Seal("url\nbad.example/page\n"u8, LockedFormat.Csv, key));
        var import = _given.Importer.Import(new(Given.Feed("iwf-csam"), file, LockedFormat.Bundle) { KeyFile = _given.Drop("key", key) });
        Assert.That(_given.Find("http://bad.example/page"), Is.Not.Null);
        Assert.That(import.IsSourceDeleted, Is.False);
        Assert.That(file, Does.Exist);
    }

    // what the supplier gave,                                          its format
    [TestCase("",                                                         LockedFormat.Urls, "is empty", TestName = "Import_Refused_Empty")]
    [TestCase("# only a remark\n",                                        LockedFormat.Urls, "no entry", TestName = "Import_Refused_RemarksAlone")]
    [TestCase(Secret + ".example/one\n" + Secret + ".example/tw",         LockedFormat.Urls, "ends within a line", TestName = "Import_Refused_Cut")]
    [TestCase("# count: 3\n" + Secret + ".example/one\n" + Secret + ".example/2\n", LockedFormat.Urls, "says that it has 3 entries and has 2", TestName = "Import_Refused_FewerThanPromised")]
    [TestCase(Secret + ".example/one\n" + Secret + "@example\n",          LockedFormat.Urls, "1 of 2 lines are no entries (the first are 2)", TestName = "Import_Refused_Malformed")]
    [TestCase("<html><body>" + Secret + " sign in</body></html>\n",       LockedFormat.Urls, "1 of 1 lines", TestName = "Import_Refused_WebPage")]
    [TestCase("address\n" + Secret + ".example/one\n",                    LockedFormat.Csv, "the headings must name the column url", TestName = "Import_Refused_Headings")]
    [TestCase("url\n\"" + Secret + ".example/one\n",                      LockedFormat.Csv, "1 of 1 lines", TestName = "Import_Refused_OpenQuotation")]
    [TestCase(Secret + ".example/one\n",                                  LockedFormat.Hashed, "begins with the line", TestName = "Import_Refused_NoHashHead")]
    [TestCase("# sha-256\n" + Secret + "\n",                              LockedFormat.Hashed, "1 of 1 lines", TestName = "Import_Refused_NoHash")]
    [TestCase("# hmac-sha-256 0011223344556677\n" + Secret + "\n",        LockedFormat.Hashed, "hashed with a key", TestName = "Import_Refused_KeyedWithoutAKey")]
    [TestCase(Secret + ".example/one\n",                                  LockedFormat.Bundle, "needs the file of its key", TestName = "Import_Refused_BundleWithoutAKey")]
    public void Import_BadFeed_IsRefused_AndTheLastGoodOneStays(string text, LockedFormat format, string why)
    {
        _given.Import("iwf-csam", "bad.example/page");
        var file = _given.Drop("new", text);

        var refusal = Assert.Throws<ListLoadException>(() => _given.Importer.Import(new(Given.Feed("iwf-csam"), file, format)))!;

        using (Assert.EnterMultipleScope())
        {
            Assert.That(refusal.ToString(), Does.Contain(why).And.Not.Contain(Secret));
            Assert.That(_given.Find("http://bad.example/page"), Is.Not.Null);
            Assert.That(file, Does.Exist, "a feed that was not taken is the supplier's, not ours to delete");
            Assert.That(_given.Status("iwf-csam").State, Has.Property("LastError").Contains(why).And.Property("LastSuccess").Not.Null);
        }
        File.Delete(file);
        Assert.That(_given.FilesWith(Secret), Is.Empty);
    }

    [TestCase(10, 5, true)]
    [TestCase(10, 4, false)]
    [TestCase(11, 6, true)]
    [TestCase(11, 5, false)]
    [TestCase(1, 1, true)]
    public void Import_ShrunkFeed_IsRefusedBelowHalf(int before, int after, bool isTaken)
    {
        _given.Import("iwf-csam", Given.Many(before));
        Action import = () => _given.Import("iwf-csam", Given.Many(after, "other.example"));
        Assert.That(import, isTaken ? Throws.Nothing : Throws.TypeOf<ListLoadException>().With.Message.Contains("less than half"));
        Assert.That(_given.Find("http://many.example/page/0"), isTaken ? Is.Null : Is.Not.Null);
    }

    [TestCase(10, 1, true)]
    [TestCase(9, 1, true)]
    [TestCase(8, 1, false)]
    public void Import_MalformedLines_OneInTenIsBorne(int good, int bad, bool isTaken)
    {
        // One in ten: 9 good and 1 bad are just within it.
        Action import = () => _given.Import("iwf-csam", [.. Given.Many(good), .. Enumerable.Repeat("no host at all", bad)]);
        Assert.That(import, isTaken ? Throws.Nothing : Throws.TypeOf<ListLoadException>());
    }

    [Test]
    public void Import_PlainFeed_LeavesNoTextOfIt()
    {
        var import = _given.Import("iwf-csam", $"{Secret}.example/a-secret-page?a-secret-query", "xn--bcher-kva.example/other");
        using (Assert.EnterMultipleScope())
        {
            Assert.That(import.IsSourceDeleted, Is.True);
            foreach (var word in (string[])[Secret, "a-secret-page", "a-secret-query", "xn--bcher"]) Assert.That(_given.FilesWith(word), Is.Empty, word);
            // The check above can find something.
            Assert.That(_given.FilesWith("iwf-csam"), Is.Not.Empty);
        }
    }

    [Test]
    public void Import_ShippedSample_StaysAndIsADemonstration()
    {
        using var shipped = ShippedLists.Open("locked/iwf-style-sample.csv");
        using var bytes = new MemoryStream();
        shipped.CopyTo(bytes);
        var file = _given.Drop("sample.csv", bytes.ToArray());
        var import = _given.Importer.Import(new(Given.Feed("iwf-csam"), file, LockedFormat.Csv) { EntryColumn = "entry", CategoryColumn = "category" });
        using (Assert.EnterMultipleScope())
        {
            Assert.That(file, Does.Exist);
            Assert.That(import.IsDemonstration, Is.True);
            Assert.That(_given.Status("iwf-csam").IsDemonstration, Is.True);
            Assert.That(_given.Matcher().Feeds, Is.All.Property(nameof(LockedFeed.IsDemonstration)).True);
        }
    }

    [Test]
    [UnsupportedOSPlatform("windows")]
    public void Import_Files_AreTheOwnersAlone()
    {
        _given.Import("iwf-csam", "bad.example");
        _given.Import("iwf-csam", "bad.example");
        Assert.That(File.GetUnixFileMode(_given.Folder.Locked), Is.EqualTo(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute));
        foreach (var name in (string[])["iwf-csam.fgk", "iwf-csam.previous.fgk", "iwf-csam.json"])
            Assert.That(File.GetUnixFileMode(Path.Combine(_given.Folder.Locked, name)), Is.EqualTo(UnixFileMode.UserRead | UnixFileMode.UserWrite), name);
    }

    [Test]
    public void Import_WhileAnotherRuns_IsRefused()
    {
        Directory.CreateDirectory(_given.Folder.Locked);
        using var other = new FileStream(Path.Combine(_given.Folder.Locked, ".import"), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        Assert.That(() => _given.Import("iwf-csam", "bad.example"), Throws.TypeOf<ListLoadException>().With.Message.Contains("Another import"));
    }

    private void AssertFound(LockedFormat format, string text)
    {
        var file = _given.Drop("feed", text);
        var import = _given.Importer.Import(new(Given.Feed("iwf-csam"), file, format));
        using (Assert.EnterMultipleScope())
        {
            Assert.That(_given.Find("http://bad.example/page"), Is.Not.Null.And.Property(nameof(LockedHit.IsVerification)).False);
            Assert.That(import.State.Entries, Is.EqualTo(1));
            Assert.That(import.State.MalformedLines, Is.Zero);
            Assert.That(file, Does.Not.Exist);
        }
    }
}
