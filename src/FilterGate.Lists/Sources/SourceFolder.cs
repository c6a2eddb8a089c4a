using System.Collections.Immutable;
using System.Globalization;
using System.Security.Cryptography;
using System.Text.Json;

namespace FilterGate.Lists.Sources;

/// <summary>What is kept of one source on disk, and the order in which it changes.</summary>
/// <remarks>
/// <code>
/// lists/sources/ut1/
///   state.json                     replaced whole; what it does not name is not there
///   20261123T043012Z-1f0c9a7e/     a version: version.json, adult/domains …
///   refused/                       a version that waits for a person
///   partial, partial.json          a download that was cut, to be gone on with
///   lock                           held by the process that changes something
/// </code>
/// A version becomes one in two steps: its folder is written under another name and renamed, then the state names it. Ended between the two, the folder is no version: the next update removes it and what was in force stays in force.
/// Reading needs no lock. Changing does: <see cref="TryLock"/>.
/// </remarks>
internal sealed class SourceFolder(string root)
{
    private const string VersionFile = "version.json";
    private const string RefusedFolder = "refused";
    private const string TempPrefix = "new-";

    /// <summary>Longest state read, in bytes: a hundred times what fifty versions of UT1 take.</summary>
    private const long StateLengthMax = 16 << 20;

    private string StatePath => Path.Combine(root, "state.json");

    /// <summary>Where a download is written.</summary>
    public string Partial => Path.Combine(root, "partial");

    /// <summary>What <see cref="Partial"/> is the beginning of.</summary>
    public string PartialNote => Path.Combine(root, "partial.json");

    /// <summary>A file of a version.</summary>
    public string PathOf(SourceVersion version, string file) => Path.Combine(root, version.Version, file);

    /// <summary>A file of the version that waits for a person.</summary>
    public string PathOfRefused(string file) => Path.Combine(root, RefusedFolder, file);

    /// <summary>Takes the source for this process until it is disposed; null when another has it.</summary>
    public IDisposable? TryLock()
    {
        Directory.CreateDirectory(root);
        try
        {
            // An advisory lock of the system: it ends with the process that holds it, however that ends. The file stays, since removing it would race.
            return new FileStream(Path.Combine(root, "lock"), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (IOException) when (File.Exists(Path.Combine(root, "lock")))
        {
            return null;
        }
    }

    /// <summary>The state as it is on disk; an empty one where there is none. A state that cannot be read is made again from the versions that are there.</summary>
    public SourceState Read()
    {
        var state = ReadOrNull() ?? new SourceState { LastError = "state.json could not be read and was made again from the versions that are kept" };
        // Lost, or ended before the first was named: what is there was checked before it got its name, and protects better than nothing.
        if (state.Versions.IsEmpty && FindVersions() is { IsEmpty: false } found) state = state with { Versions = found, InForce = found[0].Version };
        var kept = state.Versions.Where(v => Directory.Exists(Path.Combine(root, v.Version))).ToImmutableArray();
        // Somebody tidied a folder away: the newest that is left protects better than none.
        return kept.Length == state.Versions.Length ? state : state with { Versions = kept, InForce = kept.Any(v => v.Version == state.InForce) ? state.InForce : kept.FirstOrDefault()?.Version };
    }

    /// <summary>Replaces the state.</summary>
    public void Save(SourceState state) => WriteJson(StatePath, state);

    /// <summary>A new empty folder to unpack into.</summary>
    public string MakeTemp()
    {
        var path = Path.Combine(root, TempPrefix + Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(8)));
        Directory.CreateDirectory(path);
        return path;
    }

    /// <summary>A name for a version that no other has.</summary>
    public string NameFor(DateTimeOffset fetched, string digest)
    {
        var name = string.Create(CultureInfo.InvariantCulture, $"{fetched.UtcDateTime:yyyyMMdd'T'HHmmss'Z'}-{digest.AsSpan(0, 8)}");
        var free = name;
        for (var i = 2; Directory.Exists(Path.Combine(root, free)); i++) free = string.Create(CultureInfo.InvariantCulture, $"{name}-{i}");
        return free;
    }

    /// <summary>Makes a folder that was unpacked into a version's own; the state has to name it next.</summary>
    public void Publish(string temp, SourceVersion version) => Move(temp, version, Path.Combine(root, version.Version));

    /// <summary>Keeps a folder that was unpacked until a person agrees to it or another takes its place.</summary>
    public void SetAside(string temp, SourceVersion version)
    {
        var refused = Path.Combine(root, RefusedFolder);
        if (Directory.Exists(refused)) Directory.Delete(refused, recursive: true);
        Move(temp, version, refused);
    }

    /// <summary>Makes the version that was set aside one of the kept ones; false when it is not there any more.</summary>
    public bool TakeRefused(SourceVersion version)
    {
        var refused = Path.Combine(root, RefusedFolder);
        if (!Directory.Exists(refused) || ReadJson<SourceVersion>(Path.Combine(refused, VersionFile))?.Digest != version.Digest) return false;
        Directory.Move(refused, Path.Combine(root, version.Version));
        return true;
    }

    /// <summary>Removes what the state does not name: versions that are no longer kept, and what a process that was ended left.</summary>
    public void Tidy(SourceState state)
    {
        foreach (var folder in new DirectoryInfo(root).EnumerateDirectories())
        {
            if (folder.Name == RefusedFolder ? state.Refused is null : !state.Versions.Any(v => v.Version == folder.Name)) folder.Delete(recursive: true);
        }
    }

    /// <summary>Lets go of a download.</summary>
    public void RemovePartial()
    {
        File.Delete(PartialNote);
        File.Delete(Partial);
    }

    /// <summary>Reads a small JSON file of ours.</summary>
    /// <exception cref="JsonException">It is none.</exception>
    public static T? ReadJson<T>(string path)
        where T : class
    {
        using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        return stream.Length > StateLengthMax ? throw new JsonException($"{path} is too long") : JsonSerializer.Deserialize<T>(stream, SourceState.JsonForm);
    }

    /// <summary>Replaces a small JSON file of ours as a whole: a reader sees the old one or the new one.</summary>
    public static void WriteJson<T>(string path, T value)
    {
        var part = $"{path}.{Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(4))}";
        try
        {
            using (var stream = new FileStream(part, FileMode.CreateNew, FileAccess.Write))
            {
                JsonSerializer.Serialize(stream, value, SourceState.JsonForm);
                stream.Flush(flushToDisk: true);
            }
            File.Move(part, path, overwrite: true);
        }
        finally
        {
            File.Delete(part);
        }
    }

    private static void Move(string temp, SourceVersion version, string target)
    {
        WriteJson(Path.Combine(temp, VersionFile), version);
        Directory.Move(temp, target);
    }

    private SourceState? ReadOrNull()
    {
        if (!File.Exists(StatePath)) return new SourceState();
        try
        {
            return ReadJson<SourceState>(StatePath) is { Versions.IsDefault: false } state && state.Versions.All(v => v is { Files.IsDefault: false }) ? state : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private ImmutableArray<SourceVersion> FindVersions()
    {
        var versions = new List<SourceVersion>();
        foreach (var folder in new DirectoryInfo(root).EnumerateDirectories().Where(d => d.Name != RefusedFolder && !d.Name.StartsWith(TempPrefix, StringComparison.Ordinal)))
        {
            try
            {
                if (ReadJson<SourceVersion>(Path.Combine(folder.FullName, VersionFile)) is { Files.IsDefault: false } version && version.Version == folder.Name) versions.Add(version);
            }
            catch (Exception problem) when (problem is JsonException or IOException)
            {
                // No version then.
            }
        }
        versions.Sort((a, b) => b.Fetched.CompareTo(a.Fetched));
        return [.. versions];
    }
}
