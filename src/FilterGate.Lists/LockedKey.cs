using System.Security.Cryptography;
using FilterGate.Matching;

namespace FilterGate.Lists;

/// <summary>The box's key for locked lists: with it entries are hashed, so that what events and exports name says nothing on another box.</summary>
public static class LockedKey
{
    /// <summary>Length in bytes.</summary>
    public const int Length = LockedMatcher.Builder.KeyLength;

    /// <summary>Reads the key file, or makes it with a new random key and mode 0600 where there is none. Safe when several processes start at once: one key wins.</summary>
    /// <param name="path">The file; its folder must exist.</param>
    /// <exception cref="ListLoadException">The file cannot be read or made, or is not a key: says what to do.</exception>
    public static byte[] ReadOrMake(string path)
    {
        try
        {
            if (!File.Exists(path)) SecretFile.MakeOnce(path, () => RandomNumberGenerator.GetBytes(Length));
            // Read with one byte to spare, lest a wrong path bring a whole disk image into memory.
            using var stream = File.OpenRead(path);
            var key = new byte[Length + 1];
            var length = stream.ReadAtLeast(key, key.Length, throwOnEndOfStream: false);
            return length == Length
                ? key[..Length]
                : throw new ListLoadException(
                    $"{path} is no key for locked lists: it must have exactly {Length} bytes and has {(length > Length ? "more" : length)}. Restore it from a backup; or delete it and a new one is made, after which entry ids in old events no longer compare with new ones.");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new ListLoadException($"{path}, the key for locked lists, cannot be read or made: {e.Message} Its folder must exist and belong to the account that runs the gateway.", e);
        }
    }
}
