using System.Security.Cryptography;
using FilterGate.Lists.Formats;
using FilterGate.Matching;

namespace FilterGate.Lists.Compiled;

/// <summary>Counts what a list holds: entries that can be used, lines that cannot with the first of them, and lines left out on purpose.</summary>
/// <param name="list">Its name.</param>
internal sealed class EntryTally(string list)
{
    public int EntryCount { get; private set; }

    public int RejectedCount { get; private set; }

    /// <summary>Of these, entries that a guard refused.</summary>
    public int RefusedCount { get; set; }

    /// <summary>The first <see cref="ListLoader.SyntaxErrorsMax"/>.</summary>
    public List<ListSyntaxError> Errors { get; } = [];

    public Dictionary<string, int> LeftOut { get; } = new(StringComparer.Ordinal);

    /// <summary>Reads a whole file and keeps nothing of its entries.</summary>
    /// <exception cref="IOException">It cannot be read.</exception>
    public static EntryTally Of(ListFile file)
    {
        var tally = new EntryTally(file.List);
        using var stream = new FileStream(file.Path, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 0, FileOptions.SequentialScan);
        using var digest = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        ListParser.Parse(file.Format, new LineReader(stream, digest), new Sink(tally), Path.GetDirectoryName(file.Path) is { } folder ? new IncludeFolder(folder) : null);
        return tally;
    }

    /// <summary>One entry more, which the matcher takes.</summary>
    public void Count() => EntryCount++;

    /// <summary>One entry more, or one line that the matcher would not take.</summary>
    public void Count(in ListEntry entry)
    {
        if (entry.WhyUnusable() is { } why) Reject(entry.Line, entry.Written ?? entry.Text, why);
        else EntryCount++;
    }

    /// <summary>As <see cref="IEntrySink.Reject"/>.</summary>
    public void Reject(int line, string text, string why)
    {
        RejectedCount++;
        if (Errors.Count < ListLoader.SyntaxErrorsMax) Errors.Add(new(list, line, text.Length <= ListSyntaxError.TextLengthMax ? text : text[..ListSyntaxError.TextLengthMax], why));
    }

    /// <summary>As <see cref="IEntrySink.LeaveOut"/>.</summary>
    public void LeaveOut(string why) => LeftOut[why] = LeftOut.GetValueOrDefault(why) + 1;

    private sealed class Sink(EntryTally tally) : IEntrySink
    {
        public void Add(in ListEntry entry) => tally.Count(entry);

        public void AddHost(ReadOnlySpan<byte> host, int line) => tally.Count();

        public void AddPage(ReadOnlySpan<byte> page, int hostLength, int line) => tally.Count();

        public void Reject(int line, string text, string why) => tally.Reject(line, text, why);

        public void LeaveOut(string why) => tally.LeaveOut(why);
    }
}
