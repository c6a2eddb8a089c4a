using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using FilterGate.Commands;
using FilterGate.Lists;

namespace FilterGate.Lookup;

/// <summary>The secret that callers of the look-up service show: <c>lookup.token</c> in the data folder, readable by its owner alone. To change it, delete the file and start the gateway again.</summary>
internal sealed class LookupToken
{
    /// <summary>Bytes of chance in a new token.</summary>
    private const int Length = 32;

    /// <summary>Shortest token that is taken from a file, in characters: somebody may have put their own there.</summary>
    private const int TextLengthMin = 32, TextLengthMax = 512;

    private readonly byte[] _digest;

    private LookupToken(string path, string text) => (Path, _digest) = (path, SHA256.HashData(Encoding.UTF8.GetBytes(text)));

    /// <summary>Where it is.</summary>
    public string Path { get; }

    /// <summary>Reads the token of a box, or makes one.</summary>
    /// <exception cref="UserErrorException">It cannot be read or made, others may read it, or it is too short.</exception>
    public static LookupToken ReadOrMake(string dataFolder)
    {
        var path = System.IO.Path.Combine(dataFolder, "lookup.token");
        try
        {
            if (!File.Exists(path)) SecretFile.MakeOnce(path, () => Encoding.UTF8.GetBytes(Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(Length)) + '\n'));
            if (!OperatingSystem.IsWindows() && (File.GetUnixFileMode(path) & ~Files.FileModes.FileIn(dataFolder)) != UnixFileMode.None)
                throw new UserErrorException($"{path} may be read by others, so its secret is none. Delete it for a new one, or: chmod 600 {path}");
            if (new FileInfo(path).Length > TextLengthMax || File.ReadAllText(path).Trim() is not { Length: >= TextLengthMin } text)
                throw new UserErrorException($"{path} does not hold a token of {TextLengthMin} to {TextLengthMax} characters. Delete it, and the next start makes one.");
            return new(path, text);
        }
        catch (Exception problem) when (problem is IOException or UnauthorizedAccessException)
        {
            throw new UserErrorException($"{path} cannot be used: {problem.Message}", inner: problem);
        }
    }

    /// <summary>True when a caller shows this token. Takes as long whatever the caller shows.</summary>
    public bool Is(string shown) => CryptographicOperations.FixedTimeEquals(SHA256.HashData(Encoding.UTF8.GetBytes(shown)), _digest);
}
