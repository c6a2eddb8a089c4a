using System.Buffers;
using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;

namespace FilterGate.Events.Sqlite;

/// <summary>The digest of a commit: SHA-256 over the digest before it and everything that its events say, in the order of commit.</summary>
/// <remarks>Over what an event says and not over how it is stored, so that a later schema leaves old digests as they are: a field is its number and its value, null is left out, and a new field takes a new
/// number. What a digest must not depend on is the key, which a restored or merged file may give anew.</remarks>
internal sealed class EventDigest : IDisposable
{
    /// <summary>Bytes of a digest.</summary>
    internal const int Size = SHA256.HashSizeInBytes;

    private const byte EndOfEvent = 0xFF;

    private readonly IncrementalHash _hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
    private readonly ArrayBufferWriter<byte> _event = new(1024);

    /// <summary>What the first commit of a file follows: the digest of the file's name, so that one file cannot be passed off as another.</summary>
    internal static byte[] Seed(EventFile file) => SHA256.HashData(Encoding.UTF8.GetBytes($"FilterGate events {file.Name}"));

    /// <summary>Begins a commit.</summary>
    internal void Begin(ReadOnlySpan<byte> previous) => _hash.AppendData(previous);

    /// <summary>Adds an event.</summary>
    internal void Add(long seq, FilterEvent e, Reference? reference)
    {
        _event.ResetWrittenCount();
        Integer(0, seq);
        Id(1, e.Id);
        Integer(2, e.Time.ToUnixTimeMilliseconds());
        Text(3, e.Gateway);
        Integer(4, (byte)e.Kind);
        Integer(5, (byte?)e.Decision);
        Integer(6, (byte?)e.Reason);
        Text(7, e.Client);
        Text(8, e.Device);
        Text(9, e.Person);
        Text(10, e.Group);
        Text(11, e.Tier);
        Text(12, e.Method);
        Text(13, e.Url);
        Text(14, e.Host);
        Integer(15, e.Status);
        Integer(16, e.Bytes);
        Text(17, e.Category);
        Text(18, e.List);
        Text(19, e.Entry);
        Text(20, e.EntryId);
        Text(21, e.Rule);
        Text(22, e.PolicyVersion);
        Text(23, e.ListsVersion);
        Integer(24, reference?.Value);
        Integer(25, e.Line);
        Text(26, e.ListVersion);
        Integer(27, (byte?)e.ActKind);
        Id(28, e.Act);
        Integer(29, (byte?)e.Intent);
        Text(30, e.Title);
        Text(31, e.SearchWords);
        Text(32, e.Referer);
        _event.GetSpan(1)[0] = EndOfEvent;
        _event.Advance(1);
        _hash.AppendData(_event.WrittenSpan);
    }

    /// <summary>Ends a commit.</summary>
    internal byte[] End() => _hash.GetHashAndReset();

    public void Dispose() => _hash.Dispose();

    private void Integer(byte field, long? value)
    {
        if (value is null) return;
        var span = _event.GetSpan(9);
        span[0] = field;
        BinaryPrimitives.WriteInt64LittleEndian(span[1..], value.Value);
        _event.Advance(9);
    }

    private void Id(byte field, Guid? value)
    {
        if (value is null) return;
        var span = _event.GetSpan(17);
        span[0] = field;
        value.Value.TryWriteBytes(span[1..], bigEndian: true, out _);
        _event.Advance(17);
    }

    private void Text(byte field, string? value)
    {
        if (value is null) return;
        value = EventTable.Storable(value);
        var span = _event.GetSpan(5 + Encoding.UTF8.GetMaxByteCount(value.Length));
        span[0] = field;
        // With its length, so that no two events run together to the same bytes.
        var length = Encoding.UTF8.GetBytes(value, span[5..]);
        BinaryPrimitives.WriteInt32LittleEndian(span[1..], length);
        _event.Advance(5 + length);
    }
}
