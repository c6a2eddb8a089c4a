using FilterGate.Events;
using FilterGate.Policy;
using FilterGate.Policy.Passes;
using FilterGate.Policy.People;
using FilterGate.Proxy.Tests.Fixtures;
using FilterGate.Testing;
using Microsoft.Extensions.Time.Testing;

namespace FilterGate.Proxy.Tests.Requests;

/// <summary>Help sites answer everybody, whatever a school has written, withdrawn or used up, and whatever the disk does; each visit is counted for the school and nothing else is kept of it.</summary>
public sealed class HelpSiteTests
{
    /// <summary>Everything that a document can say against a help site, for a group of each kind.</summary>
    private const string Closed = """
        school: Test Primary
        networks: [192.0.2.0/24]
        unknown_clients: pupil
        tiers:
          pupil: { tls: intercept, uncategorised: block, approved_only: true, own_block: [help.test, chat.help.test], quota: { forums: 10m/10m } }
          staff: { tls: intercept, uncategorised: block, own_block: [help.test], quota: { forums: 10m/10m } }
          guest: { tls: tunnel, uncategorised: block, own_block: [help.test], quota: { forums: 10m/10m } }
        groups:
          ks2: { kind: phase, tier: pupil }
          year-4: { kind: year, within: ks2 }
          4b: { kind: class, within: year-4 }
          teachers: { kind: staff, tier: staff }
          office: { kind: office, tier: staff }
          visitors: { kind: guest, tier: guest }
        clients:
          - { address: 192.0.2.10, device: d0, group: ks2 }
          - { address: 192.0.2.11, device: d1, group: year-4 }
          - { address: 192.0.2.12, device: d2, group: 4b }
          - { address: 192.0.2.13, device: d3, group: teachers }
          - { address: 192.0.2.14, device: d4, group: office }
          - { address: 192.0.2.15, device: d5, group: visitors }
        """;

    private static readonly DateTimeOffset Morning = new(2026, 11, 23, 9, 0, 0, TimeSpan.Zero);

    private static readonly string[] Devices = ["d0", "d1", "d2", "d3", "d4", "d5"];

    [Test]
    public async Task HelpSite_EveryGroup_AnswersAndIsCounted()
    {
        using var folder = new TempFolder();
        var clock = new FakeTimeProvider(Morning);
        var uses = new UseCounter(clock);
        await using var gateway = await TestGateway.StartAsync(Closed, clock: clock, events: EventStore.Open(folder["events"], clock), uses: uses);
        var (visits, refused) = await VisitAsync(gateway, refusal: 403);
        Assert.That(uses.Take().HelpVisits, Is.EqualTo(new[] { (new DateOnly(2026, 11, 23), visits) }), "each is counted, and nothing else is");
        var kept = await gateway.EventsAsync(refused);
        Assert.That(kept.Select(e => e.Host), Has.Exactly(refused).Items.And.All.EqualTo("forum.test"), "and no event says who it was");
    }

    [Test]
    [Category("Slow")]
    public async Task HelpSite_DiskIsFull_AnswersEveryGroupAndIsCounted()
    {
        using var folder = new TempFolder();
        using var mount = Mount.Tmpfs(folder["events"], "size=1m,mode=0700");
        var events = EventStore.Open(folder["events"], TimeProvider.System, new EventStoreOptions { CommitTimeMax = TimeSpan.FromMilliseconds(100) });
        await FillAsync(folder, events);
        var clock = new FakeTimeProvider(Morning);
        var uses = new UseCounter(clock);
        await using var gateway = await TestGateway.StartAsync(Closed, clock: clock, events: events, uses: uses);
        var (visits, _) = await VisitAsync(gateway, refusal: 503);
        Assert.That(uses.Take().HelpVisits, Is.EqualTo(new[] { (new DateOnly(2026, 11, 23), visits) }));
        // What waits is written, so that the store closes.
        File.Delete(folder["events/filler"]);
    }

    [Test]
    public async Task HelpSite_NextDay_IsCountedForThatDay()
    {
        var clock = new FakeTimeProvider(Morning);
        var uses = new UseCounter(clock);
        await using var origin = new FakeOrigin("hello");
        await using var gateway = await TestGateway.StartAsync(clock: clock, uses: uses);
        foreach (var visits in (int[])[2, 3])
        {
            for (var i = 0; i < visits; i++) await gateway.AskAsync($"GET http://help.test:{origin.Port}/ HTTP/1.1\r\nHost: help.test\r\n\r\n", i == 0 ? "pupil" : "staff");
            clock.Advance(TimeSpan.FromDays(1));
        }
        Assert.That(uses.Take().HelpVisits.Order(), Is.EqualTo(new[] { (new DateOnly(2026, 11, 23), 2L), (new DateOnly(2026, 11, 24), 3L) }));
    }

    /// <summary>What people and the day may have put against it.</summary>
    private static IEnumerable<(string What, InForce InForce)> Against()
    {
        yield return ("as written", InForce.Nothing);
        yield return ("access withdrawn", InForce.Nothing with { Withdrawals = new WithdrawalTable(Devices.Select((device, i) => new Withdrawal(i + 1, null, device, Morning, null, "see incident 12")), Roster.Empty) });
        yield return ("minutes used up", InForce.Nothing with { Passes = new PassTable([], Devices.Select(device => new QuotaUse(Audience.ForDevice(device), "forums", new DateOnly(2026, 11, 23), 10))) });
        yield return ("blocked in an emergency", InForce.Nothing with { EmergencyBlocks = new EmergencyBlockTable([new EmergencyBlock(1, Site.ForHost("help.test"), Morning, null), new EmergencyBlock(2, Site.ForHost("forum.test"), Morning, null)]) });
    }

    /// <summary>In each state of the day one site that is refused; and for each group the help site in clear text, below its name, under a name that a list has in another category, and unread.</summary>
    private static async Task<(long Visits, int Refused)> VisitAsync(TestGateway gateway, int refusal)
    {
        using var authority = new OriginAuthority();
        await using var plain = new FakeOrigin("hello");
        await using var secure = new FakeOrigin("hello", authority.Issue("help.test"));
        var (visits, refused) = (0, 0);
        foreach (var (what, inForce) in Against())
        {
            gateway.Policy.Publish(gateway.Policy.Snapshot.With(inForce));
            Assert.That((await gateway.AskAsync(Get("forum.test", plain.Port), tier: null, "192.0.2.10")).Status, Is.EqualTo(refusal), $"{what}: another site is refused");
            refused++;
            for (var i = 0; i < Devices.Length; i++)
            {
                var from = $"192.0.2.{10 + i}";
                foreach (var host in (string[])["help.test", "www.help.test", "chat.help.test"])
                {
                    var answer = await gateway.AskAsync(Get(host, plain.Port), tier: null, from);
                    Assert.That((answer.Status, answer.Body), Is.EqualTo((200, "hello")), $"{what}, {from}, {host}");
                    visits++;
                }
                using var tunnel = gateway.Connect(tier: null, from);
                await tunnel.SendAsync($"CONNECT help.test:{secure.Port} HTTP/1.1\r\nHost: help.test:{secure.Port}\r\n\r\n");
                Assert.That((await tunnel.ReadAnswerAsync(hasBody: false)).Status, Is.EqualTo(200), $"{what}, {from}: unread HTTPS");
                await using var tls = await tunnel.StartTlsAsync("help.test");
                Assert.That((await TlsClient.AskAsync(tls, "GET / HTTP/1.1\r\nHost: help.test\r\n\r\n")).Body, Is.EqualTo("hello"));
                visits++;
            }
        }
        return (visits, refused);
    }

    private static string Get(string host, int port) => $"GET http://{host}:{port}/talk HTTP/1.1\r\nHost: {host}:{port}\r\n\r\n";

    /// <summary>Until the store says so itself: its files may have room in pages that they have already.</summary>
    private static async Task FillAsync(TempFolder folder, EventStore events)
    {
        await using var filler = File.Create(folder["events/filler"]);
        try
        {
            while (true)
            {
                await filler.WriteAsync(new byte[4096]);
                await filler.FlushAsync();
            }
        }
        catch (IOException)
        {
            // Full.
        }
        for (var i = 0; i < 5_000; i++)
        {
            try
            {
                await events.CommitAsync(new FilterEvent { Time = Morning, Kind = EventKind.Block, Host = $"full{i}.example", Entry = new string('e', 2_000) }, giveReference: false);
            }
            catch (EventStoreException)
            {
                return;
            }
        }
        Assert.Fail("The disk did not fill.");
    }
}
