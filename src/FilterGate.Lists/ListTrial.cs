using System.Security.Cryptography;
using FilterGate.Lists.Compiled;
using FilterGate.Lists.Formats;
using FilterGate.Matching;

namespace FilterGate.Lists;

/// <summary>What came of reading a list as it would be loaded, without loading it: for somebody who writes one or thinks of fetching one.</summary>
public sealed record ListTrial
{
    /// <summary>How much of a file is looked at to tell its format, in bytes.</summary>
    private const int HeadLength = 64 * 1024;

    /// <summary>How it was read.</summary>
    public required ListFormat Format { get; init; }

    /// <summary>True when nobody said how it is written.</summary>
    public required bool IsFormatGuessed { get; init; }

    /// <summary>The category that an e2guardian list names for itself, or null.</summary>
    public string? OwnCategory { get; init; }

    /// <summary>What the file is instead of a list, in plain words, or null.</summary>
    public string? InsteadOfList { get; init; }

    /// <summary>Entries that would be in force.</summary>
    public required int EntryCount { get; init; }

    /// <summary>Of these: hosts and addresses, whole.</summary>
    public required int HostCount { get; init; }

    /// <summary>Of these: hosts with a path.</summary>
    public required int PathCount { get; init; }

    /// <summary>Of these: ranges of addresses.</summary>
    public required int NetworkCount { get; init; }

    /// <summary>Of these: regular expressions.</summary>
    public required int PatternCount { get; init; }

    /// <summary>Of these: exceptions of any kind.</summary>
    public required int ExceptionCount { get; init; }

    /// <summary>Lines that could not be used, refused ones included.</summary>
    public required int MalformedCount { get; init; }

    /// <summary>Of these, entries that would have blocked everything, a public suffix or a help site.</summary>
    public required int RefusedCount { get; init; }

    /// <summary>The first lines that could not be used, at most <see cref="ListLoader.SyntaxErrorsMax"/>.</summary>
    public required IReadOnlyList<ListSyntaxError> Errors { get; init; }

    /// <summary>Well-formed lines left out on purpose, by reason.</summary>
    public required IReadOnlyDictionary<string, int> LeftOut { get; init; }

    /// <summary>Reads a list.</summary>
    /// <param name="stream">The list, from its beginning; read once, need not be seekable. At most <see cref="ListLoader.FileLengthMax"/> bytes of it are read.</param>
    /// <param name="fileName">Its name, which tells some formats; for messages too.</param>
    /// <param name="format">How it is written, or null to guess.</param>
    /// <param name="category">The category it would be in, or null for one that some tier blocks. A category that nobody blocks may hold entries that are refused elsewhere.</param>
    /// <param name="includes">The folder that an e2guardian list may include files of, or null.</param>
    /// <exception cref="IOException">It cannot be read.</exception>
    /// <exception cref="ListLoadException">It is longer than any list may be.</exception>
    public static ListTrial Run(Stream stream, string fileName, ListFormat? format = null, Category? category = null, string? includes = null)
    {
        ArgumentNullException.ThrowIfNull(stream);
        using var whole = new HeadedStream(stream, HeadLength, ListLoader.FileLengthMax, fileName);
        var how = format ?? ListFormats.Detect(fileName, whole.Head);
        var (builder, name) = (new ListMatcher.Builder(), Path.GetFileName(fileName));
        var inner = new BuilderSink(builder.NewPart(), builder.AddSource(new(name, category ?? ListLoader.ShippedTaxonomy.Categories[0], "")), name);
        var sink = new CountingSink(inner);
        var guarded = category is null || ListCompilation.IsBlockedSomewhere(category) ? new GuardedSink(sink, EntryGuard.Shipped()) : null;
        using var digest = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var parsed = ListParser.Parse(how, new LineReader(whole, digest), (IEntrySink?)guarded ?? sink, includes is null ? null : new IncludeFolder(includes));
        return new()
        {
            Format = how, IsFormatGuessed = format is null, OwnCategory = parsed.Category, InsteadOfList = parsed.InsteadOfList,
            EntryCount = inner.Tally.EntryCount, HostCount = sink.Hosts, PathCount = sink.Paths, NetworkCount = sink.Networks, PatternCount = sink.Patterns, ExceptionCount = sink.Exceptions,
            MalformedCount = inner.Tally.RejectedCount, RefusedCount = guarded?.RefusedCount ?? 0, Errors = inner.Tally.Errors, LeftOut = inner.Tally.LeftOut,
        };
    }

    /// <summary>Counts what the next sink takes, by kind.</summary>
    private sealed class CountingSink(BuilderSink inner) : IEntrySink
    {
        public int Hosts { get; private set; }

        public int Paths { get; private set; }

        public int Networks { get; private set; }

        public int Patterns { get; private set; }

        public int Exceptions { get; private set; }

        public void Add(in ListEntry entry)
        {
            var before = inner.Tally.EntryCount;
            inner.Add(entry);
            if (inner.Tally.EntryCount == before) return;
            if (entry.IsException) Exceptions++;
            if (entry.Kind == EntryKind.Network) Networks++;
            else if (entry.Kind != EntryKind.Place) Patterns++;
            else if (ListPlace.TryParse(entry.Text, out var place, out _) && place.Path is not null) Paths++;
            else Hosts++;
        }

        public void AddHost(ReadOnlySpan<byte> host, int line)
        {
            inner.AddHost(host, line);
            Hosts++;
        }

        public void AddPage(ReadOnlySpan<byte> page, int hostLength, int line)
        {
            inner.AddPage(page, hostLength, line);
            Paths++;
        }

        public void Reject(int line, string text, string why) => inner.Reject(line, text, why);

        void IEntrySink.LeaveOut(string why) => ((IEntrySink)inner).LeaveOut(why);
    }
}

/// <summary>A stream whose beginning can be looked at before it is read: standard input cannot be wound back.</summary>
internal sealed class HeadedStream : Stream
{
    private readonly Stream _rest;
    private readonly byte[] _head;
    private readonly int _headLength;
    private readonly long _lengthMax;
    private readonly string _name;
    private long _position;

    /// <param name="rest">The stream; not closed with this one.</param>
    /// <param name="headLength">How much is looked at, in bytes.</param>
    /// <param name="lengthMax">Most bytes read.</param>
    /// <param name="name">For the message where there are more.</param>
    public HeadedStream(Stream rest, int headLength, long lengthMax, string name)
    {
        (_rest, _head, _lengthMax, _name) = (rest, new byte[headLength], lengthMax, name);
        _headLength = rest.ReadAtLeast(_head, headLength, throwOnEndOfStream: false);
    }

    /// <summary>The beginning.</summary>
    public ReadOnlySpan<byte> Head => _head.AsSpan(0, _headLength);

    /// <inheritdoc/>
    public override bool CanRead => true;

    /// <inheritdoc/>
    public override bool CanSeek => false;

    /// <inheritdoc/>
    public override bool CanWrite => false;

    /// <inheritdoc/>
    public override long Length => throw new NotSupportedException();

    /// <inheritdoc/>
    public override long Position { get => _position; set => throw new NotSupportedException(); }

    /// <inheritdoc/>
    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    /// <inheritdoc/>
    public override int Read(Span<byte> buffer)
    {
        int read;
        if (_position < _headLength)
        {
            read = Math.Min(buffer.Length, _headLength - (int)_position);
            _head.AsSpan((int)_position, read).CopyTo(buffer);
        }
        else
        {
            read = _rest.Read(buffer);
        }
        _position += read;
        if (_position > _lengthMax) throw new ListLoadException($"{_name} has more than {_lengthMax >> 20} MiB, which no list has. Split it.");
        return read;
    }

    /// <inheritdoc/>
    public override void Flush()
    {
    }

    /// <inheritdoc/>
    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    /// <inheritdoc/>
    public override void SetLength(long value) => throw new NotSupportedException();

    /// <inheritdoc/>
    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
}
