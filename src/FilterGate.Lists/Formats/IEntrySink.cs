using System.Text;
using FilterGate.Matching;

namespace FilterGate.Lists.Formats;

/// <summary>Takes what a parser finds, in the order of the file.</summary>
internal interface IEntrySink
{
    /// <summary>An entry.</summary>
    void Add(in ListEntry entry);

    /// <summary>The quick way for a line that is a plain host and nothing else, which most lines of most lists are.</summary>
    /// <param name="host">Lower-case letters, digits, hyphens, underscores and single dots; no dot at either end, at least one dot within, 253 bytes at most. Not an IPv4 address (its last label is not all digits).</param>
    /// <param name="line">Its line, from 1.</param>
    void AddHost(ReadOnlySpan<byte> host, int line);

    /// <summary>The quick way for a line that is a host and a path, both as they are kept.</summary>
    /// <param name="page">What <see cref="PlainHost.IsPage"/> takes.</param>
    /// <param name="hostLength">Where its path begins.</param>
    /// <param name="line">Its line, from 1.</param>
    void AddPage(ReadOnlySpan<byte> page, int hostLength, int line) => Add(new(EntryKind.Place, Encoding.ASCII.GetString(page), line));

    /// <summary>A line that cannot be used: counted and shown, and the rest loads.</summary>
    /// <param name="line">Its line, from 1.</param>
    /// <param name="text">The line.</param>
    /// <param name="why">In plain words.</param>
    void Reject(int line, string text, string why);

    /// <summary>A line that is well formed and left out on purpose, such as a cosmetic rule: counted by reason, not shown.</summary>
    /// <param name="why">In plain words, from a small fixed set.</param>
    void LeaveOut(string why);
}
