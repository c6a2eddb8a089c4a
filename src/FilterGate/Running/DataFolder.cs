using FilterGate.Commands;

namespace FilterGate.Running;

/// <summary>The folder of everything that a gateway keeps.</summary>
internal static class DataFolder
{
    /// <summary>Makes it, readable by its owner alone.</summary>
    /// <exception cref="UserErrorException">It cannot be made.</exception>
    public static string Make(string path)
    {
        try
        {
            if (OperatingSystem.IsWindows()) Directory.CreateDirectory(path);
            else Directory.CreateDirectory(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
            return path;
        }
        catch (Exception problem) when (problem is IOException or UnauthorizedAccessException)
        {
            throw new UserErrorException($"The data folder {path} cannot be made: {problem.Message} Choose another with --data DIR.", inner: problem);
        }
    }
}
