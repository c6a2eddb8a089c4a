using System.Collections.Immutable;
using System.Formats.Tar;
using System.Security.Cryptography;
using System.Text;
using FilterGate.Lists.Formats;

namespace FilterGate.Lists.Sources;

/// <summary>What an archive or a file held.</summary>
/// <param name="Files">Paths below the folder, with <c>/</c>, in ordinal order.</param>
/// <param name="Lines">Lines that are neither blank nor a remark.</param>
/// <param name="Digest">SHA-256 over paths and contents, lower-case hexadecimal.</param>
/// <param name="Notes">What was left out on purpose.</param>
internal sealed record UnpackedSource(ImmutableArray<string> Files, long Lines, string Digest, ImmutableArray<string> Notes);

/// <summary>Takes the lists out of a download into a folder of our own making.</summary>
/// <remarks>
/// What is gzip and what is tar is seen by the bytes, not by a name or a header: servers send <c>.tar.gz</c> with and without a Content-Encoding. Only plain files with the names of lists are written, under names that we check;
/// links, modes and owners of an archive are never followed or made. Everything is bounded by <see cref="ListSourceOptions"/>. One use at a time.
/// </remarks>
internal sealed class SourceUnpacker(ListSourceOptions options)
{
    /// <summary>The file of a source that is one list.</summary>
    public const string SoleFile = "list";

    /// <summary>Gzip within gzip happens: a packed file, sent packed again.</summary>
    private const int GzipLayersMax = 2;

    /// <summary>Notes kept; one more says that there are others.</summary>
    private const int NotesMax = 20;

    /// <summary>Where a tar header has its magic (POSIX.1-1988 ustar), and the length of a header.</summary>
    private const int TarMagicAt = 257, TarHeaderLength = 512;

    // RFC 1952 section 2.3.1.
    private static readonly byte[] GzipMagic = [0x1F, 0x8B];

    private readonly SortedDictionary<string, byte[]> _files = new(StringComparer.Ordinal);
    private readonly List<string> _notes = [];
    private readonly byte[] _buffer = new byte[128 * 1024];
    private long _lines;

    /// <summary>Unpacks a download.</summary>
    /// <param name="source">What it should be.</param>
    /// <param name="file">The download.</param>
    /// <param name="into">An empty folder that is there.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <exception cref="SourceException">It is something else, is damaged, or goes over a bound.</exception>
    public UnpackedSource Unpack(CatalogueSource source, string file, string into, CancellationToken cancellationToken)
    {
        try
        {
            using var packed = new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 0, FileOptions.SequentialScan);
            using var content = Peel(packed, out var head);
            var isTar = head.Length >= TarHeaderLength && head.AsSpan(TarMagicAt).StartsWith("ustar"u8);
            if (source.Layout == SourceLayout.Ut1)
            {
                if (!isTar) throw new SourceException(WhatElse(head) ?? "it is no tar archive");
                UnpackTar(content, into, cancellationToken);
                if (_files.Count == 0) throw new SourceException("the archive holds no folder with lists (CATEGORY/domains, CATEGORY/urls)");
            }
            else
            {
                if (isTar) throw new SourceException("it is an archive where one list was expected");
                Write(content, into, SoleFile, cancellationToken);
            }
        }
        catch (Exception damaged) when (damaged is InvalidDataException or EndOfStreamException or InvalidOperationException or FormatException or ArgumentException or OverflowException or NotSupportedException)
        {
            // What the readers of gzip and tar throw at bytes that are neither, or end too early.
            throw new SourceException("it is damaged: it cannot be unpacked to its end", inner: damaged);
        }
        if (_lines == 0) throw new SourceException("it holds no entry at all");
        return new UnpackedSource([.. _files.Keys], _lines, Digest(), [.. _notes]);
    }

    private PrefixedStream Peel(FileStream packed, out byte[] head)
    {
        var packedLength = packed.Length;
        Stream content = packed;
        for (var layer = 0; ; layer++)
        {
            head = new byte[TarHeaderLength];
            head = head[..content.ReadAtLeast(head, head.Length, throwOnEndOfStream: false)];
            var whole = new PrefixedStream(head, content);
            if (!head.AsSpan().StartsWith(GzipMagic)) return whole;
            if (layer == GzipLayersMax) throw new SourceException($"it is packed more than {GzipLayersMax} times over");
            content = new GunzipStream(whole, packedLength, options);
        }
    }

    private void UnpackTar(Stream content, string into, CancellationToken cancellationToken)
    {
        using var tar = new TarReader(content);
        var count = 0;
        while (tar.GetNextEntry() is { } entry)
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (++count > options.FilesMax) throw new SourceException($"the archive holds more than {options.FilesMax} files");
            var path = CheckPath(entry.Name);
            switch (entry.EntryType)
            {
                case TarEntryType.RegularFile or TarEntryType.V7RegularFile or TarEntryType.ContiguousFile:
                    if (ListPath(path) is { } list) Write(entry.DataStream ?? Stream.Null, into, list, cancellationToken);
                    break;
                case TarEntryType.SymbolicLink or TarEntryType.HardLink:
                    Note($"{Shown(path)} is left out: a link to {Shown(entry.LinkName)}.");
                    break;
                case TarEntryType.CharacterDevice or TarEntryType.BlockDevice or TarEntryType.Fifo:
                    throw new SourceException($"the archive holds a device ({Shown(path)}), as no archive of lists does");
            }
        }
        // An archive ends before its file does. Read on, so that a file that was cut there is known.
        while (content.Read(_buffer) > 0) cancellationToken.ThrowIfCancellationRequested();
    }

    /// <summary>The path in an archive, when it stays below the folder it is unpacked in.</summary>
    private string CheckPath(string path)
    {
        if (path.Length > options.PathLengthMax) throw new SourceException($"the archive holds a path of more than {options.PathLengthMax} characters");
        var isOutside = path.StartsWith('/') || path.Contains('\\') || path.Contains('\0') || path.Split('/').Contains("..");
        return isOutside ? throw new SourceException($"the archive holds a path that leads out of it ({Shown(path)})") : path;
    }

    /// <summary>Where a file of an archive goes: <c>FOLDER/domains</c>, or null when it is no list.</summary>
    private string? ListPath(string path)
    {
        var parts = path.Split('/', StringSplitOptions.RemoveEmptyEntries).Where(p => p != ".").ToArray();
        if (parts.Length < 2 || !Ut1Layout.Files.ContainsKey(parts[^1])) return null;
        if (Ut1Layout.IsFolderName(parts[^2])) return $"{parts[^2]}/{parts[^1]}";
        Note($"{Shown(path)} is left out: {Shown(parts[^2])} is no name for a category.");
        return null;
    }

    private void Write(Stream content, string into, string path, CancellationToken cancellationToken)
    {
        if (_files.ContainsKey(path)) throw new SourceException($"the archive holds {path} twice");
        var target = Path.Combine(into, path);
        Directory.CreateDirectory(Path.GetDirectoryName(target)!);
        using var digest = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        using var file = new FileStream(target, FileMode.CreateNew, FileAccess.Write, FileShare.None, bufferSize: 0);
        var lines = new LineCounter();
        long length = 0;
        int read;
        while ((read = content.ReadAtLeast(_buffer, _buffer.Length, throwOnEndOfStream: false)) > 0)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var bytes = _buffer.AsSpan(0, read);
            if (length == 0 && WhatElse(bytes) is { } what) throw new SourceException(what);
            length += read;
            if (length > ListLoader.FileLengthMax) throw new SourceException($"{path} has more than {ListLoader.FileLengthMax >> 20} MiB");
            lines.Take(bytes);
            digest.AppendData(bytes);
            file.Write(bytes);
        }
        file.Flush(flushToDisk: true);
        _lines += lines.Count;
        _files.Add(path, digest.GetHashAndReset());
    }

    /// <summary>What the beginning of something that is no list says it is, or null.</summary>
    private static string? WhatElse(ReadOnlySpan<byte> head)
    {
        if (head.StartsWith("PK\u0003\u0004"u8)) return "it is a zip archive, which is not read: unpack it first";
        if (head[..Math.Min(head.Length, 4096)].Contains((byte)0)) return "it is not text";
        var text = head.StartsWith("\uFEFF"u8) ? head[3..] : head;
        text = text.TrimStart(" \t\r\n"u8);
        // No list format begins with it, and every page does: a captive portal, a log-in, "moved".
        return text.StartsWith("<"u8) ? "it is a web page, not a list: the address has moved, or something on the way (a portal, a filter) answered in its place" : null;
    }

    private string Digest()
    {
        using var digest = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var (path, content) in _files)
        {
            digest.AppendData(Encoding.UTF8.GetBytes(path + "\n"));
            digest.AppendData(content);
        }
        return Convert.ToHexStringLower(digest.GetHashAndReset());
    }

    private void Note(string note)
    {
        if (_notes.Count < NotesMax) _notes.Add(note);
        else if (_notes.Count == NotesMax) _notes.Add("More of the archive is left out.");
    }

    /// <summary>A name from an archive for a message: short, and nothing that a terminal would obey.</summary>
    private static string Shown(string path) => string.Concat(path.Take(80).Select(c => char.IsControl(c) ? '?' : c));

    /// <summary>Counts the lines of a file that are neither blank nor a remark: none, and there is nothing in it.</summary>
    private struct LineCounter()
    {
        private bool _isAtStart = true;

        public long Count { get; private set; }

        public void Take(ReadOnlySpan<byte> bytes)
        {
            while (!bytes.IsEmpty)
            {
                if (_isAtStart)
                {
                    bytes = bytes.TrimStart(" \t\r\n"u8);
                    if (bytes.IsEmpty) return;
                    // # of most, ! and [ of AdBlock, ; of zone files.
                    if (!"#![;"u8.Contains(bytes[0])) Count++;
                    _isAtStart = false;
                }
                var end = bytes.IndexOf((byte)'\n');
                if (end < 0) return;
                bytes = bytes[(end + 1)..];
                _isAtStart = true;
            }
        }
    }
}
