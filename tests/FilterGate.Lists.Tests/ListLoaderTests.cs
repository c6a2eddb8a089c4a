using System.Text;
using FilterGate.Matching;

namespace FilterGate.Lists.Tests;

public sealed class ListLoaderTests
{
    private static readonly byte[] Key = new byte[LockedKey.Length];

    private string _folder = "";

    [SetUp]
    public void MakeFolder() => _folder = Directory.CreateTempSubdirectory("filtergate-lists-").FullName;

    [TearDown]
    public void RemoveFolder() => Directory.Delete(_folder, recursive: true);

    [Test]
    public void Load_NoFolder_HasEveryShippedList()
    {
        var lists = ListLoader.Load(folder: null, Key, out var report);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(lists.Warnings, Is.Empty);
            Assert.That(report.SyntaxErrors, Is.Empty);
            Assert.That(lists.Categories.EntryCount, Is.GreaterThan(500));
            Assert.That(lists.ProtectedHelp.Matches(Url("https://www.childline.org.uk/"), Seen.Host), Is.True);
            Assert.That(lists.NeverIntercept.Matches(Url("https://albert.apple.com/"), Seen.Host), Is.True);
            Assert.That(lists.Locked.Feeds, Is.Not.Empty.And.All.Property(nameof(LockedFeed.IsDemonstration)).True);
            Assert.That(lists.Locked.Find(Url("http://locked.test/forbidden/page"), Seen.Url), Has.Property(nameof(LockedHit.List)).EqualTo("locked/iwf-style-sample"));
            Assert.That(lists.Version, Does.Match("^[0-9a-f]{12}$"));
            Assert.That(ListLoader.Load(folder: null, Key).Version, Is.EqualTo(lists.Version));
            Assert.That(report.Lists.Select(l => l.List), Is.Ordered.Using((IComparer<string>)StringComparer.Ordinal));
        }
    }

    [Test]
    public void Load_NoFolder_StarterFoldersAreSlugs()
    {
        ListLoader.Load(folder: null, Key, out var report);
        foreach (var list in report.Lists.Where(l => l.List.Count(c => c == '/') == 1 && !l.List.StartsWith("locked/", StringComparison.Ordinal)))
            if (!list.List.StartsWith("protected-help/", StringComparison.Ordinal) && !list.List.StartsWith("never-intercept/", StringComparison.Ordinal))
                Assert.That(list.Category, Is.EqualTo(list.List[..list.List.IndexOf('/')]));
    }

    [Test]
    public void Load_Folder_ReplacesStarterListsAloneAndNamesFolderAndLine()
    {
        Write("games/domains", "# a remark\n\nplay.example # another\n");
        Write("games/urls", "site.example/play\n");
        var lists = ListLoader.Load(_folder, Key);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(lists.Categories.EntryCount, Is.EqualTo(2));
            Assert.That(lists.Categories.Explain(Url("http://play.example/"), Seen.Url).Single(),
                Is.EqualTo(new ListMatch("games/domains", "play.example", 3, lists.Taxonomy.Find("games")!, 2 << 16)));
            Assert.That(lists.Categories.Explain(Url("http://site.example/play?x"), Seen.Url).Single().List, Is.EqualTo("games/urls"));
            Assert.That(lists.ProtectedHelp.EntryCount, Is.Positive);
            Assert.That(lists.NeverIntercept.EntryCount, Is.Positive);
            Assert.That(lists.Locked.Feeds, Is.Not.Empty);
            Assert.That(lists.Warnings, Is.Empty);
        }
    }

    [TestCase("adult", "pornography", TestName = "Load_FolderOfUt1Column_HasItsCategory")]
    [TestCase("pornography", "pornography", TestName = "Load_FolderOfSlug_HasItsCategory")]
    [TestCase("arjel", "gambling", TestName = "Load_SecondFolderOfColumn_HasItsCategory")]
    public void Load_FolderName(string folder, string slug)
    {
        Write($"{folder}/domains", "site.example\n");
        var lists = ListLoader.Load(_folder, Key);
        Assert.That(lists.Taxonomy.Slugs(lists.Categories.Classify(Url("site.example"), Seen.Url)), Is.EqualTo(new[] { slug }));
    }

    [Test]
    public void Load_UnknownFolder_BecomesABlockedCategoryOfItsOwnWithAWarning()
    {
        Write("Our School!/domains", "site.example\n");
        Write("another/domains", "site.example\n");
        var lists = ListLoader.Load(_folder, Key);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(lists.Taxonomy.Slugs(lists.Categories.Classify(Url("site.example"), Seen.Url)), Is.EquivalentTo(new[] { "our-school-", "another" }));
            Assert.That(lists.Taxonomy.Find("our-school-"), Has.Property(nameof(Category.Staff)).EqualTo(CategoryDefault.Block));
            Assert.That(lists.Warnings, Has.Length.EqualTo(2).And.All.Contains("blocked in every tier"));
            Assert.That(ListLoader.ShippedTaxonomy.Find("another"), Is.Null);
        }
    }

    [Test]
    public void Load_MoreFoldersThanCategories_LeavesTheRestOutWithAWarning()
    {
        var room = CategorySet.Capacity - ListLoader.ShippedTaxonomy.Categories.Length;
        for (var i = 0; i <= room; i++) Write($"own-{i:d3}/domains", "site.example\n");
        var lists = ListLoader.Load(_folder, Key);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(lists.Taxonomy.Categories, Has.Length.EqualTo(CategorySet.Capacity));
            Assert.That(lists.Warnings, Has.Exactly(1).Contains("left out"));
        }
    }

    [TestCase("exceptions_liste_bu")]
    [TestCase("liste_blanche")]
    [TestCase("special")]
    public void Load_FolderThatIsNoCategory_IsLeftOutWithANote(string folder)
    {
        Write($"{folder}/domains", "site.example\n");
        Write("games/domains", "play.example\n");
        var lists = ListLoader.Load(_folder, Key, out var report);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(lists.Categories.Matches(Url("site.example"), Seen.Url), Is.False);
            Assert.That(lists.Taxonomy.Find(folder), Is.Null);
            Assert.That(report.Notes, Has.One.Contains(folder));
            Assert.That(lists.Warnings, Is.Empty);
        }
    }

    // UT1 has this line, and nothing opens a web proxy.
    [Test]
    public void Load_ExpressionsThatTakePictureSearchesForProxies_AreLeftOutWithANote()
    {
        Write("strong_redirector/expressions", @"((images\.google\..*/images\?.*q=.*)|(bing\.com/videos/search\?q=.*))(hot|teen|love)" + "\n");
        Write("strong_redirector/urls", "proxy.example/go\n");
        var lists = ListLoader.Load(_folder, Key, out var report);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(lists.Categories.Matches(Url("images.google.example/images?q=volcanoes+hot"), Seen.Url), Is.False);
            Assert.That(lists.Categories.Matches(Url("bing.com/videos/search?q=teenage+brain"), Seen.Url), Is.False);
            Assert.That(lists.Categories.Classify(Url("proxy.example/go"), Seen.Url).Contains(lists.Taxonomy.Find("web-proxies")!.Index), Is.True, "the folder's other files are in force");
            Assert.That(report.Notes, Has.One.StartsWith("strong_redirector/expressions is left out: "));
        }
    }

    [Test]
    public void Load_FolderOfLockedCategory_IsRefusedWithAWarning()
    {
        Write("csam-iwf/domains", "site.example\n");
        Write("games/domains", "play.example\n");
        var lists = ListLoader.Load(_folder, Key);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(lists.Categories.Matches(Url("site.example"), Seen.Url), Is.False);
            Assert.That(lists.Locked.Find(Url("site.example"), Seen.Url), Is.Null);
            Assert.That(lists.Warnings, Has.One.Contains("refused"));
        }
    }

    [Test]
    public void Load_LinkToAnotherCategory_IsLeftOutWithANote()
    {
        Write("adult/domains", "site.example\n");
        Directory.CreateSymbolicLink(Path.Combine(_folder, "porn"), "adult");
        var lists = ListLoader.Load(_folder, Key, out var report);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(lists.Categories.EntryCount, Is.EqualTo(1));
            Assert.That(report.Notes, Has.One.Contains("another name of adult"));
        }
    }

    [Test]
    public void Load_Expressions_MatchTheWholeAddressAndAreExplained()
    {
        Write("games/domains", "play.example\n");
        Write("games/expressions", "(slots|poker)/[0-9]+$\n(a+)\\1\n");
        var lists = ListLoader.Load(_folder, Key, out var report);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(lists.Categories.Classify(Url("www.any.example/Poker/12"), Seen.Url).Contains(lists.Taxonomy.Find("games")!.Index), Is.True);
            Assert.That(lists.Categories.Explain(Url("any.example/poker/12"), Seen.Url).Single(), Has.Property("List").EqualTo("games/expressions").And.Property("Line").EqualTo(1));
            Assert.That(lists.Categories.Matches(Url("any.example/poker/twelve"), Seen.Url), Is.False);
            Assert.That(lists.Categories.Matches(Url("any.example/poker/12"), Seen.Host), Is.False, "A tunnel shows no path.");
            Assert.That(report.SyntaxErrors.Single(), Has.Property("Line").EqualTo(2).And.Property("Why").Contains("bounded time"));
        }
    }

    [Test]
    public void Load_PackedLists_AreNamedNotSwallowed()
    {
        Write("games/domains", "play.example\n");
        Write("games/urls.gz", "");
        Assert.That(ListLoader.Load(_folder, Key, out _).Warnings, Has.One.Contains("games/urls.gz"));
    }

    [Test]
    public void Load_MalformedLines_AreReportedAndTheRestIsInForce()
    {
        WriteBytes("games/domains", [
            .. "\uFEFFfirst.example\r\n0.0.0.0 hosts.example\r\n10.0.0.0/8\n"u8, .. "bad\xff.example\n"u8[..3], 0xFF, (byte)'\n',
            .. Encoding.ASCII.GetBytes(new string('a', 200_000)), .. "\nlast.example"u8]);
        var lists = ListLoader.Load(_folder, Key, out var report);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(report.SyntaxErrors.Select(e => (e.Line, e.Why)), Is.EqualTo(new[]
            {
                (2, "its host has a character that no host name has"), (4, "not UTF-8: save the list in that encoding"), (5, "longer than 16384 bytes"),
            }));
            Assert.That(report.SyntaxErrors.Select(e => e.List), Is.All.EqualTo("games/domains"));
            Assert.That(report.SyntaxErrors[0].Text, Is.EqualTo("0.0.0.0 hosts.example"));
            Assert.That(report.Lists.Single(l => l.List == "games/domains"), Is.EqualTo(new LoadedList("games/domains", "games", 3, 3)));
            Assert.That(lists.Warnings, Has.One.Contains("games/domains: 3 of 6 lines"));
            Assert.That(lists.Categories.Explain(Url("10.1.2.3"), Seen.Host).Single(), Has.Property("Entry").EqualTo("10.0.0.0/8").And.Property("Line").EqualTo(3));
            Assert.That(lists.Categories.Matches(Url("first.example"), Seen.Url), Is.True);
            Assert.That(lists.Categories.Explain(Url("last.example"), Seen.Url).Single().Line, Is.EqualTo(6));
        }
    }

    [Test]
    public void Load_ManyMalformedLines_KeepsAFewAndCountsAll()
    {
        Write("games/domains", string.Concat(Enumerable.Repeat("no host\n", 1000)));
        ListLoader.Load(_folder, Key, out var report);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(report.SyntaxErrors, Has.Count.EqualTo(ListLoader.SyntaxErrorsMax));
            Assert.That(report.Lists.Single(l => l.List == "games/domains").MalformedCount, Is.EqualTo(1000));
        }
    }

    [Test]
    public void Load_LongLinesOfEveryLength_AreSplitWhereTheyEnd()
    {
        // Around the reader's buffer, where a line may straddle two reads.
        var comments = Enumerable.Range(0, 40).Select(i => "#" + new string('x', 16_000 + i * 10));
        Write("games/domains", string.Join('\n', comments) + "\nplay.example\n");
        var lists = ListLoader.Load(_folder, Key, out var report);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(lists.Categories.Explain(Url("play.example"), Seen.Url).Single().Line, Is.EqualTo(41));
            Assert.That(report.SyntaxErrors.Select(e => e.Line), Is.EqualTo(new[] { 40 }), "16,384 bytes fit, one more does not: line 39 has 16,381, line 40 has 16,391.");
        }
    }

    [Test]
    public void Load_ContentChanges_VersionChanges()
    {
        Write("games/domains", "play.example\n");
        var first = ListLoader.Load(_folder, Key).Version;
        Assert.That(ListLoader.Load(_folder, Key).Version, Is.EqualTo(first));
        Write("games/domains", "play2.example\n");
        Assert.That(ListLoader.Load(_folder, Key).Version, Is.Not.EqualTo(first));
    }

    [Test]
    public void Load_NoSuchFolder_SaysWhichAndWhatToDo() =>
        Assert.That(() => ListLoader.Load(Path.Combine(_folder, "absent"), Key), Throws.TypeOf<ListLoadException>().With.Message.Contains("absent").And.Message.Contains("UT1 layout"));

    [Test]
    public void Load_FolderWithoutLists_IsRefused()
    {
        // The category's own folder instead of the one above it: loaded as nothing, it would leave a school without lists.
        Write("domains", "play.example\n");
        Assert.That(() => ListLoader.Load(_folder, Key), Throws.TypeOf<ListLoadException>().With.Message.Contains("holds no list"));
    }

    [Test]
    public void ShippedTaxonomy_EveryRow_IsRead()
    {
        var taxonomy = ListLoader.ShippedTaxonomy;
        using (Assert.EnterMultipleScope())
        {
            Assert.That(taxonomy.Categories, Has.Length.EqualTo(107));
            Assert.That(taxonomy.Find("csam-iwf"), Has.Property(nameof(Category.Pupil)).EqualTo(CategoryDefault.Locked).And.Property(nameof(Category.Theme)).EqualTo("child-abuse"));
            Assert.That(taxonomy.Find("social-networks"), Has.Property(nameof(Category.Staff)).EqualTo(CategoryDefault.Warn));
            Assert.That(taxonomy.Find("alcohol"), Has.Property(nameof(Category.Theme)).Null.And.Property(nameof(Category.Ut1Folders)).Empty);
            Assert.That(taxonomy.Find("gambling")!.Ut1Folders, Is.EqualTo(new[] { "gambling", "arjel" }));
            Assert.That(taxonomy.ForFolder("adult")!.Slug, Is.EqualTo("pornography"));
        }
    }

    [TestCase("slug\tname\n", "line 1")]
    [TestCase("slug\tname\tpupil\tstaff\tguest\ttheme\tut1\na\tA\tblock\n", "line 2: 3 cells")]
    [TestCase("slug\tname\tpupil\tstaff\tguest\ttheme\tut1\na\tA\tblock\tdeny\tblock\t\t\n", "line 2: deny")]
    public void TaxonomyFile_Malformed_NamesTheLine(string text, string message) =>
        Assert.That(() => TaxonomyFile.Parse(text), Throws.TypeOf<ListLoadException>().With.Message.Contains(message));

    private void Write(string path, string text) => WriteBytes(path, Encoding.UTF8.GetBytes(text));

    private void WriteBytes(string path, byte[] bytes)
    {
        var full = Path.Combine(_folder, path);
        Directory.CreateDirectory(Path.GetDirectoryName(full)!);
        File.WriteAllBytes(full, bytes);
    }

    private static CanonicalUrl Url(string text) => CanonicalUrl.TryParse(text, out var url, out var error) ? url : throw new ArgumentException(error, nameof(text));
}
