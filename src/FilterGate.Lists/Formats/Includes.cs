using System.Diagnostics.CodeAnalysis;

namespace FilterGate.Lists.Formats;

/// <summary>Opens the files that a list includes.</summary>
internal interface IIncludes
{
    /// <summary>Opens an included file.</summary>
    /// <param name="path">As the list writes it.</param>
    /// <param name="stream">The file; the caller closes it.</param>
    /// <param name="key">What tells one file from another, for finding circles.</param>
    /// <param name="why">Why it is not opened, in plain words.</param>
    bool TryOpen(string path, [NotNullWhen(true)] out Stream? stream, out string key, [NotNullWhen(false)] out string? why);
}

/// <summary>Opens included files of one folder and nothing outside it: a fetched list is a stranger's, and must not be able to read this machine's files into a page of bad lines.</summary>
/// <param name="folder">The list's folder, absolute. <c>__LISTDIR__</c> in a path means it.</param>
internal sealed class IncludeFolder(string folder) : IIncludes
{
    private readonly string _root = Path.TrimEndingDirectorySeparator(Path.GetFullPath(folder));

    /// <inheritdoc/>
    public bool TryOpen(string path, [NotNullWhen(true)] out Stream? stream, out string key, [NotNullWhen(false)] out string? why)
    {
        (stream, key, why) = (null, "", null);
        try
        {
            key = Path.GetFullPath(path.Replace("__LISTDIR__", _root, StringComparison.Ordinal), _root);
            if (!key.StartsWith(_root + Path.DirectorySeparatorChar, StringComparison.Ordinal)) why = "the file it includes is outside the list's folder, from where nothing is read";
            else if (HasLink(key)) why = "the file it includes is a link or lies behind one, which is not followed";
            else if (!File.Exists(key)) why = "the file it includes does not exist";
            if (why is not null) return false;
            stream = new FileStream(key, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 0, FileOptions.SequentialScan);
            if (stream.Length <= ListLoader.FileLengthMax) return true;
            stream.Dispose();
            why = $"the file it includes has more than {ListLoader.FileLengthMax >> 20} MiB";
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            why = $"the file it includes cannot be read: {e.Message}";
        }
        stream = null;
        return false;
    }

    private bool HasLink(string path)
    {
        for (var at = path; at.Length > _root.Length; at = Path.GetDirectoryName(at)!)
            if (new FileInfo(at).LinkTarget is not null) return true;
        return false;
    }
}
