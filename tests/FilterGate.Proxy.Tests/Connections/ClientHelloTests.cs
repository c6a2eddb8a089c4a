using System.Buffers;
using System.Buffers.Binary;
using System.Net.Security;
using System.Text;
using CsCheck;
using FilterGate.Proxy.Connections;
using FilterGate.Proxy.Tests.Fixtures;

namespace FilterGate.Proxy.Tests.Connections;

/// <summary>Reading a ClientHello: whole, split over records and segments, broken, and not TLS at all.</summary>
internal sealed class ClientHelloTests
{
    private const int BytesMax = 16 * 1024;

    [Test]
    public async Task TryRead_HelloOfARealClient_GivesItsName()
    {
        var hello = await RealHelloAsync("www.example.org");
        Assert.That(Read(hello, out var read), Is.EqualTo(ClientHelloStatus.Complete));
        Assert.That(read.ServerName, Is.EqualTo("www.example.org"));
        Assert.That(read.HasEncryptedClientHello, Is.False);
    }

    [Test]
    public void TryRead_EveryPrefix_IsIncomplete()
    {
        var hello = Hello(name: "a.example");
        for (var length = 0; length < hello.Length; length++)
            Assert.That(Read(hello[..length], out _), Is.EqualTo(ClientHelloStatus.Incomplete), $"{length} bytes");
    }

    [Test]
    public void TryRead_SplitIntoRecordsOfAnySize_ReadsTheSame([Values(1, 2, 3, 5, 7, 50, 99)] int recordBytes)
    {
        var split = Records(Message(name: "split.example"), recordBytes);
        Assert.That(Read(split, out var read), Is.EqualTo(ClientHelloStatus.Complete));
        Assert.That(read.ServerName, Is.EqualTo("split.example"));
    }

    [Test]
    public void TryRead_OverSegmentsOfOneByte_ReadsTheSame()
    {
        Assert.That(ClientHello.TryRead(OneByteSegments(Hello(name: "bytes.example")), BytesMax, out var read), Is.EqualTo(ClientHelloStatus.Complete));
        Assert.That(read.ServerName, Is.EqualTo("bytes.example"));
    }

    [Test]
    public void TryRead_WithoutName_HasNone()
    {
        Assert.That(Read(Hello(name: null), out var read), Is.EqualTo(ClientHelloStatus.Complete));
        Assert.That(read.ServerName, Is.Null);
    }

    [Test]
    public void TryRead_WithEncryptedClientHello_NoticesIt()
    {
        Assert.That(Read(Hello(name: "outer.example", ech: true), out var read), Is.EqualTo(ClientHelloStatus.Complete));
        Assert.That((read.ServerName, read.HasEncryptedClientHello), Is.EqualTo(("outer.example", true)));
    }

    [TestCase("GET / HTTP/1.1\r\n", TestName = "TryRead_Http_IsNotTls")]
    [TestCase("SSH-2.0-OpenSSH_9.2\r\n", TestName = "TryRead_Ssh_IsNotTls")]
    [TestCase("\u0016GARBAGE", TestName = "TryRead_FirstByteOfTlsAlone_IsNotTls")]
    [TestCase("\u0080\u002e\u0001\u0003\u0001", TestName = "TryRead_Ssl2_IsNotTls")]
    public void TryRead_NotTls(string bytes) => Assert.That(Read(Encoding.Latin1.GetBytes(bytes), out _), Is.EqualTo(ClientHelloStatus.NotTls));

    [Test]
    public void TryRead_OtherHandshakeMessage_IsMalformed()
    {
        var message = Message(name: "a.example");
        message[0] = 2; // ServerHello
        Assert.That(Read(Records(message, 500), out _), Is.EqualTo(ClientHelloStatus.Malformed));
    }

    [Test]
    public void TryRead_LongerThanTheBound_IsMalformed()
    {
        var message = Message(name: "a.example", padding: BytesMax);
        Assert.That(Read(Records(message, 16_000), out _), Is.EqualTo(ClientHelloStatus.Malformed));
    }

    [Test]
    public void TryRead_TwoNames_IsMalformed()
    {
        // RFC 6066 §3: "The ServerNameList MUST NOT contain more than one name of the same name_type."
        Assert.That(Read(Hello(name: "a.example", secondName: "b.example"), out _), Is.EqualTo(ClientHelloStatus.Malformed));
    }

    [Test]
    public void TryRead_NameWithSpaceOrControl_IsMalformed([Values("a b.example", "a\u0000.example", "\u00fc.example")] string name) =>
        Assert.That(Read(Hello(name), out _), Is.EqualTo(ClientHelloStatus.Malformed));

    [Test]
    public void TryRead_AnyBytes_NeverThrows() =>
        Gen.Select(Gen.Byte.Array[0, 300], Gen.Int[0, 300], Gen.Byte).Sample((noise, at, value) =>
        {
            Read(noise, out _);
            var hello = Hello(name: "fuzz.example", ech: true);
            hello[at % hello.Length] = value;
            Read(hello, out _);
        });

    private static ClientHelloStatus Read(byte[] bytes, out ClientHello hello) => ClientHello.TryRead(new ReadOnlySequence<byte>(bytes), BytesMax, out hello);

    /// <summary>The ClientHello of this very platform.</summary>
    /// <param name="name">The name that it asks for.</param>
    /// <param name="mayResume">False for one that goes back to no earlier session, whose proof would be of the bytes as they were.</param>
    internal static async Task<byte[]> RealHelloAsync(string name, bool mayResume = true)
    {
        using var sent = new MemoryStream();
        await using var tls = new SslStream(new WriteOnly(sent));
        try
        {
            await tls.AuthenticateAsClientAsync(new SslClientAuthenticationOptions { TargetHost = name, AllowTlsResume = mayResume });
        }
        catch (Exception problem) when (problem is IOException or System.Security.Authentication.AuthenticationException)
        {
            // Nobody answers; the ClientHello is what is wanted.
        }

        return sent.ToArray();
    }

    private static byte[] Hello(string? name, bool ech = false, string? secondName = null) => Records(Message(name, ech, secondName), 16_000);

    private static byte[] Message(string? name, bool ech = false, string? secondName = null, int padding = 0)
    {
        var extensions = new List<byte>();
        if (name is not null)
        {
            List<byte> names = [0, .. Vector(Encoding.Latin1.GetBytes(name))];
            if (secondName is not null) names.AddRange([0, .. Vector(Encoding.Latin1.GetBytes(secondName))]);
            extensions.AddRange([0, 0, .. Vector(Vector([.. names]))]);
        }

        extensions.AddRange([0, 0x2b, .. Vector([2, 3, 4])]);
        if (ech) extensions.AddRange([0xfe, 0x0d, .. Vector(new byte[40])]);
        if (padding > 0) extensions.AddRange([0, 21, .. Vector(new byte[padding])]);
        byte[] body = [3, 3, .. new byte[32], 0, .. Vector([0x13, 1]), 1, 0, .. Vector([.. extensions])];
        return [1, (byte)(body.Length >> 16), (byte)(body.Length >> 8), (byte)body.Length, .. body];
    }

    private static byte[] Records(byte[] message, int recordBytes) =>
        [.. message.Chunk(recordBytes).SelectMany(fragment => (byte[])[22, 3, 1, .. Vector(fragment)])];

    private static byte[] Vector(byte[] content)
    {
        var length = new byte[2];
        BinaryPrimitives.WriteUInt16BigEndian(length, checked((ushort)content.Length));
        return [.. length, .. content];
    }

    private static ReadOnlySequence<byte> OneByteSegments(byte[] bytes)
    {
        var first = new Segment(bytes.AsMemory(0, 1), null);
        var last = first;
        for (var i = 1; i < bytes.Length; i++) last = new Segment(bytes.AsMemory(i, 1), last);
        return new ReadOnlySequence<byte>(first, 0, last, 1);
    }

    private sealed class WriteOnly(Stream sent) : Stream
    {
        public override bool CanRead => true;
        public override bool CanSeek => false;
        public override bool CanWrite => true;
        public override long Length => throw new NotSupportedException();
        public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }
        public override void Flush() { }
        public override int Read(byte[] buffer, int offset, int count) => 0;
        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();
        public override void SetLength(long value) => throw new NotSupportedException();
        public override void Write(byte[] buffer, int offset, int count) => sent.Write(buffer, offset, count);
    }
}
