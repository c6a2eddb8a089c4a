using System.Runtime.Versioning;
using Microsoft.Win32.SafeHandles;

namespace FilterGate.Files;

/// <summary>Who may open what is made in the data folder: the account that makes it, alone. Where an administrator has given the folder to a group, as the Debian package does so that gateway and review site are two accounts, that group too.</summary>
internal static class FileModes
{
    private const UnixFileMode Owner = UnixFileMode.UserRead | UnixFileMode.UserWrite, Group = UnixFileMode.GroupRead | UnixFileMode.GroupWrite;
    private const UnixFileMode SharedBits = UnixFileMode.GroupWrite | UnixFileMode.SetGroup;

    /// <summary>The mode of a new file in a folder: 0600, or 0660.</summary>
    internal static UnixFileMode FileIn(string folder) => IsShared(folder) ? Owner | Group : Owner;

    /// <summary>The mode of a new folder in a folder: 0700, or 0770. The bit by which files get the folder's group is inherited.</summary>
    internal static UnixFileMode FolderIn(string folder) => IsShared(folder) ? Owner | UnixFileMode.UserExecute | Group | UnixFileMode.GroupExecute : Owner | UnixFileMode.UserExecute;

    /// <summary>Gives an open file what the umask of this process took from its mode: a technician's shell has another umask than the services, and each of the accounts must be able to go on with what it made.</summary>
    [UnsupportedOSPlatform("windows")]
    internal static void Widen(SafeFileHandle file, UnixFileMode mode)
    {
        var has = File.GetUnixFileMode(file);
        if ((has & mode) == mode) return;
        try
        {
            File.SetUnixFileMode(file, has | mode);
        }
        catch (UnauthorizedAccessException)
        {
            // Somebody else's, who gave it the mode that it has.
        }
    }

    /// <summary>True for a folder whose group may write and is given to what is made there: both bits, for a folder that only the umask of somebody's shell made so is meant for nobody else.</summary>
    internal static bool IsShared(string folder) => !OperatingSystem.IsWindows() && Directory.Exists(folder) && (File.GetUnixFileMode(folder) & SharedBits) == SharedBits;
}
