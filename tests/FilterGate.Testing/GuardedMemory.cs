using System.Buffers;
using System.Runtime.InteropServices;
using NUnit.Framework;

namespace FilterGate.Testing;

/// <summary>Bytes that end where a page ends, with pages before and behind that nobody may touch: one byte read beyond the end and the process is gone, which no test run overlooks.</summary>
/// <remarks>Linux; elsewhere the test is skipped and says so. Released when nothing refers to it.</remarks>
public sealed unsafe partial class GuardedMemory : MemoryManager<byte>
{
    private const int None = 0, Read = 1, Write = 2, Private = 2, Anonymous = 0x20;

    private readonly byte* _pages;
    private readonly nuint _pagesLength;
    private readonly byte* _start;
    private readonly int _length;
    private int _isReleased;

    public GuardedMemory(ReadOnlySpan<byte> content)
    {
        if (!OperatingSystem.IsLinux()) Assert.Ignore("Needs Linux, to put a page that nobody may touch behind the bytes.");
        var page = (nuint)Environment.SystemPageSize;
        var inside = ((nuint)content.Length + page - 1) / page * page;
        _pagesLength = inside + 2 * page;
        _pages = Map(null, _pagesLength, None, Private | Anonymous, -1, 0);
        if (_pages == (byte*)-1) throw new InvalidOperationException("The system gives no pages.");
        _length = content.Length;
        _start = _pages + page + inside - (nuint)_length;
        if (inside > 0 && Protect(_pages + page, inside, Read | Write) != 0) throw new InvalidOperationException("The system does not open the pages.");
        content.CopyTo(new Span<byte>(_start, _length));
        if (inside > 0 && Protect(_pages + page, inside, Read) != 0) throw new InvalidOperationException("The system does not close the pages.");
    }

#pragma warning disable MA0055, CA2015 // As for the mapped files that it stands in for: released when no matcher reads it any more.
    ~GuardedMemory() => Dispose(disposing: false);
#pragma warning restore MA0055, CA2015

    public override Span<byte> GetSpan() => new(_start, _length);

    public override MemoryHandle Pin(int elementIndex = 0) => new(_start + elementIndex, pinnable: this);

    public override void Unpin()
    {
    }

    protected override void Dispose(bool disposing)
    {
        if (Interlocked.Exchange(ref _isReleased, 1) == 0) _ = Unmap(_pages, _pagesLength);
    }

    [LibraryImport("libc", EntryPoint = "mmap", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial byte* Map(void* address, nuint length, int protection, int flags, int file, nint offset);

    [LibraryImport("libc", EntryPoint = "mprotect")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int Protect(void* address, nuint length, int protection);

    [LibraryImport("libc", EntryPoint = "munmap")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int Unmap(void* address, nuint length);
}
