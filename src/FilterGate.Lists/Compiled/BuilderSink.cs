using FilterGate.Lists.Formats;
using FilterGate.Matching;

namespace FilterGate.Lists.Compiled;

/// <summary>Gives the entries of one list to one part of a builder, and counts.</summary>
internal sealed class BuilderSink(ListMatcher.Builder.Part part, int source, string list) : IEntrySink
{
    public EntryTally Tally { get; } = new(list);

    public void Add(in ListEntry entry)
    {
        if (part.TryAdd(source, entry, out var why)) Tally.Count();
        else Tally.Reject(entry.Line, entry.Written ?? entry.Text, why);
    }

    public void AddHost(ReadOnlySpan<byte> host, int line)
    {
        part.AddHost(source, host, line);
        Tally.Count();
    }

    public void AddPage(ReadOnlySpan<byte> page, int hostLength, int line)
    {
        part.AddPage(source, page, hostLength, line);
        Tally.Count();
    }

    public void Reject(int line, string text, string why) => Tally.Reject(line, text, why);

    void IEntrySink.LeaveOut(string why) => Tally.LeaveOut(why);
}
