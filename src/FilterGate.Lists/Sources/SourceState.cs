using System.Collections.Immutable;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace FilterGate.Lists.Sources;

/// <summary>One version of a source that was fetched whole and checked.</summary>
/// <param name="Version">Its name and its folder's: when it was fetched and the beginning of its digest, such as <c>20261123T043012Z-1f0c9a7e</c>.</param>
/// <param name="Fetched">When.</param>
/// <param name="Digest">SHA-256 over its files once unpacked, lower-case hexadecimal.</param>
/// <param name="Entries">Entries that can be used.</param>
/// <param name="Files">Its files: paths below its folder with <c>/</c>, in ordinal order.</param>
/// <param name="ETag">The server's name for it, as sent, or null.</param>
/// <param name="LastModified">The server's time of it, or null.</param>
/// <param name="Address">Where it came from: an address, or the path of an imported file.</param>
public sealed record SourceVersion(string Version, DateTimeOffset Fetched, string Digest, long Entries, ImmutableArray<string> Files, string? ETag, DateTimeOffset? LastModified, string Address)
{
    /// <summary>Lines that cannot be used.</summary>
    public long Rejected { get; init; }
}

/// <summary>What is known of a source: the content of its <c>state.json</c>. Immutable.</summary>
public sealed record SourceState
{
    internal static readonly JsonSerializerOptions JsonForm = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        WriteIndented = true,
        DefaultIgnoreCondition = JsonIgnoreCondition.Never,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    /// <summary>The version in force, or null when there is none.</summary>
    public string? InForce { get; init; }

    /// <summary>True after a roll-back: no update moves it before a person names the source.</summary>
    public bool IsHeld { get; init; }

    /// <summary>The kept versions, newest first.</summary>
    public ImmutableArray<SourceVersion> Versions { get; init; } = [];

    /// <summary>A version that waits for a person to agree, or null.</summary>
    public SourceVersion? Refused { get; init; }

    /// <summary>When an update was last tried.</summary>
    public DateTimeOffset? LastAttempt { get; init; }

    /// <summary>When one last succeeded, also when there was nothing newer.</summary>
    public DateTimeOffset? LastSuccess { get; init; }

    /// <summary>Why the last one failed or was refused, in plain words; null when it succeeded.</summary>
    public string? LastError { get; init; }

    /// <summary>The version in force, or null.</summary>
    [JsonIgnore]
    public SourceVersion? Current => InForce is null ? null : Versions.FirstOrDefault(v => v.Version == InForce);
}
