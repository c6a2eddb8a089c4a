using System.Buffers;
using System.Text;
using FilterGate.Matching;
using FilterGate.Proxy.Acts;
using FilterGate.State;

namespace FilterGate.Proxy.Connections;

/// <summary>What reading a CONNECT head came to.</summary>
internal enum ConnectHeadStatus
{
    /// <summary>More bytes are needed.</summary>
    Incomplete,

    /// <summary>These bytes are another request: Kestrel's.</summary>
    NotConnect,

    /// <summary>It was read.</summary>
    Complete,

    /// <summary>It is a CONNECT and breaks the rules: answered 400.</summary>
    Malformed,

    /// <summary>Its first line is longer than the bound: answered 414.</summary>
    LineTooLong,

    /// <summary>Its head is longer than the bound: answered 431.</summary>
    HeadTooLong,
}

/// <summary>The head of a <c>CONNECT</c> request, which Kestrel parses but gives no tunnel for.</summary>
/// <param name="Host">Canonical host to connect to.</param>
/// <param name="Port">1 to 65535.</param>
/// <param name="OtherHost">The canonical host of the Host field where it names another: it is decided too.</param>
/// <remarks>
/// <see href="https://www.rfc-editor.org/rfc/rfc9110#section-9.3.6">RFC 9110 §9.3.6</see> and <see href="https://www.rfc-editor.org/rfc/rfc9112">RFC 9112</see>, strictly: lines end in CRLF, names are tokens, no folding,
/// and no Content-Length or Transfer-Encoding, which have no meaning here and are how requests are smuggled.
/// A Host field without the port, or differing from the target, is common in apps and accepted.
/// </remarks>
internal sealed record ConnectHead(string Host, int Port, string? OtherHost)
{
    /// <summary>What kind of device its <c>User-Agent</c> says it is; of a tunnel that is all that is ever said of it.</summary>
    public DeviceKind Kind { get; private init; }

    private static ReadOnlySpan<byte> Method => "CONNECT "u8;

    // RFC 9110 §5.6.2.
    private static readonly SearchValues<byte> TokenBytes =
        SearchValues.Create("!#$%&'*+-.^_`|~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"u8);

    private static readonly SearchValues<char> NotInAuthority = SearchValues.Create("@/?#\\ \t");

    /// <summary>Reads a CONNECT head from the start of a buffer.</summary>
    /// <param name="input">What has arrived so far.</param>
    /// <param name="limits">The bounds.</param>
    /// <param name="head">The head when <see cref="ConnectHeadStatus.Complete"/>.</param>
    /// <param name="consumed">The end of the head; what follows belongs to the tunnel.</param>
    public static ConnectHeadStatus TryRead(in ReadOnlySequence<byte> input, GatewayLimits limits, out ConnectHead? head, out SequencePosition consumed)
    {
        head = null;
        consumed = input.Start;

        // Step 1: is it a CONNECT at all? Decided on as few bytes as it takes, so that other requests go on at once.
        Span<byte> start = stackalloc byte[Method.Length];
        var startLength = (int)Math.Min(input.Length, Method.Length);
        input.Slice(0, startLength).CopyTo(start);
        if (!Method.StartsWith(start[..startLength])) return ConnectHeadStatus.NotConnect;
        if (startLength < Method.Length) return ConnectHeadStatus.Incomplete;

        // Step 2: the whole head, within its bounds.
        var reader = new SequenceReader<byte>(input);
        if (!reader.TryReadTo(out ReadOnlySequence<byte> line, "\r\n"u8))
            return input.Length > limits.RequestLineBytesMax ? ConnectHeadStatus.LineTooLong : ConnectHeadStatus.Incomplete;
        if (line.Length > limits.RequestLineBytesMax) return ConnectHeadStatus.LineTooLong;
        if (!TryReadRequestLine(line.Slice(Method.Length), out var host, out var port)) return ConnectHeadStatus.Malformed;

        // Step 3: the fields; only Host and User-Agent say anything to a tunnel.
        string? otherHost = null;
        var kind = DeviceKind.Unknown;
        var hostFields = 0;
        while (true)
        {
            if (reader.Consumed > limits.RequestHeadBytesMax) return ConnectHeadStatus.HeadTooLong;
            if (!reader.TryReadTo(out ReadOnlySequence<byte> field, "\r\n"u8))
                return input.Length > limits.RequestHeadBytesMax ? ConnectHeadStatus.HeadTooLong : ConnectHeadStatus.Incomplete;
            if (field.IsEmpty) break;
            if (!TryReadField(field, out var name, out var value)) return ConnectHeadStatus.Malformed;
            if (name.Equals("Content-Length", StringComparison.OrdinalIgnoreCase) || name.Equals("Transfer-Encoding", StringComparison.OrdinalIgnoreCase))
                return ConnectHeadStatus.Malformed;
            if (kind == DeviceKind.Unknown && name.Equals("User-Agent", StringComparison.OrdinalIgnoreCase)) kind = DeviceKinds.Of(value);
            if (!name.Equals("Host", StringComparison.OrdinalIgnoreCase)) continue;
            if (++hostFields > 1) return ConnectHeadStatus.Malformed;
            if (value.Length == 0) continue;
            if (!TrySplitAuthority(value, requirePort: false, out var named, out _)) return ConnectHeadStatus.Malformed;
            if (named != host) otherHost = named;
        }

        head = new ConnectHead(host, port, otherHost) { Kind = kind };
        consumed = reader.Position;
        return ConnectHeadStatus.Complete;
    }

    private static bool TryReadRequestLine(in ReadOnlySequence<byte> rest, out string host, out int port)
    {
        (host, port) = ("", 0);
        var text = Encoding.Latin1.GetString(rest);
        var space = text.IndexOf(' ', StringComparison.Ordinal);
        if (space < 0 || text.AsSpan(space + 1) is not ("HTTP/1.1" or "HTTP/1.0")) return false;
        return TrySplitAuthority(text.AsSpan(0, space), requirePort: true, out host, out port);
    }

    private static bool TrySplitAuthority(ReadOnlySpan<char> authority, bool requirePort, out string host, out int port)
    {
        (host, port) = ("", 0);
        // User information has no place here (RFC 9110 §4.2.4), and everything else is a host's or a port's character.
        if (authority.ContainsAny(NotInAuthority) || authority.ContainsAnyExceptInRange('!', '~')) return false;
        var colon = authority.LastIndexOf(':');
        if (colon <= authority.LastIndexOf(']')) colon = -1; // an IPv6 address without port
        if (colon < 0)
        {
            if (requirePort || !CanonicalUrl.TryCanonicalizeHost(authority, out var bare)) return false;
            host = bare;
            return true;
        }

        var digits = authority[(colon + 1)..];
        if (digits.Length is 0 or > 5 || digits.ContainsAnyExceptInRange('0', '9')) return false;
        port = int.Parse(digits, System.Globalization.NumberStyles.None, System.Globalization.CultureInfo.InvariantCulture);
        if (port is 0 or > 65535 || !CanonicalUrl.TryCanonicalizeHost(authority[..colon], out var canonical)) return false;
        host = canonical;
        return true;
    }

    private static bool TryReadField(in ReadOnlySequence<byte> field, out string name, out string value)
    {
        (name, value) = ("", "");
        var bytes = field.IsSingleSegment ? field.FirstSpan : field.ToArray();
        var colon = bytes.IndexOf((byte)':');
        if (colon <= 0 || bytes[..colon].ContainsAnyExcept(TokenBytes) || bytes.ContainsAny((byte)0, (byte)'\r', (byte)'\n')) return false;
        name = Encoding.ASCII.GetString(bytes[..colon]);
        value = Encoding.Latin1.GetString(bytes[(colon + 1)..]).Trim(' ', '\t');
        return true;
    }
}
