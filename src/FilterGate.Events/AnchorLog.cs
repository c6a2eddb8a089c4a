using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using FilterGate.Files;
using FilterGate.Sqlite;

namespace FilterGate.Events;

/// <summary>A line of <c>anchors.log</c>.</summary>
/// <param name="Time">When it was written.</param>
/// <param name="Action"><see cref="AnchorLog.Anchored"/> or <see cref="AnchorLog.Purged"/>.</param>
/// <param name="File">Whose chain.</param>
/// <param name="Seq">The number of the row that had the digest.</param>
/// <param name="Digest">The digest.</param>
internal sealed record AnchorLine(DateTimeOffset Time, string Action, string File, long Seq, byte[] Digest);

/// <summary>What the log last says of a file.</summary>
/// <param name="Time">When.</param>
/// <param name="IsPurged">True when it was dropped on purpose.</param>
internal readonly record struct AnchoredFile(DateTimeOffset Time, bool IsPurged);

/// <summary><c>events/anchors.log</c>: the heads of the chains, day by day, and the files that were removed on purpose. Only ever appended to.</summary>
/// <remarks>One line each: <c>TIME ACTION FILE ROW DIGEST PREVIOUS</c>, the last being the SHA-256 of the line before, so that a line in the middle cannot be changed either. Read by people too, hence text.</remarks>
internal sealed class AnchorLog(string folder)
{
    internal const string FileName = "anchors.log", Anchored = "anchor", Purged = "purge";

    private const string TimeFormat = "yyyy-MM-dd'T'HH:mm:ss.fff'Z'";

    private static readonly string FirstPrevious = new('0', 64);

    private string Path => System.IO.Path.Combine(folder, FileName);

    /// <summary>Appends lines, on disk when it returns.</summary>
    /// <param name="time">When.</param>
    /// <param name="action">What.</param>
    /// <param name="heads">Of which files.</param>
    /// <param name="onlyNew">Leaves out what the last line of a file says already.</param>
    /// <returns>How many were written.</returns>
    /// <exception cref="EventStoreException">The file cannot be written.</exception>
    internal int Append(DateTimeOffset time, string action, IReadOnlyList<(string File, long Seq, byte[] Digest)> heads, bool onlyNew)
    {
        try
        {
            var options = new FileStreamOptions { Mode = FileMode.OpenOrCreate, Access = FileAccess.ReadWrite, Share = FileShare.Read };
            if (!OperatingSystem.IsWindows()) options.UnixCreateMode = FileModes.FileIn(folder);
            using var file = new FileStream(Path, options);
            FileOwner.TakeFromFolder(Path);
            var (lines, whole) = Lines(file);
            var known = new Dictionary<string, AnchorLine>(StringComparer.Ordinal);
            foreach (var line in lines)
                if (TryParse(line, out var parsed, out _)) known[parsed.File] = parsed;
            var previous = lines.Count == 0 ? FirstPrevious : DigestOf(lines[^1]);
            var text = new StringBuilder();
            var written = 0;
            foreach (var (name, seq, digest) in heads)
            {
                if (onlyNew && known.TryGetValue(name, out var last) && last.Action == action && last.Seq == seq && last.Digest.AsSpan().SequenceEqual(digest)) continue;
                var line = string.Create(CultureInfo.InvariantCulture, $"{time.UtcDateTime.ToString(TimeFormat, CultureInfo.InvariantCulture)} {action} {name} {seq} {Convert.ToHexStringLower(digest)} {previous}");
                previous = DigestOf(line);
                text.Append(line).Append('\n');
                written++;
            }
            if (written == 0) return 0;
            // A line that a power cut left half written was never there.
            file.SetLength(whole);
            file.Position = whole;
            file.Write(Encoding.ASCII.GetBytes(text.ToString()));
            file.Flush(flushToDisk: true);
            return written;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new EventStoreException($"{Path}: the day's digests cannot be written ({e.Message}). The events are not touched by this; free the disk or give the file to the account that runs the gateway.", e);
        }
    }

    /// <summary>Every line, and what is wrong with the file.</summary>
    internal (List<AnchorLine> Lines, List<string> Problems) Read()
    {
        var (read, problems) = (new List<AnchorLine>(), new List<string>());
        if (!File.Exists(Path)) return (read, problems);
        try
        {
            using var file = new FileStream(Path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
            var previous = FirstPrevious;
            var number = 0;
            foreach (var line in Lines(file).Lines)
            {
                number++;
                if (!TryParse(line, out var parsed, out var said)) problems.Add(string.Create(CultureInfo.InvariantCulture, $"{FileName}, line {number}, cannot be read"));
                else
                {
                    if (said != previous) problems.Add(string.Create(CultureInfo.InvariantCulture, $"{FileName}, line {number}, does not follow the line before: a line was changed, removed or put in"));
                    read.Add(parsed);
                }
                previous = DigestOf(line);
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            problems.Add($"{FileName} cannot be read: {e.Message}");
        }
        return (read, problems);
    }

    /// <summary>The files that were there when their chains were last anchored, and whether they were dropped on purpose since. Whether the log itself is as it was written is not looked at. Empty where it cannot be read.</summary>
    internal IReadOnlyDictionary<EventFile, AnchoredFile> Files()
    {
        var files = new Dictionary<EventFile, AnchoredFile>();
        try
        {
            if (!File.Exists(Path)) return files;
            using var file = new FileStream(Path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
            foreach (var line in Lines(file).Lines)
                if (TryParse(line, out var parsed, out _) && EventFile.TryParse(parsed.File, out var key)) files[key] = new AnchoredFile(parsed.Time, parsed.Action == Purged);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            files.Clear();
        }
        return files;
    }

    /// <summary>When the log was last written, and how long it is: what was read of it holds until then.</summary>
    internal (DateTime Written, long Length) Stamp() => new FileInfo(Path) is { Exists: true } there ? (there.LastWriteTimeUtc, there.Length) : default;

    /// <summary>The whole lines, and how many bytes they take.</summary>
    private static (List<string> Lines, long Whole) Lines(FileStream file)
    {
        var bytes = new byte[file.Length];
        file.ReadExactly(bytes);
        var whole = bytes.AsSpan().LastIndexOf((byte)'\n') + 1;
        return ([.. Encoding.ASCII.GetString(bytes, 0, whole).Split('\n', StringSplitOptions.RemoveEmptyEntries)], whole);
    }

    private static bool TryParse(string line, out AnchorLine parsed, out string previous)
    {
        (parsed, previous) = (null!, "");
        if (line.Split(' ') is not [var at, var action, var file, var number, var hex, var before] || hex.Length != 64 || before.Length != 64) return false;
        if (!DateTime.TryParseExact(at, TimeFormat, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal, out var time)) return false;
        if (!long.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out var seq) || action is not (Anchored or Purged)) return false;
        try
        {
            parsed = new AnchorLine(new DateTimeOffset(time), action, file, seq, Convert.FromHexString(hex));
        }
        catch (FormatException)
        {
            return false;
        }
        previous = before;
        return true;
    }

    private static string DigestOf(string line) => Convert.ToHexStringLower(SHA256.HashData(Encoding.ASCII.GetBytes(line)));
}
