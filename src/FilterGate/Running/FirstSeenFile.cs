using FilterGate.Matching;
using Microsoft.Extensions.Logging;

namespace FilterGate.Running;

/// <summary>Keeps the memory of hosts first met in <c>first-seen.bin</c> of the data folder, so that a restart does not make every site new again.</summary>
/// <remarks>Written whole beside the old one and renamed, every five minutes if anything changed, and at the end. What cannot be read is begun anew and said; what cannot be written is said once and tried again.</remarks>
internal sealed partial class FirstSeenFile : IAsyncDisposable
{
    private static readonly TimeSpan Interval = TimeSpan.FromMinutes(5);

    /// <summary>A full table takes 12 MiB; a larger file is something else.</summary>
    private const int BytesMax = 16 << 20;

    private readonly string _path;
    private readonly ILogger _log;
    private readonly ITimer _timer;
    private readonly Lock _writing = new();
    private long _written;
    private bool _hasFailed;

    private FirstSeenFile(string path, FirstSeenTable table, TimeProvider clock, ILogger log)
    {
        (_path, Table, _log) = (path, table, log);
        _timer = clock.CreateTimer(_ => Write(), null, Interval, Interval);
    }

    /// <summary>The memory.</summary>
    public FirstSeenTable Table { get; }

    /// <summary>Its name in the data folder.</summary>
    public const string FileName = "first-seen.bin";

    /// <summary>Where it is kept.</summary>
    public static string PathIn(string dataFolder) => Path.Combine(dataFolder, FileName);

    /// <summary>Reads the file, or begins a new memory, and keeps it from then on.</summary>
    public static FirstSeenFile Open(string dataFolder, TimeProvider clock, ILogger log)
    {
        var path = PathIn(dataFolder);
        var table = TryRead(path);
        if (table is null && File.Exists(path)) BegunAnew(log, path);
        return new FirstSeenFile(path, table ?? new FirstSeenTable(Today(clock)), clock, log);
    }

    /// <summary>The memory as it was last written, or null where there is none that can be read.</summary>
    public static FirstSeenTable? TryRead(string path)
    {
        try
        {
            return new FileInfo(path) is { Exists: true, Length: <= BytesMax } ? FirstSeenTable.TryRead(File.ReadAllBytes(path)) : null;
        }
        catch (Exception problem) when (problem is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    /// <summary>The day that counts: UTC, as in events.</summary>
    private static DateOnly Today(TimeProvider clock) => DateOnly.FromDateTime(clock.GetUtcNow().UtcDateTime);

    private void Write()
    {
        lock (_writing)
        {
            var changes = Table.Changes;
            if (changes == _written) return;
            try
            {
                var beside = _path + ".new";
                var options = new FileStreamOptions { Mode = FileMode.Create, Access = FileAccess.Write };
                if (!OperatingSystem.IsWindows()) options.UnixCreateMode = Files.FileModes.FileIn(Path.GetDirectoryName(_path)!);
                using (var file = new FileStream(beside, options))
                {
                    file.Write(Table.ToBytes());
                    file.Flush(flushToDisk: true);
                }

                File.Move(beside, _path, overwrite: true);
                (_written, _hasFailed) = (changes, false);
            }
            catch (Exception problem) when (problem is IOException or UnauthorizedAccessException)
            {
                if (!_hasFailed) NotWritten(_log, _path, problem.Message);
                _hasFailed = true;
            }
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _timer.DisposeAsync();
        Write();
    }

    [LoggerMessage(220, LogLevel.Warning, "{Path} cannot be read: the memory of hosts first met begins anew, and newly_seen takes force again when it has learnt for newly_seen_days.")]
    private static partial void BegunAnew(ILogger log, string path);

    [LoggerMessage(221, LogLevel.Warning, "{Path} cannot be written, and is tried again every five minutes: {Problem}")]
    private static partial void NotWritten(ILogger log, string path, string problem);
}
