using System.Text;
using FilterGate.Events;
using FilterGate.Proxy.Tests.Fixtures;
using Microsoft.Extensions.Time.Testing;

namespace FilterGate.Proxy.Tests.Acts;

/// <summary>What the gateway writes down of real requests, by what the tier records.</summary>
internal sealed class RecordedActsTests
{
    private const string Chrome = "User-Agent: Mozilla/5.0 (X11; CrOS x86_64 14541.0.0) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36\r\n";
    private const string Typed = Chrome + "Accept: text/html\r\nSec-Fetch-Site: none\r\nSec-Fetch-Mode: navigate\r\nSec-Fetch-Dest: document\r\nSec-Fetch-User: ?1\r\n";
    private const string Clicked = Chrome + "Accept: text/html\r\nSec-Fetch-Site: cross-site\r\nSec-Fetch-Mode: navigate\r\nSec-Fetch-Dest: document\r\nSec-Fetch-User: ?1\r\n";
    private const string Picture = Chrome + "Accept: image/webp,*/*\r\nSec-Fetch-Site: cross-site\r\nSec-Fetch-Mode: no-cors\r\nSec-Fetch-Dest: image\r\n";

    /// <summary>The table of <c>docs/technician.md</c>: what each of the three words keeps.</summary>
    [TestCase("", "blocked-page blocked-picture", TestName = "Record_Default")]
    [TestCase("blocks", "blocked-page blocked-picture", TestName = "Record_Blocks")]
    [TestCase("acts", "page typed search blocked-page blocked-picture", TestName = "Record_Acts")]
    [TestCase("everything", "page typed picture search suggestion blocked-page blocked-picture", TestName = "Record_Everything")]
    public async Task Record(string record, string kept)
    {
        await using var origin = new FakeOrigin("hello");
        await using var gateway = await TestGateway.StartAsync(School(record, "never_record: [unkept.test]"));
        await AskAsync("allowed.test", "/page", Clicked);
        await AskAsync("allowed.test", "/typed", Typed);
        await AskAsync("allowed.test", "/picture", Picture);
        await AskAsync("allowed.test", "/search?q=rivers", Clicked);
        await AskAsync("allowed.test", "/suggestion?q=riv", Picture);
        await AskAsync("help.test", "/help", Typed);
        await AskAsync("noise.test", "/noise", Typed);
        await AskAsync("unkept.test", "/unkept", Typed);
        await AskAsync("forum.test", "/blocked-picture", Picture);
        await AskAsync("forum.test", "/blocked-page", Typed);

        var events = await gateway.EventsAsync(kept.Split(' ').Length);
        Assert.That(events.Select(e => new Uri(e.Url!).AbsolutePath[1..]), Is.EquivalentTo(kept.Split(' ')));

        Task<RawAnswer> AskAsync(string host, string target, string fields) => gateway.AskAsync($"GET http://{host}:{origin.Port}{target} HTTP/1.1\r\nHost: {host}:{origin.Port}\r\n{fields}\r\n");
    }

    [Test]
    public async Task Record_Page_HasIdIntentRefererAndItsParts()
    {
        await using var origin = new FakeOrigin("hello");
        await using var gateway = await TestGateway.StartAsync(School("everything"));
        await AskAsync(gateway, origin, "allowed.test", "/page?who=me", Typed);
        await AskAsync(gateway, origin, "allowed.test", "/x.png", Picture + $"Referer: http://allowed.test:{origin.Port}/page?who=me\r\n");
        await AskAsync(gateway, origin, "forum.test", "/topic", Clicked + $"Referer: http://allowed.test:{origin.Port}/page?who=me\r\n");
        var events = await gateway.EventsAsync(3);
        var (page, picture, topic) = (events.Single(e => e.Url!.Contains("page", StringComparison.Ordinal)), events.Single(e => e.Url!.EndsWith("png", StringComparison.Ordinal)), events.Single(e => e.Host == "forum.test"));
        Assert.That((page.ActKind, page.Intent, page.Act, page.Kind), Is.EqualTo(((ActKind?)ActKind.TypedAddress, (Intent?)Intent.Typed, (Guid?)null, EventKind.Allow)));
        Assert.That((picture.ActKind, picture.Intent, picture.Act), Is.EqualTo(((ActKind?)null, (Intent?)Intent.Background, (Guid?)page.Id)));
        Assert.That((topic.ActKind, topic.Intent, topic.Kind), Is.EqualTo(((ActKind?)ActKind.BlockedAct, (Intent?)Intent.Clicked, EventKind.Block)));
        Assert.That(topic.Referer, Is.EqualTo($"http://allowed.test:{origin.Port}/page"), "without its query");
    }

    [TestCase("help.test", TestName = "Record_RefererOfAHelpSite_IsNotKept")]
    [TestCase("noise.test", TestName = "Record_RefererOfNoise_IsNotKept")]
    [TestCase("unkept.test", TestName = "Record_RefererOfNeverRecord_IsNotKept")]
    [TestCase("locked-host.test", TestName = "Record_RefererOfALockedSite_IsNotKept")]
    public async Task Record_Referer(string host)
    {
        await using var gateway = await TestGateway.StartAsync(School("acts", "never_record: [unkept.test]"));
        await gateway.AskAsync($"GET http://forum.test/ HTTP/1.1\r\nHost: forum.test\r\n{Clicked}Referer: http://{host}/somewhere\r\n\r\n");
        Assert.That((await gateway.EventsAsync(1)).Single().Referer, Is.Null);
    }

    [Test]
    public async Task Record_BlockedPartOfAnAllowedPage_BelongsToItEvenWhereThePageIsNotKept()
    {
        await using var origin = new FakeOrigin("hello");
        await using var gateway = await TestGateway.StartAsync(School("blocks"));
        await AskAsync(gateway, origin, "allowed.test", "/page", Typed);
        await AskAsync(gateway, origin, "forum.test", "/one.png", Picture + $"Referer: http://allowed.test:{origin.Port}/\r\n");
        await AskAsync(gateway, origin, "forum.test", "/two.png", Picture + $"Referer: http://allowed.test:{origin.Port}/\r\n");
        var events = await gateway.EventsAsync(2);
        Assert.That(events.Select(e => e.ActKind), Is.All.Null);
        Assert.That(events.Select(e => e.Act).Distinct().Single(), Is.Not.Null);
    }

    [Test]
    public async Task Record_Redirect_IsOneActWithTheTitleOfItsEnd()
    {
        await using var origin = new FakeOrigin(async (stream, head) => await stream.WriteAsync(Encoding.ASCII.GetBytes(head.Contains("short.test", StringComparison.Ordinal)
            ? "HTTP/1.1 301 Moved\r\nLocation: http://allowed.test/\r\nContent-Length: 0\r\n\r\n"
            : "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 22\r\n\r\n<title>Rivers</title>\r\n")));
        await using var gateway = await TestGateway.StartAsync(School("acts"));
        await AskAsync(gateway, origin, "short.test", "/x", Typed);
        await AskAsync(gateway, origin, "allowed.test", "/", Typed);
        var events = await gateway.EventsAsync(1);
        Assert.That(events.Select(e => (e.Host, e.ActKind, e.Intent, e.Title)), Does.Contain(("allowed.test", (ActKind?)ActKind.TypedAddress, (Intent?)Intent.Typed, "Rivers")));
        var hop = events.Where(e => e.Host == "short.test").ToArray();
        if (hop.Length > 0) Assert.That((hop[0].ActKind, hop[0].Act), Is.EqualTo(((ActKind?)null, (Guid?)events.Single(e => e.Host == "allowed.test").Id)));
    }

    [Test]
    public async Task Record_Search_HasWordsAndNotOfSuggestions()
    {
        await using var origin = new FakeOrigin("hello");
        await using var gateway = await TestGateway.StartAsync(School("acts"));
        await AskAsync(gateway, origin, "search.test", "/complete?q=riv", Chrome + "Accept: */*\r\nSec-Fetch-Site: same-origin\r\nSec-Fetch-Mode: cors\r\nSec-Fetch-Dest: empty\r\n");
        await AskAsync(gateway, origin, "search.test", "/find?q=rivers+of+wales", Typed);
        await AskAsync(gateway, origin, "search.test", "/find?q=rivers+of+wales&page=2", Clicked);
        await AskAsync(gateway, origin, "forum.test", "/find?q=blocked+words", Typed);
        var events = await gateway.EventsAsync(2);
        Assert.That(events.Select(e => (e.Kind, e.ActKind, e.Intent, e.SearchWords)), Is.EquivalentTo(new[]
        {
            (EventKind.Search, (ActKind?)ActKind.Search, (Intent?)Intent.Searched, "rivers of wales"),
            (EventKind.Block, (ActKind?)ActKind.Search, (Intent?)Intent.Searched, "blocked words"),
        }));
    }

    [Test]
    public async Task Record_SearchWhileTyping_KeepsTheLastWordsAndLosesNone()
    {
        var clock = new FakeTimeProvider(DateTimeOffset.UtcNow);
        await using var origin = new FakeOrigin("hello");
        await using var gateway = await TestGateway.StartAsync(School("acts"), clock: clock);
        const string Fetch = Chrome + "Accept: */*\r\nSec-Fetch-Site: same-origin\r\nSec-Fetch-Mode: cors\r\nSec-Fetch-Dest: empty\r\n";
        foreach (var words in new[] { "riv", "rivers", "rivers of", "rivers o", "lakes" })
        {
            await AskAsync(gateway, origin, "search.test", $"/find?q={words.Replace(' ', '+')}", Fetch);
            clock.Advance(TimeSpan.FromMilliseconds(300));
        }
        // "lakes" sent the words before it to the store; it is held itself until the typing is done.
        for (var i = 0; i < 200 && gateway.Events.Search(new EventQuery()).Events.Count < 2; i++)
        {
            clock.Advance(TimeSpan.FromMilliseconds(500));
            await Task.Delay(10);
        }
        Assert.That((await gateway.EventsAsync(2)).Select(e => e.SearchWords), Is.EqualTo(new[] { "rivers of", "lakes" }));
    }

    [TestCase("web-proxies")]
    [TestCase("vpn")]
    [TestCase("tor")]
    [TestCase("encrypted-dns")]
    public async Task Record_Circumvention_IsItsOwnKind(string category)
    {
        await using var gateway = await TestGateway.StartAsync(School("blocks"));
        await gateway.AskAsync($"GET http://{category}.test/ HTTP/1.1\r\nHost: {category}.test\r\n{Typed}\r\n");
        await gateway.AskAsync($"GET http://{category}.test/x.png HTTP/1.1\r\nHost: {category}.test\r\n{Picture}\r\n");
        var events = await gateway.EventsAsync(2);
        Assert.That(events.Select(e => (e.Kind, e.ActKind)), Is.EquivalentTo(new[] { (EventKind.Circumvention, (ActKind?)ActKind.Circumvention), (EventKind.Block, null) }));
    }

    [TestCase("acts", "Content-Encoding: identity\r\n", "Rivers")]
    [TestCase("everything", "", "Rivers")]
    public async Task Record_Title_OfAPageThatIsKept(string record, string fields, string title)
    {
        var page = "<title>Rivers</title>";
        await using var origin = new FakeOrigin(async (stream, _) => await stream.WriteAsync(Encoding.ASCII.GetBytes($"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n{fields}Content-Length: {page.Length}\r\n\r\n{page}")));
        await using var gateway = await TestGateway.StartAsync(School(record));
        Assert.That((await AskAsync(gateway, origin, "allowed.test", "/", Typed)).Body, Is.EqualTo(page));
        Assert.That((await gateway.EventsAsync(1)).Single().Title, Is.EqualTo(title));
    }

    [Test]
    public async Task Record_TitledPage_FirstBytesComeBeforeTheRest()
    {
        var goOn = new TaskCompletionSource();
        await using var origin = new FakeOrigin(async (stream, _) =>
        {
            await stream.WriteAsync("HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nTransfer-Encoding: chunked\r\n\r\na\r\n<title>Riv\r\n"u8.ToArray());
            await goOn.Task;
            await stream.WriteAsync("b\r\ners</title>\r\n0\r\n\r\n"u8.ToArray());
        });
        await using var gateway = await TestGateway.StartAsync(School("acts"));
        using var client = gateway.Connect();
        await client.SendAsync($"GET http://allowed.test:{origin.Port}/ HTTP/1.1\r\nHost: allowed.test:{origin.Port}\r\n{Typed}\r\n");
        await client.ReadUntilAsync("<title>Riv"); // While the origin still waits.
        goOn.SetResult();
        await client.ReadUntilAsync("ers</title>");
        Assert.That((await gateway.EventsAsync(1)).Single().Title, Is.EqualTo("Rivers"));
    }

    [Test]
    public async Task Record_Title_OfAPageWhoseHttpsIsRead()
    {
        using var authority = new OriginAuthority();
        await using var origin = new FakeOrigin(async (stream, _) => await stream.WriteAsync("HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=utf-8\r\nContent-Length: 21\r\n\r\n<title>Rivers</title>"u8.ToArray()), authority.Issue("allowed.test"));
        await using var gateway = await TestGateway.StartAsync(School("acts"), trust: authority.Root);
        var answer = await TlsClient.GetAsync(gateway, "pupil", $"allowed.test:{origin.Port}", $"GET / HTTP/1.1\r\nHost: allowed.test:{origin.Port}\r\n{Typed}\r\n");
        Assert.That(answer.Status, Is.EqualTo(200));
        Assert.That((await gateway.EventsAsync(1)).Single().Title, Is.EqualTo("Rivers"));
    }

    private static string School(string record, string also = "") => TestGateway.School
        .Replace("pupil: { ", $"pupil: {{ {(record.Length > 0 ? $"record: {record}, " : "")}", StringComparison.Ordinal) + (also.Length > 0 ? "\n" + also + "\n" : "");

    private static Task<RawAnswer> AskAsync(TestGateway gateway, FakeOrigin origin, string host, string target, string fields) =>
        gateway.AskAsync($"GET http://{host}:{origin.Port}{target} HTTP/1.1\r\nHost: {host}:{origin.Port}\r\n{fields}\r\n");
}
