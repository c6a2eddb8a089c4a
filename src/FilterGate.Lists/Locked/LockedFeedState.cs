using System.Text.Encodings.Web;
using System.Text.Json;

namespace FilterGate.Lists.Locked;

/// <summary>What is known of a feed beside its entries: <c>FEED.json</c>. Counts and times alone; no word of an entry, and nothing a message quotes.</summary>
public sealed record LockedFeedState
{
    private const int LengthMax = 64 * 1024;

    private static readonly JsonSerializerOptions Form = new() { PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower, WriteIndented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>Name of the feed.</summary>
    public required string Feed { get; init; }

    /// <summary>When it was last put in force, or null when it never was.</summary>
    public DateTimeOffset? LastSuccess { get; init; }

    /// <summary>When it was last tried.</summary>
    public DateTimeOffset? LastAttempt { get; init; }

    /// <summary>Why the last try was refused, or null.</summary>
    public string? LastError { get; init; }

    /// <summary>Different entries in force.</summary>
    public int Entries { get; init; }

    /// <summary>How many of them are verification addresses.</summary>
    public int VerificationEntries { get; init; }

    /// <summary>Lines of the feed that could not be used.</summary>
    public int MalformedLines { get; init; }

    /// <summary>SHA-256 of the file that it came from, in hexadecimal.</summary>
    public string? SourceSha256 { get; init; }

    /// <summary>When that file was last changed, whether or not it could be used: it is looked at again when this differs.</summary>
    public DateTimeOffset? SourceModified { get; init; }

    /// <summary>Why the file is still there in plain, where it should have been deleted; or null.</summary>
    public string? StillThere { get; init; }

    /// <summary>Reads a state; null when there is none or it cannot be read, because nothing that protects depends on it.</summary>
    internal static LockedFeedState? Read(string path)
    {
        try
        {
            if (!File.Exists(path) || new FileInfo(path).Length > LengthMax) return null;
            return JsonSerializer.Deserialize<LockedFeedState>(File.ReadAllBytes(path), Form);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or JsonException)
        {
            return null;
        }
    }

    internal byte[] ToBytes() => JsonSerializer.SerializeToUtf8Bytes(this, Form);
}
