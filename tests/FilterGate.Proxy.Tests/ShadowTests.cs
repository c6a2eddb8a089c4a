using System.Net;
using CsCheck;
using FilterGate.Events;
using FilterGate.Matching;
using FilterGate.Policy;
using FilterGate.Policy.People;
using FilterGate.Proxy.Connections;
using FilterGate.Proxy.Tests.Fixtures;
using Microsoft.Extensions.Time.Testing;

namespace FilterGate.Proxy.Tests;

/// <summary>A gateway in shadow mode: what passes and is recorded, what is blocked all the same, and that it ends.</summary>
internal sealed class ShadowTests
{
    private static readonly DateTimeOffset Morning = new(2026, 11, 23, 9, 0, 0, TimeSpan.Zero);

    private const string Limited = """
        school: Test Primary
        networks: [192.0.2.0/24]
        tiers:
          pupil: { tls: intercept, uncategorised: block, quota: { forums: 60m/10m } }
          staff: { tls: intercept, uncategorised: warn }
          guest: { tls: tunnel, uncategorised: allow }
        """;

    // url                                                        tier    kind of event, null where it is blocked all the same
    [TestCase("http://forum.test/", "pupil", EventKind.WouldBlock, Reason.CategoryBlock)]
    [TestCase("http://own-blocked.test/x", "pupil", EventKind.WouldBlock, Reason.OwnBlock)]
    [TestCase("http://adult.test/", "staff", EventKind.WouldBlock, Reason.NoBypass)]
    [TestCase("http://vpn.test/", "staff", EventKind.WouldGetRound, Reason.NoBypass)]
    [TestCase("http://warned.test/", "pupil", EventKind.WouldWarn, Reason.CategoryWarn)]
    [TestCase("http://page.test/?url=http://forum.test/x", "pupil", EventKind.WouldBlock, Reason.CategoryBlock)]
    [TestCase("http://locked-host.test/", "staff", null, Reason.Locked)]
    [TestCase("http://locked.test/forbidden/page", "guest", null, Reason.Locked)]
    [TestCase("http://page.test/?url=http://locked.test/forbidden/page", "staff", null, Reason.Locked)]
    [TestCase("http://own-blocked.test/?url=http://locked.test/forbidden/page", "pupil", null, Reason.Locked)]
    [TestCase("http://help.test/?url=http://locked.test/forbidden/page", "pupil", null, Reason.Locked)]
    [TestCase("http://192.168.1.1/", "staff", null, Reason.PrivateDestination)]
    [TestCase("http://private.test/", "staff", null, Reason.PrivateDestination)]
    public Task Request_BeforeDuringAndAfter(string url, string tier, EventKind? kind, Reason reason) => AskBeforeDuringAndAfterAsync(TestGateway.School, InForce.Nothing, url, tier, kind, reason);

    [TestCase("http://forum.test/", "pupil", EventKind.WouldLimit, Reason.CategoryQuota)]
    [TestCase("http://unknown.test/", "pupil", EventKind.WouldBlock, Reason.Uncategorised)]
    [TestCase("http://unknown.test/", "staff", EventKind.WouldWarn, Reason.Uncategorised)]
    public Task Request_OfLimitsAndUnknownSites(string url, string tier, EventKind? kind, Reason reason) => AskBeforeDuringAndAfterAsync(Limited, InForce.Nothing, url, tier, kind, reason);

    /// <summary>What a person has just closed by hand stays closed: nobody presses that button for a trial.</summary>
    [TestCase("http://forum.test/", Reason.EmergencyBlock)]
    [TestCase("http://page.test/?url=http://forum.test/", Reason.EmergencyBlock)]
    public Task Request_OfAnEmergencyBlock_IsBlocked(string url, Reason reason) =>
        AskBeforeDuringAndAfterAsync(TestGateway.School, InForce.Nothing with { EmergencyBlocks = new EmergencyBlockTable([new EmergencyBlock(1, Site.ForHost("forum.test"), Morning, null)]) }, url, "pupil", null, reason);

    [Test]
    public async Task Request_OfAClientWithoutAccess_IsBlocked()
    {
        await using var gateway = await TestGateway.StartAsync(clock: new FakeTimeProvider(Morning));
        gateway.Policy.Publish(gateway.Policy.Snapshot.With(InForce.Nothing with { Withdrawals = new WithdrawalTable([new Withdrawal(1, null, "ipad-14", Morning, null, "see incident 12")], Roster.Empty) }));
        gateway.Gateway.BeginShadow(new ShadowMode(Morning, Morning.AddHours(1)));
        Assert.That((await gateway.AskAsync("GET http://allowed.test/ HTTP/1.1\r\nHost: allowed.test\r\n\r\n", tier: null, from: "192.0.2.7")).Status, Is.EqualTo(403));
    }

    private static async Task AskBeforeDuringAndAfterAsync(string document, InForce inForce, string url, string tier, EventKind? kind, Reason reason)
    {
        var clock = new FakeTimeProvider(Morning);
        await using var origin = new FakeOrigin("hello");
        await using var gateway = await TestGateway.StartAsync(document, clock: clock);
        gateway.Policy.Publish(gateway.Policy.Snapshot.With(inForce));
        var authority = $"{new Uri(url).Host}:{origin.Port}";
        var request = $"GET http://{authority}{new Uri(url).PathAndQuery} HTTP/1.1\r\nHost: {authority}\r\nAccept: text/html\r\n\r\n";

        Assert.That((await gateway.AskAsync(request, tier)).Status, Is.EqualTo(403), "before");
        gateway.Gateway.BeginShadow(new ShadowMode(Morning, Morning.AddHours(1)));
        clock.Advance(TimeSpan.FromMinutes(59));
        Assert.That((await gateway.AskAsync(request, tier)).Status, Is.EqualTo(kind is null ? 403 : 200), "during");
        clock.Advance(TimeSpan.FromMinutes(1));
        Assert.That((await gateway.AskAsync(request, tier)).Status, Is.EqualTo(403), "after, without a restart");

        var events = await gateway.EventsAsync(atLeast: 3);
        var (first, second) = (events[0], events[1]);
        Assert.That(events.Select(e => e.Reason), Is.All.EqualTo(reason));
        if (kind is null)
        {
            Assert.That(events.Select(e => (e.Kind, e.Decision)), Is.All.EqualTo((first.Kind, (Verdict?)Verdict.Block)));
            return;
        }
        Assert.Multiple(() =>
        {
            Assert.That((second.Kind, second.Decision, second.Lifted), Is.EqualTo((kind, (Verdict?)Verdict.LogOnly, first.Decision)), "let through, and on record what it would have been");
            Assert.That((second.Url, second.Category, second.List, second.Entry, second.Rule), Is.EqualTo((first.Url, first.Category, first.List, first.Entry, first.Rule)), "decided as ever");
            Assert.That((second.Status, second.Reference), Is.EqualTo((200, (string?)null)), "no page was shown");
        });
    }

    [Test]
    public async Task Tunnel_OfABlockedSite_PassesAndIsCutAtTheEnd()
    {
        using var authority = new OriginAuthority();
        var clock = new FakeTimeProvider(Morning);
        await using var origin = new FakeOrigin("hello", authority.Issue("adult.test"));
        await using var gateway = await TestGateway.StartAsync(trust: authority.Root, clock: clock);
        gateway.Gateway.BeginShadow(new ShadowMode(Morning, Morning.AddHours(1)));
        using var client = await TlsClient.ConnectAsync(gateway, "guest", $"adult.test:{origin.Port}");
        await using var tls = await client.StartTlsAsync("adult.test");
        Assert.That((await TlsClient.AskAsync(tls, "GET / HTTP/1.1\r\nHost: adult.test\r\n\r\n")).Status, Is.EqualTo(200));
        clock.Advance(TimeSpan.FromSeconds(1));
        Assert.That(gateway.Gateway.Connections.LongCount, Is.EqualTo(1), "looked at each second, and left");

        clock.Advance(TimeSpan.FromHours(1));
        Assert.That(async () => await TlsClient.AskAsync(tls, "GET / HTTP/1.1\r\nHost: adult.test\r\n\r\n"), Throws.Exception);
        Assert.That((await gateway.EventsAsync(1))[0], Has.Property(nameof(FilterEvent.Kind)).EqualTo(EventKind.WouldBlock).And.Property(nameof(FilterEvent.Method)).EqualTo("CONNECT"));
    }

    [Test]
    public async Task Intercept_IsLiftedByHostAndByPath_AndNeverForALockedPage()
    {
        using var authority = new OriginAuthority();
        await using var origin = new FakeOrigin("hello", authority.Issue("own-blocked.test"));
        await using var gateway = await TestGateway.StartAsync(trust: authority.Root);
        gateway.Gateway.BeginShadow(new ShadowMode(DateTimeOffset.UtcNow, DateTimeOffset.UtcNow.AddHours(1)));
        Assert.Multiple(async () =>
        {
            Assert.That((await GetAsync("pupil", "own-blocked.test", "/")).Status, Is.EqualTo(200));
            Assert.That((await GetAsync("pupil", "own-blocked.test", "/?url=http://locked.test/forbidden/page")).Status, Is.EqualTo(403));
            Assert.That((await GetAsync("guest", "locked.test", "/forbidden/page")).Status, Is.EqualTo(403), "read in every tier");
        });

        Task<RawAnswer> GetAsync(string tier, string host, string target) => TlsClient.GetAsync(gateway, tier, $"{host}:{origin.Port}", $"GET {target} HTTP/1.1\r\nHost: {host}:{origin.Port}\r\nAccept: text/html\r\n\r\n");
    }

    /// <summary>A check that somebody keeps must not call a site closed that would be shown.</summary>
    [Test]
    public async Task DeviceCheck_SaysThatAdultContentIsOpen()
    {
        await using var gateway = await TestGateway.StartAsync(clock: new FakeTimeProvider(Morning));
        const string Request = "GET http://adult.check.filtergate.internal/ HTTP/1.1\r\nHost: adult.check.filtergate.internal\r\n\r\n";
        var before = await gateway.AskAsync(Request);
        gateway.Gateway.BeginShadow(new ShadowMode(Morning, Morning.AddHours(1)));
        Assert.That((await gateway.AskAsync(Request)).Body, Is.Not.EqualTo(before.Body));
    }

    private static readonly string[] Names = ["forum.test", "own-blocked.test", "adult.test", "warned.test", "allowed.test", "help.test", "locked-host.test", "sub.locked-host.test"];

    /// <summary>CONNECT, SNI and Host in any order: one locked name among them is enough.</summary>
    [Test]
    public void Judge_ALockedNameAmongOthers_IsNeverLetThrough()
    {
        var clock = new FakeTimeProvider(Morning);
        var shadow = new Shadow(clock);
        shadow.Begin(new ShadowMode(Morning, Morning.AddHours(1)));
        using var guard = new DestinationGuard(new GatewayOptions { EndPoints = [] });
        var judge = new NameJudge(guard, new FirstSeenTable(new DateOnly(2026, 11, 23)), shadow, clock);
        var policy = TestGateway.Compile(TestGateway.School);
        Gen.Select(Gen.Int[0, Names.Length - 1].Array[1, 4], Gen.Int[0, 2], Gen.Bool).Sample((names, tier, isSeen) =>
        {
            var (url, client) = (CanonicalUrl.ForHost("https", Names[names[0]], 443), new Client(IPAddress.Loopback, policy.Tiers[tier], null, IsKnown: true));
            var decision = judge.Judge(policy, client, url, isSeen ? Seen.Url : Seen.Host, [.. names.Select(i => Names[i])]).Decision;
            return names.Any(i => i >= 6) ? decision is { Verdict: Verdict.Block, Reason: Reason.Locked } : decision.IsForwarded;
        });
    }

    [Test]
    public void IsOn_ClockSetBack_IsNotLengthened()
    {
        var clock = new TwoClocks { Time = Morning };
        var shadow = new Shadow(clock);
        Assert.That(shadow.IsOn, Is.False, "off until it is begun");
        shadow.Begin(new ShadowMode(Morning, Morning.AddHours(1)));
        Assert.That(shadow.IsOn, Is.True);
        clock.Pass(TimeSpan.FromMinutes(50));
        clock.Time = Morning.AddMinutes(5);
        Assert.That(shadow.IsOn, Is.True, "set back within the pilot");
        clock.Pass(TimeSpan.FromMinutes(10));
        Assert.That((clock.Time < Morning.AddHours(1), shadow.IsOn), Is.EqualTo((true, false)), "an hour has passed, whatever the time of day");
    }

    [Test]
    public void IsOn_ClockSetForwardAndBack_StaysEnded()
    {
        var clock = new TwoClocks { Time = Morning };
        var shadow = new Shadow(clock);
        shadow.Begin(new ShadowMode(Morning, Morning.AddHours(1)));
        clock.Time = Morning.AddHours(1);
        Assert.That(shadow.IsOn, Is.False);
        clock.Time = Morning;
        Assert.That(shadow.IsOn, Is.False);
    }

    [Test]
    public void IsOn_BeforeItsBeginning_IsOff()
    {
        var clock = new TwoClocks { Time = Morning.AddMinutes(-1) };
        var shadow = new Shadow(clock);
        shadow.Begin(new ShadowMode(Morning, Morning.AddHours(1)));
        Assert.That(shadow.IsOn, Is.False);
        clock.Pass(TimeSpan.FromMinutes(1));
        Assert.That(shadow.IsOn, Is.True);
    }

    /// <summary>A time of day that can be set, and time that only passes.</summary>
    private sealed class TwoClocks : TimeProvider
    {
        private long _passed;

        public DateTimeOffset Time { get; set; }

        public override long TimestampFrequency => TimeSpan.TicksPerSecond;

        public override DateTimeOffset GetUtcNow() => Time;

        public override long GetTimestamp() => _passed;

        public void Pass(TimeSpan time)
        {
            _passed += time.Ticks;
            Time += time;
        }
    }
}
