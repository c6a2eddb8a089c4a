using FilterGate.Lists.Formats;
using FilterGate.Matching;

namespace FilterGate.Lists.Compiled;

/// <summary>Gives the entries of one list to one part of a builder, and counts.</summary>
internal sealed class BuilderSink(ListMatcher.Builder.Part part, int source, string list) : IEntrySink
{
    public int EntryCount { get; private set; }

    public int RejectedCount { get; private set; }

    public List<ListSyntaxError> Errors { get; } = [];

    public Dictionary<string, int> LeftOut { get; } = new(StringComparer.Ordinal);

    public void Add(in ListEntry entry)
    {
        if (part.TryAdd(source, entry, out var why)) EntryCount++;
        else Reject(entry.Line, entry.Written ?? entry.Text, why);
    }

    public void AddHost(ReadOnlySpan<byte> host, int line)
    {
        part.AddHost(source, host, line);
        EntryCount++;
    }

    public void AddPage(ReadOnlySpan<byte> page, int hostLength, int line)
    {
        part.AddPage(source, page, hostLength, line);
        EntryCount++;
    }

    public void Reject(int line, string text, string why)
    {
        RejectedCount++;
        if (Errors.Count < ListLoader.SyntaxErrorsMax) Errors.Add(new(list, line, text.Length <= ListSyntaxError.TextLengthMax ? text : text[..ListSyntaxError.TextLengthMax], why));
    }

    void IEntrySink.LeaveOut(string why) => LeftOut[why] = LeftOut.GetValueOrDefault(why) + 1;
}
