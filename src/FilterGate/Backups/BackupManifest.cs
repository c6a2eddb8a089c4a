using System.Text.Json;

namespace FilterGate.Backups;

/// <summary>What a backup says of itself before anything else: <c>about.json</c>, its first file.</summary>
/// <param name="Format">1. A reader that knows a smaller number only stops here.</param>
/// <param name="TakenAt">When it was begun.</param>
/// <param name="TakenBy">The account.</param>
/// <param name="Box">The computer's name.</param>
/// <param name="Version">The FilterGate that made it.</param>
/// <param name="StateSchema">The newest schema of <c>state.db</c> that this version writes.</param>
/// <param name="EventsSchema">The same of the events.</param>
/// <param name="Bytes">How much is in it, roughly: what a disk must have room for.</param>
/// <param name="Data">Where the data folder was.</param>
internal sealed record BackupAbout(int Format, DateTimeOffset TakenAt, string TakenBy, string Box, string Version, int StateSchema, int EventsSchema, long Bytes, string Data)
{
    /// <summary>Its name in the backup.</summary>
    public const string Name = "about.json";

    /// <summary>The format of this version.</summary>
    public const int FormatOfThis = 1;
}

/// <summary>A file of a backup, as its list has it.</summary>
/// <param name="Name">Its name there.</param>
/// <param name="Bytes">Its size.</param>
/// <param name="Sha256">Its digest, hexadecimal.</param>
/// <param name="Place">Where it lay, for a file outside the data folder; else null.</param>
/// <param name="IsSecret">True for a key outside the data folder.</param>
internal sealed record BackupEntry(string Name, long Bytes, string Sha256, string? Place, bool IsSecret);

/// <summary>What a backup holds and what not: <c>manifest.json</c>, its last file, when every digest is known.</summary>
/// <param name="Files">Every file but this one.</param>
/// <param name="LeftOut">What was left out, and why.</param>
/// <param name="Problems">What should be in it and could not be copied.</param>
internal sealed record BackupManifest(IReadOnlyList<BackupEntry> Files, IReadOnlyList<LeftOut> LeftOut, IReadOnlyList<string> Problems)
{
    /// <summary>Its name in the backup.</summary>
    public const string Name = "manifest.json";

    /// <summary>Longest of the two texts that is read: a hundred times what a box with five versions of every list has.</summary>
    public const int BytesMax = 64 << 20;

    private static readonly JsonSerializerOptions Form = new() { WriteIndented = true, PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower, RespectRequiredConstructorParameters = true, RespectNullableAnnotations = true };

    /// <summary>Writes one of the two.</summary>
    public static byte[] ToBytes<T>(T what) => JsonSerializer.SerializeToUtf8Bytes(what, Form);

    /// <summary>Reads one of the two.</summary>
    /// <exception cref="JsonException">It is none.</exception>
    public static T Read<T>(ReadOnlySpan<byte> bytes) where T : class => JsonSerializer.Deserialize<T>(bytes, Form) ?? throw new JsonException("null");
}
