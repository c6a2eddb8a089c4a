using System.Globalization;
using System.Security.Cryptography;
using FilterGate.Matching;

namespace FilterGate.Lists.Locked;

/// <summary>What came of putting a feed in force.</summary>
/// <param name="Feed">Which.</param>
/// <param name="State">Its state now.</param>
/// <param name="IsDemonstration">True when it was the shipped sample.</param>
/// <param name="IsSourceDeleted">True when the plain file is gone.</param>
public sealed record LockedImport(LockedFeedKind Feed, LockedFeedState State, bool IsDemonstration, bool IsSourceDeleted);

/// <summary>Puts a locked feed in force: reads it, hashes it with the box's key, writes that down, and deletes the plain file.</summary>
/// <remarks>
/// <para>What is empty, cut, malformed in more than a tenth of its lines, or less than half of what is in force is refused, and the last good feed stays. The file of the one before is kept too.</para>
/// <para>The plain file is deleted after its hashes are on disk. That is no promise that its bytes are gone: a flash disk, a journal or a snapshot may keep them. Whoever needs that keeps the supplier's folder in memory (tmpfs) or encrypted, or takes bundles.</para>
/// <para>Safe from several threads and processes: a second import at the same time is refused.</para>
/// </remarks>
/// <param name="folder">The lists of the box.</param>
/// <param name="key">The box's key.</param>
/// <param name="taxonomy">Where categories are found.</param>
/// <param name="clock">What time it is.</param>
public sealed class LockedImporter(ListFolder folder, byte[] key, Taxonomy taxonomy, TimeProvider clock)
{
    /// <summary>A feed with more malformed lines than one in so many is refused: it is some other file, or some other format.</summary>
    private const int MalformedOneIn = 10;

    /// <summary>Puts a feed in force.</summary>
    /// <exception cref="ListLoadException">It is refused: says why, and nothing of what it holds. The last good one stays in force, and the state says what happened.</exception>
    public LockedImport Import(LockedFeedSource source)
    {
        var place = new LockedFeedPlace(folder.Locked, source.Feed.Name);
        try
        {
            if (OperatingSystem.IsWindows()) Directory.CreateDirectory(folder.Locked);
            else Directory.CreateDirectory(folder.Locked, Files.FileModes.FolderIn(folder.Root));
            using var alone = Alone();
            var before = LockedFeedState.Read(place.State) ?? new LockedFeedState { Feed = source.Feed.Name };
            var modified = File.Exists(source.File) ? (DateTimeOffset?)File.GetLastWriteTimeUtc(source.File) : null;
            try
            {
                return Import(source, place, before, modified);
            }
            catch (ListLoadException e)
            {
                LockedFeedPlace.Write(place.State, (before with { LastAttempt = clock.GetUtcNow(), LastError = e.Message, SourceModified = modified }).ToBytes());
                throw;
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new ListLoadException($"{source.Feed.List} could not be imported: {e.Message} The last good one stays in force. Run this as the account that owns {folder.Root}.", e);
        }
    }

    private LockedImport Import(LockedFeedSource source, LockedFeedPlace place, LockedFeedState before, DateTimeOffset? modified)
    {
        var list = source.Feed.List;
        var bytes = ReadSource(source);
        var sha = Convert.ToHexStringLower(SHA256.HashData(bytes));
        var (text, format) = (bytes, source.Format);
        try
        {
            if (source.Format == LockedFormat.Bundle)
            {
                if (source.KeyFile is null) throw new ListLoadException($"{list}: a bundle needs the file of its key (key_file, --key-file).");
                text = LockedBundle.Open(bytes, LockedBundle.ReadKey(source.KeyFile, LockedBundle.KeyLength, LockedBundle.KeyLength), out format);
            }
            var hashKey = format == LockedFormat.Hashed && source.Format != LockedFormat.Bundle && source.KeyFile is { } path ? LockedBundle.ReadKey(path, 16, LockedEntries.HashKeyLengthMax) : null;
            var reading = new LockedFeedReader(list, source, taxonomy, key, hashKey).Read(text, format);
            Guard(list, place, reading);

            var isDemonstration = LockedSample.Is(text);
            var file = new LockedFeedFile(reading.Sections, isDemonstration);
            PutInForce(place, file.ToArray(key), file.EntryCount);

            var stillThere = source.Format == LockedFormat.Bundle || isDemonstration ? null : Delete(source.File);
            var now = clock.GetUtcNow();
            var state = new LockedFeedState
            {
                Feed = before.Feed, LastSuccess = now, LastAttempt = now, Entries = file.EntryCount, VerificationEntries = reading.Sections.Sum(s => s.Entries.VerificationCount),
                MalformedLines = reading.MalformedCount, SourceSha256 = sha, SourceModified = modified, StillThere = stillThere,
            };
            LockedFeedPlace.Write(place.State, state.ToBytes());
            return new(source.Feed, state, isDemonstration, IsSourceDeleted: !File.Exists(source.File));
        }
        finally
        {
            CryptographicOperations.ZeroMemory(text);
            CryptographicOperations.ZeroMemory(bytes);
        }
    }

    private static byte[] ReadSource(LockedFeedSource source)
    {
        if (!File.Exists(source.File)) throw new ListLoadException($"{source.Feed.List}: the file {source.File} is not there.");
        using var stream = new FileStream(source.File, FileMode.Open, FileAccess.Read, FileShare.Read);
        const int most = LockedBundle.TextLengthMax + LockedBundle.OverheadLength;
        if (stream.Length > most) throw new ListLoadException($"{source.Feed.List}: the file is larger than {most >> 20} MiB; no such feed is. Is it the right file?");
        var bytes = new byte[stream.Length];
        stream.ReadExactly(bytes);
        return bytes;
    }

    /// <summary>Refuses what would open more than it closes.</summary>
    private void Guard(string list, LockedFeedPlace place, LockedReading reading)
    {
        const string stays = "The last good feed stays in force.";
        if (reading.MalformedCount * MalformedOneIn > reading.LineCount)
            throw new ListLoadException(string.Create(CultureInfo.InvariantCulture,
                $"{list}: {reading.MalformedCount} of {reading.LineCount} lines are no entries (the first are {string.Join(", ", reading.MalformedLines.Take(5))}). Is it the right file, and its format? {stays}"));
        if (reading.EntryCount == 0) throw new ListLoadException($"{list}: the feed has no entry. {stays}");
        var inForce = EntriesInForce(place);
        if (reading.EntryCount < inForce - (inForce / 2))
            throw new ListLoadException(string.Create(CultureInfo.InvariantCulture, $"{list}: the feed has {reading.EntryCount} entries, and the one in force {inForce}: less than half. {stays} Get it again, and ask its supplier."));
    }

    /// <summary>How many entries are in force; where the files cannot say, the state does.</summary>
    private int EntriesInForce(LockedFeedPlace place)
    {
        foreach (var path in (string[])[place.Current, place.Previous])
        {
            try
            {
                if (File.Exists(path)) return LockedFeedFile.Read(path, key, taxonomy) is { IsDemonstration: false } file ? file.EntryCount : 0;
            }
            catch (ListLoadException)
            {
                // A broken one is what this import repairs.
            }
        }
        return LockedFeedState.Read(place.State)?.Entries ?? 0;
    }

    private void PutInForce(LockedFeedPlace place, byte[] bytes, int entryCount)
    {
        var next = place.Current + ".next";
        LockedFeedPlace.Write(next, bytes);
        // What is on disk is read back before anything depends on it, the plain feed's deletion above all.
        if (LockedFeedFile.Read(next, key, taxonomy).EntryCount != entryCount) throw new ListLoadException($"{next} was not written as it should be. Is the disk sound?");
        // Between these two steps there is only the one before, and that is read where there is no other. A broken one replaces no good one.
        if (IsSound(place.Current)) File.Move(place.Current, place.Previous, overwrite: true);
        File.Move(next, place.Current, overwrite: true);
    }

    private bool IsSound(string path)
    {
        try
        {
            return File.Exists(path) && LockedFeedFile.Read(path, key, taxonomy).EntryCount > 0;
        }
        catch (ListLoadException)
        {
            return false;
        }
    }

    /// <summary>Deletes the plain feed; answers with why that failed.</summary>
    private static string? Delete(string path)
    {
        try
        {
            File.Delete(path);
            return null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return $"{path} could not be deleted: {e.Message} Delete it.";
        }
    }

    private FileStream Alone()
    {
        try
        {
            return new FileStream(Path.Combine(folder.Locked, ".import"), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (IOException e)
        {
            throw new ListLoadException("Another import of a locked feed is running. Try again in a moment.", e);
        }
    }
}
