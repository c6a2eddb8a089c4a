using System.Security.Cryptography;
using FilterGate.Commands;

namespace FilterGate.Settings;

/// <summary>The box's key for entries of illegal-content lists: they are kept and named only as hashes with it, so that what a log or an export shows cannot be looked up elsewhere.</summary>
internal static class BoxKey
{
    /// <summary>Length in bytes.</summary>
    public const int Length = 32;

    /// <summary>Where it is kept in a data folder.</summary>
    public static string PathIn(string dataFolder) => Path.Combine(dataFolder, "lists", "locked.key");

    /// <summary>The key of this data folder, made on first use (readable by its owner only). A box without a data folder gets a key for this run.</summary>
    /// <exception cref="UserErrorException">The file cannot be read or written, or is not a key.</exception>
    public static byte[] For(string dataFolder)
    {
        if (!Directory.Exists(dataFolder)) return RandomNumberGenerator.GetBytes(Length);
        var path = PathIn(dataFolder);
        try
        {
            if (!File.Exists(path)) Make(path);
            var key = File.ReadAllBytes(path);
            return key.Length == Length
                ? key
                : throw new UserErrorException($"{path} is damaged: it has {key.Length} bytes, not {Length}. Restore it from the backup; or delete it, and hashes written from then on differ from those before.");
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new UserErrorException($"the key of the locked lists {path} cannot be used: {exception.Message} Run this as the account that owns the data folder, or name another with --data.", inner: exception);
        }
    }

    private static void Make(string path)
    {
        var folder = Path.GetDirectoryName(path)!;
        Directory.CreateDirectory(folder);
        // Written aside and then moved: two processes that start together end with one key, and a crash leaves none half written.
        var aside = Path.Combine(folder, $".locked.key.{Path.GetRandomFileName()}");
        try
        {
            var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write };
            if (!OperatingSystem.IsWindows()) options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
            using (var stream = new FileStream(aside, options))
            {
                stream.Write(RandomNumberGenerator.GetBytes(Length));
                stream.Flush(flushToDisk: true);
            }
            File.Move(aside, path, overwrite: false);
        }
        catch (IOException) when (File.Exists(path))
        {
            // Another process was first: its key holds.
        }
        finally
        {
            File.Delete(aside);
        }
    }
}
