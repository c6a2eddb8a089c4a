using System.Security.Cryptography;
using System.Text;
using FilterGate.Lists.Formats;
using FilterGate.Matching;

namespace FilterGate.Lists.Tests.Formats;

/// <summary>Keeps what a parser gives, in words that a table of cases can hold.</summary>
internal sealed class CollectingSink : IEntrySink
{
    public List<ListEntry> Entries { get; } = [];

    public List<(int Line, string Text, string Why)> Rejected { get; } = [];

    public List<string> LeftOut { get; } = [];

    /// <summary>Every entry as one word: a mark for its kind and for an exception, then its text.</summary>
    public string[] Words => [.. Entries.Select(Word)];

    public static CollectingSink Parse(ListFormat format, string text, IIncludes? includes = null) => Parse(format, Encoding.UTF8.GetBytes(text), out _, includes);

    public static CollectingSink Parse(ListFormat format, byte[] bytes, out ParsedList parsed, IIncludes? includes = null)
    {
        using var digest = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        using var stream = new MemoryStream(bytes);
        var sink = new CollectingSink();
        parsed = ListParser.Parse(format, new(stream, digest), sink, includes);
        return sink;
    }

    public void Add(in ListEntry entry) => Entries.Add(entry);

    public void AddHost(ReadOnlySpan<byte> host, int line)
    {
        // What the interface promises to the compiler, which does not look again.
        if (!PlainHost.Is(host)) throw new InvalidOperationException($"Not a plain host: {Encoding.Latin1.GetString(host)}");
        Entries.Add(new(EntryKind.Place, Encoding.ASCII.GetString(host), line));
    }

    public void AddPage(ReadOnlySpan<byte> page, int hostLength, int line)
    {
        if (!PlainHost.IsPage(page, out var length) || length != hostLength) throw new InvalidOperationException($"Not a plain page: {Encoding.Latin1.GetString(page)}");
        Entries.Add(new(EntryKind.Place, Encoding.ASCII.GetString(page), line));
    }

    public void Reject(int line, string text, string why) => Rejected.Add((line, text, why));

    public void LeaveOut(string why) => LeftOut.Add(why);

    private static string Word(ListEntry entry)
    {
        var kind = entry.Kind switch
        {
            EntryKind.Place => "",
            EntryKind.Network => "net:",
            EntryKind.HostPattern => "h:",
            EntryKind.PathPattern => "p:",
            EntryKind.QueryPattern => "q:",
            _ => "u:",
        };
        return (entry.IsException ? "@" : "") + kind + entry.Text;
    }
}
