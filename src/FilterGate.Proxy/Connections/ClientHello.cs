using System.Buffers;
using System.Buffers.Binary;
using System.Text;

namespace FilterGate.Proxy.Connections;

/// <summary>What reading a ClientHello came to.</summary>
internal enum ClientHelloStatus
{
    /// <summary>More bytes are needed.</summary>
    Incomplete,

    /// <summary>It was read.</summary>
    Complete,

    /// <summary>These bytes are not the beginning of TLS.</summary>
    NotTls,

    /// <summary>It begins as TLS and then breaks the rules, or is longer than the bound.</summary>
    Malformed,
}

/// <summary>The first message of a TLS client, read from the bytes as they came: nothing is consumed.</summary>
/// <param name="ServerName">The name asked for (SNI), as sent; null without one.</param>
/// <param name="HasEncryptedClientHello">True when an <c>encrypted_client_hello</c> extension is there. Chromium sends one to every server, made up where it has no key (GREASE), so it says something only beside a name that stands for others (<c>EchNames</c>).</param>
/// <remarks>
/// <see href="https://www.rfc-editor.org/rfc/rfc8446#section-4.1.2">RFC 8446 §4.1.2</see>, records §5.1 (the message may be split over several records),
/// <see href="https://www.rfc-editor.org/rfc/rfc6066#section-3">RFC 6066 §3</see> for the name, RFC 9849 for ECH.
/// </remarks>
internal readonly record struct ClientHello(string? ServerName, bool HasEncryptedClientHello)
{
    /// <summary>The client's fingerprint (<see cref="Ja4"/>); null where it has none.</summary>
    public string? Fingerprint { get; private init; }

    private const byte HandshakeRecord = 22;
    private const byte ClientHelloMessage = 1;
    private const int RecordHeaderBytes = 5;

    // RFC 8446 §5.1: a record carries at most 2^14 bytes of plaintext.
    private const int RecordBytesMax = 1 << 14;
    private const ushort ServerNameExtension = 0;
    private const ushort EncryptedClientHelloExtension = 0xFE0D;

    /// <summary>Reads a ClientHello from the start of a buffer.</summary>
    /// <param name="input">What has arrived so far.</param>
    /// <param name="bytesMax">Longest message accepted.</param>
    /// <param name="hello">The result when <see cref="ClientHelloStatus.Complete"/>.</param>
    public static ClientHelloStatus TryRead(in ReadOnlySequence<byte> input, int bytesMax, out ClientHello hello)
    {
        hello = default;
        if (input.IsEmpty) return ClientHelloStatus.Incomplete;
        if (input.FirstSpan[0] != HandshakeRecord) return ClientHelloStatus.NotTls;

        // A record of at least 4 + 1 bytes per message byte bounds the copy: tiny records cannot make it large.
        var available = (int)Math.Min(input.Length, (long)bytesMax * 2);
        var rented = ArrayPool<byte>.Shared.Rent(available + bytesMax);
        try
        {
            var wire = rented.AsSpan(0, available);
            input.Slice(0, available).CopyTo(wire);
            return TryRead(wire, rented.AsSpan(available, bytesMax), out hello);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(rented);
        }
    }

    private static ClientHelloStatus TryRead(ReadOnlySpan<byte> wire, Span<byte> message, out ClientHello hello)
    {
        hello = default;
        var messageLength = 0;

        // Step 1: join the records' fragments until the handshake message is whole.
        while (true)
        {
            if (wire.Length < RecordHeaderBytes)
                return wire.Length > 1 && wire[1] != 3 ? ClientHelloStatus.NotTls : ClientHelloStatus.Incomplete;
            if (wire[0] != HandshakeRecord || wire[1] != 3) return messageLength == 0 ? ClientHelloStatus.NotTls : ClientHelloStatus.Malformed;
            var recordLength = BinaryPrimitives.ReadUInt16BigEndian(wire[3..]);
            if (recordLength is 0 or > RecordBytesMax) return ClientHelloStatus.Malformed;

            var fragment = wire.Slice(RecordHeaderBytes, Math.Min(recordLength, wire.Length - RecordHeaderBytes));
            if (fragment.Length > message.Length - messageLength) return ClientHelloStatus.Malformed;
            fragment.CopyTo(message[messageLength..]);
            messageLength += fragment.Length;

            if (messageLength >= 1 && message[0] != ClientHelloMessage) return ClientHelloStatus.Malformed;
            if (messageLength >= 4)
            {
                var bodyLength = message[1] << 16 | message[2] << 8 | message[3];
                if (bodyLength + 4 > message.Length) return ClientHelloStatus.Malformed;
                if (messageLength >= bodyLength + 4)
                    return TryReadBody(message.Slice(4, bodyLength), out hello) ? ClientHelloStatus.Complete : ClientHelloStatus.Malformed;
            }

            if (fragment.Length < recordLength) return ClientHelloStatus.Incomplete;
            wire = wire[(RecordHeaderBytes + recordLength)..];
        }
    }

    private static bool TryReadBody(ReadOnlySpan<byte> body, out ClientHello hello)
    {
        hello = default;

        // Step 2: version (2), random (32), session id, cipher suites, compression methods.
        var whole = body;
        if (!TrySkip(ref body, 34) || !TryTake(ref body, 1, out _) || !TryTake(ref body, 2, out var ciphers) || !TryTake(ref body, 1, out _)) return false;
        // A client of TLS 1.0 may send no extensions at all.
        var extensions = body;
        if (!body.IsEmpty && !TryTake(ref body, 2, out extensions)) return false;
        var parts = new HelloParts { Version = BinaryPrimitives.ReadUInt16BigEndian(whole), Ciphers = ciphers, Extensions = extensions };

        // Step 3: the extensions.
        string? serverName = null;
        var hasEncryptedClientHello = false;
        while (!extensions.IsEmpty)
        {
            if (extensions.Length < 2) return false;
            var type = BinaryPrimitives.ReadUInt16BigEndian(extensions);
            extensions = extensions[2..];
            if (!TryTake(ref extensions, 2, out var content)) return false;
            if (type == EncryptedClientHelloExtension) hasEncryptedClientHello = true;
            if (type != ServerNameExtension) continue;

            // RFC 6066 §3: a list of (type 0, name); one name of a type.
            if (serverName is not null || !TryTake(ref content, 2, out var names)) return false;
            while (!names.IsEmpty)
            {
                var nameType = names[0];
                names = names[1..];
                if (!TryTake(ref names, 2, out var name)) return false;
                if (nameType != 0) continue;
                if (serverName is not null || name.IsEmpty || name.ContainsAnyExceptInRange((byte)0x21, (byte)0x7E)) return false;
                serverName = Encoding.ASCII.GetString(name);
            }
        }

        // Every extension was read whole above.
        hello = new ClientHello(serverName, hasEncryptedClientHello) { Fingerprint = Ja4.Of(in parts) };
        return true;
    }

    private static bool TrySkip(ref ReadOnlySpan<byte> from, int count)
    {
        if (from.Length < count) return false;
        from = from[count..];
        return true;
    }

    /// <summary>Takes a vector with its length in front (RFC 8446 §3.4).</summary>
    private static bool TryTake(scoped ref ReadOnlySpan<byte> from, int lengthBytes, out ReadOnlySpan<byte> vector)
    {
        vector = default;
        if (from.Length < lengthBytes) return false;
        var length = lengthBytes == 1 ? from[0] : BinaryPrimitives.ReadUInt16BigEndian(from);
        if (from.Length - lengthBytes < length) return false;
        vector = from.Slice(lengthBytes, length);
        from = from[(lengthBytes + length)..];
        return true;
    }
}
