using System.Security.Cryptography;
using FilterGate.Matching;

namespace FilterGate.Lists.Formats;

/// <summary>e2guardian's site, URL and expression lists: their directives here, their entries by the parser within.</summary>
/// <remarks>
/// <para><c>.Include&lt;file&gt;</c> reads a file of the same kind in its place, at most <see cref="DepthMax"/> deep and <see cref="FilesMax"/> in all, each once. What it gives carries the line of the
/// <c>.Include</c>, because that is the line of the list at hand; a bad line names its own file and line as well. <c>#listcategory: "x"</c> names a category.</para>
/// <para>Left out, because they are the policy's: <c>#time:</c> (the list is in force at any time) and <c>**</c> (all sites). <c>*ip</c> means every address that stands for a host.
/// <see href="https://github.com/e2guardian/e2guardian/tree/v5.5/configs/lists"/></para>
/// </remarks>
internal sealed class E2GuardianLines(ILineParser entries, IncludeTrail trail, IIncludes? includes, IncrementalHash digest) : ILineParser
{
    /// <summary>Deepest chain of files that include files.</summary>
    public const int DepthMax = 8;

    /// <summary>Most files included by one list.</summary>
    public const int FilesMax = 1000;

    private const string Time = "a time of day: times are the policy's, and the list is in force at any";
    private const string Blanket = "blocks all sites: say so in the policy, not in a list";
    private const string Again = "includes a file once more: one time is enough";
    private const string Define = "a name for a folder";

    // Dotted decimal, or version 6 in brackets: the canonical forms of an address as a host.
    private const string AnyAddress = @"^(?:[0-9]{1,3}(?:\.[0-9]{1,3}){3}|\[[0-9a-f:.]+\])$";

    private readonly IncludeTrail _trail = trail;
    private readonly HashSet<string> _read = new(StringComparer.Ordinal);
    private int _files;

    /// <summary>The category that the list names for itself, or null.</summary>
    public string? Category { get; private set; }

    public void Read(ReadOnlySpan<byte> line, int number, bool startsWithBlank)
    {
        switch (line[0])
        {
            case (byte)'#':
                ReadRemark(line);
                return;
            case (byte)'.' when IsInclude(line):
                Include(line, number, []);
                return;
            case (byte)'.' when line.StartsWith(".Define"u8):
                _trail.LeaveOut(Define);
                return;
            case (byte)'*' when entries is PlainLines && ReadStar(line, number):
                return;
            default:
                entries.Read(line, number, startsWithBlank);
                return;
        }
    }

    public void Finish() => entries.Finish();

    private static bool IsInclude(ReadOnlySpan<byte> line) => line.StartsWith(".Include"u8) || line.StartsWith(".include"u8);

    private bool ReadStar(ReadOnlySpan<byte> line, int number)
    {
        var word = LineText.WithoutRemark(line);
        if (word.SequenceEqual("**"u8) || word.SequenceEqual("**s"u8) || word.SequenceEqual("*s"u8))
        {
            _trail.LeaveOut(Blanket);
            return true;
        }
        if (!word.SequenceEqual("*ip"u8) && !word.SequenceEqual("*ips"u8) && !word.SequenceEqual("**ips"u8)) return false;
        _trail.Add(new(EntryKind.HostPattern, AnyAddress, number) { Written = LineText.Show(word) });
        return true;
    }

    private void ReadRemark(ReadOnlySpan<byte> line)
    {
        if (line.StartsWith("#time:"u8)) _trail.LeaveOut(Time);
        if (!line.StartsWith("#listcategory:"u8) || Category is not null) return;
        var name = LineText.Trim(LineText.Trim(line["#listcategory:".Length..]).Trim((byte)'"'));
        if (!name.IsEmpty) Category = LineText.Show(name);
    }

    private void Include(ReadOnlySpan<byte> line, int number, string[] chain)
    {
        if (!LineText.TryDecode(line, number, _trail, out var text)) return;
        var (start, end) = (text.IndexOf('<'), text.LastIndexOf('>'));
        if (start < 0 || end <= start + 1)
        {
            _trail.Reject(number, text, "the file stands in angle brackets: .Include<file>");
            return;
        }
        if (includes is null)
        {
            _trail.Reject(number, text, "files are not included here");
            return;
        }
        if (chain.Length == DepthMax || ++_files > FilesMax)
        {
            _trail.Reject(number, text, chain.Length == DepthMax ? $"files include each other more than {DepthMax} deep" : $"more than {FilesMax} files are included");
            return;
        }
        if (!includes.TryOpen(text[(start + 1)..end].Trim(), out var stream, out var key, out var why))
        {
            _trail.Reject(number, text, why);
            return;
        }
        using (stream)
        {
            if (chain.Contains(key, StringComparer.Ordinal))
            {
                _trail.Reject(number, text, "the file includes itself, directly or through another");
                return;
            }
            if (!_read.Add(key))
            {
                _trail.LeaveOut(Again);
                return;
            }
            var outer = _trail.Place;
            _trail.Place = new(Path.GetFileName(key), 0, number);
            ListParser.Read(new(stream, digest), new IncludedLines(this, number, [.. chain, key]), _trail);
            _trail.Place = outer;
        }
    }

    /// <summary>The lines of an included file: each counts as the line that includes it.</summary>
    private sealed class IncludedLines(E2GuardianLines outer, int number, string[] chain) : ILineParser
    {
        public void Read(ReadOnlySpan<byte> line, int own, bool startsWithBlank)
        {
            outer._trail.Place = outer._trail.Place! with { Line = own };
            if (IsInclude(line)) outer.Include(line, number, chain);
            else outer.Read(line, number, startsWithBlank);
        }

        public void Finish()
        {
        }
    }
}

/// <summary>Passes on what is found, and says of a bad line of an included file where it stands.</summary>
internal sealed class IncludeTrail(IEntrySink inner) : IEntrySink
{
    /// <summary>The included file that is being read, or null in the list itself.</summary>
    public IncludedPlace? Place { get; set; }

    public void Add(in ListEntry entry) => inner.Add(entry);

    public void AddHost(ReadOnlySpan<byte> host, int line) => inner.AddHost(host, line);

    public void AddPage(ReadOnlySpan<byte> page, int hostLength, int line) => inner.AddPage(page, hostLength, line);

    public void Reject(int line, string text, string why) => 
        inner.Reject(Place?.IncludedAt ?? line, text, Place is null ? why : $"{why} (in {Place.File}, line {Place.Line})");

    public void LeaveOut(string why) => inner.LeaveOut(why);
}

/// <summary>Where an included line stands.</summary>
/// <param name="File">Name of the included file.</param>
/// <param name="Line">Its line there, from 1.</param>
/// <param name="IncludedAt">The line of the list that includes it, directly or through others.</param>
internal sealed record IncludedPlace(string File, int Line, int IncludedAt);
