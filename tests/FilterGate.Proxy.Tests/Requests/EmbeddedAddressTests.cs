using FilterGate.Events;
using FilterGate.Policy;
using FilterGate.Proxy.Tests.Fixtures;

namespace FilterGate.Proxy.Tests.Requests;

/// <summary>Translators, archives and redirects through the whole gateway: what stands in the address is decided before anything goes out.</summary>
internal sealed class EmbeddedAddressTests
{
    [TestCase("page.test", "/?url=http://forum.test/x", "pupil", 403, "category-block")]
    [TestCase("page.test", "/?url=http%3A%2F%2Fforum.test%2Fx", "pupil", 403, "category-block")]
    [TestCase("page.test", "/?url=http://forum.test/x", "staff", 200, null)]
    [TestCase("page.test", "/?url=http://forum.test/allowed-part/1", "pupil", 200, null)]
    [TestCase("page.test", "/fetch/http://own-blocked.test/", "pupil", 403, "own-block")]
    [TestCase("page.test", "/?u=http://adult.test/", "staff", 403, "no-bypass")]
    [TestCase("page.test", "/?u=http://warned.test/", "pupil", 200, null)]
    [TestCase("page.test", "/login?continue=http://other.test/", "pupil", 200, null)]
    [TestCase("page.test", "/login?continue=http://page.test/back", "pupil", 200, null)]
    [TestCase("page.test", "/search?q=http://forum.test/", "pupil", 200, null)]
    [TestCase("help.test", "/?u=http://forum.test/", "pupil", 200, null)]
    [TestCase("forum-test.translate.goog", "/a?_x_tr_sl=en&_x_tr_tl=fr", "pupil", 403, "category-block")]
    [TestCase("web.archive.org", "/web/2020/http://adult.test/", "staff", 403, "no-bypass")]
    [TestCase("page.test", "/?u=http://locked.test/forbidden/page", "guest", 403, "locked")]
    [TestCase("help.test", "/?u=http://locked.test/forbidden/page", "pupil", 403, "locked")]
    [TestCase("page.test", "/?u=http%3A%2F%2Flocked.test%2Fforbidden%2Fpage%3Fx%3D1%26y%3D2", "staff", 403, "locked")]
    public async Task Request_WithAnAddressInIt_IsDecidedByBoth(string host, string target, string tier, int status, string? reason)
    {
        await using var origin = new FakeOrigin("hello");
        await using var gateway = await TestGateway.StartAsync();
        var answer = await gateway.AskAsync($"GET http://{host}:{origin.Port}{target} HTTP/1.1\r\nHost: {host}:{origin.Port}\r\nAccept: text/html\r\n\r\n", tier);

        Assert.That(answer.Status, Is.EqualTo(status));
        if (reason is null) return;
        Assert.That(gateway.Events.Search(new EventQuery()).Events.Single().Reason!.Value.Code(), Is.EqualTo(reason));
        Assert.That(origin.Heads, Is.Empty, "nothing goes upstream");
    }

    [Test]
    public async Task Event_OfAnAddressWithin_NamesItsHostAndItsEntry()
    {
        await using var gateway = await TestGateway.StartAsync();
        await gateway.AskAsync("GET http://page.test/?url=http://forum.test/x HTTP/1.1\r\nHost: page.test\r\nAccept: text/html\r\n\r\n");
        var stored = gateway.Events.Search(new EventQuery()).Events.Single();
        Assert.That((stored.Host, stored.Category, stored.List, stored.Entry, stored.Rule), Is.EqualTo(("page.test", "forums", "forums/domains", "forum.test", "embedded forum.test")));
    }

    [Test]
    public async Task Event_OfALockedAddressWithin_NamesNeitherOfThem()
    {
        await using var gateway = await TestGateway.StartAsync();
        var answer = await gateway.AskAsync("GET http://page.test/?url=http://locked.test/forbidden/page HTTP/1.1\r\nHost: page.test\r\nAccept: text/html\r\n\r\n");
        var stored = gateway.Events.Search(new EventQuery()).Events.Single();
        Assert.Multiple(() =>
        {
            Assert.That((stored.Url, stored.Host, stored.Entry, stored.Rule), Is.EqualTo(((string?)null, (string?)null, (string?)null, (string?)null)));
            Assert.That(answer.Body, Does.Not.Contain("locked.test").And.Not.Contain("page.test"));
        });
    }
}
