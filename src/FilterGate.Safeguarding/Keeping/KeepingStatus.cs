using System.Text.Json;

namespace FilterGate.Safeguarding.Keeping;

/// <summary>How the last daily round of keeping the records went, for status pages and commands: <c>keeping.json</c> in the data folder.</summary>
public sealed record KeepingStatus
{
    /// <summary>The file, in the data folder.</summary>
    public const string FileName = "keeping.json";

    private static readonly JsonSerializerOptions Json = new() { PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower };

    /// <summary>When the last round ended.</summary>
    public DateTimeOffset LastRun { get; init; }

    /// <summary>When a round last did everything and found everything whole; null for never.</summary>
    public DateTimeOffset? LastSuccess { get; init; }

    /// <summary>Files that the last round dropped.</summary>
    public int Purged { get; init; }

    /// <summary>Whether it found events, anchors and audit as they were written.</summary>
    public bool IsWhole { get; init; }

    /// <summary>What it could not do or did not find whole; names files, never what an event says.</summary>
    public IReadOnlyList<string> Problems { get; init; } = [];

    /// <summary>In a sentence.</summary>
    /// <param name="local">Says a time as the reader says it.</param>
    public string Sentence(Func<DateTimeOffset, string> local)
    {
        ArgumentNullException.ThrowIfNull(local);
        return Problems.Count == 0 ? $"The daily round last ended well on {local(LastRun)}." : $"The daily round of {local(LastRun)} did not end well ({Problems[0]}); {(LastSuccess is { } last ? $"the last that did was on {local(last)}" : "none has yet")}.";
    }

    /// <summary>The last round; null when there was none or the file cannot be read.</summary>
    public static KeepingStatus? Read(string dataFolder)
    {
        try
        {
            return JsonSerializer.Deserialize<KeepingStatus>(File.ReadAllText(Path.Combine(dataFolder, FileName)), Json);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or JsonException)
        {
            return null;
        }
    }

    /// <summary>Writes it, whole or not at all.</summary>
    /// <exception cref="IOException">It cannot be written.</exception>
    public void Write(string dataFolder)
    {
        var path = Path.Combine(dataFolder, FileName);
        File.WriteAllText(path + ".new", JsonSerializer.Serialize(this, Json));
        File.Move(path + ".new", path, overwrite: true);
    }

    /// <summary>The status after a round.</summary>
    public static KeepingStatus After(KeepingReport report, KeepingStatus? before, DateTimeOffset now)
    {
        ArgumentNullException.ThrowIfNull(report);
        IReadOnlyList<string> problems =
        [
            .. report.Problems,
            .. report.Integrity.AnchorProblems,
            .. report.Integrity.Files.Where(file => file.State is not (Events.IntegrityState.Whole or Events.IntegrityState.WithoutDigests)).Select(file => $"{file.File} is not as it was written"),
            .. report.AuditBrokenFrom is null ? (string[])[] : ["the audit of state.db is not as it was written"],
        ];
        return new KeepingStatus { LastRun = now, LastSuccess = problems.Count == 0 ? now : before?.LastSuccess, Purged = report.Purged.Count, IsWhole = report.Integrity.IsWhole && report.AuditBrokenFrom is null, Problems = problems };
    }
}
