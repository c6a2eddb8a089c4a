using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;

namespace FilterGate.NameServer;

/// <summary>What a name server answered: a code and the addresses in it.</summary>
/// <param name="Code">0 for an answer, 3 for a name that is not there (RFC 1035 §4.1.1).</param>
/// <param name="Addresses">Of A and AAAA records.</param>
/// <param name="Types">The types of the records of the answer.</param>
internal sealed record DnsReply(int Code, IReadOnlyList<IPAddress> Addresses, IReadOnlyList<ushort> Types);

/// <summary>One question to a name server over UDP, as bytes; the platform's own resolver knows neither server nor type.</summary>
/// <remarks>Reads at most <see cref="BytesMax"/> bytes and <see cref="RecordsMax"/> records; names in the answer are passed over, never followed.</remarks>
internal static class DnsMessage
{
    public const ushort A = 1, Aaaa = 28, Https = 65;

    private const int BytesMax = 4096, RecordsMax = 64;

    /// <summary>Asks once.</summary>
    /// <exception cref="IOException">No answer in time, or none that can be read.</exception>
    public static async Task<DnsReply> AskAsync(IPEndPoint server, string name, ushort type, TimeSpan patience, CancellationToken cancellationToken)
    {
        var id = (ushort)RandomNumberGenerator.GetInt32(ushort.MaxValue);
        using var socket = new Socket(server.AddressFamily, SocketType.Dgram, ProtocolType.Udp);
        using var late = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        late.CancelAfter(patience);
        try
        {
            await socket.ConnectAsync(server, late.Token);
            await socket.SendAsync(Question(id, name, type), late.Token);
            var buffer = new byte[BytesMax];
            while (true)
            {
                var length = await socket.ReceiveAsync(buffer, late.Token);
                if (TryRead(buffer.AsSpan(0, length), id) is { } reply) return reply;
            }
        }
        catch (SocketException problem)
        {
            throw new IOException($"{server} does not answer: {problem.Message}", problem);
        }
        catch (OperationCanceledException problem) when (!cancellationToken.IsCancellationRequested)
        {
            throw new IOException($"{server} does not answer within {patience.TotalSeconds:0} s", problem);
        }
    }

    internal static byte[] Question(ushort id, string name, ushort type)
    {
        var labels = name.Split('.');
        var bytes = new List<byte> { (byte)(id >> 8), (byte)id, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0 };
        foreach (var label in labels)
        {
            var text = Encoding.ASCII.GetBytes(label);
            ArgumentOutOfRangeException.ThrowIfGreaterThan(text.Length, 63, nameof(name));
            bytes.Add((byte)text.Length);
            bytes.AddRange(text);
        }
        bytes.AddRange([0, (byte)(type >> 8), (byte)type, 0, 1]);
        return [.. bytes];
    }

    /// <summary>Reads an answer; null for what is none, or one to another question.</summary>
    internal static DnsReply? TryRead(ReadOnlySpan<byte> message, ushort id)
    {
        if (message.Length < 12 || BinaryPrimitives.ReadUInt16BigEndian(message) != id || (message[2] & 0x80) == 0) return null;
        var (questions, answers) = (BinaryPrimitives.ReadUInt16BigEndian(message[4..]), BinaryPrimitives.ReadUInt16BigEndian(message[6..]));
        var at = 12;
        for (var i = 0; i < questions; i++)
            if (!TrySkipName(message, ref at) || (at += 4) > message.Length) return null;
        var addresses = new List<IPAddress>();
        var types = new List<ushort>();
        for (var i = 0; i < Math.Min((int)answers, RecordsMax); i++)
        {
            if (!TrySkipName(message, ref at) || at + 10 > message.Length) return null;
            var type = BinaryPrimitives.ReadUInt16BigEndian(message[at..]);
            var length = BinaryPrimitives.ReadUInt16BigEndian(message[(at + 8)..]);
            at += 10;
            if (at + length > message.Length) return null;
            types.Add(type);
            if ((type, length) is (A, 4) or (Aaaa, 16)) addresses.Add(new IPAddress(message.Slice(at, length)));
            at += length;
        }
        return new DnsReply(message[3] & 0x0F, addresses, types);
    }

    /// <summary>Passes over a name: labels to a zero, or to a pointer, which ends it.</summary>
    private static bool TrySkipName(ReadOnlySpan<byte> message, ref int at)
    {
        while (at < message.Length)
        {
            var length = message[at];
            if (length == 0)
            {
                at++;
                return true;
            }
            if ((length & 0xC0) == 0xC0)
            {
                at += 2;
                return at <= message.Length;
            }
            if (length > 63) return false;
            at += 1 + length;
        }
        return false;
    }
}
