using System.Text;
using FilterGate.Events;
using FilterGate.Policy;
using FilterGate.Policy.Passes;
using FilterGate.Proxy.BlockPages;
using FilterGate.Proxy.Requests;
using FilterGate.Proxy.Tests.Fixtures;
using Microsoft.Extensions.Time.Testing;

namespace FilterGate.Proxy.Tests.Requests;

/// <summary>Going past a warning, and the minutes of a day: the pages, their form, and what the form cannot do.</summary>
internal sealed class ContinueTests
{
    private const string Limited = """
        school: Test Primary
        networks: [192.0.2.0/24]
        tiers:
          pupil: { tls: intercept, uncategorised: allow, quota: { forums: 60m/10m }, own_block: [own-blocked.test] }
          staff: { tls: intercept, uncategorised: warn }
          guest: { tls: tunnel, uncategorised: allow }
        """;

    private static readonly DateTimeOffset Morning = new(2026, 11, 23, 9, 0, 0, TimeSpan.Zero);

    [Test]
    public async Task Warning_IsShown_GonePast_AndAskedAgainAfterAWhile()
    {
        var clock = new FakeTimeProvider(Morning);
        await using var origin = new FakeOrigin("hello");
        await using var gateway = await TestGateway.StartAsync(clock: clock);
        var host = $"warned.test:{origin.Port}";
        var request = $"GET http://{host}/a?b=1&c=%C3%A9 HTTP/1.1\r\nHost: {host}\r\nAccept: text/html\r\n\r\n";

        var page = await gateway.AskAsync(request);
        Assert.Multiple(() =>
        {
            Assert.That(page.Status, Is.EqualTo(403));
            Assert.That(page.Body, Does.Contain("Stop and think first").And.Contain("Go back").And.Contain(">Continue<").And.Contain("For 15 minutes"));
            Assert.That(page.Body, Does.Contain($"action=\"{BlockPage.ContinuePath}\"").And.Contain("name=\"to\" value=\"/a?b=1&amp;c=%C3%A9\""));
            Assert.That(page.Body, Does.Not.Contain("<script"));
            Assert.That(origin.Heads, Is.Empty, "nothing goes upstream");
        });

        var answer = await gateway.AskAsync(Form(host, "/a?b=1&c=%C3%A9"));
        Assert.That((answer.Status, answer["Location"], answer["Cache-Control"]), Is.EqualTo((303, $"http://{host}/a?b=1&c=%C3%A9", "no-store")));
        Assert.That((await gateway.AskAsync(request)).Status, Is.EqualTo(200), "in force before the browser is sent back");
        Assert.That((await gateway.AskAsync(Form(host, "/"))).Status, Is.EqualTo(303), "once more is no mistake");
        Assert.That(gateway.Continued, Has.Count.EqualTo(1));
        clock.Advance(TimeSpan.FromMinutes(15));
        Assert.That((await gateway.AskAsync(request)).Status, Is.EqualTo(403));

        var events = await gateway.EventsAsync(atLeast: 4);
        Assert.That(events.Select(e => (e.Kind, e.Decision, e.Reason, e.Rule)), Is.EqualTo(new (EventKind, Verdict?, Reason?, string?)[]
        {
            (EventKind.Block, Verdict.Warn, Reason.CategoryWarn, null),
            (EventKind.Allow, Verdict.LogOnly, Reason.CategoryWarn, "continued"),
            (EventKind.Allow, Verdict.LogOnly, Reason.CategoryWarn, null),
            (EventKind.Block, Verdict.Warn, Reason.CategoryWarn, null),
        }));
        Assert.That((events[1].Host, events[1].Status, events[1].Method, events[1].Category), Is.EqualTo(("warned.test", 303, "POST", "short-links")));
    }

    [Test]
    public async Task Warning_OfAnUncategorisedSite_IsGonePastForThatSiteAlone()
    {
        await using var origin = new FakeOrigin("hello");
        await using var gateway = await TestGateway.StartAsync(Limited);
        await gateway.AskAsync(Form($"www.unknown.test:{origin.Port}", "/"), "staff");
        Assert.Multiple(async () =>
        {
            Assert.That((await gateway.AskAsync(Get($"www.unknown.test:{origin.Port}"), "staff")).Status, Is.EqualTo(200));
            Assert.That((await gateway.AskAsync(Get($"unknown.test:{origin.Port}"), "staff")).Status, Is.EqualTo(200));
            Assert.That((await gateway.AskAsync(Get($"another.test:{origin.Port}"), "staff")).Status, Is.EqualTo(403));
        });
    }

    // A page of another site must not go past a warning for its visitor.
    [TestCase("Sec-Fetch-Site: same-origin\r\n", true)]
    [TestCase("Sec-Fetch-Site: same-origin\r\nOrigin: null\r\n", true)]
    [TestCase("Sec-Fetch-Site: same-site\r\n", false)]
    [TestCase("Sec-Fetch-Site: cross-site\r\n", false)]
    [TestCase("Sec-Fetch-Site: none\r\n", false)]
    [TestCase("Sec-Fetch-Site: cross-site\r\nOrigin: http://warned.test\r\n", false)]
    [TestCase("Origin: http://warned.test\r\n", true)]
    [TestCase("Origin: http://WARNED.test\r\n", true)]
    [TestCase("Origin: http://evil.test\r\n", false)]
    [TestCase("Origin: http://warned.test.evil.test\r\n", false)]
    [TestCase("Origin: http://sub.warned.test\r\n", false)]
    [TestCase("Origin: https://warned.test\r\n", false)]
    [TestCase("Origin: http://warned.test:8080\r\n", false)]
    [TestCase("Origin: null\r\n", false)]
    [TestCase("Origin: \r\n", false)]
    [TestCase("", true)]
    public async Task Form_FromWhere_IsTakenFromItsOwnPageAlone(string fields, bool taken)
    {
        await using var gateway = await TestGateway.StartAsync();
        var answer = await gateway.AskAsync(Form("warned.test", "/", fields));
        Assert.That((answer.Status, gateway.Continued.Count), Is.EqualTo(taken ? (303, 1) : (403, 0)));
    }

    [TestCase("/", "http://warned.test/")]
    [TestCase("//evil.test/x", "http://warned.test//evil.test/x", TestName = "Form_TargetThatLooksLikeAnotherHost_StaysOnThisOne")]
    [TestCase("/\\evil.test", "http://warned.test/\\evil.test", TestName = "Form_TargetWithABackslash_StaysOnThisHost")]
    [TestCase("/@evil.test", "http://warned.test/@evil.test", TestName = "Form_TargetWithAnAt_StaysOnThisHost")]
    [TestCase("http://evil.test/", null, TestName = "Form_TargetIsAnAddress_IsRefused")]
    [TestCase("javascript:alert(1)", null, TestName = "Form_TargetIsScript_IsRefused")]
    [TestCase("", null, TestName = "Form_TargetMissing_IsRefused")]
    [TestCase("a", null, TestName = "Form_TargetIsRelative_IsRefused")]
    [TestCase("/a\r\nSet-Cookie: x", null, TestName = "Form_TargetWithALineEnd_IsRefused")]
    [TestCase("/é", null, TestName = "Form_TargetWithALetterOutsideAscii_IsRefused")]
    [TestCase("/a b", null, TestName = "Form_TargetWithABlank_IsRefused")]
    public async Task Form_Target(string target, string? location)
    {
        await using var gateway = await TestGateway.StartAsync();
        var answer = await gateway.AskAsync(Form("warned.test", target));
        Assert.That((answer.Status, answer["Location"]), Is.EqualTo(location is null ? (400, null) : (303, location)));
    }

    [TestCase(1200, 303)]
    [TestCase(1201, 400)]
    public async Task Form_LongTarget_IsBounded(int length, int status)
    {
        await using var gateway = await TestGateway.StartAsync();
        Assert.That((await gateway.AskAsync(Form("warned.test", "/" + new string('a', length - 1)))).Status, Is.EqualTo(status));
    }

    [Test]
    public async Task Page_LongAddress_ComesBackWithoutItsQuery()
    {
        await using var gateway = await TestGateway.StartAsync();
        var page = await gateway.AskAsync(Get("warned.test", "/path?" + new string('&', 5000)));
        Assert.That(page.Body, Does.Contain("name=\"to\" value=\"/path\""));
        Assert.That(Encoding.Latin1.GetByteCount(page.Body), Is.LessThan(20_000));
        page = await gateway.AskAsync(Get("warned.test", "/" + new string('p', 5000)));
        Assert.That(page.Body, Does.Contain("name=\"to\" value=\"/\""));
        page = await gateway.AskAsync(Get("warned.test", "/?" + new string('&', 1198)));
        Assert.That(Encoding.Latin1.GetByteCount(page.Body), Is.LessThan(20_000), "the longest that comes back whole");
    }

    [TestCase("forum.test", "/", "category-block", TestName = "Form_BlockedCategory_GrantsNothing")]
    [TestCase("own-blocked.test", "/", "own-block", TestName = "Form_OwnBlock_GrantsNothing")]
    [TestCase("adult.test", "/", "no-bypass", TestName = "Form_NoBypass_GrantsNothing")]
    [TestCase("locked.test", "/forbidden/page", "locked", TestName = "Form_Locked_GrantsNothing")]
    public async Task Form_OfWhatIsBlocked(string host, string target, string reason)
    {
        await using var gateway = await TestGateway.StartAsync();
        var answer = await gateway.AskAsync(Form(host, target));
        var stored = (await gateway.EventsAsync(atLeast: 1)).Single();
        Assert.Multiple(() =>
        {
            Assert.That(answer.Status, Is.EqualTo(403));
            Assert.That(stored.Reason!.Value.Code(), Is.EqualTo(reason));
            Assert.That(gateway.Continued, Is.Empty);
            Assert.That(answer.Body, Does.Not.Contain(BlockPage.ContinuePath));
        });
    }

    [Test]
    public async Task Form_OfWhatIsOpen_GoesBackAndGrantsNothing()
    {
        await using var gateway = await TestGateway.StartAsync();
        var answer = await gateway.AskAsync(Form("allowed.test", "/x"));
        Assert.That((answer.Status, answer["Location"], gateway.Continued.Count), Is.EqualTo((303, "http://allowed.test/x", 0)));
    }

    [TestCase("GET", "", 405, TestName = "Form_WithGet_IsRefused")]
    [TestCase("POST", "Content-Type: text/plain\r\nContent-Length: 0\r\n", 400, TestName = "Form_OfAnotherType_IsRefused")]
    [TestCase("POST", "Content-Type: application/x-www-form-urlencoded\r\nContent-Length: 100000\r\n", 400, TestName = "Form_TooLong_IsRefused")]
    [TestCase("POST", "Content-Type: application/x-www-form-urlencoded\r\nTransfer-Encoding: chunked\r\n", 400, TestName = "Form_WithoutLength_IsRefused")]
    public async Task Form_Bad_IsAnsweredHereAndNeverForwarded(string method, string fields, int status)
    {
        await using var origin = new FakeOrigin("hello");
        await using var gateway = await TestGateway.StartAsync();
        var answer = await gateway.AskAsync($"{method} http://warned.test:{origin.Port}{BlockPage.ContinuePath} HTTP/1.1\r\nHost: warned.test:{origin.Port}\r\n{fields}\r\n");
        Assert.That((answer.Status, gateway.Continued.Count, origin.Heads.Count), Is.EqualTo((status, 0, 0)));
    }

    [Test]
    public async Task Form_PastTooManyWarnings_SaysSo()
    {
        await using var gateway = await TestGateway.StartAsync();
        gateway.Outcome = PassOutcome.TooMany;
        var answer = await gateway.AskAsync(Form("warned.test", "/"));
        Assert.That((answer.Status, answer.Body.Contains("a great many warnings", StringComparison.Ordinal)), Is.EqualTo((429, true)));
    }

    [Test]
    public async Task Warning_OfAPicture_IsAnEmptyRefusal()
    {
        await using var gateway = await TestGateway.StartAsync();
        var answer = await gateway.AskAsync("GET http://warned.test/p.png HTTP/1.1\r\nHost: warned.test\r\nSec-Fetch-Dest: image\r\n\r\n");
        Assert.That((answer.Status, answer.Body), Is.EqualTo((403, "")));
    }

    [Test]
    public async Task Quota_Page_OffersTheNextSlice_AndItsFormBeginsIt()
    {
        var clock = new FakeTimeProvider(Morning);
        await using var origin = new FakeOrigin("hello");
        await using var gateway = await TestGateway.StartAsync(Limited, clock: clock);
        gateway.Use(new PassTable([], [new QuotaUse(Audience.ForClient("127.0.0.1"), "forums", new DateOnly(2026, 11, 23), 20)]));
        var host = $"forum.test:{origin.Port}";

        var page = await gateway.AskAsync(Get(host, "/topic"));
        Assert.Multiple(() =>
        {
            Assert.That(page.Status, Is.EqualTo(403));
            Assert.That(page.Body, Does.Contain("You have 40 of 60 minutes for “").Or.Contain("You have 40 of 60 minutes for \u00e2"));
            Assert.That(page.Body, Does.Contain(">Start 10 minutes<").And.Contain("value=\"/topic\"").And.Not.Contain(BlockPage.RequestPath));
        });

        Assert.That((await gateway.AskAsync(Form(host, "/topic"))).Status, Is.EqualTo(303));
        Assert.That((await gateway.AskAsync(Get(host, "/topic"))).Status, Is.EqualTo(200));
        var request = gateway.Continued.Single();
        Assert.That((request.Decision.Verdict, request.Decision.Category!.Slug, request.Client.PassKey.ToString()), Is.EqualTo((Verdict.Quota, "forums", "client:127.0.0.1")));
        clock.Advance(TimeSpan.FromMinutes(10));
        Assert.That((await gateway.AskAsync(Get(host, "/topic"))).Status, Is.EqualTo(403));
        Assert.That((await gateway.EventsAsync(atLeast: 4)).Select(e => e.Rule), Has.One.EqualTo("slice of forums"));
    }

    [Test]
    public async Task Quota_UsedUp_OffersNoSliceButARequest()
    {
        await using var gateway = await TestGateway.StartAsync(Limited, clock: new FakeTimeProvider(Morning));
        gateway.Use(new PassTable([], [new QuotaUse(Audience.ForClient("127.0.0.1"), "forums", new DateOnly(2026, 11, 23), 60)]));
        gateway.Outcome = PassOutcome.UsedUp;
        foreach (var answer in new[] { await gateway.AskAsync(Get("forum.test")), await gateway.AskAsync(Form("forum.test", "/")) })
        {
            Assert.That(answer.Status, Is.EqualTo(403));
            Assert.That(answer.Body, Does.Contain("You have used all 60 minutes").And.Contain(BlockPage.RequestPath).And.Not.Contain(BlockPage.ContinuePath));
        }
    }

    [Test]
    public async Task Quota_WebSocketOpenedInASlice_IsCutWhenTheSliceEnds()
    {
        var clock = new FakeTimeProvider(Morning);
        await using var origin = new FakeOrigin(async (stream, _) =>
        {
            await stream.WriteAsync("HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n"u8.ToArray());
            var buffer = new byte[100];
            while (await stream.ReadAsync(buffer) > 0) { }
        });
        await using var gateway = await TestGateway.StartAsync(Limited, clock: clock);
        var host = $"forum.test:{origin.Port}";
        var upgrade = $"GET http://{host}/chat HTTP/1.1\r\nHost: {host}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";
        using (var early = gateway.Connect())
        {
            await early.SendAsync(upgrade);
            Assert.That((await early.ReadAnswerAsync()).Status, Is.EqualTo(403), "no slice yet");
        }

        await gateway.AskAsync(Form(host, "/"));
        using var client = gateway.Connect();
        await client.SendAsync(upgrade);
        Assert.That((await client.ReadAnswerAsync(hasBody: false)).Status, Is.EqualTo(101));
        clock.Advance(TimeSpan.FromMinutes(9));
        Assert.That(gateway.Gateway.Connections.LongCount, Is.EqualTo(1), "the slice runs");
        clock.Advance(TimeSpan.FromMinutes(1));
        Assert.That(await client.ReadToEndAsync(), Is.Empty, "it is cut, and not only silent: otherwise this waits in vain");
    }

    [Test]
    public async Task Warning_InsideTls_ComesBackToHttps()
    {
        await using var gateway = await TestGateway.StartAsync();
        using var client = gateway.Connect();
        await client.SendAsync("CONNECT warned.test:443 HTTP/1.1\r\nHost: warned.test:443\r\n\r\n");
        Assert.That((await client.ReadAnswerAsync(hasBody: false)).Status, Is.EqualTo(200));
        await using var tls = await client.StartTlsAsync("warned.test");
        await tls.WriteAsync(Encoding.Latin1.GetBytes(
            $"POST {BlockPage.ContinuePath} HTTP/1.1\r\nHost: warned.test\r\nSec-Fetch-Site: same-origin\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: 6\r\n\r\nto=%2F"));
        var buffer = new byte[4096];
        var count = await tls.ReadAsync(buffer);
        Assert.That(Encoding.Latin1.GetString(buffer, 0, count), Does.StartWith("HTTP/1.1 303 ").And.Contain("Location: https://warned.test/\r\n"));
    }

    private static string Get(string host, string target = "/") => $"GET http://{host}{target} HTTP/1.1\r\nHost: {host}\r\nAccept: text/html\r\n\r\n";

    private static string Form(string host, string target, string fields = "")
    {
        var body = "to=" + Uri.EscapeDataString(target);
        return $"POST http://{host}{BlockPage.ContinuePath} HTTP/1.1\r\nHost: {host}\r\nAccept: text/html\r\n{fields}Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {body.Length}\r\n\r\n{body}";
    }
}
