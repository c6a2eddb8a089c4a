using System.Buffers;
using System.Text;
using CsCheck;
using FilterGate.Proxy.Connections;

namespace FilterGate.Proxy.Tests.Connections;

/// <summary>The head of a CONNECT, as bytes.</summary>
internal sealed class ConnectHeadTests
{
    private static readonly GatewayLimits Limits = new();

    [TestCase("CONNECT example.org:443 HTTP/1.1\r\nHost: example.org:443\r\n\r\n", "example.org", 443, null, TestName = "TryRead_Usual")]
    [TestCase("CONNECT example.org:443 HTTP/1.1\r\n\r\n", "example.org", 443, null, TestName = "TryRead_WithoutHost")]
    [TestCase("CONNECT example.org:443 HTTP/1.0\r\n\r\n", "example.org", 443, null, TestName = "TryRead_Http10")]
    [TestCase("CONNECT example.org:443 HTTP/1.1\r\nHost: example.org\r\n\r\n", "example.org", 443, null, TestName = "TryRead_HostWithoutPort_IsTheSame")]
    [TestCase("CONNECT EXAMPLE.org.:8443 HTTP/1.1\r\nHost: example.ORG\r\n\r\n", "example.org", 8443, null, TestName = "TryRead_CaseAndDot_AreCanonical")]
    [TestCase("CONNECT example.org:443 HTTP/1.1\r\nHost: other.example\r\n\r\n", "example.org", 443, "other.example", TestName = "TryRead_OtherHost_IsKept")]
    [TestCase("CONNECT [2001:DB8::1]:443 HTTP/1.1\r\n\r\n", "[2001:db8::1]", 443, null, TestName = "TryRead_Ipv6")]
    [TestCase("CONNECT 0x7f.1:443 HTTP/1.1\r\n\r\n", "127.0.0.1", 443, null, TestName = "TryRead_OddIpv4_IsDotted")]
    [TestCase("CONNECT example.org:443 HTTP/1.1\r\nProxy-Connection: keep-alive\r\nUser-Agent: a/1\r\nX-Empty:\r\n\r\n", "example.org", 443, null, TestName = "TryRead_OtherFields_AreNothingToUs")]
    public void TryRead(string bytes, string host, int port, string? other)
    {
        var input = new ReadOnlySequence<byte>(Encoding.Latin1.GetBytes(bytes + "rest"));
        Assert.That(ConnectHead.TryRead(input, Limits, out var head, out var consumed), Is.EqualTo(ConnectHeadStatus.Complete));
        Assert.That(head, Is.EqualTo(new ConnectHead(host, port, other)));
        Assert.That(Encoding.Latin1.GetString(input.Slice(consumed)), Is.EqualTo("rest"), "what follows the head belongs to the tunnel");
    }

    [TestCase("CONNECT example.org HTTP/1.1\r\n\r\n", TestName = "TryRead_NoPort_IsMalformed")]
    [TestCase("CONNECT example.org: HTTP/1.1\r\n\r\n", TestName = "TryRead_EmptyPort_IsMalformed")]
    [TestCase("CONNECT example.org:0 HTTP/1.1\r\n\r\n", TestName = "TryRead_PortZero_IsMalformed")]
    [TestCase("CONNECT example.org:65536 HTTP/1.1\r\n\r\n", TestName = "TryRead_PortTooLarge_IsMalformed")]
    [TestCase("CONNECT example.org:4294967739 HTTP/1.1\r\n\r\n", TestName = "TryRead_PortThatOverflows_IsMalformed")]
    [TestCase("CONNECT example.org:+443 HTTP/1.1\r\n\r\n", TestName = "TryRead_PortWithSign_IsMalformed")]
    [TestCase("CONNECT :443 HTTP/1.1\r\n\r\n", TestName = "TryRead_NoHost_IsMalformed")]
    [TestCase("CONNECT http://example.org:443/ HTTP/1.1\r\n\r\n", TestName = "TryRead_Url_IsMalformed")]
    [TestCase("CONNECT user@example.org:443 HTTP/1.1\r\n\r\n", TestName = "TryRead_UserInformation_IsMalformed")]
    [TestCase("CONNECT example.org:443 HTTP/2.0\r\n\r\n", TestName = "TryRead_OtherVersion_IsMalformed")]
    [TestCase("CONNECT  example.org:443 HTTP/1.1\r\n\r\n", TestName = "TryRead_TwoSpaces_IsMalformed")]
    [TestCase("CONNECT example.org:443\r\n\r\n", TestName = "TryRead_NoVersion_IsMalformed")]
    [TestCase("CONNECT example.org:443 HTTP/1.1\r\nHost: a.example\r\nHost: b.example\r\n\r\n", TestName = "TryRead_TwoHosts_IsMalformed")]
    [TestCase("CONNECT example.org:443 HTTP/1.1\r\nContent-Length: 5\r\n\r\n", TestName = "TryRead_ContentLength_IsMalformed")]
    [TestCase("CONNECT example.org:443 HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n", TestName = "TryRead_TransferEncoding_IsMalformed")]
    [TestCase("CONNECT example.org:443 HTTP/1.1\r\nHost : example.org\r\n\r\n", TestName = "TryRead_SpaceBeforeColon_IsMalformed")]
    [TestCase("CONNECT example.org:443 HTTP/1.1\r\nA: b\r\n folded\r\n\r\n", TestName = "TryRead_FoldedLine_IsMalformed")]
    [TestCase("CONNECT example.org:443 HTTP/1.1\r\nA: b\nHost: c\r\n\r\n", TestName = "TryRead_BareLineFeed_IsMalformed")]
    [TestCase("CONNECT example.org:443 HTTP/1.1\r\nno colon here\r\n\r\n", TestName = "TryRead_NoColon_IsMalformed")]
    public void TryRead_Malformed(string bytes) => Assert.That(Status(bytes), Is.EqualTo(ConnectHeadStatus.Malformed));

    [TestCase("GET / HTTP/1.1\r\n\r\n")]
    [TestCase("connect example.org:443 HTTP/1.1\r\n\r\n")]
    [TestCase("CONNECTION / HTTP/1.1\r\n\r\n")]
    [TestCase("\n")]
    [TestCase("P")]
    public void TryRead_AnotherRequest_IsNotConnect(string bytes) => Assert.That(Status(bytes), Is.EqualTo(ConnectHeadStatus.NotConnect));

    [Test]
    public void TryRead_EveryPrefix_IsIncomplete()
    {
        const string head = "CONNECT example.org:443 HTTP/1.1\r\nHost: example.org\r\n\r\n";
        for (var length = 0; length < head.Length; length++) Assert.That(Status(head[..length]), Is.EqualTo(ConnectHeadStatus.Incomplete), head[..length]);
    }

    [Test]
    public void TryRead_EndlessLine_IsTooLong() => Assert.That(Status("CONNECT " + new string('a', Limits.RequestLineBytesMax + 1)), Is.EqualTo(ConnectHeadStatus.LineTooLong));

    [Test]
    public void TryRead_EndlessFields_IsTooLong() =>
        Assert.That(Status("CONNECT a.example:443 HTTP/1.1\r\n" + string.Concat(Enumerable.Repeat("X-A: b\r\n", Limits.RequestHeadBytesMax / 8 + 10))), Is.EqualTo(ConnectHeadStatus.HeadTooLong));

    [Test]
    public void TryRead_AnyBytes_NeverThrows() =>
        Gen.Byte.Array[0, 200].Sample(noise =>
        {
            ConnectHead.TryRead(new ReadOnlySequence<byte>(noise), Limits, out _, out _);
            ConnectHead.TryRead(new ReadOnlySequence<byte>([.. "CONNECT "u8, .. noise]), Limits, out _, out _);
            ConnectHead.TryRead(new ReadOnlySequence<byte>([.. "CONNECT a.example:443 HTTP/1.1\r\n"u8, .. noise, .. "\r\n\r\n"u8]), Limits, out _, out _);
        });

    private static ConnectHeadStatus Status(string bytes) => ConnectHead.TryRead(new ReadOnlySequence<byte>(Encoding.Latin1.GetBytes(bytes)), Limits, out _, out _);
}
