using System.Runtime.InteropServices;

namespace FilterGate.Sqlite;

/// <summary>Gives what root makes to the account that owns the folder it is made in.</summary>
/// <remarks>Otherwise <c>sudo filtergate unblock approve</c>, being the first to write in a new month, would leave the gateway's own account locked out of its event file. Links are not followed: the account could point one at any file of the system.</remarks>
internal static class FileOwner
{
    private const int AtFdCwd = -100, AtSymlinkNoFollow = 0x100;
    private const uint StatxUidGid = 0x8 | 0x10;
    private const int UidOffset = 20, GidOffset = 24, StatxSize = 256; // struct statx is the same on every Linux architecture (statx(2)).

    /// <summary>Gives one file to the owner of its folder.</summary>
    internal static void TakeFromFolder(string path)
    {
        if (OwnerOf(Path.GetDirectoryName(Path.GetFullPath(path))!) is ({ } uid, var gid) && uid != 0) _ = Chown(path, uid, gid);
    }

    /// <summary>Gives one file or folder to the owner of another; to nobody when there is no other.</summary>
    internal static void TakeFrom(string path, string? other)
    {
        if (other is not null && OwnerOf(other) is ({ } uid, var gid) && uid != 0) _ = Chown(path, uid, gid);
    }

    /// <summary>Gives whatever below a folder is root's to the owner of the folder.</summary>
    /// <remarks>Reads the folder whole, which holds hundreds of files and no deep tree.</remarks>
    internal static void TakeAll(string folder)
    {
        if (OwnerOf(folder) is not ({ } uid, var gid) || uid == 0) return;
        var all = new EnumerationOptions { RecurseSubdirectories = true, AttributesToSkip = FileAttributes.ReparsePoint, IgnoreInaccessible = true };
        foreach (var entry in Directory.EnumerateFileSystemEntries(folder, "*", all))
            if (OwnerOf(entry) is (0, _)) _ = Chown(entry, uid, gid);
    }

    /// <summary>Null where it does not matter: on another system, or for anybody but root.</summary>
    private static (uint? Uid, uint Gid) OwnerOf(string path)
    {
        if (!OperatingSystem.IsLinux() || !Environment.IsPrivilegedProcess) return default;
        var stat = new byte[StatxSize];
        return Statx(AtFdCwd, path, AtSymlinkNoFollow, StatxUidGid, stat) == 0 ? (BitConverter.ToUInt32(stat, UidOffset), BitConverter.ToUInt32(stat, GidOffset)) : default;
    }

#pragma warning disable SYSLIB1054, CA2101, CA5392 // Source-generated marshalling would need unsafe code; paths are UTF-8; libc is found by the system's own loader path.
    [DllImport("libc", EntryPoint = "statx", SetLastError = true)]
    private static extern int Statx(int folder, [MarshalAs(UnmanagedType.LPUTF8Str)] string path, int flags, uint mask, [Out] byte[] stat);

    // Best effort: a file system without owners (or a container without CAP_CHOWN) still works for root itself.
    [DllImport("libc", EntryPoint = "lchown", SetLastError = true)]
    private static extern int Chown([MarshalAs(UnmanagedType.LPUTF8Str)] string path, uint owner, uint group);
#pragma warning restore SYSLIB1054, CA2101, CA5392
}
