using System.Formats.Tar;
using System.Text;
using FilterGate.Lists.Sources;
using FilterGate.Testing;
using Microsoft.AspNetCore.Http;

namespace FilterGate.Lists.Tests.Sources;

public sealed class ListSourcesTests
{
    private SourceBench _bench = null!;

    private ListServer Server => _bench.Server;

    [SetUp]
    public async Task StartAsync() => _bench = await SourceBench.StartAsync();

    [TearDown]
    public async Task StopAsync() => await _bench.DisposeAsync();

    [Test]
    public async Task UpdateAsync_FirstTime_PutsTheListInForceAndCompiles()
    {
        Server.Serve("/plain.txt", "# games\nplay.example\n\nfun.example\n", "\"1\"");
        var result = await _bench.UpdateAsync("plain");
        using (Assert.EnterMultipleScope())
        {
            Assert.That(result, Is.EqualTo(new SourceResult("plain", SourceOutcome.Updated, $"version {result.Version} is in force: 2 entries", result.Version, Entries: 2) { Notes = result.Notes }));
            Assert.That(result.Version, Does.StartWith("20261123T043000Z-"));
            Assert.That(_bench.InForce(), Is.EqualTo(new[] { "plain games Plain # games\nplay.example\n\nfun.example\n" }));
            Assert.That(_bench.Recompiled, Is.EqualTo(1));
            Assert.That(_bench.State("plain"), Has.Property(nameof(SourceState.LastSuccess)).EqualTo(_bench.Clock.GetUtcNow()).And.Property(nameof(SourceState.LastError)).Null);
            Assert.That(Left("plain"), Is.EquivalentTo(new[] { "lock", "state.json", result.Version }));
        }
    }

    [Test]
    public async Task UpdateAsync_NothingNewer_CostsNoBodyAndNoCompile()
    {
        Server.Serve("/plain.txt", "play.example\n", "\"1\"");
        var first = await _bench.UpdateAsync("plain");
        _bench.Clock.Advance(TimeSpan.FromDays(1));
        var second = await _bench.UpdateAsync("plain");
        using (Assert.EnterMultipleScope())
        {
            Assert.That((second.Outcome, second.Version), Is.EqualTo((SourceOutcome.NotModified, first.Version)));
            Assert.That(Server.Requests.Last().Headers, Contains.Key("If-None-Match").WithValue("\"1\"").And.ContainKey("If-Modified-Since"));
            Assert.That(_bench.Recompiled, Is.EqualTo(1));
            Assert.That(_bench.State("plain").LastSuccess, Is.EqualTo(_bench.Clock.GetUtcNow()));
        }
    }

    [Test]
    public async Task UpdateAsync_SameBytesUnderANewTag_IsNotModifiedAndTheTagIsRemembered()
    {
        Server.Serve("/plain.txt", "play.example\n", "\"1\"");
        await _bench.UpdateAsync("plain");
        Server.Serve("/plain.txt", "play.example\n", "\"2\"");
        Assert.That((await _bench.UpdateAsync("plain")).Outcome, Is.EqualTo(SourceOutcome.NotModified));
        await _bench.UpdateAsync("plain");
        Assert.That(Server.Requests.Last().Headers["If-None-Match"], Is.EqualTo("\"2\""));
    }

    private static string Hosts(int count, string before = "", int bad = 0) => string.Concat(Enumerable.Range(0, count).Select(i => i < bad ? $"bad line {i}\n" : $"{before}h{i}.example\n"));

    [Test]
    public async Task UpdateAsync_AsManyLinesOfAnotherFormat_IsRefusedAndTheOldOnesStay()
    {
        Server.Serve("/plain.txt", Hosts(40), "\"1\"");
        var first = await _bench.UpdateAsync("plain");
        Server.Serve("/plain.txt", Hosts(40, before: "0.0.0.0 "), "\"2\"");
        var second = await _bench.UpdateAsync("plain");
        using (Assert.EnterMultipleScope())
        {
            Assert.That((second.Outcome, second.Version), Is.EqualTo((SourceOutcome.Failed, first.Version)));
            Assert.That(second.Message, Does.Contain("not one of its 40 lines can be used").And.Contain("another format").And.Contain("line 1"));
            Assert.That(_bench.State("plain").Current!.Entries, Is.EqualTo(40));
            Assert.That(_bench.Recompiled, Is.EqualTo(1));
        }
    }

    [TestCase(40, 5, SourceOutcome.Refused, TestName = "UpdateAsync_ManyLinesThatCannotBeUsed_WaitForAPerson")]
    [TestCase(40, 4, SourceOutcome.Updated, TestName = "UpdateAsync_AFewLinesThatCannotBeUsed_AreSaid")]
    [TestCase(9, 5, SourceOutcome.Updated, TestName = "UpdateAsync_SmallListWithLinesThatCannotBeUsed_AreSaid")]
    public async Task UpdateAsync_LinesThatCannotBeUsed(int lines, int bad, SourceOutcome expected)
    {
        Server.Serve("/plain.txt", Hosts(lines, bad: bad), "\"1\"");
        var result = await _bench.UpdateAsync("plain");
        Assert.That(result.Outcome, Is.EqualTo(expected), result.Message);
        Assert.That(result.Notes, Has.One.StartsWith($"{bad} lines cannot be used and are left out. The first: plain, line 1: "));
        if (expected == SourceOutcome.Refused)
        {
            Assert.That(result.Message, Does.Contain($"{bad} of {lines} lines cannot be used (13 %; 10 % is the most that goes unasked)").And.Contain("lists update plain --agree"));
            Assert.That(_bench.InForce(), Is.Empty);
            result = await _bench.UpdateAsync("plain", UpdateBy.PersonWhoAgrees);
        }
        Assert.That((result.Outcome, result.Entries), Is.EqualTo((SourceOutcome.Updated, lines - bad)));
    }

    [TestCase(false)]
    [TestCase(true)]
    public async Task UpdateAsync_PackedList_IsUnpacked(bool isTwice)
    {
        var packed = Packed.Gzip(Encoding.UTF8.GetBytes("play.example\n"));
        Server.Serve("/plain.txt", isTwice ? Packed.Gzip(packed) : packed, "\"1\"", "application/octet-stream");
        await _bench.UpdateAsync("plain");
        Assert.That(_bench.InForce(), Is.EqualTo(new[] { "plain games Plain play.example\n" }));
    }

    [Test]
    public async Task UpdateAsync_Ut1Archive_TakesListsAndLeavesOutTheRest()
    {
        var archive = Packed.Gzip(Packed.Tar(
            new UstarTarEntry(TarEntryType.Directory, "blacklists/adult/"),
            Packed.File("blacklists/adult/domains", "adult.example\n"), Packed.File("blacklists/adult/urls", "mixed.example/adult\n"), Packed.File("blacklists/adult/usage", "black\n"),
            Packed.File("blacklists/adult/expressions", "(adult|xxx)\n"), Packed.Link(TarEntryType.SymbolicLink, "blacklists/porn", "adult"), Packed.Link(TarEntryType.HardLink, "blacklists/games/domains", "blacklists/adult/domains"),
            Packed.File("blacklists/liste_blanche/domains", "university.example\n"), Packed.File("blacklists/own_thing/domains", "thing.example\n"), Packed.File("blacklists/csam-iwf/domains", "fake.example\n"),
            Packed.File("blacklists/odd name/domains", "odd.example\n"), Packed.File("README", "read me\n")));
        Server.Serve("/blacklists.tar.gz", archive, "\"1\"", "application/x-gzip");
        var result = await _bench.UpdateAsync("ut1");
        using (Assert.EnterMultipleScope())
        {
            Assert.That(result.Outcome, Is.EqualTo(SourceOutcome.Updated), result.Message);
            Assert.That(_bench.InForce(), Is.EquivalentTo(new[]
            {
                "ut1/adult/domains pornography Plain adult.example\n", "ut1/adult/urls pornography Plain mixed.example/adult\n", "ut1/adult/expressions pornography SquidGuardExpressions (adult|xxx)\n",
                "ut1/own_thing/domains own_thing Plain thing.example\n",
            }));
            Assert.That(result.Notes, Is.EqualTo(new[]
            {
                "blacklists/porn is left out: a link to adult.", "blacklists/games/domains is left out: a link to blacklists/adult/domains.", "blacklists/odd name/domains is left out: odd name is no name for a category.",
            }));
            Assert.That(Directory.EnumerateFileSystemEntries(_bench.Folder.Sources, "*", SearchOption.AllDirectories).Where(p => new FileInfo(p).LinkTarget is not null), Is.Empty);
        }
    }

    /// <summary>Everything a publisher, or somebody on the way, can answer instead of a list. What was in force stays, byte for byte, and so does its state but for the error.</summary>
    private static IEnumerable<TestCaseData> BadAnswers()
    {
        yield return Case("NotFound", c => Status(c, 404), "answered 404: the list has moved or is gone");
        yield return Case("Forbidden", c => Status(c, 403), "answered 403: it does not give the list to us");
        yield return Case("ServerErrorThroughout", c => Status(c, 500), "answered 500", attempts: 3);
        yield return Case("WebPageByType", c => Text(c, "play.example\n", "text/html; charset=utf-8"), "a web page, not a list");
        yield return Case("WebPageByContent", c => Text(c, " \n<!DOCTYPE html><title>Log in</title>", "text/plain"), "a web page, not a list");
        yield return Case("PackedWebPage", c => Bytes(c, Packed.Gzip("<html>"u8.ToArray())), "a web page, not a list");
        yield return Case("Nothing", c => Text(c, ""), "holds no entry");
        yield return Case("OnlyRemarks", c => Text(c, "# nothing\n! here\n\n"), "holds no entry");
        yield return Case("Binary", c => Bytes(c, [1, 0, 2, 0]), "is not text");
        yield return Case("Zip", c => Bytes(c, "PK\u0003\u0004rest"u8.ToArray()), "zip archive");
        yield return Case("ArchiveForAList", c => Bytes(c, Packed.Ut1(("adult/domains", "a.example\n"))), "an archive where one list was expected");
        yield return Case("ConnectionResetThroughout", CutAsync, "127.0.0.1", attempts: 3);
        yield return Case("TooLargeAsSaid", c => Text(c, Packed.Lines(30_000)), "the most that is fetched");
        yield return Case("TooLargeUnsaid", async c =>
        {
            for (var i = 0; i < 40; i++) await c.Response.WriteAsync(Packed.Lines(1_000));
        }, "the most that is fetched");
        yield return Case("GzipBombByRatio", c => Bytes(c, Packed.Gzip(Packed.Letters(4 << 20))), "times its size");
        yield return Case("GzipBombInGzip", c => Bytes(c, Packed.Gzip(Packed.Gzip(Packed.Letters(6 << 20)))), "times its size");
        yield return Case("GzipThrice", c => Bytes(c, Packed.Gzip(Packed.Gzip(Packed.Gzip("a.example\n"u8.ToArray())))), "packed more than 2 times");
        yield return Case("GzipCut", c => Bytes(c, Packed.Gzip(Encoding.UTF8.GetBytes(Packed.Lines(2_000)))[..^200]), "damaged");
        yield return Case("GzipDamaged", c => Bytes(c, Damaged()), "damaged");
        yield return Case("RedirectLoop", c => Redirect(c, "/plain.txt"), "redirects more than 5 times");
        yield return Case("RedirectToAnotherScheme", c => Redirect(c, "ftp://127.0.0.1/list"), "redirects from");

        static TestCaseData Case(string name, Func<HttpContext, Task> answer, string why, int attempts = 1) => new TestCaseData(answer, why, attempts).SetName($"UpdateAsync_{name}_KeepsTheLastGoodList");
    }

    [TestCaseSource(nameof(BadAnswers))]
    public async Task UpdateAsync_BadAnswer_KeepsTheLastGoodList(Func<HttpContext, Task> answer, string why, int attempts)
    {
        Server.Serve("/plain.txt", "play.example\n", "\"1\"");
        await _bench.UpdateAsync("plain");
        var (inForce, state) = (_bench.InForce(), _bench.State("plain"));
        Server.Requests.Clear();
        Server.Answers["/plain.txt"] = answer;
        _bench.Clock.Advance(TimeSpan.FromDays(1));

        var result = await _bench.UpdateAsync("plain");
        var after = _bench.State("plain");
        using (Assert.EnterMultipleScope())
        {
            Assert.That((result.Outcome, result.Failure), Is.EqualTo((SourceOutcome.Failed, SourceFailure.World)), result.Message);
            Assert.That(result.Message, Does.Contain(why).And.EndsWith("What was in force stays."));
            Assert.That(_bench.InForce(), Is.EqualTo(inForce));
            Assert.That(after with { LastAttempt = null, LastError = null, Versions = state.Versions }, Is.EqualTo(state with { LastAttempt = null, LastError = null }));
            Assert.That(after.LastError, Does.Contain(why));
            Assert.That(_bench.Recompiled, Is.EqualTo(1));
            Assert.That(Server.Requests.Count(r => why.StartsWith("redirects more", StringComparison.Ordinal) || r.Path == "/plain.txt"), why.StartsWith("redirects more", StringComparison.Ordinal) ? Is.EqualTo(6) : Is.EqualTo(attempts));
        }
        // And the next good one is taken.
        Server.Serve("/plain.txt", "play.example\nnew.example\n", "\"2\"");
        Assert.That((await _bench.UpdateAsync("plain")).Outcome, Is.EqualTo(SourceOutcome.Updated));
    }

    private static IEnumerable<TestCaseData> BadArchives()
    {
        yield return Case("PathUpwards", Packed.Gzip(Packed.Tar(Packed.File("adult/domains", "a.example\n"), Packed.File("../../evil/domains", "b.example\n"))), "leads out of it");
        yield return Case("PathUpwardsWithin", Packed.Gzip(Packed.Tar(Packed.File("adult/../../evil/domains", "b.example\n"))), "leads out of it");
        yield return Case("AbsolutePath", Packed.Gzip(Packed.Tar(Packed.File("/etc/cron.d/domains", "b.example\n"))), "leads out of it");
        yield return Case("Backslash", Packed.Gzip(Packed.Tar(Packed.File("adult\\..\\..\\evil/domains", "b.example\n"))), "leads out of it");
        yield return Case("LinkOutOfIt", Packed.Gzip(Packed.Tar(Packed.Link(TarEntryType.SymbolicLink, "../evil", "/etc"))), "leads out of it");
        yield return Case("Device", Packed.Gzip(Packed.Tar(Packed.File("adult/domains", "a.example\n"), new UstarTarEntry(TarEntryType.CharacterDevice, "adult/urls") { DeviceMajor = 1, DeviceMinor = 5 })), "holds a device");
        yield return Case("Fifo", Packed.Gzip(Packed.Tar(new UstarTarEntry(TarEntryType.Fifo, "adult/domains"))), "holds a device");
        yield return Case("SameFileTwice", Packed.Ut1(("adult/domains", "a.example\n"), ("x/adult/domains", "b.example\n")), "holds adult/domains twice");
        yield return Case("ManyFiles", Packed.Ut1([.. Enumerable.Range(0, 60).Select(i => ($"c{i}/domains", "a.example\n"))]), "more than 50 files");
        yield return Case("LongPath", Packed.Ut1(($"{new string('x', 90)}/{new string('y', 20)}/domains", "a.example\n")), "more than 100 characters");
        yield return Case("NoLists", Packed.Ut1(("README", "nothing\n"), ("a/b/usage", "black\n")), "no folder with lists");
        yield return Case("OnlyLinks", Packed.Gzip(Packed.Tar(Packed.Link(TarEntryType.SymbolicLink, "adult/domains", "/etc/passwd"))), "no folder with lists");
        yield return Case("NoArchive", "a.example\n"u8.ToArray(), "no tar archive");
        yield return Case("Bomb", Packed.Ut1(("adult/domains", new string('a', 6 << 20))), "times its size");
        yield return Case("PageInIt", Packed.Ut1(("adult/domains", "<html>moved</html>")), "a web page, not a list");
        yield return Case("CutInTheMiddle", Packed.Gzip(Packed.Tar(Packed.File("adult/domains", Packed.Lines(2_000)))[..20_000]), "damaged");

        static TestCaseData Case(string name, byte[] archive, string why) => new TestCaseData(archive, why).SetName($"UpdateAsync_Archive{name}_KeepsTheLastGoodList");
    }

    [TestCaseSource(nameof(BadArchives))]
    public async Task UpdateAsync_BadArchive_KeepsTheLastGoodList(byte[] archive, string why)
    {
        Server.Serve("/blacklists.tar.gz", Packed.Ut1(("blacklists/adult/domains", "adult.example\n")), "\"1\"");
        await _bench.UpdateAsync("ut1");
        var inForce = _bench.InForce();
        var before = Tree();
        Server.Serve("/blacklists.tar.gz", archive, "\"2\"");
        var result = await _bench.UpdateAsync("ut1");
        using (Assert.EnterMultipleScope())
        {
            Assert.That((result.Outcome, result.Failure), Is.EqualTo((SourceOutcome.Failed, SourceFailure.World)), result.Message);
            Assert.That(result.Message, Does.Contain(why));
            Assert.That(_bench.InForce(), Is.EqualTo(inForce));
            Assert.That(Tree(), Is.EqualTo(before), "nothing is left, inside the folder or out of it");
        }

        string[] Tree() => [.. Directory.EnumerateFileSystemEntries(_bench.Temp(""), "*", SearchOption.AllDirectories).Order(StringComparer.Ordinal)];
    }

    [Test]
    public async Task UpdateAsync_RedirectFromHttpsToHttp_IsRefusedAndFollowedWithinHttps()
    {
        var source = _bench.Plain with { Addresses = [new Uri(Server.Https, "/moved")] };
        Server.Serve("/plain.txt", "play.example\n", "\"1\"");
        Server.Answers["/moved"] = c => Redirect(c, new Uri(Server.Http, "/plain.txt").AbsoluteUri);
        var refused = await _bench.UpdateAsync("plain", sources: source);
        Assert.That(refused.Message, Does.Contain("redirects from https to http"));
        Assert.That(Server.Requests.Select(r => r.Path), Is.EqualTo(new[] { "/moved" }), "nothing was asked over http");

        Server.Answers["/moved"] = c => Redirect(c, "/plain.txt");
        Assert.That((await _bench.UpdateAsync("plain", sources: source)).Outcome, Is.EqualTo(SourceOutcome.Updated));
    }

    [Test]
    public async Task UpdateAsync_HttpElsewhereWithoutChecksum_IsNotEvenAsked()
    {
        var source = _bench.Plain with { Addresses = [new Uri("http://lists.example/plain.txt")] };
        var result = await _bench.UpdateAsync("plain", sources: source);
        Assert.That(result.Message, Does.Contain("anybody on the way could change the list"));
    }

    [Test]
    public async Task UpdateAsync_ErrorThenGood_IsTriedAgain()
    {
        var count = 0;
        Server.Answers["/plain.txt"] = c => ++count < 3 ? Status(c, 503) : Text(c, "play.example\n");
        Assert.That((await _bench.UpdateAsync("plain")).Outcome, Is.EqualTo(SourceOutcome.Updated));
        Assert.That(count, Is.EqualTo(3));
    }

    [Test]
    public async Task UpdateAsync_HostThatKeepsFailing_IsLeftAloneForAWhile()
    {
        Server.Answers["/plain.txt"] = c => Status(c, 500);
        using var sources = _bench.Open();
        for (var i = 0; i < 3; i++) await sources.UpdateAsync(["plain"], UpdateBy.Person);
        Server.Requests.Clear();
        var result = (await sources.UpdateAsync(["plain"], UpdateBy.Person)).Single();
        Assert.That(result.Message, Does.Contain("left alone for 5 minutes"));
        Assert.That(Server.Requests, Is.Empty);
    }

    [Test]
    public async Task UpdateAsync_ServerThatFallsSilent_IsGivenUp()
    {
        var silent = new TaskCompletionSource();
        Server.Answers["/plain.txt"] = async c =>
        {
            await c.Response.WriteAsync("play.example\n");
            await c.Response.Body.FlushAsync();
            await Task.WhenAny(silent.Task, Task.Delay(Timeout.Infinite, c.RequestAborted));
        };
        var result = await _bench.UpdateAsync("plain", options: _bench.Options with { IdleTimeout = TimeSpan.FromMilliseconds(200), RetriesMax = 0 });
        silent.SetResult();
        Assert.That(result.Message, Does.Contain("sent nothing for 0.2 seconds"));
    }

    [Test]
    public async Task UpdateAsync_ServerThatTricklesForEver_IsGivenUp()
    {
        Server.Answers["/plain.txt"] = async c =>
        {
            // One byte at a time, each soon enough: only the limit of the whole ends it.
            using var tick = new PeriodicTimer(TimeSpan.FromMilliseconds(20));
            while (!c.RequestAborted.IsCancellationRequested && await tick.WaitForNextTickAsync(c.RequestAborted))
            {
                await c.Response.WriteAsync("#");
                await c.Response.Body.FlushAsync();
            }
        };
        var result = await _bench.UpdateAsync("plain", options: _bench.Options with { FetchTimeout = TimeSpan.FromMilliseconds(400) });
        Assert.That(result.Message, Does.Contain("took longer than"));
    }

    [Test]
    public async Task UpdateAsync_DownloadThatWasCut_GoesOnWhereItEnded()
    {
        var content = Encoding.UTF8.GetBytes(Packed.Lines(2_000));
        const int had = 10_000;
        var cut = await CutAfterAsync(content[..had], content.Length);
        Assert.That(cut.Message, Does.Contain("was cut after 10000 bytes"));

        Server.Serve("/plain.txt", content, "\"1\"");
        var whole = await _bench.UpdateAsync("plain");
        using (Assert.EnterMultipleScope())
        {
            Assert.That(Server.Requests.Last().Headers["Range"], Is.EqualTo($"bytes={had}-"));
            Assert.That(Server.Requests.Last().Headers["If-Range"], Is.EqualTo("\"1\""));
            Assert.That(whole.Entries, Is.EqualTo(2_000));
            Assert.That(_bench.InForce().Single(), Does.EndWith(Packed.Lines(2_000)));
        }
    }

    [Test]
    public async Task UpdateAsync_CutDownloadOfAListThatChangedSince_BeginsAgain()
    {
        await CutAfterAsync(Encoding.UTF8.GetBytes(Packed.Lines(500, "old")), 50_000);
        Server.Serve("/plain.txt", Packed.Lines(20, "new"), "\"2\"");
        await _bench.UpdateAsync("plain");
        Assert.That(_bench.InForce().Single(), Does.EndWith(Packed.Lines(20, "new")).And.Not.Contain("old"));
    }

    [Test]
    public async Task UpdateAsync_TagOfAnotherServer_IsNotSent()
    {
        Server.Serve("/plain.txt", "play.example\n", "\"1\"");
        await _bench.UpdateAsync("plain");
        Server.Serve("/other.txt", "other.example\n", "\"1\"");
        await _bench.UpdateAsync("plain", sources: _bench.Plain with { Addresses = [new Uri(Server.Http, "/other.txt")] });
        Assert.That(Server.Requests.Last().Headers, Does.Not.ContainKey("If-None-Match").And.Not.ContainKey("If-Modified-Since"));
        Assert.That(_bench.InForce().Single(), Does.EndWith("other.example\n"));
    }

    [Test]
    public async Task UpdateAsync_CompilingFails_TheNextUpdateCompilesAlthoughNothingIsNewer()
    {
        Server.Serve("/plain.txt", "play.example\n", "\"1\"");
        var broken = _bench.Options with { Recompile = _ => throw new ListLoadException("the disk is full") };
        Assert.That(async () => await _bench.UpdateAsync("plain", options: broken), Throws.TypeOf<ListsNotCompiledException>().With.Message.Contains("the disk is full")
            .And.Property(nameof(ListsNotCompiledException.Results)).Count.EqualTo(1));
        Assert.That((await _bench.UpdateAsync("plain")).Outcome, Is.EqualTo(SourceOutcome.NotModified));
        Assert.That(_bench.Recompiled, Is.EqualTo(1));
        await _bench.UpdateAsync("plain");
        Assert.That(_bench.Recompiled, Is.EqualTo(1));
    }

    [Test]
    public async Task FilesInForce_SourceThatBecameAnotherLayout_CountsForNothing()
    {
        Server.Serve("/plain.txt", "play.example\n", "\"1\"");
        await _bench.UpdateAsync("plain");
        Assert.That(_bench.InForce(_bench.Plain with { Layout = SourceLayout.Ut1, Category = null }), Is.Empty);
        Assert.That(_bench.InForce(_bench.Plain), Has.Length.EqualTo(1));
    }

    [Test]
    public async Task UpdateAsync_FirstAddressFails_TakesTheMirror()
    {
        Server.Serve("/mirror.txt", "play.example\n", "\"1\"");
        var source = _bench.Plain with { Addresses = [new Uri(Server.Http, "/gone.txt"), new Uri(Server.Http, "/mirror.txt")] };
        Assert.That((await _bench.UpdateAsync("plain", sources: source)).Outcome, Is.EqualTo(SourceOutcome.Updated));
    }

    [TestCase("{0}  plain.txt\n", true)]
    [TestCase("00000000000000000000000000000000  other.txt\n{0} *./lists/plain.txt\n", true)]
    [TestCase("MD5 (plain.txt) = {0}\n", true)]
    [TestCase("{0}\n", true)]
    [TestCase("d41d8cd98f00b204e9800998ecf8427e  plain.txt\n", false)]
    [TestCase("{0}  plain.txt.old\n", false)]
    [TestCase("<html>moved</html>", false)]
    public async Task UpdateAsync_PublishedDigest_DecidesWhetherTheListIsTaken(string file, bool isTaken)
    {
        Server.Serve("/plain.txt", "play.example\n", "\"1\"");
#pragma warning disable CA5351 // the digest that UT1 publishes
        var digest = Convert.ToHexStringLower(System.Security.Cryptography.MD5.HashData("play.example\n"u8));
#pragma warning restore CA5351
        Server.Serve("/SUMS", string.Format(file, digest), "\"s\"");
        var source = _bench.Plain with { Checksum = new SourceChecksum(ChecksumAlgorithm.Md5, new Uri(Server.Http, "/SUMS"), Digest: null) };
        var result = await _bench.UpdateAsync("plain", sources: source);
        Assert.That(result.Outcome, Is.EqualTo(isTaken ? SourceOutcome.Updated : SourceOutcome.Failed), result.Message);
        if (!isTaken) Assert.That(_bench.InForce(), Is.Empty);
    }

    [TestCase(100, 80, true)]
    [TestCase(100, 79, false)]
    [TestCase(100, 200, true)]
    [TestCase(100, 201, false)]
    [TestCase(9, 1, true, TestName = "UpdateAsync_SmallList_MayChangeFreely")]
    public async Task UpdateAsync_EntriesBeforeAndAfter_DecideWhetherAPersonIsAsked(int before, int after, bool isTaken)
    {
        Server.Serve("/plain.txt", Packed.Lines(before), "\"1\"");
        await _bench.UpdateAsync("plain");
        Server.Serve("/plain.txt", Packed.Lines(after), "\"2\"");
        var result = await _bench.UpdateAsync("plain");
        using (Assert.EnterMultipleScope())
        {
            Assert.That(result.Outcome, Is.EqualTo(isTaken ? SourceOutcome.Updated : SourceOutcome.Refused), result.Message);
            Assert.That(_bench.InForce().Single(), Does.EndWith(Packed.Lines(isTaken ? after : before)));
        }
    }

    [Test]
    public async Task UpdateAsync_RefusedList_WaitsWithoutBeingFetchedAgainUntilAPersonAgrees()
    {
        Server.Serve("/plain.txt", Packed.Lines(100), "\"1\"");
        await _bench.UpdateAsync("plain");
        Server.Serve("/plain.txt", Packed.Lines(10), "\"2\"");
        var refused = await _bench.UpdateAsync("plain", UpdateBy.Schedule);
        var again = await _bench.UpdateAsync("plain", UpdateBy.Schedule);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(refused.Message, Does.Contain("it shrinks from 100 to 10 entries (90 % fewer; 20 % is the most that goes unasked)").And.Contain("filtergate lists update plain --agree"));
            Assert.That(again.Outcome, Is.EqualTo(SourceOutcome.Refused));
            Assert.That(Server.Requests.Last().Headers["If-None-Match"], Is.EqualTo("\"2\""));
            Assert.That(_bench.State("plain").LastError, Does.StartWith("refused: it shrinks"));
            Assert.That(_bench.Recompiled, Is.EqualTo(1));
        }
        // The one that the person saw takes force, not whatever the server has by now.
        Server.Serve("/plain.txt", Packed.Lines(3), "\"3\"");
        var agreed = await _bench.UpdateAsync("plain", UpdateBy.PersonWhoAgrees);
        using (Assert.EnterMultipleScope())
        {
            Assert.That((agreed.Outcome, agreed.Entries, agreed.EntriesBefore), Is.EqualTo((SourceOutcome.Updated, 10L, 100L)));
            Assert.That(_bench.InForce().Single(), Does.EndWith(Packed.Lines(10)));
            Assert.That(_bench.State("plain").Refused, Is.Null);
        }
    }

    [Test]
    public async Task UpdateAsync_PersonWhoLooks_KeepsItAsideUntilTheNextUpdateTakesIt()
    {
        await ServeVersionsAsync(1);
        Server.Serve("/plain.txt", "v2.example\n", "\"2\"");
        var waiting = await _bench.UpdateAsync("plain", UpdateBy.PersonWhoLooks);
        using var sources = _bench.Open();
        var state = _bench.State("plain");
        using (Assert.EnterMultipleScope())
        {
            Assert.That((waiting.Outcome, waiting.Version), Is.EqualTo((SourceOutcome.Waiting, state.InForce)));
            Assert.That(_bench.InForce().Single(), Does.EndWith("v1.example\n"));
            Assert.That(sources.FilesOf("plain", state.InForce!).Select(f => File.ReadAllText(f.Path)), Is.EqualTo(new[] { "v1.example\n" }));
            Assert.That(sources.FilesOf("plain", state.Refused!.Version).Select(f => File.ReadAllText(f.Path)), Is.EqualTo(new[] { "v2.example\n" }));
            Assert.That(sources.FilesOf("plain", "20200101T000000Z-00000000"), Is.Empty);
            Assert.That(state.LastError, Is.Null);
            Assert.That(_bench.Recompiled, Is.EqualTo(1));
            Assert.That((await _bench.UpdateAsync("plain", UpdateBy.PersonWhoLooks)).Outcome, Is.EqualTo(SourceOutcome.Waiting));
        }
        // Nothing is unusual about it, so the clock may take it too, without fetching it again.
        Assert.That((await _bench.UpdateAsync("plain", UpdateBy.Schedule)).Outcome, Is.EqualTo(SourceOutcome.Updated));
        Assert.That(Server.Requests.Last().Headers["If-None-Match"], Is.EqualTo("\"2\""));
        Assert.That(_bench.InForce().Single(), Does.EndWith("v2.example\n"));
        Assert.That(_bench.State("plain").Refused, Is.Null);
    }

    [Test]
    public async Task UpdateAsync_RefusedListThatTheServerTookBack_IsForgotten()
    {
        Server.Serve("/plain.txt", Packed.Lines(100), "\"1\"");
        await _bench.UpdateAsync("plain");
        Server.Serve("/plain.txt", Packed.Lines(10), "\"2\"");
        await _bench.UpdateAsync("plain");
        Server.Serve("/plain.txt", Packed.Lines(100), "\"3\"");
        Assert.That((await _bench.UpdateAsync("plain")).Outcome, Is.EqualTo(SourceOutcome.NotModified));
        Assert.That(_bench.State("plain").Refused, Is.Null);
        await _bench.UpdateAsync("plain");
        Assert.That(Left("plain"), Has.None.EqualTo("refused"));
    }

    [Test]
    public async Task RollbackAsync_TwoVersions_PutsTheOlderInForceUntilAPersonNamesTheSource()
    {
        await ServeVersionsAsync(2);
        using var sources = _bench.Open();
        var back = await sources.RollbackAsync("plain");
        using (Assert.EnterMultipleScope())
        {
            Assert.That(back.Outcome, Is.EqualTo(SourceOutcome.RolledBack));
            Assert.That(_bench.InForce().Single(), Does.EndWith("v1.example\n"));
            Assert.That((await sources.UpdateAsync([], UpdateBy.Schedule)).Single(r => r.Id == "plain").Outcome, Is.EqualTo(SourceOutcome.Held));
            Assert.That((await sources.UpdateAsync([], UpdateBy.Person)).Single(r => r.Id == "plain").Outcome, Is.EqualTo(SourceOutcome.Held));
            Assert.That(_bench.InForce().Single(), Does.EndWith("v1.example\n"));
        }
        // Named: what the server has is what we have already, and it takes force again without being fetched.
        var forward = (await sources.UpdateAsync(["plain"], UpdateBy.Person)).Single();
        using (Assert.EnterMultipleScope())
        {
            Assert.That(forward.Outcome, Is.EqualTo(SourceOutcome.Updated));
            Assert.That(_bench.InForce().Single(), Does.EndWith("v2.example\n"));
            Assert.That(_bench.State("plain").IsHeld, Is.False);
        }
    }

    [Test]
    public async Task RollbackAsync_NothingOlder_SaysSoAndChangesNothing()
    {
        await ServeVersionsAsync(1);
        using var sources = _bench.Open();
        Assert.That((await sources.RollbackAsync("plain")).Message, Does.Contain("has no older version"));
        Assert.That(_bench.State("plain").LastError, Is.Null, "the list itself is well");
        Assert.That(_bench.InForce().Single(), Does.EndWith("v1.example\n"));
    }

    [Test]
    public async Task UpdateAsync_ManyVersions_KeepsTheLastFew()
    {
        await ServeVersionsAsync(5, _bench.Options with { Keep = 3 });
        var state = _bench.State("plain");
        using (Assert.EnterMultipleScope())
        {
            Assert.That(state.Versions, Has.Length.EqualTo(3));
            Assert.That(Left("plain"), Is.EquivalentTo(state.Versions.Select(v => v.Version).Append("lock").Append("state.json")));
            Assert.That(_bench.InForce().Single(), Does.EndWith("v5.example\n"));
        }
    }

    [TestCase("fetched")]
    [TestCase("checked")]
    [TestCase("published", TestName = "UpdateAsync_EndedBetweenRenameAndState_KeepsTheLastGoodList")]
    public async Task UpdateAsync_EndedBetweenTwoSteps_KeepsTheLastGoodListAndTheNextOneTidies(string step)
    {
        await ServeVersionsAsync(1);
        Server.Serve("/plain.txt", "v2.example\n", "\"2\"");
        var inForce = _bench.InForce();
        // What a killed process leaves behind is what is on disk at that moment: it is copied there.
        var snapshot = _bench.Temp("snapshot");
        var options = _bench.Options with
        {
            OnStep = at =>
            {
                if (at == step) Copy(_bench.Folder.Sources, snapshot);
            },
        };
        await _bench.UpdateAsync("plain", options: options);
        Directory.Delete(_bench.Folder.Sources, recursive: true);
        Copy(snapshot, _bench.Folder.Sources);

        Assert.That(_bench.InForce(), Is.EqualTo(inForce));
        var next = await _bench.UpdateAsync("plain");
        using (Assert.EnterMultipleScope())
        {
            Assert.That(next.Outcome, Is.EqualTo(SourceOutcome.Updated), next.Message);
            Assert.That(_bench.InForce().Single(), Does.EndWith("v2.example\n"));
            Assert.That(Left("plain"), Is.EquivalentTo(_bench.State("plain").Versions.Select(v => v.Version).Append("lock").Append("state.json")));
        }
    }

    [TestCase("")]
    [TestCase("{")]
    [TestCase("null")]
    [TestCase("{}")]
    [TestCase("{\"versions\":[null]}")]
    public async Task Status_StateThatIsNotReadable_IsMadeAgainFromTheVersions(string text)
    {
        await ServeVersionsAsync(2);
        var inForce = _bench.InForce();
        await File.WriteAllTextAsync(Path.Combine(_bench.Folder.Sources, "plain", "state.json"), text);
        Assert.That(_bench.InForce(), Is.EqualTo(inForce));
    }

    [Test]
    public async Task UpdateAsync_TwoProcessesAtOnce_OneIsToldThatTheOtherIsAtIt()
    {
        var (asked, answer) = (new TaskCompletionSource(), new TaskCompletionSource());
        Server.Answers["/plain.txt"] = async c =>
        {
            asked.SetResult();
            await answer.Task;
            await Text(c, "play.example\n");
        };
        var first = _bench.UpdateAsync("plain");
        await asked.Task;
        var second = await _bench.UpdateAsync("plain");
        answer.SetResult();
        using (Assert.EnterMultipleScope())
        {
            Assert.That(second.Outcome, Is.EqualTo(SourceOutcome.Busy));
            Assert.That((await first).Outcome, Is.EqualTo(SourceOutcome.Updated));
        }
    }

    [Test]
    public async Task UpdateAsync_OneOfTwoFails_TheOtherIsUpdated()
    {
        Server.Serve("/blacklists.tar.gz", Packed.Ut1(("games/domains", "play.example\n")), "\"1\"");
        using var sources = _bench.Open();
        var results = await sources.UpdateAsync([], UpdateBy.Person);
        Assert.That(results.Select(r => (r.Id, r.Outcome)), Is.EqualTo(new[] { ("plain", SourceOutcome.Failed), ("ut1", SourceOutcome.Updated) }));
    }

    [Test]
    public async Task UpdateAsync_Cancelled_LeavesWhatWasFetchedForTheNextTime()
    {
        using var stop = new CancellationTokenSource();
        var content = Encoding.UTF8.GetBytes(Packed.Lines(2_000));
        Server.Answers["/plain.txt"] = async c =>
        {
            c.Response.Headers.ETag = "\"1\"";
            c.Response.ContentLength = content.Length;
            await c.Response.Body.WriteAsync(content.AsMemory(0, 5_000));
            await c.Response.Body.FlushAsync();
            await Task.Delay(Timeout.Infinite, c.RequestAborted);
        };
        using var sources = _bench.Open();
        var progress = new SourceBench.Immediate(p =>
        {
            if (p.Bytes == 5_000) stop.Cancel();
        });
        Assert.That(async () => await sources.UpdateAsync(["plain"], UpdateBy.Person, progress, stop.Token), Throws.InstanceOf<OperationCanceledException>());
        Server.Serve("/plain.txt", content, "\"1\"");
        Assert.That((await _bench.UpdateAsync("plain")).Entries, Is.EqualTo(2_000));
        Assert.That(Server.Requests.Last().Headers["Range"], Is.EqualTo("bytes=5000-"));
    }

    [Test]
    public async Task UpdateAsync_FreshBox_TheScheduleFetchesNothingAndAPersonWhatIsOn()
    {
        Server.Serve("/plain.txt", "play.example\n", "\"1\"");
        var off = _bench.Plain with { Id = "other", IsOnByDefault = false };
        using var sources = _bench.Open(sources: [_bench.Plain, off]);
        Assert.That(await sources.UpdateAsync([], UpdateBy.Schedule), Is.Empty);
        Assert.That(Server.Requests, Is.Empty);
        Assert.That((await sources.UpdateAsync([], UpdateBy.Person)).Select(r => r.Id), Is.EqualTo(new[] { "plain" }));
        Assert.That((await sources.UpdateAsync([], UpdateBy.Schedule)).Select(r => r.Id), Is.EqualTo(new[] { "plain" }));
    }

    [Test]
    public async Task FilesInForce_SettingsThatNameSources_AreThoseAlone()
    {
        Server.Serve("/plain.txt", "play.example\n", "\"1\"");
        var other = _bench.Plain with { Id = "other", IsOnByDefault = false };
        using var sources = _bench.Open(_bench.Options with { Sources = ["other"] }, clock: null, _bench.Plain, other);
        await sources.UpdateAsync(["plain", "other"], UpdateBy.Person);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(sources.FilesInForce().Select(f => f.List), Is.EqualTo(new[] { "other" }));
            Assert.That(sources.Status().Where(s => s.IsInUse).Select(s => s.Source.Id), Is.EqualTo(new[] { "other" }));
        }
    }

    [Test]
    public async Task Status_NoUpdateForThreeCadences_IsStale()
    {
        Server.Serve("/plain.txt", "play.example\n", "\"1\"");
        await _bench.UpdateAsync("plain");
        using var sources = _bench.Open();
        _bench.Clock.Advance(TimeSpan.FromDays(3));
        Assert.That(sources.Status()[0].IsStale, Is.False);
        _bench.Clock.Advance(TimeSpan.FromSeconds(1));
        Assert.That(sources.Status()[0].IsStale, Is.True);
    }

    [Test]
    public async Task ImportAsync_ArchiveFromAStick_IsTakenWithoutTheNetwork()
    {
        var file = _bench.Temp("stick.tar.gz");
        await File.WriteAllBytesAsync(file, Packed.Ut1(("blacklists/games/domains", "play.example\n")));
        using var sources = _bench.Open();
        var result = await sources.ImportAsync("ut1", file);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(result.Outcome, Is.EqualTo(SourceOutcome.Updated), result.Message);
            Assert.That(_bench.InForce(), Is.EqualTo(new[] { "ut1/games/domains games Plain play.example\n" }));
            Assert.That(Server.Requests, Is.Empty);
            Assert.That(File.Exists(file), Is.True);
            Assert.That(_bench.Recompiled, Is.EqualTo(1));
        }
    }

    /// <summary>The real archive's shape and names: every list of it, counted by other means.</summary>
    [Test]
    public async Task ImportAsync_RealUt1_TakesEveryList()
    {
        var lists = SharedData.PathOrIgnore("ut1");
        var expected = new Dictionary<string, int>(StringComparer.Ordinal);
        using var packed = new MemoryStream();
        await using (var tar = new TarWriter(packed, TarEntryFormat.Gnu, leaveOpen: true))
        {
            foreach (var path in Directory.EnumerateFiles(lists, "*", SearchOption.AllDirectories))
            {
                await using Stream stored = File.OpenRead(path);
                await using var text = path.EndsWith(".gz", StringComparison.Ordinal) ? new System.IO.Compression.GZipStream(stored, System.IO.Compression.CompressionMode.Decompress) : stored;
                var content = new MemoryStream();
                await text.CopyToAsync(content);
                var name = Path.GetRelativePath(lists, path);
                if (name.EndsWith(".gz", StringComparison.Ordinal)) name = name[..^3];
                if (Path.GetFileName(name) is "domains" or "urls" or "expressions")
                    expected[$"ut1/{name}"] = Encoding.Latin1.GetString(content.ToArray()).Split('\n').Count(l => l.Trim() is { Length: > 0 } line && !"#![;".Contains(line[0]));
                content.Position = 0;
                await tar.WriteEntryAsync(new GnuTarEntry(TarEntryType.RegularFile, $"blacklists/{name}") { DataStream = content });
            }
        }
        var file = _bench.Temp("blacklists.tar.gz");
        await File.WriteAllBytesAsync(file, Packed.Gzip(packed.ToArray()));
        using var sources = _bench.Open(new ListSourceOptions());
        var result = await sources.ImportAsync("ut1", file);
        var leftOut = new[] { "ut1/exceptions_liste_bu", "ut1/liste_blanche", "ut1/special", "ut1/strong_redirector/expressions" };
        var read = expected.Where(e => !leftOut.Contains(e.Key) && !leftOut.Contains(e.Key[..e.Key.LastIndexOf('/')])).ToDictionary(StringComparer.Ordinal);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(result.Entries + _bench.State("ut1").Current!.Rejected, Is.EqualTo(read.Values.Sum()).And.GreaterThan(400_000));
            Assert.That(_bench.State("ut1").Current!.Rejected, Is.LessThan(100));
            Assert.That(sources.FilesInForce().Select(f => f.List), Is.EquivalentTo(read.Keys));
            Assert.That(sources.FilesInForce().Where(f => f.List.StartsWith("ut1/adult/", StringComparison.Ordinal)).Select(f => f.Category), Is.All.EqualTo("pornography"));
        }
    }

    [TestCase("<html>", "a web page")]
    [TestCase("a.example\n", "shrinks")]
    [TestCase(null, "does not exist")]
    public async Task ImportAsync_BadFile_KeepsTheLastGoodList(string? content, string why)
    {
        Server.Serve("/plain.txt", Packed.Lines(100), "\"1\"");
        await _bench.UpdateAsync("plain");
        var file = _bench.Temp("list.txt");
        if (content is not null) await File.WriteAllTextAsync(file, content);
        using var sources = _bench.Open();
        var result = await sources.ImportAsync("plain", file);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(result.IsChange, Is.False);
            Assert.That(result.Message, Does.Contain(why));
            Assert.That(_bench.InForce().Single(), Does.EndWith(Packed.Lines(100)));
        }
    }

    [Test]
    public void UpdateAsync_UnknownSource_IsAnError()
    {
        using var sources = _bench.Open();
        Assert.That(async () => await sources.UpdateAsync(["nothing"], UpdateBy.Person), Throws.ArgumentException);
    }

    /// <summary>An update whose connection is cut once these bytes have arrived.</summary>
    private async Task<SourceResult> CutAfterAsync(byte[] beginning, int length)
    {
        var arrived = new TaskCompletionSource();
        Server.Answers["/plain.txt"] = async c =>
        {
            c.Response.Headers.ETag = "\"1\"";
            c.Response.ContentLength = length;
            await c.Response.Body.WriteAsync(beginning);
            await c.Response.Body.FlushAsync();
            await arrived.Task;
            c.Abort();
        };
        return await _bench.UpdateAsync("plain", options: _bench.Options with { RetriesMax = 0 }, progress: p =>
        {
            if (p.Bytes == beginning.Length) arrived.TrySetResult();
        });
    }

    private async Task ServeVersionsAsync(int count, ListSourceOptions? options = null)
    {
        for (var i = 1; i <= count; i++)
        {
            Server.Serve("/plain.txt", $"v{i}.example\n", $"\"{i}\"");
            Assert.That((await _bench.UpdateAsync("plain", options: options)).Outcome, Is.EqualTo(SourceOutcome.Updated));
            _bench.Clock.Advance(TimeSpan.FromDays(1));
        }
    }

    private string[] Left(string id) => [.. new DirectoryInfo(Path.Combine(_bench.Folder.Sources, id)).EnumerateFileSystemInfos().Select(f => f.Name)];

    private static void Copy(string from, string to)
    {
        foreach (var file in Directory.EnumerateFiles(from, "*", SearchOption.AllDirectories))
        {
            var target = Path.Combine(to, Path.GetRelativePath(from, file));
            Directory.CreateDirectory(Path.GetDirectoryName(target)!);
            // The lock is held just now, and its content is nothing.
            if (Path.GetFileName(file) != "lock") File.Copy(file, target, overwrite: true);
        }
        foreach (var folder in Directory.EnumerateDirectories(from, "*", SearchOption.AllDirectories)) Directory.CreateDirectory(Path.Combine(to, Path.GetRelativePath(from, folder)));
    }

    private static byte[] Damaged()
    {
        var packed = Packed.Gzip(Encoding.UTF8.GetBytes(Packed.Lines(2_000)));
        packed[packed.Length / 2] ^= 0xFF;
        return packed;
    }

    private static Task Status(HttpContext context, int status)
    {
        context.Response.StatusCode = status;
        return Task.CompletedTask;
    }

    private static Task Redirect(HttpContext context, string to)
    {
        context.Response.StatusCode = 302;
        context.Response.Headers.Location = to;
        return Task.CompletedTask;
    }

    private static async Task Bytes(HttpContext context, byte[] content)
    {
        context.Response.ContentLength = content.Length;
        await context.Response.Body.WriteAsync(content);
    }

    private static Task Text(HttpContext context, string text, string type = "text/plain")
    {
        context.Response.ContentType = type;
        return Bytes(context, Encoding.UTF8.GetBytes(text));
    }

    private static async Task CutAsync(HttpContext context)
    {
        context.Response.ContentLength = 1_000;
        await context.Response.WriteAsync("play.example\nfun.example\n");
        await context.Response.Body.FlushAsync();
        context.Abort();
    }
}
