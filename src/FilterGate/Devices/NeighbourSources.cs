using FilterGate.Network;
using FilterGate.Policy.People;

namespace FilterGate.Devices;

/// <summary>Gathers neighbours from the kernel and from the lease files that the settings name.</summary>
/// <param name="settings">Which.</param>
/// <param name="box">The box's programs and files.</param>
/// <param name="clock">For leases that have ended.</param>
internal sealed class NeighbourSources(DeviceSettings settings, NetworkBox box, TimeProvider clock)
{
    /// <summary>A lease file above this is not read: Kea cleans its own up long before.</summary>
    private const long FileBytesMax = 32 * 1024 * 1024;

    // What each source said when it could last be read.
    private readonly Dictionary<string, List<Neighbour>> _last = new(StringComparer.Ordinal);

    /// <summary>Everything that is known now. What the kernel sees itself counts more than a lease, so it comes last. A source that cannot be read is named, and what it said last counts on: a table that cannot be read must not make a teacher's laptop of whoever has taken its address. One call at a time.</summary>
    public async Task<(IReadOnlyList<Neighbour> Neighbours, IReadOnlyList<string> Problems)> ReadAsync(CancellationToken cancellationToken)
    {
        var found = new List<Neighbour>();
        var problems = new List<string>();
        var now = clock.GetUtcNow();
        foreach (var path in settings.DnsmasqLeases) ReadLeases(path, () => ReadDnsmasq(path, now));
        foreach (var path in settings.KeaLeases) ReadLeases(path, () => KeaLeaseFiles.Read(path, FileBytesMax, now));
        if (!settings.Neighbours) return (found, problems);
        var kernel = await box.Run(["ip", "neigh", "show"], "", cancellationToken);
        if (kernel is { ExitCode: 0 }) Take("ip", NeighbourTexts.ReadIpNeigh(new StringReader(kernel.Output)));
        else Miss("ip", kernel is null ? "there is no program `ip`: apt install iproute2" : $"ip neigh show: {kernel.Error.Trim()}");
        return (found, problems);

        void ReadLeases(string path, Func<IEnumerable<Neighbour>> read)
        {
            try
            {
                Take(path, read());
            }
            catch (Exception problem) when (problem is IOException or UnauthorizedAccessException)
            {
                Miss(path, problem.Message);
            }
        }

        void Take(string source, IEnumerable<Neighbour> read) => found.AddRange(_last[source] = [.. read.Take(NeighbourTexts.EntriesMax)]);

        void Miss(string source, string problem)
        {
            problems.Add(problem);
            if (_last.GetValueOrDefault(source) is { } last) found.AddRange(last);
        }
    }

    private static List<Neighbour> ReadDnsmasq(string path, DateTimeOffset now)
    {
        using var file = LeaseFile.Open(path);
        if (file.Length > FileBytesMax) throw LeaseFile.TooLarge(path, FileBytesMax);
        return [.. NeighbourTexts.ReadDnsmasq(file.Text, now)];
    }

    /// <summary>As the policy takes it.</summary>
    public static AddressBook BookOf(IEnumerable<Neighbour> neighbours) => new(neighbours.Select(n => KeyValuePair.Create(n.Address, n.Mac)));
}
