using System.Buffers.Binary;
using FilterGate.Events;
using FilterGate.Policy;
using FilterGate.Policy.WaysRound;
using FilterGate.Proxy.Tests.Fixtures;

namespace FilterGate.Proxy.Tests.Connections;

/// <summary>A ClientHello that hides the name of its site (ECH), through a whole gateway: real ClientHellos of this platform, with the extension put in as Chromium sends it.</summary>
internal sealed class EncryptedNameTests
{
    private const byte Handshake = 22, Alert = 21;

    private OriginAuthority _authority = null!;

    private static readonly string WithUnreadName = TestGateway.School + "\nnever_intercept: [cloudflare-ech.com]\n";

    [OneTimeSetUp]
    public void MakeAuthority() => _authority = new OriginAuthority();

    [OneTimeTearDown]
    public void DropAuthority() => _authority.Dispose();

    /// <summary>Whoever is passed unread: what stands for other names goes nowhere, also where the tier lets pass what is not the web.</summary>
    [TestCase("guest", "cloudflare-ech.com")]
    [TestCase("guest", "CloudFlare-ECH.com")]
    [TestCase("guest", "cloudflare-ech.com.")]
    [TestCase("guest", "below.cloudflare-ech.com")]
    [TestCase("guest", "cover.defo.ie")]
    [TestCase("loose", "cloudflare-ech.com")]
    public async Task Unread_NameThatStandsForOthers_IsRefused_AndOnRecordAsItsOwnWay(string tier, string name)
    {
        var school = tier == "loose" ? TestGateway.School.Replace("guest: { tls: tunnel,", "guest: { tls: tunnel, other_protocols: allow,", StringComparison.Ordinal) : TestGateway.School;
        await using var origin = new FakeOrigin("never", _authority.Issue("cloudflare-ech.com"));
        await using var gateway = await TestGateway.StartAsync(school);
        var answer = await SayAsync(gateway, "guest", $"{name}:{origin.Port}", await HelloAsync(name, hasEncryptedName: true));
        Assert.That(answer[0], Is.EqualTo((char)Alert));
        var stored = (await gateway.EventsAsync(atLeast: 1)).Single();
        Assert.Multiple(() =>
        {
            Assert.That((stored.Kind, stored.Decision, stored.Reason, stored.ActKind, stored.Category), Is.EqualTo((EventKind.Circumvention, (Verdict?)Verdict.Block, (Reason?)Reason.WayRound, (ActKind?)ActKind.Circumvention, (string?)null)));
            Assert.That((stored.Rule, WaysRound.Of(stored), stored.Host), Is.EqualTo((ConnectionSign.HiddenName.Text, (WayRound?)WayRound.HiddenName, name.TrimEnd('.').ToLowerInvariant())));
            Assert.That(origin.Heads, Is.Empty);
        });
    }

    /// <summary>The name outside says nothing of the name in <c>CONNECT</c>, which may be any other.</summary>
    [Test]
    public async Task Unread_AnOpenNameInConnect_DoesNotVouchForIt()
    {
        await using var origin = new FakeOrigin("never", _authority.Issue("cloudflare-ech.com"));
        await using var gateway = await TestGateway.StartAsync();
        var answer = await SayAsync(gateway, "guest", $"allowed.test:{origin.Port}", await HelloAsync("cloudflare-ech.com", hasEncryptedName: true));
        Assert.That(answer[0], Is.EqualTo((char)Alert));
        Assert.That(WaysRound.Of((await gateway.EventsAsync(atLeast: 1)).Single()), Is.EqualTo(WayRound.HiddenName));
    }

    /// <summary>Chromium sends the extension to every site (GREASE), and the site of that name may be opened without it.</summary>
    [TestCase("allowed.test", true)]
    [TestCase("notcloudflare-ech.com", true)]
    [TestCase("cloudflare-ech.com.allowed.test", true)]
    [TestCase("cloudflare-ech.com", false)]
    [TestCase("allowed.test", false)]
    public async Task Unread_AnyOtherHello_ReachesItsServerAsItCame(string name, bool hasEncryptedName)
    {
        await using var origin = new FakeOrigin("hello", _authority.Issue(name));
        await using var gateway = await TestGateway.StartAsync();
        var answer = await SayAsync(gateway, "guest", $"{name}:{origin.Port}", await HelloAsync(name, hasEncryptedName));
        Assert.That((answer[0], origin.ConnectionCount), Is.EqualTo(((char)Handshake, 1)));
        Assert.That((await gateway.EventsAsync(atLeast: 0)).Where(e => e.Kind == EventKind.Circumvention), Is.Empty);
    }

    /// <summary>Where devices trust the gateway it answers as that name, which a browser takes for "no ECH here": it asks again by the site's own name. A host that is never read is read for this.</summary>
    [TestCase(false)]
    [TestCase(true)]
    public async Task Read_NameThatStandsForOthers_IsAnsweredHere_AndNoTry(bool isNeverRead)
    {
        // It says nothing to a ClientHello: what answers is the gateway.
        await using var origin = new FakeOrigin("never");
        await using var gateway = await TestGateway.StartAsync(isNeverRead ? WithUnreadName : TestGateway.School);
        var answer = await SayAsync(gateway, "pupil", $"cloudflare-ech.com:{origin.Port}", await HelloAsync("cloudflare-ech.com", hasEncryptedName: true));
        Assert.That((answer[0], origin.Heads.Count), Is.EqualTo(((char)Handshake, 0)));
        Assert.That(await gateway.EventsAsync(atLeast: 0), Is.Empty);
    }

    /// <summary>What is asked for within it, by a program that keeps to no rule, is decided like any request.</summary>
    [Test]
    public async Task Read_RequestWithinIt_IsDecidedByItsOwnName()
    {
        await using var gateway = await TestGateway.StartAsync();
        using var client = await TlsClient.ConnectAsync(gateway, "pupil", "cloudflare-ech.com:443");
        await using var tls = await client.StartTlsAsync("cloudflare-ech.com");
        Assert.That((await TlsClient.AskAsync(tls, "GET / HTTP/1.1\r\nHost: forum.test\r\nAccept: text/html\r\n\r\n")).Status, Is.EqualTo(403));
    }

    /// <summary>What comes back first.</summary>
    private static async Task<string> SayAsync(TestGateway gateway, string tier, string authority, byte[] hello)
    {
        using var client = await TlsClient.ConnectAsync(gateway, tier, authority);
        await client.SendAsync(hello);
        // The version that every record has.
        return await client.ReadUntilAsync("\u0003\u0003");
    }

    /// <summary>The ClientHello of this platform, with ECH as Chromium 156 sends it: real or made up, its form is the same.</summary>
    private static async Task<byte[]> HelloAsync(string name, bool hasEncryptedName)
    {
        var hello = await ClientHelloTests.RealHelloAsync(name.TrimEnd('.'), mayResume: false);
        if (name.EndsWith('.')) hello = Rename(hello, name);
        if (!hasEncryptedName) return hello;
        byte[] inner = [0, 0, 1, 0, 1, 7, 0, 32, .. new byte[32], 0, 144, .. Enumerable.Range(0, 144).Select(i => (byte)(i * 37))];
        return Grow(hello, hello.Length, [0xFE, 0x0D, 0, (byte)inner.Length, .. inner]);
    }

    /// <summary>Another name of one letter more: .NET itself leaves the last dot out.</summary>
    private static byte[] Rename(byte[] hello, string name)
    {
        var bare = System.Text.Encoding.ASCII.GetBytes(name.TrimEnd('.'));
        var at = hello.AsSpan().IndexOf(bare);
        // Of the extension, of the list and of the name.
        foreach (var length in new[] { at - 7, at - 5, at - 2 }) Add(hello.AsSpan(length), 1);
        return Grow(hello, at + bare.Length, "."u8.ToArray());
    }

    /// <summary>Puts bytes in and corrects the lengths around: of the record, of the message and of the extensions.</summary>
    private static byte[] Grow(byte[] hello, int at, byte[] more)
    {
        Add(hello.AsSpan(3), more.Length);
        Add(hello.AsSpan(7), more.Length);
        var extensions = 43 + 1 + hello[43];
        extensions += 2 + BinaryPrimitives.ReadUInt16BigEndian(hello.AsSpan(extensions));
        extensions += 1 + hello[extensions];
        Add(hello.AsSpan(extensions), more.Length);
        return [.. hello[..at], .. more, .. hello[at..]];
    }

    private static void Add(Span<byte> length, int more) => BinaryPrimitives.WriteUInt16BigEndian(length, checked((ushort)(BinaryPrimitives.ReadUInt16BigEndian(length) + more)));
}
