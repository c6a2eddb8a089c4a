using FilterGate.Backups;

namespace FilterGate.Settings;

/// <summary>A file that is going to take another's place: it lies beside it, on the disk, until it does so in one step. What was there stays under another name.</summary>
internal sealed class ReplacedFile : IDisposable
{
    private readonly string _place;

    private ReplacedFile(string place) => _place = place;

    /// <summary>Where it lies until then.</summary>
    public string Part => _place + ".part";

    /// <summary>Writes it beside the place. It has the mode of what is there.</summary>
    /// <param name="place">The place, absolute.</param>
    /// <param name="bytes">What it holds.</param>
    /// <param name="modeOfNew">The mode where nothing is there: that of the umask's making would shut the gateway's account out of its settings.</param>
    /// <exception cref="IOException">It cannot be written; so may an <see cref="UnauthorizedAccessException"/> say. Nothing is left.</exception>
    public static ReplacedFile Stage(string place, ReadOnlySpan<byte> bytes, UnixFileMode modeOfNew)
    {
        var staged = new ReplacedFile(place);
        Directory.CreateDirectory(Path.GetDirectoryName(place)!);
        if (File.Exists(staged.Part)) File.Delete(staged.Part);
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows()) options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        try
        {
            using var file = new FileStream(staged.Part, options);
            file.Write(bytes);
            if (!OperatingSystem.IsWindows()) File.SetUnixFileMode(file.SafeFileHandle, File.Exists(place) ? File.GetUnixFileMode(place) : modeOfNew);
            file.Flush(flushToDisk: true);
            return staged;
        }
        catch
        {
            staged.Dispose();
            throw;
        }
    }

    /// <summary>A name that nothing has: the one that is wanted, else with a number behind it.</summary>
    public static string FreeName(string wanted) => Enumerable.Range(1, int.MaxValue).Select(n => n == 1 ? wanted : $"{wanted}-{n}").First(name => !Path.Exists(name));

    /// <summary>Lets it take the place.</summary>
    /// <param name="stamp">What the name of the old one gets at its end: <c>before-setup-20261123-120000</c>.</param>
    /// <returns>Where the old one is now, or null where there was none.</returns>
    public string? PutInPlace(string stamp)
    {
        string? old = null;
        if (File.Exists(_place))
        {
            old = FreeName($"{_place}.{stamp}");
            File.Copy(_place, old, overwrite: false);
        }
        File.Move(Part, _place, overwrite: true);
        UnixFiles.SyncFolder(Path.GetDirectoryName(_place)!);
        return old;
    }

    /// <summary>Removes it, unless it has taken the place.</summary>
    public void Dispose() => File.Delete(Part);
}
