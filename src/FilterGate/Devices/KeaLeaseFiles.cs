namespace FilterGate.Devices;

/// <summary>Kea's lease file with what its clean-up has put beside it, read as the one log that they are.</summary>
/// <remarks>
/// Kea writes at the end of the named file. Its clean-up, every hour unless set otherwise, moves that file to <c>.1</c> and begins it anew; joins what the last clean-up left (<c>.2</c>) and <c>.1</c> into <c>.output</c>; calls that <c>.completed</c>, takes the two away, and calls it <c>.2</c>
/// (<see href="https://kea.readthedocs.io/en/kea-2.2.0/arm/dhcp4-srv.html#why-is-lease-file-cleanup-necessary">lease file clean-up</see>). So a lease that nobody has renewed since stands in <c>.2</c> alone, and its release in the named file.
/// </remarks>
internal static class KeaLeaseFiles
{
    /// <summary>A clean-up is a matter of milliseconds: it comes between two readings once, not again and again.</summary>
    private const int TriesMax = 5;

    private static readonly string[] Endings = [".completed", ".2", ".1"];

    /// <summary>The leases in force. IPv4 or IPv6.</summary>
    /// <param name="path">The file that Kea's own configuration names.</param>
    /// <param name="bytesMax">Most that all of them may have together.</param>
    /// <param name="now">Leases that have ended by then are none.</param>
    /// <exception cref="IOException">One of them cannot be read, or a clean-up came between at every try: then nobody could say which of two states was read.</exception>
    public static IReadOnlyCollection<Neighbour> Read(string path, long bytesMax, DateTimeOffset now)
    {
        for (var i = 0; i < TriesMax; i++)
        {
            var before = Beside(path);
            var files = new List<LeaseFile>();
            try
            {
                foreach (var name in before.Select(f => f.Path).Append(path)) files.Add(LeaseFile.Open(name));
                // Opened under other names than a moment ago, they may be the same lines twice, or miss some.
                if (!Beside(path).SequenceEqual(before)) continue;
                if (files.Sum(f => f.Length) > bytesMax) throw LeaseFile.TooLarge(path, bytesMax);
                return NeighbourTexts.ReadKea(files.Select(f => f.Text), now);
            }
            catch (FileNotFoundException) when (!Beside(path).SequenceEqual(before))
            {
                // Renamed between the look and the opening.
            }
            finally
            {
                files.ForEach(f => f.Dispose());
            }
        }
        throw new IOException($"{path} was being cleaned up by Kea at each of {TriesMax} looks");
    }

    /// <summary>What stands beside the named file, oldest first. <c>.completed</c> already holds the other two, which may not have gone yet.</summary>
    private static List<(string Path, long Length, DateTime Written)> Beside(string path)
    {
        var found = Endings.Select(ending => new FileInfo(path + ending)).Where(f => f.Exists).Select(f => (f.FullName, f.Length, f.LastWriteTimeUtc)).ToList();
        return found.Count > 0 && found[0].FullName.EndsWith(Endings[0], StringComparison.Ordinal) ? [found[0]] : found;
    }
}
