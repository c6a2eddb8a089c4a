namespace FilterGate.Lists.Locked;

/// <summary>The files of one feed in <c>lists/locked/</c>.</summary>
internal sealed record LockedFeedPlace(string Folder, string Feed)
{
    /// <summary>In force.</summary>
    public string Current => Path.Combine(Folder, Feed + ".fgk");

    /// <summary>In force before that: read where the newer one is broken.</summary>
    public string Previous => Path.Combine(Folder, Feed + ".previous.fgk");

    /// <summary>What is known of it.</summary>
    public string State => Path.Combine(Folder, Feed + ".json");

    /// <summary>True when the feed was in force once, as far as the folder says.</summary>
    public bool WasEverInForce => File.Exists(Current) || File.Exists(Previous) || File.Exists(State) && LockedFeedState.Read(State) is null or { LastSuccess: not null };

    /// <summary>Writes a file whole or not at all, for its owner alone.</summary>
    /// <remarks>On disk under another name first, then renamed: a reader and a power cut find the old file or the new one.</remarks>
    public static void Write(string path, ReadOnlySpan<byte> bytes)
    {
        var part = $"{path}.part";
        var options = new FileStreamOptions { Mode = FileMode.Create, Access = FileAccess.Write, Share = FileShare.None };
        if (!OperatingSystem.IsWindows()) options.UnixCreateMode = Files.FileModes.FileIn(Path.GetDirectoryName(Path.GetFullPath(path))!);
        using (var stream = new FileStream(part, options))
        {
            stream.Write(bytes);
            stream.Flush(flushToDisk: true);
        }
        File.Move(part, path, overwrite: true);
    }
}
