using FilterGate.Commands;
using FilterGate.Files;
using FilterGate.Samples;

namespace FilterGate.Running;

/// <summary>The folder of everything that a gateway keeps.</summary>
internal static class DataFolder
{
    /// <summary>What gateway and review site both work with. All else is one account's: the authority, the rules of the network and what a technician keeps there the gateway's, the keys of cookies the review site's.</summary>
    private static readonly string[] Shared = ["state.db", "events", "lists", FirstSeenFile.FileName, SampleSchool.MarkName];

    private const string ReviewKeys = "review-keys";

    /// <summary>Gives a folder that is to take another's place the form of that one, where two accounts share it (the Debian package): a backup knows no accounts.</summary>
    public static void ShareAs(string folder, string place)
    {
        if (OperatingSystem.IsWindows() || !FileModes.IsShared(place)) return;
        File.SetUnixFileMode(folder, File.GetUnixFileMode(place));
        foreach (var name in Shared)
        {
            var path = Path.Combine(folder, name);
            if (File.Exists(path)) File.SetUnixFileMode(path, FileModes.FileIn(folder));
            if (!Directory.Exists(path)) continue;
            foreach (var inside in Directory.EnumerateDirectories(path, "*", SearchOption.AllDirectories).Prepend(path)) File.SetUnixFileMode(inside, FileModes.FolderIn(folder) | UnixFileMode.SetGroup);
            foreach (var inside in Directory.EnumerateFiles(path, "*", SearchOption.AllDirectories)) File.SetUnixFileMode(inside, FileModes.FileIn(folder));
        }

        // Those of the box that was: whoever is signed in signs in again.
        if (Directory.Exists(Path.Combine(folder, ReviewKeys))) Directory.Delete(Path.Combine(folder, ReviewKeys), recursive: true);
    }

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
