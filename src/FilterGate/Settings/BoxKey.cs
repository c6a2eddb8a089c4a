using System.Security.Cryptography;
using FilterGate.Commands;
using FilterGate.Lists;

namespace FilterGate.Settings;

/// <summary>Where the box's key for entries of illegal-content lists is kept.</summary>
internal static class BoxKey
{
    /// <summary>The key of this data folder, made on first use. Where there is no data folder there is nothing to compare hashes with: a key for this run is enough, and looking makes no folder.</summary>
    /// <exception cref="UserErrorException">The folder cannot be made.</exception>
    /// <exception cref="ListLoadException">The file cannot be read or made, or is not a key.</exception>
    public static byte[] For(string dataFolder)
    {
        if (!Directory.Exists(dataFolder)) return RandomNumberGenerator.GetBytes(LockedKey.Length);
        var folder = Path.Combine(dataFolder, "lists");
        try
        {
            Directory.CreateDirectory(folder);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new UserErrorException($"the folder {folder} cannot be made: {exception.Message} Run this as the account that owns the data folder, or name another with --data.", inner: exception);
        }
        return LockedKey.ReadOrMake(Path.Combine(folder, "locked.key"));
    }
}
