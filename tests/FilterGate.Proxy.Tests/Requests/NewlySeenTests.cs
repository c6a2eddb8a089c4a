using FilterGate.Events;
using FilterGate.Policy;
using FilterGate.Proxy.Tests.Fixtures;
using Microsoft.Extensions.Time.Testing;

namespace FilterGate.Proxy.Tests.Requests;

/// <summary>Sites that a gateway has only just met, through the whole of it and over some weeks.</summary>
internal sealed class NewlySeenTests
{
    private const string School = """
        school: Test Primary
        networks: [192.0.2.0/24]
        tiers:
          pupil: { uncategorised: allow, newly_seen: block }
          staff: { uncategorised: allow }
        """;

    [Test]
    public async Task Request_ForAnUnknownSite_IsDecidedByTheDayItWasFirstMet()
    {
        var clock = new FakeTimeProvider(new DateTimeOffset(2026, 11, 23, 9, 0, 0, TimeSpan.Zero));
        await using var origin = new FakeOrigin("hello");
        await using var gateway = await TestGateway.StartAsync(School, clock: clock);

        Assert.That(await AskAsync("old.test"), Is.EqualTo(200), "while the memory learns, everything would look new");
        clock.Advance(TimeSpan.FromDays(7));
        Assert.That(await AskAsync("old.test"), Is.EqualTo(200), "met a week ago");
        Assert.That(await AskAsync("new.test"), Is.EqualTo(403));
        Assert.That(await AskAsync("new.test", "staff"), Is.EqualTo(200), "staff have no such rule");
        Assert.That(await AskAsync("met-by-staff.test", "staff"), Is.EqualTo(200));
        clock.Advance(TimeSpan.FromDays(6));
        Assert.That(await AskAsync("new.test"), Is.EqualTo(403), "the seventh day");
        clock.Advance(TimeSpan.FromDays(1));
        Assert.That(await AskAsync("new.test"), Is.EqualTo(200));
        Assert.That(await AskAsync("met-by-staff.test"), Is.EqualTo(200), "whoever met it first");

        var stored = gateway.Events.Search(new EventQuery()).Events;
        Assert.That(stored.Select(e => (e.Reason!.Value.Code(), e.Host)), Is.EqualTo(new[] { ("newly-seen", "new.test"), ("newly-seen", "new.test") }));

        async Task<int> AskAsync(string host, string tier = "pupil") =>
            (await gateway.AskAsync($"GET http://{host}:{origin.Port}/ HTTP/1.1\r\nHost: {host}:{origin.Port}\r\nAccept: text/html\r\nConnection: close\r\n\r\n", tier)).Status;
    }
}
