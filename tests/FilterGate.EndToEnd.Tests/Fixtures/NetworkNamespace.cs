using System.Net;

namespace FilterGate.EndToEnd.Tests.Fixtures;

/// <summary>A network of a test's own inside this machine: interfaces, ports and names that nobody else sees. Needs root.</summary>
internal sealed class NetworkNamespace : IAsyncDisposable
{
    private readonly string _hostsFolder;

    private NetworkNamespace(string name)
    {
        Name = name;
        _hostsFolder = Path.Combine("/etc/netns", name);
    }

    /// <summary>Its name: unique to this run, so that two runs do not meet.</summary>
    public string Name { get; }

    /// <summary>Runs programs inside; <c>ip</c> shows them the names given to <see cref="MakeAsync"/>.</summary>
    public Place Place => new("ip", "netns", "exec", Name);

    /// <summary>Makes one with its loopback interface up, or ignores the test where that cannot be.</summary>
    /// <param name="role">What it plays, a few letters.</param>
    /// <param name="names">Names that programs inside can look up.</param>
    public static async Task<NetworkNamespace> MakeAsync(string role, IEnumerable<(string Name, IPAddress Address)> names)
    {
        Programs.RequireRoot("network namespaces");
        Programs.Require("ip", "iproute2");
        var made = new NetworkNamespace($"fg{Environment.ProcessId:x}-{Guid.NewGuid().ToString("N")[..6]}-{role}");
        var added = await Programs.RunAsync(["ip", "netns", "add", made.Name]);
        if (added.ExitCode != 0) Assert.Ignore($"No network namespace can be made here: {added.Error.Trim()}");
        Directory.CreateDirectory(made._hostsFolder);
        await File.WriteAllTextAsync(Path.Combine(made._hostsFolder, "hosts"), Place.HostsFile(names));
        await made.IpAsync("link", "set", "lo", "up");
        return made;
    }

    /// <summary>Has programs inside ask a name server for every name but these, from now on.</summary>
    public async Task UseResolverAsync(IPAddress server, params IEnumerable<(string Name, IPAddress Address)> names)
    {
        await File.WriteAllTextAsync(Path.Combine(_hostsFolder, "hosts"), Place.HostsFile(names));
        await File.WriteAllTextAsync(Path.Combine(_hostsFolder, "resolv.conf"), $"nameserver {server}\n");
    }

    /// <summary>Runs <c>ip</c> for this namespace.</summary>
    public Task IpAsync(params string[] arguments) => Programs.MustAsync(["ip", "-n", Name, .. arguments]);

    /// <summary>Joins two by a cable, each end with an address, as <c>10.77.1.1/24</c>.</summary>
    public static async Task JoinAsync(NetworkNamespace left, string leftLink, string leftAddress, NetworkNamespace right, string rightLink, string rightAddress)
    {
        await left.IpAsync("link", "add", leftLink, "type", "veth", "peer", "name", rightLink, "netns", right.Name);
        foreach (var (side, link, address) in new[] { (left, leftLink, leftAddress), (right, rightLink, rightAddress) })
        {
            await side.IpAsync("addr", "add", address, "dev", link);
            await side.IpAsync("link", "set", link, "up");
        }
    }

    public async ValueTask DisposeAsync()
    {
        await Programs.RunAsync(["ip", "netns", "delete", Name]);
        if (Directory.Exists(_hostsFolder)) Directory.Delete(_hostsFolder, recursive: true);
    }
}
