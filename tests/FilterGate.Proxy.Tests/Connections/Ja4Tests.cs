using System.Buffers;
using System.Buffers.Binary;
using System.Globalization;
using System.Text;
using CsCheck;
using FilterGate.Policy.WaysRound;
using FilterGate.Proxy.Connections;

namespace FilterGate.Proxy.Tests.Connections;

/// <summary>Fingerprints of ClientHellos: those published with JA4's description and by others, and programs of Debian 12 as they were recorded.</summary>
internal sealed class Ja4Tests
{
    private const int BytesMax = 16 * 1024;

    /// <summary>Tor 0.4.9.11 with OpenSSL 3.0, to a bridge.</summary>
    private const string Tor = "1603010200010001fc030352ae143a4ed158ac0d230b12cb5fd18fc13472ebfe9419f55dc08f9d19ee7c7620651964095bcfb28c9f0496ef3bfc8324048d0308e980fe3828997f72042230d80024130113031302c02bc02fcca9cca8c02cc030c00ac009c013c014009c009d002f003500ff0100018f00000013001100000e7777772e7364377865792e636f6d000b000403000102000a000800060017001d0015002300000016000000170000000d002a0028040305030603080708080809080a080b080408050806040105010601030303010302040205020602002b00050403040303002d000201010033004700450017004104f07ed735e333ec5ca3687b2bb146c63f65b6a989985572eef66a12c92435166a6bec7fcaafdd8ca493ded385af000648b2efad373491f8e24e44082db0609468001500cc";

    // The ciphers and extensions are sorted and without GREASE, name and protocol, as the raw form of JA4 has them.
    [TestCase("t13d1516h2_8daaf6152771_e5627efa2ab1", "002f,0035,009c,009d,1301,1302,1303,c013,c014,c02b,c02c,c02f,c030,cca8,cca9", "0005,000a,000b,000d,0012,0015,0017,001b,0023,002b,002d,0033,4469,ff01", "0403,0804,0401,0503,0805,0501,0806,0601", TestName = "Of_ThePublishedExample")]
    [TestCase("t13d1516h2_8daaf6152771_d8a2da3f94cd", "002f,0035,009c,009d,1301,1302,1303,c013,c014,c02b,c02c,c02f,c030,cca8,cca9", "0005,000a,000b,000d,0012,0017,001b,0023,002b,002d,0033,44cd,fe0d,ff01", "0403,0804,0401,0503,0805,0501,0806,0601", TestName = "Of_Chrome143_AsATestSiteHasIt")]
    public void Of(string fingerprint, string ciphers, string extensions, string algorithms)
    {
        Assert.That(Read(Hello("site.example", ciphers, extensions, algorithms, "h2")), Is.EqualTo(fingerprint));
        // Whatever the order, and with GREASE everywhere (RFC 8701).
        Assert.That(Read(Hello("site.example", "0a0a," + Backwards(ciphers), "1a1a," + Backwards(extensions) + ",fafa", "2a2a," + algorithms, "h2")), Is.EqualTo(fingerprint));
        Assert.That(Read(Hello(null, ciphers, extensions, algorithms, "h2")), Is.EqualTo(fingerprint.Replace("t13d1516", "t13i1515", StringComparison.Ordinal)));
    }

    [TestCase("h2", "h2")]
    [TestCase("http/1.1", "h1")]
    [TestCase("x", "xx")]
    [TestCase("\u00abx\u00cd", "ad", Description = "No text: of its hexadecimal digits.")]
    [TestCase(null, "00")]
    public void Of_Protocol_IsItsFirstAndLastLetter(string? protocol, string letters) =>
        Assert.That(Read(Hello("site.example", "1301", "002b", "0403", protocol))![8..10], Is.EqualTo(letters));

    [Test]
    public void Of_NothingButACipher_HasNoHashOfExtensions() => Assert.That(Read(Record([3, 3, .. new byte[32], 0, 0, 2, 0x13, 1, 1, 0])), Is.EqualTo("t12i010000_0f2cb44170f4_000000000000"));

    [Test]
    public void Of_Tor_IsNamed_WithANameAsItMakesOneUp()
    {
        var hello = Padded(Tor);
        Assert.That(ClientHello.TryRead(new ReadOnlySequence<byte>(hello), BytesMax, out var read), Is.EqualTo(ClientHelloStatus.Complete));
        Assert.That((read.ServerName, read.Fingerprint), Is.EqualTo(("www.sd7xey.com", "t13d181100_796efca44d18_d41ae481755e")));
        Assert.That(TlsPrograms.Shipped.Find(read.Fingerprint, read.ServerName)!.Category, Is.EqualTo("tor"));
    }

    /// <summary>What is on every school's network: none is named.</summary>
    [TestCase("t13d1516h2_8daaf6152771_d8a2da3f94cd", TestName = "Find_Chrome")]
    [TestCase("t13d1715h2_5b57614c22b0_5c2c66f702b0", TestName = "Find_Firefox")]
    [TestCase("t13d2014h2_a09f3c656075_14788d8d241b", TestName = "Find_Safari")]
    [TestCase("t13d311000_e8f1e7e78f70_1f22a2ca17c4", TestName = "Find_OpenSsl")]
    [TestCase("t13i1812h1_85036bcba153_d339722ba4af", TestName = "Find_Python")]
    [TestCase("t13i291200_723694b0fccc_899037bd0b8c", TestName = "Find_WgetWithGnuTls")]
    [TestCase("t13d190900_9dc949149365_97f8aa674fd9", TestName = "Find_Go")]
    public void Find_BenignPrograms_AreNotNamed(string fingerprint) => Assert.That(TlsPrograms.Shipped.Find(fingerprint, "www.abcdef.com"), Is.Null);

    [Test]
    public void Of_AnyBytes_NeverThrows_AndIsOfItsForm() => Gen.Select(Gen.Byte.Array[0, 400], Gen.Int[0, 2000], Gen.Byte).Sample((noise, at, value) =>
    {
        _ = Read(noise);
        _ = Read(Record([3, 3, .. new byte[32], 0, .. noise]));
        var hello = Padded(Tor);
        hello[at % hello.Length] = value;
        if (Read(hello) is { } fingerprint) Assert.That(TlsPrograms.IsFingerprint(fingerprint) || !char.IsAscii(fingerprint[8]), Is.True, fingerprint);
    });

    [Test]
    public void Of_MorePartsThanAClientHas_IsNone()
    {
        var many = string.Join(',', Enumerable.Range(1, 300).Select(i => i.ToString("x4", CultureInfo.InvariantCulture)));
        Assert.That(Read(Hello("a.example", many, "002b", "0403", null)), Is.Null);
        Assert.That(Read(Hello("a.example", "1301", "002b", many, null)), Is.Null);
    }

    private static string? Read(byte[] record) => ClientHello.TryRead(new ReadOnlySequence<byte>(record), BytesMax, out var hello) == ClientHelloStatus.Complete ? hello.Fingerprint : null;

    private static string Backwards(string list) => string.Join(',', list.Split(',').Reverse());

    /// <summary>A recording without its last extension, which is padding, and its zeroes.</summary>
    private static byte[] Padded(string hex)
    {
        var start = Convert.FromHexString(hex);
        return [.. start, .. new byte[5 + BinaryPrimitives.ReadUInt16BigEndian(start.AsSpan(3)) - start.Length]];
    }

    private static byte[] Hello(string? name, string ciphers, string extensions, string algorithms, string? protocol)
    {
        List<byte> all = [];
        if (name is not null) all.AddRange([0, 0, .. Vector(Vector([0, .. Vector(Encoding.ASCII.GetBytes(name))]))]);
        foreach (var extension in extensions.Split(','))
        {
            var type = Values(extension);
            all.AddRange([.. type, .. Vector(extension switch { "000d" => Vector(Values(algorithms)), "002b" => [4, 0x0a, 0x0a, 3, 4], _ => [] })]);
        }

        if (!extensions.Contains("000d", StringComparison.Ordinal)) all.AddRange([0, 13, .. Vector(Vector(Values(algorithms)))]);
        if (protocol is not null) all.AddRange([0, 16, .. Vector(Vector([(byte)protocol.Length, .. Encoding.Latin1.GetBytes(protocol)]))]);
        return Record([3, 3, .. new byte[32], 0, .. Vector(Values(ciphers)), 1, 0, .. Vector([.. all])]);
    }

    private static byte[] Values(string list) => Convert.FromHexString(list.Replace(",", "", StringComparison.Ordinal));

    private static byte[] Record(byte[] body) => [22, 3, 1, .. Vector([1, 0, (byte)(body.Length >> 8), (byte)body.Length, .. body])];

    private static byte[] Vector(byte[] content) => [(byte)(content.Length >> 8), (byte)content.Length, .. content];
}
