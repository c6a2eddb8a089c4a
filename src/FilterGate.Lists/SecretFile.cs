namespace FilterGate.Lists;

/// <summary>Makes the files that hold a box's own secrets: whole or not at all, once, and for the accounts of the box alone.</summary>
public static class SecretFile
{
    /// <summary>How long another process that makes the same file is waited for: it writes a few bytes.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    /// <summary>Writes the file, for nobody but its owner and the group that the folder was given to, unless it is there. When several processes or threads do this at once, one of them writes, and all return once its file is complete.</summary>
    /// <param name="path">The file; its folder must exist.</param>
    /// <param name="content">What it holds. Asked for by the one who writes, and not kept.</param>
    /// <exception cref="IOException">It cannot be written, or another process has held the place for ten seconds.</exception>
    /// <exception cref="UnauthorizedAccessException">The account may not write there.</exception>
    public static void MakeOnce(string path, Func<byte[]> content)
    {
        // A rename that refuses to replace is a look and then a rename on Unix, between which another process fits: hence a lock.
        using var alone = Alone($"{path}.lock");
        if (File.Exists(path)) return;
        var part = $"{path}.part";
        // Left by a process that was killed; nobody else writes it now.
        File.Delete(part);
        try
        {
            using (var stream = new FileStream(part, Closed(part, FileMode.CreateNew, FileShare.None)))
            {
                stream.Write(content());
                stream.Flush(flushToDisk: true);
            }
            File.Move(part, path, overwrite: false);
        }
        finally
        {
            File.Delete(part);
        }
    }

    // The lock goes with its holder, however that ends. Deleting its file on closing is safe: whoever gets a new one finds the secret made.
    private static FileStream Alone(string path)
    {
        var since = TimeProvider.System.GetTimestamp();
        while (true)
        {
            try
            {
                return new(path, Closed(path, FileMode.OpenOrCreate, FileShare.None, FileOptions.DeleteOnClose));
            }
            catch (IOException problem) when (problem is not (DirectoryNotFoundException or FileNotFoundException) && TimeProvider.System.GetElapsedTime(since) < Patience)
            {
                Thread.Sleep(5);
            }
        }
    }

    private static FileStreamOptions Closed(string path, FileMode mode, FileShare share, FileOptions options = FileOptions.None)
    {
        var made = new FileStreamOptions { Mode = mode, Access = FileAccess.ReadWrite, Share = share, Options = options };
        if (!OperatingSystem.IsWindows()) made.UnixCreateMode = Files.FileModes.FileIn(Path.GetDirectoryName(Path.GetFullPath(path))!);
        return made;
    }
}
