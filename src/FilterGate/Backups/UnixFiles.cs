using System.Runtime.InteropServices;

namespace FilterGate.Backups;

/// <summary>What Linux does with files and .NET does not offer: the kind of an entry, two folders changing places in one step, and a folder's entries made safe against a power cut.</summary>
/// <remarks>On another system each says that it cannot, and its caller does without: a gateway box is Linux.</remarks>
internal static class UnixFiles
{
    private const int AtFdCwd = -100, AtSymlinkNoFollow = 0x100, RenameExchange = 2;
    private const uint StatxType = 0x1;
    private const int ModeOffset = 28, StatxSize = 256; // struct statx is the same on every Linux architecture (statx(2)).
    private const int TypeMask = 0xF000, TypeRegular = 0x8000;

    /// <summary>False for a socket, a pipe or a device, which nobody can copy.</summary>
    public static bool IsRegular(string path)
    {
        if (!OperatingSystem.IsLinux()) return true;
        var stat = new byte[StatxSize];
        return Statx(AtFdCwd, path, AtSymlinkNoFollow, StatxType, stat) != 0 || (BitConverter.ToUInt16(stat, ModeOffset) & TypeMask) == TypeRegular;
    }

    /// <summary>Lets two folders change their places, both at once (<c>renameat2(2)</c>). False where the system or the file system cannot: nothing was changed.</summary>
    public static bool TryExchange(string first, string second) => OperatingSystem.IsLinux() && RenameAt2(AtFdCwd, first, AtFdCwd, second, RenameExchange) == 0;

    /// <summary>Waits until a folder's entries are on the disk, after a file was made or renamed there. Best effort: some file systems have no such thing.</summary>
    public static void SyncFolder(string path)
    {
        if (!OperatingSystem.IsLinux()) return;
        var folder = Open(path, 0);
        if (folder < 0) return;
        _ = FSync(folder);
        _ = Close(folder);
    }

#pragma warning disable SYSLIB1054, CA2101, CA5392 // Source-generated marshalling would need unsafe code; paths are UTF-8; libc is found by the system's own loader path.
    [DllImport("libc", EntryPoint = "statx", SetLastError = true)]
    private static extern int Statx(int folder, [MarshalAs(UnmanagedType.LPUTF8Str)] string path, int flags, uint mask, [Out] byte[] stat);

    [DllImport("libc", EntryPoint = "renameat2", SetLastError = true)]
    private static extern int RenameAt2(int oldFolder, [MarshalAs(UnmanagedType.LPUTF8Str)] string oldPath, int newFolder, [MarshalAs(UnmanagedType.LPUTF8Str)] string newPath, uint flags);

    [DllImport("libc", EntryPoint = "open", SetLastError = true)]
    private static extern int Open([MarshalAs(UnmanagedType.LPUTF8Str)] string path, int flags);

    [DllImport("libc", EntryPoint = "fsync", SetLastError = true)]
    private static extern int FSync(int file);

    [DllImport("libc", EntryPoint = "close", SetLastError = true)]
    private static extern int Close(int file);
#pragma warning restore SYSLIB1054, CA2101, CA5392
}
