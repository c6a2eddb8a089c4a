using System.Text;
using FilterGate.Commands;
using FilterGate.Policy.Documents;

namespace FilterGate.Settings;

/// <summary>Reads a file that a person wrote, and says plainly what is wrong when it cannot.</summary>
internal static class TextFile
{
    private static readonly UTF8Encoding StrictUtf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>Reads a UTF-8 file of at most <see cref="DocumentSource.BytesMax"/> bytes.</summary>
    /// <param name="path">Where it is, absolute.</param>
    /// <param name="what">What it is, for messages: <c>the policy</c>.</param>
    /// <exception cref="UserErrorException">It is not there, not readable, too large or not UTF-8 (exit 2).</exception>
    public static string Read(string path, string what)
    {
        try
        {
            using var stream = File.OpenRead(path);
            // One byte more than allowed: a file that grows, or a device without an end, must not fill the memory.
            var buffer = new byte[DocumentSource.BytesMax + 1];
            var length = stream.ReadAtLeast(buffer, buffer.Length, throwOnEndOfStream: false);
            if (length > DocumentSource.BytesMax)
                throw new UserErrorException($"{what} {path} is larger than {DocumentSource.BytesMax / 1024} KiB; is it the right file?");
            var text = StrictUtf8.GetString(buffer, 0, length);
            return text is ['\uFEFF', .. var rest] ? rest : text;
        }
        catch (DecoderFallbackException exception)
        {
            throw new UserErrorException($"{what} {path} is not UTF-8 text; save it as UTF-8.", inner: exception);
        }
        catch (Exception exception) when (exception is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new UserErrorException($"{what} {path} does not exist; check the path.", inner: exception);
        }
        catch (UnauthorizedAccessException exception)
        {
            throw new UserErrorException(Directory.Exists(path)
                ? $"{what} {path} is a folder; name the file in it."
                : $"{what} {path} cannot be read; give this account the right to read it (chmod, chown).", inner: exception);
        }
        catch (IOException exception)
        {
            throw new UserErrorException($"{what} {path} cannot be read: {exception.Message}", inner: exception);
        }
    }
}
