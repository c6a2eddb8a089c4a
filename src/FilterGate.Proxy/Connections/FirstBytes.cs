using System.Buffers;
using System.Buffers.Binary;
using System.IO.Pipelines;
using System.Numerics;
using FilterGate.Policy.WaysRound;

namespace FilterGate.Proxy.Connections;

/// <summary>What a connection without TLS begins with.</summary>
internal enum FirstBytesStatus
{
    /// <summary>It may be several things yet: more bytes are needed.</summary>
    Incomplete,

    /// <summary>An HTTP request; Kestrel judges the rest.</summary>
    Http,

    /// <summary>Something else, with a sign of what.</summary>
    NotTheWeb,
}

/// <summary>Says what protocol a connection speaks, from the first bytes of its client: nothing is consumed, and nothing has been forwarded.</summary>
/// <remarks>
/// Each protocol is told by what its own publisher says that a client sends first; one is named only where chance, or another protocol, could hardly send the same. The first of the table that is sure holds; while none is and one may still be, more bytes are awaited.
/// Bounded by <see cref="BytesMax"/>; allocates nothing. Protocols in which the server speaks first (mail, FTP, VNC) show nothing here: their clients wait, and are ended when they have waited too long.
/// </remarks>
internal static class FirstBytes
{
    /// <summary>Bytes looked at. The longest first packet that is told by its end is OpenVPN's with a wrapped key, at most 1 KiB and a header.</summary>
    public const int BytesMax = 1280;

    /// <summary>Fewer bytes than this say nothing of how even they are.</summary>
    private const int HiddenBytesMin = 32;

    // RFC 9110 §9.1 has methods of letters; WebDAV and SSTP add a hyphen and an underscore. None that is registered is longer than 17.
    private const int MethodBytesMax = 24;

    // Servers take a method for what it says, whatever its case; ours calls one in small letters unknown.
    private static readonly SearchValues<byte> Letters = SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"u8);

    private enum Match
    {
        No,
        Maybe,
        Yes,
    }

    private delegate Match Test(ReadOnlySpan<byte> start);

    private static readonly (ConnectionSign Sign, Test Test)[] Protocols =
    [
        (new("SSH", "its greeting, SSH-", null, IsWayRound: true), static start => Begins(start, "SSH-"u8)), // RFC 4253 §4.2
        (new("Proxy within a tunnel", "a CONNECT request within a connection", "web-proxies", IsWayRound: true), static start => Begins(start, "CONNECT "u8)), // RFC 9110 §9.3.6
        (new("OpenVPN", "its first packet, which asks for a session", "vpn", IsWayRound: true), OpenVpn),
        (new("WireGuard over TCP", "the first message of its handshake", "vpn", IsWayRound: true), WireGuard),
        (new("PPTP", "its first message, with the magic cookie", "vpn", IsWayRound: true), static start => Begins(start, [0x00, 0x9C, 0x00, 0x01, 0x1A, 0x2B, 0x3C, 0x4D])), // RFC 2637 §2.1
        (new("IPsec over TCP", "the prefix IKETCP", "vpn", IsWayRound: true), static start => Begins(start, "IKETCP"u8)), // RFC 9329 §4
        (new("SSTP", "its method, SSTP_DUPLEX_POST", "vpn", IsWayRound: true), static start => Begins(start, "SSTP_DUPLEX_POST "u8)), // MS-SSTP §3.2.4.1
        (new("SoftEther VPN", "its request for /vpnsvc/connect.cgi", "vpn", IsWayRound: true), static start => Begins(start, "POST /vpnsvc/connect.cgi "u8)), // Cedar/Protocol.h of its source
        (new("AnyConnect", "its field X-Transcend-Version", "vpn", IsWayRound: true), AnyConnect),
        (new("SOCKS", "its first message, version 5", "web-proxies", IsWayRound: true), Socks5),
        (new("SOCKS", "its first message, version 4", "web-proxies", IsWayRound: true), Socks4),
        (new("BitTorrent", "its handshake", null, IsWayRound: false), static start => Begins(start, "\u0013BitTorrent protocol"u8)), // BEP 3
        (new("Remote Desktop", "its connection request", null, IsWayRound: false), RemoteDesktop),
        (new("STUN", "its first message, of a call or a game", null, IsWayRound: false), Stun),
        (new("WhatsApp", "its first bytes, WA, two versions and a length", null, IsWayRound: false), WhatsApp),
    ];

    /// <summary>Every sign that there is, for tests and pages.</summary>
    internal static IEnumerable<ConnectionSign> Signs => [.. Protocols.Select(p => p.Sign), ConnectionSign.Hidden, ConnectionSign.Other];

    /// <summary>Reads what has arrived.</summary>
    /// <param name="input">The bytes so far, at least one; not the beginning of TLS.</param>
    /// <param name="isLast">True when no more will come, or none is waited for: then the answer is never <see cref="FirstBytesStatus.Incomplete"/>.</param>
    /// <param name="sign">What it is, where it is not HTTP.</param>
    public static FirstBytesStatus Read(in ReadOnlySequence<byte> input, bool isLast, out ConnectionSign? sign)
    {
        Span<byte> copy = stackalloc byte[BytesMax];
        var start = copy[..(int)Math.Min(input.Length, BytesMax)];
        input.Slice(0, start.Length).CopyTo(start);
        isLast |= start.Length == BytesMax;
        sign = null;
        // Servers pass over empty lines before a request (RFC 9112 §2.2), however many: so they make nothing else of it here.
        start = start.TrimStart("\r\n"u8);
        if (start.IsEmpty) return isLast ? FirstBytesStatus.Http : FirstBytesStatus.Incomplete;

        var isOpen = false;
        foreach (var protocol in Protocols)
        {
            var match = protocol.Test(start);
            isOpen |= match == Match.Maybe;
            if (match != Match.Yes) continue;
            sign = protocol.Sign;
            return FirstBytesStatus.NotTheWeb;
        }

        var http = Http(start);
        if ((isOpen || http == Match.Maybe) && !isLast) return FirstBytesStatus.Incomplete;
        // Half a method that never ended was a request all the same: Kestrel says so to its client.
        if (http != Match.No) return FirstBytesStatus.Http;
        sign = IsHidden(start) ? ConnectionSign.Hidden : ConnectionSign.Other;
        return FirstBytesStatus.NotTheWeb;
    }

    /// <summary>Reads until it is clear what a connection speaks, and consumes nothing. Who stops half-way is taken for what there is; who says nothing is <see cref="FirstBytesStatus.Incomplete"/>.</summary>
    /// <param name="input">What the client sends.</param>
    /// <param name="limits">How long the first byte may take, and the rest.</param>
    /// <param name="clock">The time.</param>
    public static async ValueTask<(FirstBytesStatus Status, ConnectionSign? Sign)> ReadAsync(PipeReader input, GatewayLimits limits, TimeProvider clock)
    {
        using var timeout = new CancellationTokenSource(limits.FirstByteTimeout, clock);
        var (hasBegun, isLast) = (false, false);
        while (true)
        {
            ReadResult read;
            try
            {
                read = await input.ReadAsync(isLast ? CancellationToken.None : timeout.Token);
            }
            catch (OperationCanceledException) when (timeout.IsCancellationRequested)
            {
                // Makes the next read give what has come so far.
                isLast = true;
                input.CancelPendingRead();
                continue;
            }

            isLast |= read.IsCompleted;
            ConnectionSign? sign = null;
            var status = read.Buffer.IsEmpty ? FirstBytesStatus.Incomplete : Read(read.Buffer, isLast, out sign);
            if (status != FirstBytesStatus.Incomplete || isLast)
            {
                input.AdvanceTo(read.Buffer.Start);
                return (status, sign);
            }

            input.AdvanceTo(read.Buffer.Start, read.Buffer.End);
            if (!hasBegun && !read.Buffer.IsEmpty) timeout.CancelAfter(limits.HeadTimeout);
            hasBegun |= !read.Buffer.IsEmpty;
        }
    }

    private static Match Begins(ReadOnlySpan<byte> start, ReadOnlySpan<byte> wanted)
    {
        var length = Math.Min(start.Length, wanted.Length);
        if (!start[..length].SequenceEqual(wanted[..length])) return Match.No;
        return length == wanted.Length ? Match.Yes : Match.Maybe;
    }

    /// <summary>Letters, and then a space: <c>SSH-2.0</c> is none, nor is a word of another protocol.</summary>
    private static Match Http(ReadOnlySpan<byte> start)
    {
        var end = start.IndexOfAnyExcept(Letters);
        while (end >= 0 && start[end] is (byte)'-' or (byte)'_')
        {
            var next = start[(end + 1)..].IndexOfAnyExcept(Letters);
            end = next < 0 ? -1 : end + 1 + next;
        }

        if (end < 0) return start.Length <= MethodBytesMax ? Match.Maybe : Match.No;
        return end is > 0 and <= MethodBytesMax && start[end] == ' ' ? Match.Yes : Match.No;
    }

    /// <summary>
    /// <see href="https://openvpn.github.io/openvpn-rfc/openvpn-wire-protocol.html">OpenVPN's wire protocol</see>: over TCP each packet has its length in front. A client's first is P_CONTROL_HARD_RESET_CLIENT_V2 (7) or _V3 (10), with key id 0:
    /// 14 bytes bare, with a MAC of 16 to 64 bytes and a packet id of 1 under <c>tls-auth</c> and <c>tls-crypt</c>; V3 ends with the client's wrapped key, and that with its length.
    /// </summary>
    private static Match OpenVpn(ReadOnlySpan<byte> start)
    {
        const int Head = 14, ReplayBytes = 8, WrappedAt = 54, SessionEnd = 2 + 1 + 8;
        if (start.Length < 3) return start[0] <= 0x05 ? Match.Maybe : Match.No;
        var length = BinaryPrimitives.ReadUInt16BigEndian(start);
        if (start[2] is not (0x38 or 0x50) || length < Head || 2 + length > BytesMax) return Match.No;
        if (start.Length < 2 + length) return Match.Maybe;
        if (start[2] == 0x50) return length > WrappedAt && BinaryPrimitives.ReadUInt16BigEndian(start[length..]) == length - WrappedAt ? Match.Yes : Match.No;
        if (length == Head) return start[SessionEnd..(2 + Head)].ContainsAnyExcept((byte)0) ? Match.No : Match.Yes;

        // The packet id, 1, stands after the session under tls-crypt and after the MAC under tls-auth.
        var mac = length - Head - ReplayBytes;
        if (mac is not (16 or 20 or 28 or 32 or 48 or 64)) return Match.No;
        return IsOne(start[SessionEnd..]) || IsOne(start[(SessionEnd + mac)..]) ? Match.Yes : Match.No;

        static bool IsOne(ReadOnlySpan<byte> number) => BinaryPrimitives.ReadUInt32BigEndian(number) == 1;
    }

    /// <summary>The <see href="https://www.wireguard.com/papers/wireguard.pdf">handshake initiation</see> (§5.4.2), type 1 and 148 bytes, as programs carry it over TCP: with its length in front.</summary>
    private static Match WireGuard(ReadOnlySpan<byte> start) => Begins(start, [0x00, 148, 0x01, 0x00, 0x00, 0x00]);

    /// <summary><see href="https://datatracker.ietf.org/doc/html/draft-mavrogiannopoulos-openconnect-04">The OpenConnect protocol</see>: a request like any other but for its fields. Nothing is waited for, or every request would be.</summary>
    private static Match AnyConnect(ReadOnlySpan<byte> start) => start.StartsWith("POST "u8) || start.StartsWith("GET "u8) ? start.IndexOf("\r\nX-Transcend-Version: "u8) > 0 ? Match.Yes : Match.No : Match.No;

    /// <summary><see href="https://www.rfc-editor.org/rfc/rfc1928#section-3">RFC 1928 §3</see>: the methods that the client knows, and nothing more until the server has answered.</summary>
    private static Match Socks5(ReadOnlySpan<byte> start)
    {
        if (start[0] != 5) return Match.No;
        if (start.Length < 2) return Match.Maybe;
        var methods = start[2..];
        // 0 to 9 are assigned, 80 and more are private (IANA); a client that knows more than ten has not been met.
        if (start[1] is 0 or > 10 || methods.Length > start[1] || methods.ContainsAnyInRange((byte)0x0A, (byte)0x7F)) return Match.No;
        return methods.Length == start[1] ? Match.Yes : Match.Maybe;
    }

    /// <summary><see href="https://www.openssh.com/txt/socks4.protocol">SOCKS4</see> and <see href="https://www.openssh.com/txt/socks4a.protocol">4a</see>: version, command, port, address, a user's name and perhaps a host's, each with a NUL at its end.</summary>
    private static Match Socks4(ReadOnlySpan<byte> start)
    {
        const int Fixed = 8, NameBytesMax = 255;
        if (start[0] != 4 || (start.Length > 1 && start[1] is not (1 or 2)) || start.Length > Fixed + (2 * NameBytesMax)) return Match.No;
        if (start.Length <= Fixed) return Match.Maybe;
        if (start[Fixed..].ContainsAnyInRange((byte)0x01, (byte)0x1F)) return Match.No;
        return start[^1] == 0 ? Match.Yes : Match.Maybe;
    }

    /// <summary><see href="https://learn.microsoft.com/openspecs/windows_protocols/ms-rdpbcgr/18a27ef9-6f9a-4501-b000-94b1fe3c2c10">MS-RDPBCGR §2.2.1.1</see>: a TPKT header, and in it an X.224 connection request of the same length.</summary>
    private static Match RemoteDesktop(ReadOnlySpan<byte> start)
    {
        const int TpktBytes = 4, ConnectionRequest = 0xE0;
        if (Begins(start, [0x03, 0x00]) is not Match.Yes and var match) return match;
        if (start.Length < 6) return Match.Maybe;
        return BinaryPrimitives.ReadUInt16BigEndian(start[2..]) == TpktBytes + 1 + start[TpktBytes] && start[TpktBytes + 1] == ConnectionRequest ? Match.Yes : Match.No;
    }

    /// <summary><see href="https://www.rfc-editor.org/rfc/rfc8489#section-5">RFC 8489 §5</see>: a request to bind, or to allocate a relay, with the magic cookie.</summary>
    private static Match Stun(ReadOnlySpan<byte> start)
    {
        if (Begins(start, [0x00]) == Match.No || (start.Length > 1 && start[1] is not (1 or 3))) return Match.No;
        if (start.Length < 8) return Match.Maybe;
        return BinaryPrimitives.ReadUInt32BigEndian(start[4..]) == 0x2112A442 ? Match.Yes : Match.No;
    }

    /// <summary>As its open-source clients write it; Meta publishes nothing: WA, the version 6, that of a dictionary (2, 3 and 5 have been met), and the length of the first message in three bytes, of which it needs one.</summary>
    private static Match WhatsApp(ReadOnlySpan<byte> start)
    {
        if (Begins(start, "WA\u0006"u8) is not Match.Yes and var match) return match;
        if (start.Length > 3 && start[3] >= 0x20) return Match.No;
        return start.Length < 6 ? Match.Maybe : start[4] == 0 && start[5] == 0 ? Match.Yes : Match.No;
    }

    /// <summary>
    /// Encryption without a beginning, by the rules that <see href="https://www.usenix.org/conference/usenixsecurity23/presentation/wu-mingshi">Wu et al.</see> measured at the Great Firewall: not unevenly many bits set, no text at the beginning, not mostly text, no long piece of text.
    /// Every protocol of the web and of apps that has a header falls outside them.
    /// </summary>
    private static bool IsHidden(ReadOnlySpan<byte> start)
    {
        if (start.Length < HiddenBytesMin) return false;
        int bits = 0, printable = 0, run = 0, longest = 0;
        foreach (var b in start)
        {
            bits += BitOperations.PopCount(b);
            run = b is >= 0x20 and <= 0x7E ? run + 1 : 0;
            if (run > 0) printable++;
            longest = Math.Max(longest, run);
        }

        var bitsPerByte = (double)bits / start.Length;
        return bitsPerByte is > 3.4 and < 4.6 && start[..6].ContainsAnyExceptInRange((byte)0x20, (byte)0x7E) && printable * 2 <= start.Length && longest <= 20;
    }
}
