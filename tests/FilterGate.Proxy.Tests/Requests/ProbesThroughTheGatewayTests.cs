using System.Text;
using FilterGate.Policy;
using FilterGate.Policy.People;
using FilterGate.Proxy.Tests.Fixtures;
using Microsoft.Extensions.Time.Testing;

namespace FilterGate.Proxy.Tests.Requests;

/// <summary>What devices ask to find out whether they are on line comes back as its vendor sends it, status and body, in every state in which hardly anything else does.</summary>
internal sealed class ProbesThroughTheGatewayTests
{
    private static readonly DateTimeOffset Morning = new(2026, 11, 23, 9, 0, 0, TimeSpan.Zero);

    private const string School = """
        school: Test Primary
        networks: [192.0.2.0/24]
        unknown_clients: pupil
        tiers:
          pupil: { uncategorised: block, newly_seen: block }
          pupil-ks1: { approved_only: true }
          staff: { uncategorised: warn }
          guest: { tls: tunnel, uncategorised: block, block: [updates], record: everything }
        groups:
          4b: { kind: class, tier: pupil }
        clients:
          - { address: 192.0.2.10, device: strict, tier: pupil }
          - { address: 192.0.2.11, device: approved, tier: pupil-ks1 }
          - { address: 192.0.2.12, device: teacher, tier: staff }
          - { address: 192.0.2.13, device: visitor, tier: guest }
          - { address: 192.0.2.14, device: lesson, group: 4b }
        """;

    private static readonly string[] Devices = ["strict", "approved", "teacher", "visitor", "lesson"];

    private const string Apple = "<HTML><HEAD><TITLE>Success</TITLE></HEAD><BODY>Success</BODY></HTML>";

    /// <summary>Each with what its system compares the answer with.</summary>
    private static readonly (string Url, int Status, string Body)[] Probes =
    [
        ("http://captive.apple.com/hotspot-detect.html", 200, Apple),
        ("http://www.apple.com/library/test/success.html", 200, Apple),
        ("http://connectivitycheck.gstatic.com/generate_204", 204, ""),
        ("http://connectivitycheck.android.com/generate_204", 204, ""),
        ("http://clients3.google.com/generate_204", 204, ""),
        ("http://www.gstatic.com/generate_204", 204, ""),
        ("http://play.googleapis.com/generate_204", 204, ""),
        ("http://www.msftconnecttest.com/connecttest.txt", 200, "Microsoft Connect Test"),
        ("http://ipv6.msftconnecttest.com/connecttest.txt", 200, "Microsoft Connect Test"),
        ("http://www.msftncsi.com/ncsi.txt", 200, "Microsoft NCSI"),
        ("http://ipv6.msftncsi.com/ncsi.txt", 200, "Microsoft NCSI"),
        ("http://detectportal.firefox.com/success.txt", 200, "success\n"),
        ("http://detectportal.firefox.com/canonical.html", 200, "<meta http-equiv=\"refresh\" content=\"0;url=https://support.mozilla.org/kb/captive-portal\"/>"),
        ("http://nmcheck.gnome.org/check_network_status.txt", 200, "NetworkManager is online\n"),
        ("http://connectivity-check.ubuntu.com/", 204, ""),
    ];

    private static IEnumerable<TestCaseData> States()
    {
        yield return new TestCaseData(InForce.Nothing) { TestName = "Probe_InEveryTier_ComesBackAsItIs" };
        yield return new TestCaseData(InForce.Nothing with { Withdrawals = new WithdrawalTable(Devices.Select((device, i) => new Withdrawal(i + 1, null, device, Morning, null, "see incident 12")), Roster.Empty) }) { TestName = "Probe_WithAccessWithdrawn_ComesBackAsItIs" };
        yield return new TestCaseData(InForce.Nothing with { Sessions = new SessionTable([new ClassSession(5, "4b", SessionKind.Only, [Site.ForHost("lesson.test")], Morning, Morning.AddHours(1))]) }) { TestName = "Probe_InALessonOfSomeSites_ComesBackAsItIs" };
    }

    [TestCaseSource(nameof(States))]
    public async Task Probe_ComesBackAsItIs(InForce inForce)
    {
        await using var origin = new FakeOrigin((stream, head) =>
        {
            var lines = head.Split("\r\n");
            var asked = $"http://{lines.First(l => l.StartsWith("Host: ", StringComparison.Ordinal))[6..].Split(':')[0]}{lines[0].Split(' ')[1]}";
            var (status, body) = Probes.Where(p => asked == p.Url || asked.StartsWith(p.Url + "?", StringComparison.Ordinal)).Select(p => (p.Status, p.Body)).DefaultIfEmpty((200, "something else")).First();
            return stream.WriteAsync(Encoding.Latin1.GetBytes(status == 204 ? "HTTP/1.1 204 No Content\r\n\r\n" : $"HTTP/1.1 200 OK\r\nContent-Length: {body.Length}\r\n\r\n{body}")).AsTask();
        });
        await using var gateway = await TestGateway.StartAsync(School, clock: new FakeTimeProvider(Morning));
        gateway.Policy.Publish(gateway.Policy.Snapshot.With(inForce));
        for (var i = 0; i < Devices.Length; i++)
        {
            foreach (var (url, status, body) in Probes)
            {
                var answer = await AskAsync(url, i);
                Assert.That((answer.Status, answer.Body), Is.EqualTo((status, body)), $"{Devices[i]}: {url}");
            }
            // Another page of such a host is decided as ever: else this shows nothing.
            Assert.That((await AskAsync("http://www.apple.com/tv", i)).Body, Is.Not.EqualTo("something else"), Devices[i]);
        }
        await gateway.Events.CommitAsync(new Events.FilterEvent { Time = Morning, Kind = Events.EventKind.Block, Decision = Verdict.Block, Reason = Reason.Default, Client = "192.0.2.99", Tier = "pupil", Method = "GET", Host = "last.test", PolicyVersion = "p", ListsVersion = "l" }, giveReference: false);
        var stored = await gateway.EventsAsync(atLeast: 1);
        Assert.That(stored.Where(e => e.Reason == Reason.DeviceProbe), Is.Empty, "the device asks, nobody did anything");

        Task<RawAnswer> AskAsync(string url, int device)
        {
            var at = new Uri(url);
            return gateway.AskAsync($"GET http://{at.Host}:{origin.Port}{at.PathAndQuery} HTTP/1.1\r\nHost: {at.Host}:{origin.Port}\r\nUser-Agent: CaptiveNetworkSupport-443\r\nAccept: */*\r\nConnection: close\r\n\r\n", tier: null, $"192.0.2.{10 + device}");
        }
    }

    [Test]
    public async Task Probe_ThatIsClosedInAnEmergency_IsClosed()
    {
        await using var origin = new FakeOrigin(Apple);
        await using var gateway = await TestGateway.StartAsync(School, clock: new FakeTimeProvider(Morning));
        gateway.Policy.Publish(gateway.Policy.Snapshot.With(InForce.Nothing with { EmergencyBlocks = new EmergencyBlockTable([new EmergencyBlock(1, Site.ForHost("captive.apple.com"), Morning, null)]) }));
        var answer = await gateway.AskAsync($"GET http://captive.apple.com:{origin.Port}/hotspot-detect.html HTTP/1.1\r\nHost: captive.apple.com:{origin.Port}\r\n\r\n", tier: null, "192.0.2.11");
        Assert.That(answer.Status, Is.EqualTo(403));
    }
}
