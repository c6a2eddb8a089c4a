using System.Runtime.InteropServices;
using FilterGate.Lists.Compiled;
using Microsoft.Win32.SafeHandles;

namespace FilterGate.Lists.Tests.Compiled;

/// <summary>A compiled list is in memory, all of it, before anybody can ask it.</summary>
[Platform("Linux")]
public sealed unsafe partial class MappedFileTests
{
    private const int Pages = 2_000;

    [Test]
    public void Open_Resident_BringsEveryPageIn()
    {
        using var box = new Box();
        var path = box["pages.fgl"];
        var length = Pages * Environment.SystemPageSize + 100;
        var bytes = new byte[length];
        new Random(3).NextBytes(bytes);
        File.WriteAllBytes(path, bytes);
        Assume.That(DropFromMemory(path), Is.LessThan(Pages / 2), "the system keeps the file in memory whatever it is asked: nothing could be seen here");

        var mapped = MappedFile.Open(path, isResident: true);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(Resident(mapped), Is.EqualTo(Pages + 1));
            Assert.That(mapped.Span.SequenceEqual(bytes), Is.True);
        }
    }

    /// <summary>Asks the system to forget the file, and returns how many of its pages it still has.</summary>
    private static int DropFromMemory(string path)
    {
        const int DontNeed = 4; // linux/fadvise.h
        using (var file = File.OpenHandle(path, FileMode.Open, FileAccess.ReadWrite))
        {
            RandomAccess.FlushToDisk(file);
            _ = Fadvise(file, 0, 0, DontNeed);
        }
        return Resident(MappedFile.Open(path, isResident: false));
    }

    private static int Resident(ReadOnlyMemory<byte> mapped)
    {
        using var pin = mapped.Pin();
        var pages = new byte[(mapped.Length + Environment.SystemPageSize - 1) / Environment.SystemPageSize];
        Assert.That(Mincore(pin.Pointer, (nuint)mapped.Length, pages), Is.Zero);
        return pages.Count(page => (page & 1) != 0);
    }

    [LibraryImport("libc", EntryPoint = "mincore")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int Mincore(void* address, nuint length, [Out] byte[] pages);

    [LibraryImport("libc", EntryPoint = "posix_fadvise")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int Fadvise(SafeFileHandle file, long offset, long length, int advice);
}
