using System.Buffers.Binary;
using System.Globalization;
using System.Security.Cryptography;

namespace FilterGate.Proxy.Connections;

/// <summary>The parts of a ClientHello that a fingerprint is made of.</summary>
internal ref struct HelloParts
{
    /// <summary>The version at the beginning of the message.</summary>
    public ushort Version { get; set; }

    /// <summary>The cipher suites, two bytes each.</summary>
    public ReadOnlySpan<byte> Ciphers { get; set; }

    /// <summary>The list of extensions, as sent.</summary>
    public ReadOnlySpan<byte> Extensions { get; set; }
}

/// <summary>JA4, a fingerprint of a TLS client: what its ClientHello offers, whatever the order.</summary>
/// <remarks>
/// By <see href="https://github.com/FoxIO-LLC/ja4/blob/main/technical_details/JA4.md">FoxIO's description</see>; the method for TLS clients is under BSD 3-Clause, the others of the family are not and are not here. Written anew from the description.
/// A part <c>a</c> that people can read, then the ciphers and then the extensions with the signature algorithms, each as twelve hexadecimal digits of a SHA-256. Values of GREASE (<see href="https://www.rfc-editor.org/rfc/rfc8701">RFC 8701</see>) are passed over everywhere.
/// </remarks>
internal static class Ja4
{
    /// <summary>More ciphers or extensions than this are no client's; there is no fingerprint of them.</summary>
    private const int ItemsMax = 256;

    private const int HashDigits = 12;
    private const ushort ServerName = 0, SignatureAlgorithms = 13, Alpn = 16, SupportedVersions = 43;

    /// <summary>The fingerprint; null where there are more parts than a client has, or broken ones.</summary>
    public static string? Of(in HelloParts hello)
    {
        Span<ushort> ciphers = stackalloc ushort[ItemsMax], types = stackalloc ushort[ItemsMax], algorithms = stackalloc ushort[ItemsMax];
        if (!TryReadAll(hello.Ciphers, ciphers, out var cipherCount)) return null;

        // Step 1: the extensions, and what four of them hold.
        int typeCount = 0, algorithmCount = 0;
        var (version, hasName) = (hello.Version, false);
        ReadOnlySpan<byte> protocol = default;
        for (var rest = hello.Extensions; !rest.IsEmpty;)
        {
            var type = BinaryPrimitives.ReadUInt16BigEndian(rest);
            var content = rest.Slice(4, BinaryPrimitives.ReadUInt16BigEndian(rest[2..]));
            rest = rest[(4 + content.Length)..];
            if (IsGrease(type)) continue;
            if (typeCount == ItemsMax) return null;
            types[typeCount++] = type;
            switch (type)
            {
                case ServerName: hasName = true; break;
                case SignatureAlgorithms when content.Length >= 2 && !TryReadAll(content[2..], algorithms, out algorithmCount): return null;
                case Alpn when content.Length > 3 && content.Length >= 3 + content[2]: protocol = content.Slice(3, content[2]); break;
                case SupportedVersions when content.Length > 1: version = Newest(content[1..]); break;
                default: break;
            }
        }

        // Step 2: what people read.
        var name = string.Create(CultureInfo.InvariantCulture, $"t{VersionOf(version)}{(hasName ? 'd' : 'i')}{Math.Min(cipherCount, 99):00}{Math.Min(typeCount, 99):00}{First(protocol)}{Last(protocol)}");

        // Step 3: the hashes. The name and the protocol are counted above and not in these: they are of the site.
        var sorted = ciphers[..cipherCount];
        sorted.Sort();
        var kept = 0;
        foreach (var type in types[..typeCount])
            if (type is not (ServerName or Alpn)) types[kept++] = type;
        types[..kept].Sort();
        return $"{name}_{Hash(sorted, default)}_{Hash(types[..kept], algorithms[..algorithmCount])}";
    }

    private static bool TryReadAll(ReadOnlySpan<byte> from, Span<ushort> to, out int count)
    {
        count = 0;
        for (; from.Length >= 2; from = from[2..])
        {
            var value = BinaryPrimitives.ReadUInt16BigEndian(from);
            if (IsGrease(value)) continue;
            if (count == to.Length) return false;
            to[count++] = value;
        }

        return true;
    }

    private static ushort Newest(ReadOnlySpan<byte> versions)
    {
        ushort newest = 0;
        for (; versions.Length >= 2; versions = versions[2..])
            if (BinaryPrimitives.ReadUInt16BigEndian(versions) is var version && !IsGrease(version) && version > newest) newest = version;
        return newest;
    }

    private static string VersionOf(ushort version) => version switch { 0x0304 => "13", 0x0303 => "12", 0x0302 => "11", 0x0301 => "10", 0x0300 => "s3", 0x0002 => "s2", _ => "00" };

    /// <summary>The first and the last letter of the first protocol; of one that is no text those of its hexadecimal digits.</summary>
    private static char First(ReadOnlySpan<byte> protocol) => protocol.IsEmpty ? '0' : IsText(protocol) ? (char)protocol[0] : Digit(protocol[0] >> 4);

    private static char Last(ReadOnlySpan<byte> protocol) => protocol.IsEmpty ? '0' : IsText(protocol) ? (char)protocol[^1] : Digit(protocol[^1] & 0xF);

    private static bool IsText(ReadOnlySpan<byte> protocol) => char.IsAsciiLetterOrDigit((char)protocol[0]) && char.IsAsciiLetterOrDigit((char)protocol[^1]);

    private static char Digit(int value) => (char)(value < 10 ? '0' + value : 'a' + value - 10);

    /// <summary>Four hexadecimal digits each, with commas between; then an underline and the second list, where there is one.</summary>
    private static string Hash(ReadOnlySpan<ushort> values, ReadOnlySpan<ushort> also)
    {
        if (values.IsEmpty) return "000000000000";
        Span<byte> text = stackalloc byte[((values.Length + also.Length) * 5) + 1];
        var length = Write(values, text);
        if (!also.IsEmpty)
        {
            text[length++] = (byte)'_';
            length += Write(also, text[length..]);
        }

        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(text[..length], hash);
        return Convert.ToHexStringLower(hash[..(HashDigits / 2)]);
    }

    private static int Write(ReadOnlySpan<ushort> values, Span<byte> to)
    {
        var length = 0;
        foreach (var value in values)
        {
            if (length > 0) to[length++] = (byte)',';
            for (var shift = 12; shift >= 0; shift -= 4) to[length++] = (byte)Digit((value >> shift) & 0xF);
        }

        return length;
    }

    private static bool IsGrease(ushort value) => (value & 0x0F0F) == 0x0A0A && value >> 8 == (value & 0xFF);
}
