using System.Diagnostics;
using System.Text.Json;
using FilterGate.EndToEnd.Tests.Fixtures;
using FilterGate.Testing;

namespace FilterGate.EndToEnd.Tests;

/// <summary>Something of the box fails under a running gateway, or before its start: what a pupil's browser gets, and what the technician sees. The table of the handbook (<c>docs/technician.md</c>, <i>When something fails</i>) says the same.</summary>
[TestFixture]
[Category("EndToEnd")]
[Category("Box")]
[Category("Slow")]
[NonParallelizable]
public sealed class FailureTests : BoxTests
{
    private const string Open = $"http://{School.Open}/1k", Blocked = $"http://{School.Auction}/1k";

    [SetUp]
    public async Task WriteAsync()
    {
        await base.WriteAsync();
        await ApplyAsync();
    }

    /// <summary>The cable of the line is out: a page says so, and says whom to tell. A connection that was kept for the next request is given up after twenty seconds.</summary>
    [TestCase("http://allowed.test/1k", "This website is not answering", 30, TestName = "Cable_ThatIsOut_OfAConnectionThatWasKept_IsAPage")]
    [TestCase("https://allowed.test/1k", "The school's internet is not working", 5, TestName = "Cable_ThatIsOut_IsAPageAtOnce")]
    [TestCase("http://unheard-of.test/", "We can't look this website up", 15, TestName = "Cable_ThatIsOut_OfANameThatHasToBeLookedUp_IsAPage")]
    public Task Cable_ThatIsOut(string url, string says, int withinSeconds) => Line_ThatIsDownAsync(["ip", "link", "set", "wan0", "down"], url, says, withinSeconds);

    /// <summary>The provider is down behind a router that is not: nothing comes back.</summary>
    [TestCase("https://allowed.test/1k", "This website is not answering", 25, TestName = "Line_ThatIsSilent_IsAPage")]
    public Task Line_ThatIsSilent(string url, string says, int withinSeconds) =>
        Line_ThatIsDownAsync(["nft", "add table inet silent; add chain inet silent out { type filter hook output priority 0; }; add rule inet silent out oifname wan0 drop"], url, says, withinSeconds);

    private async Task Line_ThatIsDownAsync(string[] fails, string url, string says, int withinSeconds)
    {
        await Network.Box.UseResolverAsync(BoxNetwork.Internet4, (School.Open, BoxNetwork.Internet4), (School.Auction, BoxNetwork.Internet4));
        await StartGatewayAsync();
        Assert.That((await PadAsync(Open)).Status, Is.EqualTo(200));
        await Programs.MustAsync([.. Network.Box.Place.Command(fails)]);
        try
        {
            var since = Stopwatch.GetTimestamp();
            var failed = await PadAsync(url, "--max-time", "28", "--resolve", "unheard-of.test:80:198.51.100.7");
            var took = Stopwatch.GetElapsedTime(since);
            await TestContext.Progress.WriteLineAsync($"a page after {took.TotalSeconds:0.0} s: {says}");
            using (Assert.EnterMultipleScope())
            {
                Assert.That(failed.Status, Is.InRange(502, 504), failed.ToString());
                Assert.That(System.Net.WebUtility.HtmlDecode(failed.Body), Does.Contain(says).And.Contain("The school's filter did not block it."));
                Assert.That(took.TotalSeconds, Is.LessThan(withinSeconds));
                Assert.That((await PadAsync(Blocked)).Status, Is.EqualTo(403), "what is blocked is blocked as ever");
                Assert.That(await DoctorAsync("name server"), Does.Match("RED +name server: gives no answer about"));
                Assert.That(await DoctorAsync("gateway"), Does.Match("ok +gateway: runs"));
            }
        }
        finally
        {
            await Programs.RunAsync(Network.Box.Place.Command("nft", "delete", "table", "inet", "silent"));
            await Network.Box.IpAsync("link", "set", "wan0", "up");
            await Network.Box.IpAsync("-6", "addr", "replace", "fd77:2::1/64", "dev", "wan0", "nodad");
        }

        await Programs.UntilAsync(async () => (await PadAsync(Open)).Status == 200, "it comes back by itself");
    }

    /// <summary>The disk of the records fills under a running gateway: no blocked page is shown that is not on record, allowed sites go on, and so does all by itself once there is room.</summary>
    [Test]
    public async Task Disk_ThatIsFull_LosesNoRecord_AndGoesOnByItself()
    {
        await File.WriteAllTextAsync(Folder["policy.yaml"], Policy.Replace("pupil: { tls: intercept,", "pupil: { record: everything, tls: intercept,", StringComparison.Ordinal));
        using var disk = Mount.Tmpfs(Data, "size=24m,mode=0700");
        await StartGatewayAsync();
        Assert.That((await PadAsync(Open)).Status, Is.EqualTo(200));
        var acknowledged = new List<string> { (await PadAsync(Blocked)).Reference };
        await FillAsync(Path.Combine(Data, "filler"));
        // The log of the database has room left in pages that it has already.
        Answer blocked;
        while ((blocked = await PadAsync(Blocked)).Status == 403) acknowledged.Add(blocked.Reference);
        var allowed = await PadAsync($"http://{School.Open}/?while-it-was-full", "-H", "Accept: text/html");
        string[] pages = [.. Enumerable.Range(1, 2).SelectMany(i => new[] { "-o", "/dev/null", $"http://{School.Open}/?page-{i}" })];
        var overOneConnection = await Programs.RunAsync([.. Network.Pad.Place.Command(["curl", "-q", "-sS", "--max-time", "4", "-w", "%{http_code}\n", "-H", "Accept: text/html", .. pages])]);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(allowed.Status, Is.EqualTo(200), "what needs no record before it is shown goes on");
            Assert.That(overOneConnection.Lines, Is.EqualTo(["200", "000"]), "the next over the same connection waits until the first is on record");
            Assert.That((blocked.Status, blocked.Body.Trim()), Is.EqualTo((503, "The filter cannot keep its records just now, so this page is not available. Please tell your teacher or the technician.")));
            Assert.That(await DoctorAsync("disk"), Does.Match("RED +disk: 0 MiB free"));
        }

        File.Delete(Path.Combine(Data, "filler"));
        await Programs.UntilAsync(async () => await PadAsync(Blocked) is { Status: 403 } page && page.Reference.Length > 0, "pages are back");
        Assert.That((await PadAsync(Open)).Status, Is.EqualTo(200));
        var events = await EventsAsync();
        Assert.That(events.Select(e => e.GetProperty("reference").GetString()), Is.SupersetOf(acknowledged), "what was shown is on record");
        Assert.That(events.Count(e => e.GetProperty("kind").GetString() == "allow"), Is.GreaterThanOrEqualTo(4), "and what was allowed meanwhile");
    }

    /// <summary>A dead battery, or a false hand: what is blocked is blocked, HTTPS pages do not open where devices know better, and the technician is told.</summary>
    [TestCase("1970-01-05 10:00:00", @"RED +clock: it says 1970-01-05, long before", @"RED +certificate authority: it begins only on")]
    [TestCase("2040-02-06 10:00:00", @"(RED|warn) +clock: ", @"RED +certificate authority: it has ended")]
    public async Task Clock_ThatIsWrong_IsSeen(string time, string clock, string authority)
    {
        var wrong = WrongClock(time);
        await StartGatewayAsync();
        Assert.That(((await PadAsync($"https://{School.Open}/1k")).Status, (await PadAsync(Blocked)).Status), Is.EqualTo((200, 403)));
        await Gateway!.StopAsync();
        await Gateway.DisposeAsync();
        await StartGatewayAsync(wrong);
        var plain = await PadAsync(Open);
        var blocked = await PadAsync(Blocked);
        var tls = await PadAsync($"https://{School.Open}/1k");
        var doctor = (await Programs.RunAsync([.. Network.Box.Place.Command([GatewayProcess.Executable, "doctor", .. Options])], wrong)).Output;
        using (Assert.EnterMultipleScope())
        {
            Assert.That((plain.Status, blocked.Status), Is.EqualTo((200, 403)));
            // Either the device does not take our certificate (curl's 60), or the gateway does not take the site's, and says so on a page.
            Assert.That((tls.ExitCode, tls.Status), Is.EqualTo((60, 0)).Or.EqualTo((0, 502)), $"{tls}");
            Assert.That(doctor, Does.Match(clock).And.Match(authority));
            Assert.That(Gateway!.Error, Does.Not.Contain("Exception"));
        }

        await Gateway.DisposeAsync();
        await StartGatewayAsync();
        Assert.That(((await PadAsync($"https://{School.Open}/1k")).Status, (await PadAsync(Blocked)).Status), Is.EqualTo((200, 403)), "and all is well with the right time");
    }

    /// <summary>The compiled lists are damaged on the disk. A running gateway goes on, or ends where its disk fails under it; none starts without its lists, so the web is refused, until they are compiled anew.</summary>
    [TestCase("truncate -s 5000 \"$0\"", "it is cut short")]
    [TestCase("head -c 5000 /dev/urandom | dd of=\"$0\" conv=notrunc", "it is no compiled list")]
    public async Task Lists_ThatAreDamaged_StopTheGateway_UntilTheyAreMadeAnew(string damage, string says)
    {
        await StartWithAListAsync();
        await Gateway!.StopAsync();
        await Gateway.DisposeAsync();
        Gateway = null;
        foreach (var file in Directory.GetFiles(Path.Combine(Data, "lists", "compiled"), "*.fgl")) await Programs.MustAsync("sh", "-c", damage, file);
        Assert.That(() => StartGatewayAsync(), Throws.InvalidOperationException.With.Message.Contains("The compiled lists cannot be opened").And.Message.Contains(says).And.Message.Contains("filtergate lists compile"));
        using (Assert.EnterMultipleScope())
        {
            Assert.That((await PadAsync(Open)).ExitCode, Is.EqualTo(7), "refused at once");
            Assert.That(await DoctorAsync("category lists"), Does.Match("RED +category lists: The compiled lists cannot be opened.*\n +filtergate lists compile"));
        }

        Assert.That((await CommandAsync("lists", "compile")).ExitCode, Is.Zero);
        await StartGatewayAsync();
        Assert.That((await PadAsync(Open)).Status, Is.EqualTo(403), "the list blocks again");
    }

    /// <summary>Their folder is gone altogether: what runs goes on, the next start has the small lists alone, and that is red.</summary>
    [Test]
    public async Task Lists_ThatAreGone_LeaveTheSmallOnes_AndAreRed()
    {
        await StartWithAListAsync();
        Directory.Delete(Path.Combine(Data, "lists"), recursive: true);
        Assert.That((await PadAsync(Open)).Status, Is.EqualTo(403), "what runs has them still");
        await Gateway!.DisposeAsync();
        await StartGatewayAsync();
        using (Assert.EnterMultipleScope())
        {
            Assert.That((await PadAsync(Blocked)).Status, Is.EqualTo(403), "of the small lists that are shipped");
            Assert.That(await DoctorAsync("category lists"), Does.Match("RED +category lists: the small starter lists alone, and this box had fetched others"));
        }
    }

    /// <summary>A gateway with a list of its own that closes the open site.</summary>
    private async Task StartWithAListAsync()
    {
        await File.AppendAllTextAsync(Folder["settings.yaml"], "\nlists: { sources: [own], own: [{ id: own, name: Sites of our own, address: \"https://lists.example/list.txt\", format: plain, category: games }] }\n");
        await File.WriteAllLinesAsync(Folder["list.txt"], [School.Open, .. Enumerable.Range(0, 500).Select(i => $"site{i}.games.example")]);
        await StartGatewayAsync();
        var updated = await CommandAsync("lists", "update", "own", "--from", Folder["list.txt"]);
        Assert.That(updated.ExitCode, Is.Zero, updated.Error);
        await Programs.UntilAsync(async () => (await PadAsync(Open)).Status == 403, "the list blocks");
    }

    private static Dictionary<string, string> WrongClock(string time)
    {
        var library = Directory.GetDirectories("/usr/lib").Select(folder => Path.Combine(folder, "faketime", "libfaketimeMT.so.1")).FirstOrDefault(File.Exists);
        if (library is null) Assert.Ignore("Needs libfaketime: install Debian's package `faketime`.");
        // Only the time of day: what waits goes on by the other clock, as on a box whose battery is dead.
        return new() { ["LD_PRELOAD"] = library!, ["FAKETIME"] = $"@{time}", ["FAKETIME_DONT_FAKE_MONOTONIC"] = "1" };
    }

    private static async Task FillAsync(string path)
    {
        await using var filler = File.Create(path);
        try
        {
            for (var block = new byte[4096]; ;)
            {
                await filler.WriteAsync(block);
                await filler.FlushAsync();
            }
        }
        catch (IOException)
        {
            // Full.
        }
    }

    private async Task<IReadOnlyList<JsonElement>> EventsAsync()
    {
        var found = await CommandAsync("events", "search", "--since", "1h", "--json");
        Assert.That(found.ExitCode, Is.Zero, found.Error);
        return [.. found.Lines.Select(line => JsonElement.Parse(line))];
    }
}
