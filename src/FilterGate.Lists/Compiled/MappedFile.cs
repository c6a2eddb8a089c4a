using System.Buffers;
using System.IO.MemoryMappedFiles;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace FilterGate.Lists.Compiled;

/// <summary>A file mapped into memory, read only, all of it present before anybody asks: read in place by a matcher for as long as that lives, then released.</summary>
/// <remarks>Nobody counts readers. A matcher keeps the mapping alive, a request keeps the matcher; when the last request with an old snapshot is done the collector takes both, and the finaliser gives the memory back.
/// Until then the address space of the old list is held, not its pages: the system may drop those. Replacing or deleting the file does not touch a mapping; writing into it would, so compiled files are never written twice.</remarks>
internal sealed unsafe partial class MappedFile : MemoryManager<byte>
{
    private static int _mapped;

    private readonly MemoryMappedFile _file;
    private readonly MemoryMappedViewAccessor _view;
    private readonly SafeMemoryMappedViewHandle _handle;
    private readonly byte* _start;
    private readonly int _length;
    private int _isReleased;

    private MappedFile(MemoryMappedFile file, int length)
    {
        (_file, _length) = (file, length);
        _view = file.CreateViewAccessor(0, length, MemoryMappedFileAccess.Read);
        _handle = _view.SafeMemoryMappedViewHandle;
        _handle.AcquirePointer(ref _start);
        _start += _view.PointerOffset;
        Interlocked.Increment(ref _mapped);
    }

// Nobody disposes of a mapping that requests still read: it goes with the last of them. No span outlives its matcher, which keeps itself alive to the end of each look-up.
#pragma warning disable MA0055, CA2015
    ~MappedFile() => Dispose(disposing: false);
#pragma warning restore MA0055, CA2015

    /// <summary>Files mapped at the moment in this process.</summary>
    public static int Count => Volatile.Read(ref _mapped);

    /// <summary>Maps a file.</summary>
    /// <param name="path">The file.</param>
    /// <param name="isResident">True to bring all of it into memory now: otherwise the first look-ups would wait for the disk, some 20 ms each.</param>
    /// <exception cref="IOException">It cannot be read, is empty, or has 2 GB or more.</exception>
    /// <exception cref="UnauthorizedAccessException">It may not be read.</exception>
    public static ReadOnlyMemory<byte> Open(string path, bool isResident)
    {
        using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read | FileShare.Delete, bufferSize: 0);
        if (stream.Length is 0 or > int.MaxValue - 4096) throw new IOException($"{path} has {stream.Length:n0} bytes, which no compiled list has.");
        var mapped = new MappedFile(MemoryMappedFile.CreateFromFile(stream, mapName: null, 0, MemoryMappedFileAccess.Read, HandleInheritability.None, leaveOpen: false), (int)stream.Length);
        if (isResident) mapped.Populate();
        return mapped.Memory;
    }

    /// <inheritdoc/>
    public override Span<byte> GetSpan() => new(_start, _length);

    /// <inheritdoc/>
    public override MemoryHandle Pin(int elementIndex = 0)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan((uint)elementIndex, (uint)_length, nameof(elementIndex));
        // Mapped memory does not move; the handle holds on to this object.
        return new MemoryHandle(_start + elementIndex, pinnable: this);
    }

    /// <inheritdoc/>
    public override void Unpin()
    {
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (Interlocked.Exchange(ref _isReleased, 1) != 0) return;
        _handle.ReleasePointer();
        _view.Dispose();
        _file.Dispose();
        Interlocked.Decrement(ref _mapped);
    }

    private void Populate()
    {
        const int MadvisePopulateRead = 22; // linux/mman.h, since Linux 5.14
        if (OperatingSystem.IsLinux() && Madvise(_start, (nuint)_length, MadvisePopulateRead) == 0) return;
        // An older kernel: one byte of each page does the same, more slowly.
        var sum = 0;
        for (long at = 0; at < _length; at += Environment.SystemPageSize) sum += Volatile.Read(ref _start[at]);
        GC.KeepAlive(sum);
    }

    [LibraryImport("libc", EntryPoint = "madvise")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int Madvise(void* address, nuint length, int advice);
}
