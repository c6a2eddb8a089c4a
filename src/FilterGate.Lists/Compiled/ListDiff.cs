using System.IO.Hashing;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;
using FilterGate.Lists.Formats;
using FilterGate.Matching;

namespace FilterGate.Lists.Compiled;

/// <summary>An entry that one state of a list has and the other has not.</summary>
/// <param name="File">The file that has it: the new one of an entry gained, the old one of an entry lost.</param>
/// <param name="IsAdded">True when the list gained it.</param>
/// <param name="Entry">The entry.</param>
public sealed record ListChange(ListFile File, bool IsAdded, ListEntry Entry);

/// <summary>What two states of a list differ in, entry by entry: order, comments and spelling do not count.</summary>
/// <remarks>Entries are compared by 128-bit hashes, of which the old state's are held: about 40 bytes an entry while it runs. Both files are read once, the old one a second time where something was lost.</remarks>
internal static class ListDiff
{
    /// <summary>The changes of one list.</summary>
    /// <param name="before">The old state; null for a list that is new.</param>
    /// <param name="after">The new state; null for a list that is gone.</param>
    /// <param name="guard">Refuses what is refused when compiling: what was never in force is no change. Null for a list that nothing is refused of.</param>
    /// <param name="changesMax">Most changes wanted.</param>
    /// <param name="tally">Counts what the new state holds; null where nobody asks.</param>
    /// <returns>Added first, then removed, each in the order of its file; null for more than <paramref name="changesMax"/>.</returns>
    /// <exception cref="IOException">A file cannot be read.</exception>
    public static IReadOnlyList<ListChange>? Between(ListFile? before, ListFile? after, EntryGuard? guard, int changesMax, EntryTally? tally = null)
    {
        var changes = new List<ListChange>();
        var old = new HashSet<UInt128>();
        Read(before, guard, (key, _) => old.Add(key));
        var isOver = false;
        var seen = new HashSet<UInt128>();
        Read(after, guard, (key, entry) =>
        {
            if (old.Remove(key))
            {
                seen.Add(key);
                return;
            }
            // An entry that stands twice is one entry.
            if (isOver || !seen.Add(key)) return;
            changes.Add(new(after!, IsAdded: true, entry()));
            isOver = changes.Count > changesMax;
        }, tally);
        if (isOver || changes.Count + old.Count > changesMax) return null;
        if (old.Count > 0)
            Read(before, guard, (key, entry) =>
            {
                // As often as it stands there: an entry lost is lost in every spelling.
                if (old.Contains(key)) changes.Add(new(before!, IsAdded: false, entry()));
            });
        return changes;
    }

    /// <summary>SHA-256 of a file, hex, as a compile takes it.</summary>
    public static string DigestOf(string path)
    {
        using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 0, FileOptions.SequentialScan);
        return Convert.ToHexStringLower(SHA256.HashData(stream));
    }

    private static void Read(ListFile? file, EntryGuard? guard, Action<UInt128, Func<ListEntry>> take, EntryTally? tally = null)
    {
        if (file is null) return;
        using var stream = new FileStream(file.Path, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 0, FileOptions.SequentialScan);
        using var digest = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var sink = new KeySink(take, tally);
        var guarded = guard is null ? null : new GuardedSink(sink, guard);
        ListParser.Parse(file.Format, new LineReader(stream, digest), (IEntrySink?)guarded ?? sink, Path.GetDirectoryName(file.Path) is { } folder ? new IncludeFolder(folder) : null);
        tally?.RefusedCount = guarded?.RefusedCount ?? 0;
    }

    private sealed class KeySink(Action<UInt128, Func<ListEntry>> take, EntryTally? tally) : IEntrySink
    {
        public void Add(in ListEntry entry)
        {
            if (entry.WhyUnusable() is { } why)
            {
                Reject(entry.Line, entry.Written ?? entry.Text, why);
                return;
            }
            tally?.Count();
            var copy = entry;
            var text = $"{(int)entry.Kind}{(entry.IsException ? '!' : ' ')}{entry.Text}";
            take(XxHash128.HashToUInt128(MemoryMarshal.AsBytes(text.AsSpan())), () => copy);
        }

        public void AddHost(ReadOnlySpan<byte> host, int line)
        {
            tally?.Count();
            // The same host, found the long way, is the same entry.
            Span<char> text = stackalloc char[2 + host.Length];
            (text[0], text[1]) = ('0', ' ');
            Encoding.ASCII.GetChars(host, text[2..]);
            var copy = host.ToArray();
            take(XxHash128.HashToUInt128(MemoryMarshal.AsBytes(text)), () => new(EntryKind.Place, Encoding.ASCII.GetString(copy), line));
        }

        public void Reject(int line, string text, string why) => tally?.Reject(line, text, why);

        public void LeaveOut(string why) => tally?.LeaveOut(why);
    }
}
