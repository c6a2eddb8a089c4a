using System.Buffers;
using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Net;
using System.Text;
using System.Text.RegularExpressions;
using System.Text.Unicode;

namespace FilterGate.Matching;

/// <summary>Brings a host into the one form that lists use.</summary>
/// <remarks>
/// Follows what browsers do (<see href="https://url.spec.whatwg.org/#host-parsing">URL standard, host parsing</see>), and where a browser refuses, the Safe Browsing rules,
/// because not every client is a browser: an IPv4 part over 255 keeps its low byte, dots run together, odd bytes are escaped.
/// </remarks>
internal static partial class CanonicalHost
{
    /// <summary>Longest host there is: 255 bytes on the wire, <see href="https://www.rfc-editor.org/rfc/rfc1035#section-2.3.4">RFC 1035 §2.3.4</see>.</summary>
    public const int LengthMax = 253;

    /// <summary>Longest input looked at, in characters: a host of 253 bytes, each of them escaped, fits. Bounds the cost of one hostile host.</summary>
    public const int InputLengthMax = 1024;

    // A full-width % may hide an escape that hides a full-width %, and so on. No honest host needs a second round.
    private const int RoundsMax = 4;

    // Escaped besides what Safe Browsing escapes: characters that would end the host when the canonical URL is read again.
    private static readonly SearchValues<byte> Verbatim = PercentEncoding.PrintableExcept("#%/?\\@:[]"u8);
    private static readonly SearchValues<char> PlainName = SearchValues.Create("abcdefghijklmnopqrstuvwxyz0123456789-_.");
    // Raw, these end a host or belong to something else; escaped, they are odd bytes of a name.
    private static readonly SearchValues<char> NeverInName = SearchValues.Create("/\\?#@:[]");
    private static readonly SearchValues<char> AddressLiteral = SearchValues.Create("0123456789abcdefABCDEF:.");
    // WHATWG: transitional processing off and CheckHyphens off. ICU behind IdnMapping does the first; Punycode mends the second.
    private static readonly IdnMapping Idn = new() { AllowUnassigned = true, UseStd3AsciiRules = false };

    /// <summary>True when the host is a name in canonical form already, so that nothing need be copied. No allocation.</summary>
    /// <remarks>Says false of addresses: their forms are too many for a quick look, except dotted decimal.</remarks>
    public static bool IsCanonical(ReadOnlySpan<char> host)
    {
        if (host.IsEmpty || host.Length > LengthMax || host.ContainsAnyExcept(PlainName)) return false;
        if (host[0] == '.' || host[^1] == '.' || host.IndexOf("..") >= 0) return false;
        // A last label that begins with a digit may be a number, and then the whole host an address in disguise.
        return !char.IsAsciiDigit(host[host.LastIndexOf('.') + 1]) || IsDottedQuad(host);
    }

    /// <summary>True when a host in canonical form has only the characters of host names (letters, digits, hyphen, underscore, dot), which an address of version 6 or an odd name has not.</summary>
    public static bool IsPlainName(ReadOnlySpan<char> canonicalHost) => !canonicalHost.ContainsAnyExcept(PlainName);

    /// <summary>True for IPv4 in dotted decimal without leading zeros.</summary>
    public static bool IsDottedQuad(ReadOnlySpan<char> host)
    {
        var parts = 0;
        foreach (var range in host.Split('.'))
        {
            var part = host[range];
            if (++parts > 4 || part.IsEmpty || part.Length > 3 || (part.Length > 1 && part[0] == '0')) return false;
            var value = 0;
            foreach (var c in part)
            {
                if (!char.IsAsciiDigit(c)) return false;
                value = value * 10 + c - '0';
            }
            if (value > 255) return false;
        }
        return parts == 4;
    }

    /// <summary>Brings a host into canonical form. Never throws.</summary>
    public static bool TryCanonicalize(ReadOnlySpan<char> host, [NotNullWhen(true)] out string? canonical)
    {
        canonical = null;
        if (IsCanonical(host))
        {
            canonical = host.ToString();
            return true;
        }
        if (host.IsEmpty || host.Length > InputLengthMax) return false;
        // Addresses of version 6 come first: nothing in them is unescaped. A bare one is how the kernel names a redirected connection's destination.
        if (host[0] == '[') return host[^1] == ']' && TryFormatIPv6(host[1..^1], out canonical);
        if (host.Count(':') > 1 && TryFormatIPv6(host, out canonical)) return true;
        if (host.ContainsAny(NeverInName)) return false;

        var bytes = ArrayPool<byte>.Shared.Rent(host.Length * 3);
        try
        {
            var length = ToBytes(host, bytes);
            return TryCanonicalizeName(bytes.AsSpan(0, length), out canonical);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(bytes);
        }
    }

    private static bool TryCanonicalizeName(Span<byte> name, [NotNullWhen(true)] out string? canonical)
    {
        canonical = null;
        // Step 1: unescape; step 2: map what is not ASCII; again while that brought up something new.
        for (var round = 0; ; round++)
        {
            if (round == RoundsMax) return false;
            name = name[..PercentEncoding.UnescapeFully(name)];
            if (Ascii.IsValid(name) || !Utf8.IsValid(name)) break;
            if (MapToAscii(Encoding.UTF8.GetString(name)) is not { } mapped) return false;
            name = Encoding.ASCII.GetBytes(mapped);
        }

        // Step 3: lower case, no empty labels, no dots at the ends.
        var length = 0;
        foreach (var b in name)
        {
            if (b == '.' && (length == 0 || name[length - 1] == '.')) continue;
            name[length++] = b is >= (byte)'A' and <= (byte)'Z' ? (byte)(b | 0x20) : b;
        }
        if (length > 0 && name[length - 1] == '.') length--;
        name = name[..length];
        if (name.IsEmpty) return false;

        // Step 4: an address in any legal form, else the name with odd bytes escaped.
        canonical = TryReadIPv4(name, out var address)
            ? string.Create(CultureInfo.InvariantCulture, $"{address >> 24}.{address >> 16 & 0xFF}.{address >> 8 & 0xFF}.{address & 0xFF}")
            : PercentEncoding.Escape(name, Verbatim);
        return canonical.Length <= LengthMax;
    }

    /// <summary>UTF-8, but C1 controls as the single bytes they stand for: no host name holds them as text, a host that was never text does.</summary>
    private static int ToBytes(ReadOnlySpan<char> host, Span<byte> bytes)
    {
        if (!host.ContainsAnyInRange('\u0080', '\u009F')) return Encoding.UTF8.GetBytes(host, bytes);
        var length = 0;
        while (!host.IsEmpty)
        {
            var run = host.IndexOfAnyInRange('\u0080', '\u009F');
            if (run < 0) run = host.Length;
            length += Encoding.UTF8.GetBytes(host[..run], bytes[length..]);
            host = host[run..];
            if (host.IsEmpty) break;
            bytes[length++] = (byte)host[0];
            host = host[1..];
        }
        return length;
    }

    /// <summary>UTS 46 on each label that is not ASCII: full-width forms, capital letters, soft hyphens, then Punycode.</summary>
    /// <returns>Null when a label is too long for any host.</returns>
    private static string? MapToAscii(string host)
    {
        var mapped = new StringBuilder(host.Length + 16);
        // UTS 46 §2.3: these three are dots too.
        host = host.Replace('\u3002', '.').Replace('\uFF0E', '.').Replace('\uFF61', '.');
        // Unicode 16 changed these, and browsers have followed; ICU 72 (Debian 12) has not. Capital sharp S is a sharp S, no longer "ss"; these invisible marks are dropped.
        host = InvisibleSinceUnicode16().Replace(host.Replace('\u1E9E', '\u00DF'), "");
        foreach (var label in host.Split('.'))
        {
            if (mapped.Length > 0) mapped.Append('.');
            var ascii = Ascii.IsValid(label) ? label : MapLabelToAscii(label);
            if (ascii is null || mapped.Length + ascii.Length > InputLengthMax) return null;
            mapped.Append(ascii);
        }
        return mapped.ToString();
    }

    private static string? MapLabelToAscii(string label)
    {
        try
        {
            return Idn.GetAscii(label);
        }
        catch (ArgumentException)
        {
            // Normalize throws for U+FFFE, the one non-character it knows.
            var lowered = label.Replace('\uFFFE', '\uFFFD').Normalize(NormalizationForm.FormKC).ToLowerInvariant().Normalize(NormalizationForm.FormKC);
            if (Ascii.IsValid(lowered)) return lowered;
            // Punycode is never shorter than its label in characters, and costs the square of it.
            return lowered.Length <= 2 * LengthMax ? Punycode.ToAscii(lowered) : null;
        }
    }

    [GeneratedRegex("[\u180E\u206A-\u206F]", RegexOptions.None, matchTimeoutMilliseconds: 1000)]
    private static partial Regex InvisibleSinceUnicode16();

    /// <summary>IPv4 as <c>inet_aton</c> reads it: one to four parts, each decimal, octal (<c>0</c>) or hex (<c>0x</c>); the last fills the bytes that are left.</summary>
    private static bool TryReadIPv4(ReadOnlySpan<byte> name, out uint address)
    {
        address = 0;
        var parts = name.Count((byte)'.') + 1;
        if (parts > 4) return false;
        for (var i = 0; i < parts; i++)
        {
            var end = name.IndexOf((byte)'.');
            if (!TryReadNumber(end < 0 ? name : name[..end], out var value)) return false;
            // Bits over a part's share fall away, as resolvers of old did; browsers refuse such a host, so nothing is merged that they keep apart.
            var isLast = i == parts - 1;
            var bytes = isLast ? 5 - parts : 1;
            address = bytes == 4 ? value : address << (bytes * 8) | value & ((1u << (bytes * 8)) - 1);
            if (!isLast) name = name[(end + 1)..];
        }
        return true;
    }

    private static bool TryReadNumber(ReadOnlySpan<byte> digits, out uint value)
    {
        value = 0;
        if (digits.IsEmpty) return false;
        var radix = 10u;
        if (digits.Length > 1 && digits[0] == '0')
        {
            radix = digits[1] == 'x' ? 16u : 8u;
            digits = digits[(radix == 16 ? 2 : 1)..];
        }
        var total = 0ul;
        foreach (var digit in digits)
        {
            var v = PercentEncoding.HexValue(digit);
            if (v < 0 || v >= radix) return false;
            total = total * radix + (uint)v;
            if (total > uint.MaxValue) return false;
        }
        value = (uint)total;
        return true;
    }

    /// <summary>IPv6 as RFC 5952 writes it, in brackets; a mapped IPv4 address as IPv4. A zone, which only this host could understand, is dropped.</summary>
    private static bool TryFormatIPv6(ReadOnlySpan<char> literal, [NotNullWhen(true)] out string? canonical)
    {
        canonical = null;
        var zone = literal.IndexOf('%');
        if (zone >= 0) literal = literal[..zone];
        if (literal.ContainsAnyExcept(AddressLiteral) || !literal.Contains(':') || !IPAddress.TryParse(literal, out var address)) return false;
        if (address.IsIPv4MappedToIPv6)
        {
            canonical = address.MapToIPv4().ToString();
            return true;
        }

        Span<byte> bytes = stackalloc byte[16];
        address.TryWriteBytes(bytes, out _);
        Span<ushort> groups = stackalloc ushort[8];
        for (var i = 0; i < 8; i++) groups[i] = BinaryPrimitives.ReadUInt16BigEndian(bytes[(i * 2)..]);

        // RFC 5952 §4.2: the longest run of at least two zero groups, the first of equals.
        var (runStart, runLength) = (-1, 1);
        for (var i = 0; i < 8; i++)
        {
            var end = i;
            while (end < 8 && groups[end] == 0) end++;
            if (end - i > runLength) (runStart, runLength) = (i, end - i);
            if (end > i) i = end - 1;
        }
        var text = new StringBuilder("[", 41);
        for (var i = 0; i < 8; i++)
        {
            if (i == runStart)
            {
                text.Append("::");
                i += runLength - 1;
                continue;
            }
            if (text[^1] is not ('[' or ':')) text.Append(':');
            text.Append(groups[i].ToString("x", CultureInfo.InvariantCulture));
        }
        canonical = text.Append(']').ToString();
        return true;
    }
}
