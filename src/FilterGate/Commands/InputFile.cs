using System.CommandLine;

namespace FilterGate.Commands;

/// <summary>The argument <c>FILE|-</c>: a file that a person names, or standard input.</summary>
internal static class InputFile
{
    /// <summary>What stands for standard input.</summary>
    public const string Standard = "-";

    /// <summary>Makes the argument.</summary>
    public static Argument<string> Argument(string description) => new("FILE") { Description = description + "; - reads standard input" };

    /// <summary>Opens it.</summary>
    /// <exception cref="UserErrorException">It cannot be opened: what is wrong (exit 2).</exception>
    public static Stream Open(CommandContext context, string path)
    {
        if (path == Standard) return context.OpenInput();
        try
        {
            return new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite, bufferSize: 0, FileOptions.SequentialScan);
        }
        catch (Exception problem) when (problem is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new UserErrorException($"{path} does not exist; check the path, or give - to read standard input.", inner: problem);
        }
        catch (Exception problem) when (problem is IOException or UnauthorizedAccessException)
        {
            throw new UserErrorException(Directory.Exists(path) ? $"{path} is a folder; name a file in it." : $"{path} cannot be read: {problem.Message}", inner: problem);
        }
    }
}
