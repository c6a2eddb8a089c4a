using System.Buffers;
using System.Text;
using CsCheck;
using FilterGate.Policy.WaysRound;
using FilterGate.Proxy.Connections;
using FilterGate.Proxy.Tests.Fixtures;

namespace FilterGate.Proxy.Tests.Connections;

/// <summary>What a connection speaks, from its first bytes. Those of OpenVPN and SSH were taken from the programs of Debian 12 (OpenVPN 2.6.14, OpenSSH 9.2); the others are written by their specifications.</summary>
internal sealed class FirstBytesTests
{
    private static IEnumerable<TestCaseData> Named()
    {
        yield return Bytes("OpenVPN_Bare", "000e3873e0a7c2253f894b0000000000", "OpenVPN", "vpn");
        yield return Bytes("OpenVPN_TlsAuthSha1", "002a38a85715bac9a73a52a37b683ba2181ddb530d79647899828ae8242487000000016b0c44c80000000000", "OpenVPN", "vpn");
        yield return Bytes("OpenVPN_TlsAuthSha256", "003638277582df706b92d93cf62d506935d38d83544bcfdad142d0422cc2afbeaf541a49114295e3c05557000000016b0c44cc0000000000", "OpenVPN", "vpn");
        yield return Bytes("OpenVPN_TlsAuthSha512", "005638283de06545827880102a60b3c71d346642d49e62c3852de06af13009a746ba9ba0b770bc94894f6cbbdf755c3b5e9430b04f88537399faec007ad40935693f9bc971150eebd978aa000000016b0c44d00000000000", "OpenVPN", "vpn");
        yield return Bytes("OpenVPN_TlsCrypt", "003638db1a41c90e2dc498000000016b0c44d507d02716ccd32d00de94fa0ba10aa654377200c11885e58691d92032e58fa36db31dbb0318", "OpenVPN", "vpn");
        yield return Bytes("OpenVPN_TlsCryptV2",
            "01615099d1b4b4208181210f0000016b0c45fdd9e19ca6a70a1050b48f1fd979b5e50bdc76f1e1373361871a87c680507005261901771c1a3b25527126d127ebcb54b124ba03359f7713856632b4239b43eddcec077b4be78cc3"
            + "0f2270cdfea2cb5a209c9f4abab01f88ca6681bc1c497d75e0aaf81cdd6ab6fa25410372bb8a40ebd308c136aa6ce5a3b86d030bacc53b9abce93e605bde1ef93abe14d33874370f1133162477df3ba4480459eeb3aa0eff1367"
            + "f701ece561fcb24d892a86c63f477555cea46b9b4e14b760fc67cade167f8d57c0fe385dfafd3c52dac1f6918ed9f6fe31bcbf8d2b93dd1097d701ba18d13f384ff3d79d8e0cdc26aec548f9cd2d18332895ddb92f4dc519b42c"
            + "13b7d50d76a94483bfdd880c94d6e78cfe0591a946d0ae48d803d632bd79869ccc9901247dd4dedd47bb9f6e885c88bd457058a6d029e41bcf532be8ce8d9f1238804b27795f233ceaae5cdfd4f6cd678012c0012b", "OpenVPN", "vpn");
        yield return Bytes("WireGuard_WithItsLength", "009401000000" + new string('7', 288), "WireGuard over TCP", "vpn");
        yield return Bytes("Pptp", "009c00011a2b3c4d00010000", "PPTP", "vpn");
        yield return Text("IkeOverTcp", "IKETCP\0\u0010", "IPsec over TCP", "vpn");
        yield return Bytes("Socks5_OneMethod", "050100", "SOCKS", "web-proxies");
        yield return Bytes("Socks5_TwoMethods", "05020002", "SOCKS", "web-proxies");
        yield return Bytes("Socks5_PrivateMethod", "05020080", "SOCKS", "web-proxies");
        yield return Bytes("Socks4", "040101bb5db8d82200", "SOCKS", "web-proxies");
        yield return Bytes("Socks4_UserAndName", "040101bb00000001" + Hex("me") + "00" + Hex("blocked.example") + "00", "SOCKS", "web-proxies");
        yield return Text("ProxyWithinATunnel", "CONNECT blocked.example:443 HTTP/1.1\r\n", "Proxy within a tunnel", "web-proxies");
        yield return Text("Sstp", "SSTP_DUPLEX_POST /sra_{BA195980-CD49-458b-9E23-C84EE0ADCD75}/ HTTP/1.1\r\nHost: vpn.example\r\nContent-Length: 18446744073709551615\r\n", "SSTP", "vpn");
        yield return Text("SoftEther", "POST /vpnsvc/connect.cgi HTTP/1.1\r\nContent-Type: image/jpeg\r\n", "SoftEther VPN", "vpn");
        yield return Text("Ssh", "SSH-2.0-OpenSSH_9.2p1 Debian-2+deb12u10\r\n", "SSH", null);
        yield return Text("SshOld", "SSH-1.99-x\r\n", "SSH", null);
        yield return Text("BitTorrent", "\u0013BitTorrent protocol\0\0\0\0\0\u0010\0\u0005", "BitTorrent", null);
        yield return Bytes("RemoteDesktop", "030000130ee000000000000100080003000000", "Remote Desktop", null);
        yield return Bytes("Stun_Binding", "000100002112a442000102030405060708090a0b", "STUN", null);
        yield return Bytes("Stun_Allocate", "000300082112a442000102030405060708090a0b0019000411000000", "STUN", null);
        yield return Bytes("WhatsApp", "57410603000024" + new string('b', 72), "WhatsApp", null);
    }

    [TestCaseSource(nameof(Named))]
    public void Read_KnownProtocol_IsNamed_HoweverItsBytesCome(byte[] bytes, string name, string? category)
    {
        var whole = Read(bytes);
        Assert.That((whole.Status, whole.Sign?.Name, whole.Sign?.Category), Is.EqualTo((FirstBytesStatus.NotTheWeb, name, category)));

        // One byte at a time: nothing is said before it is sure, and then the same.
        for (var length = 1; length <= bytes.Length; length++)
        {
            var (status, sign) = Read(bytes[..length], isLast: false);
            if (status == FirstBytesStatus.Incomplete) continue;
            Assert.That((status, sign?.Name), Is.EqualTo((FirstBytesStatus.NotTheWeb, name)), $"{length} bytes");
            return;
        }

        Assert.Fail("It was never told.");
    }

    [Test]
    public void Read_AnyConnect_IsToldByItsField_WhereTheHeadCameAtOnce()
    {
        // As openconnect 9.01 sends it.
        var head = Encoding.ASCII.GetBytes("POST / HTTP/1.1\r\nHost: vpn.example\r\nUser-Agent: Open AnyConnect VPN Agent v9.01-3\r\nAccept: */*\r\nAccept-Encoding: identity\r\nX-Transcend-Version: 1\r\nX-Aggregate-Auth: 1\r\n");
        Assert.That(Read(head, isLast: false).Sign?.Name, Is.EqualTo("AnyConnect"));
        Assert.That(Read(head[..10], isLast: false).Status, Is.EqualTo(FirstBytesStatus.Http), "no request is held up for it");
    }

    [TestCaseSource(nameof(Named))]
    public void Read_KnownProtocolInPieces_IsTheSame(byte[] bytes, string name, string? category)
    {
        for (var at = 1; at < bytes.Length; at++)
            Assert.That(FirstBytes.Read(InTwo(bytes, at), isLast: true, out var sign) == FirstBytesStatus.NotTheWeb ? sign!.Name : null, Is.EqualTo(name), $"cut at {at}");
    }

    [TestCase("GET / HTTP/1.1\r\n")]
    [TestCase("OPTIONS * HTTP/1.1\r\n")]
    [TestCase("POST http://a.example/ HTTP/1.1\r\n")]
    [TestCase("M-SEARCH * HTTP/1.1\r\n")]
    [TestCase("VERSION-CONTROL /x HTTP/1.1\r\n")]
    [TestCase("SSTP_DUPLEX_GET /x HTTP/1.1\r\n")]
    [TestCase("POST /vpnsvc/connect.cgi2 HTTP/1.1\r\n")]
    [TestCase("POST / HTTP/1.1\r\nHost: a.example\r\nX-Transcend: 1\r\n\r\n")]
    [TestCase("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n")]
    [TestCase("SSH / HTTP/1.1\r\n", Description = "Kestrel says that it knows no such method.")]
    public void Read_Request_IsHttp_HoweverItsBytesCome(string text)
    {
        var bytes = Encoding.ASCII.GetBytes(text);
        Assert.That(Read(bytes).Status, Is.EqualTo(FirstBytesStatus.Http));
        var first = Enumerable.Range(1, bytes.Length).Select(length => Read(bytes[..length], isLast: false).Status).First(status => status != FirstBytesStatus.Incomplete);
        Assert.That(first, Is.EqualTo(FirstBytesStatus.Http));
    }

    [TestCase("GE", FirstBytesStatus.Http, Description = "Half a method that never ended.")]
    [TestCase("S", FirstBytesStatus.Http)]
    [TestCase("SSH", FirstBytesStatus.Http)]
    [TestCase("ABCDEFGHIJKLMNOPQRSTUVWXYZ", FirstBytesStatus.NotTheWeb)]
    [TestCase("get / HTTP/1.1", FirstBytesStatus.Http, Description = "Another method to us; there are servers that take it for the same.")]
    [TestCase(" GET / HTTP/1.1", FirstBytesStatus.NotTheWeb)]
    [TestCase("\r\nGET / HTTP/1.1", FirstBytesStatus.Http, Description = "Servers pass over empty lines (RFC 9112 §2.2).")]
    [TestCase("\n\r\n\nPOST / HTTP/1.1", FirstBytesStatus.Http)]
    [TestCase("\r\n", FirstBytesStatus.Http)]
    [TestCase("<?xml version='1.0'?><stream:stream to='chat.example'>", FirstBytesStatus.NotTheWeb)]
    public void Read_TextThatEnds(string text, object status)
    {
        var read = Read(Encoding.ASCII.GetBytes(text));
        Assert.That(read.Status, Is.EqualTo(status));
        Assert.That(read.Sign, Is.EqualTo(read.Status == FirstBytesStatus.NotTheWeb ? ConnectionSign.Other : null));
    }

    /// <summary>A request may come behind more empty lines than are looked at.</summary>
    [Test]
    public void Read_EmptyLinesAlone_AreNeverPassedAsSomethingElse() => Assert.That(Read([.. Enumerable.Repeat((byte)'\n', FirstBytes.BytesMax)]).Status, Is.EqualTo(FirstBytesStatus.Http));

    [Test]
    public void Read_AProxyBehindAnEmptyLine_IsTold() => Assert.That(Read("\r\nCONNECT a.example:443 HTTP/1.1\r\n"u8.ToArray()).Sign!.Name, Is.EqualTo("Proxy within a tunnel"));

    /// <summary>Neighbours of what is named: one byte off, one too many, one too few.</summary>
    [TestCase("000e3973e0a7c2253f894b0000000000", TestName = "Neighbour_OpenVpn_KeyId1")]
    [TestCase("000e3873e0a7c2253f894b0000000001", TestName = "Neighbour_OpenVpn_LaterPacket")]
    [TestCase("000e3873e0a7c2253f894b0100000000", TestName = "Neighbour_OpenVpn_WithAnAcknowledgement")]
    [TestCase("000d3873e0a7c2253f894b00000000", TestName = "Neighbour_OpenVpn_TooShort")]
    [TestCase("002b38a85715bac9a73a52a37b683ba2181ddb530d79647899828ae824248700000000016b0c44c80000000000", TestName = "Neighbour_OpenVpn_MacOfNoLength")]
    [TestCase("002a38a85715bac9a73a52a37b683ba2181ddb530d79647899828ae8242487000000026b0c44c80000000000", TestName = "Neighbour_OpenVpn_SecondPacket")]
    [TestCase("05", TestName = "Neighbour_Socks5_VersionAlone")]
    [TestCase("0500", TestName = "Neighbour_Socks5_NoMethod")]
    [TestCase("05010000", TestName = "Neighbour_Socks5_OneByteTooMany")]
    [TestCase("05012a", TestName = "Neighbour_Socks5_NoSuchMethod")]
    [TestCase("040101bb5db8d822", TestName = "Neighbour_Socks4_WithoutItsEnd")]
    [TestCase("040301bb5db8d82200", TestName = "Neighbour_Socks4_NoSuchCommand")]
    [TestCase("009401000001", TestName = "Neighbour_WireGuard_ReservedByte")]
    [TestCase("030000140ee000000000000100080003000000", TestName = "Neighbour_RemoteDesktop_AnotherLength")]
    [TestCase("000100002112a443000102030405060708090a0b", TestName = "Neighbour_Stun_AnotherCookie")]
    [TestCase("5741ff03000024", TestName = "Neighbour_WhatsApp_NoVersion")]
    [TestCase("57410640000024", TestName = "Neighbour_WhatsApp_NoDictionary")]
    [TestCase("57410603170024", TestName = "Neighbour_WhatsApp_NoLength")]
    public void Read_NeighbourOfAProtocol_IsNotNamed(string hex) => Assert.That(Read(Convert.FromHexString(hex)), Is.EqualTo((FirstBytesStatus.NotTheWeb, ConnectionSign.Other)));

    [Test]
    public void Read_EvenBytesWithoutABeginning_AreHidden()
    {
        var random = new Random(7);
        var hidden = 0;
        for (var i = 0; i < 1000; i++)
        {
            // As the first packet of Shadowsocks: a salt, a sealed length, a sealed address.
            var bytes = new byte[32 + 2 + 16 + random.Next(20, 300)];
            random.NextBytes(bytes);
            if (Read(bytes).Sign == ConnectionSign.Hidden) hidden++;
        }

        Assert.That(hidden, Is.GreaterThan(970), "of 1000");
    }

    [TestCase(31, TestName = "Even_TooFewBytes")]
    public void Read_EvenBytes_NotHidden(int length)
    {
        var bytes = new byte[length];
        new Random(3).NextBytes(bytes);
        Assert.That(Read(bytes).Sign, Is.EqualTo(ConnectionSign.Other));
    }

    [TestCase("{\"hello\":\"a protocol of text, such as games have it, is no secret\"}", TestName = "NotHidden_Text")]
    [TestCase("\0\0\0\u0040\0\0\0\u0001\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0", TestName = "NotHidden_Numbers")]
    [TestCase("\u0010\u0026\0\u0004MQTT\u0004\u0002\0\u003c\0\u001adevice-of-a-school-4711-abcd", TestName = "NotHidden_Mqtt")]
    public void Read_ProtocolWithAForm_IsNotHidden(string text) => Assert.That(Read(Encoding.Latin1.GetBytes(text)).Sign, Is.EqualTo(ConnectionSign.Other));

    [Test]
    public void Read_AnyBytes_AnswersAndNamesNothingByChance() => Gen.Byte.Array[1, 3000].Sample(
        bytes =>
        {
            var (status, sign) = Read(bytes);
            Assert.That(status, Is.Not.EqualTo(FirstBytesStatus.Incomplete));
            Assert.That(sign is null, Is.EqualTo(status == FirstBytesStatus.Http));
            // What is sure of the beginning stays so, whatever follows.
            var early = Read(bytes, isLast: false);
            if (early.Status != FirstBytesStatus.Incomplete) Assert.That(early.Status, Is.EqualTo(status));
            else Assert.That(bytes, Has.Length.LessThan(FirstBytes.BytesMax), "what is looked at has an end");
            if (bytes.Length > 20) Assert.That(sign is null || sign == ConnectionSign.Hidden || sign == ConnectionSign.Other, Is.True, sign?.Name);
        },
        iter: 20_000);

    [Test]
    public void Signs_EvidenceNamesNobody_AndEachCategoryIsBlockedInEveryTier()
    {
        foreach (var sign in FirstBytes.Signs)
        {
            Assert.That(sign.Text, Does.Not.Contain("://").And.Not.Contain("  "));
            if (sign.Category is { } category) Assert.That(FilterGate.Policy.Documents.CategoryRules.WaysRound, Does.Contain(category));
            if (sign.Category is not null) Assert.That(sign.IsWayRound, Is.True);
        }
    }

    private static (FirstBytesStatus Status, ConnectionSign? Sign) Read(byte[] bytes, bool isLast = true) => (FirstBytes.Read(new ReadOnlySequence<byte>(bytes), isLast, out var sign), sign);

    private static ReadOnlySequence<byte> InTwo(byte[] bytes, int at)
    {
        var first = new Segment(bytes.AsMemory(0, at), null);
        return new ReadOnlySequence<byte>(first, 0, new Segment(bytes.AsMemory(at), first), bytes.Length - at);
    }

    private static string Hex(string text) => Convert.ToHexString(Encoding.ASCII.GetBytes(text));

    private static TestCaseData Bytes(string name, string hex, string sign, string? category) => new TestCaseData(Convert.FromHexString(hex), sign, category).SetArgDisplayNames(name);

    private static TestCaseData Text(string name, string text, string sign, string? category) => new TestCaseData(Encoding.Latin1.GetBytes(text), sign, category).SetArgDisplayNames(name);
}
