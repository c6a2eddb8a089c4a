using System.Security.Cryptography;
using FilterGate.Matching;

namespace FilterGate.Lists.Locked;

/// <summary>The shipped demonstration list: reserved names in the shape of the real lists. It is always in force, protects nobody, and never makes a status green.</summary>
internal static class LockedSample
{
    /// <summary>True when these bytes are the shipped sample.</summary>
    public static bool Is(ReadOnlySpan<byte> text)
    {
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes], shipped = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(text, hash);
        foreach (var path in ShippedLists.PathsUnder("locked/"))
        {
            using var stream = ShippedLists.Open(path);
            SHA256.HashData(stream, shipped);
            if (hash.SequenceEqual(shipped)) return true;
        }
        return false;
    }

    /// <summary>Reads one file of it: CSV with the headings <c>entry,category</c> and, where it has one, <c>verification</c>.</summary>
    /// <param name="list">Its name, such as <c>locked/iwf-style-sample</c>.</param>
    /// <param name="stream">The file.</param>
    /// <param name="taxonomy">Where its categories are found.</param>
    /// <param name="key">The box's key.</param>
    /// <param name="digest">SHA-256 of the file.</param>
    /// <exception cref="ListLoadException">It is some other file.</exception>
    public static LockedReading Read(string list, Stream stream, Taxonomy taxonomy, byte[] key, out byte[] digest)
    {
        using var whole = new MemoryStream();
        stream.CopyTo(whole);
        var text = whole.ToArray();
        digest = SHA256.HashData(text);
        return new LockedFeedReader(list, source: null, taxonomy, key, hashKey: null).Read(text, LockedFormat.Csv);
    }
}
