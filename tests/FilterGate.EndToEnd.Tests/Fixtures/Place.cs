using System.Net;
using FilterGate.Testing;

namespace FilterGate.EndToEnd.Tests.Fixtures;

/// <summary>Where programs run: what is put before their command.</summary>
/// <param name="Prefix">Words before the command; each of them executes the next, so that the process started is the program itself.</param>
internal sealed record Place(params IReadOnlyList<string> Prefix)
{
    /// <summary>This machine as it is.</summary>
    public static Place Here { get; } = new();

    /// <summary>This machine, with a hosts file that one process alone sees: a mount namespace of its own. Needs root.</summary>
    /// <param name="folder">Where the hosts file is written.</param>
    /// <param name="names">Names, and where they lead.</param>
    public static Place WithNames(TempFolder folder, IEnumerable<(string Name, IPAddress Address)> names)
    {
        Programs.RequireRoot("test names are given to the gateway in a mount namespace of its own");
        var hosts = folder["hosts"];
        File.WriteAllText(hosts, HostsFile(names));
        return new Place("unshare", "--mount", "sh", "-c", "mount --bind \"$0\" /etc/hosts && exec \"$@\"", hosts);
    }

    /// <summary>The text of a hosts file.</summary>
    public static string HostsFile(IEnumerable<(string Name, IPAddress Address)> names) =>
        "127.0.0.1 localhost\n" + string.Concat(names.Select(n => $"{n.Address} {n.Name}\n"));

    /// <summary>The whole command.</summary>
    public IEnumerable<string> Command(params IEnumerable<string> command) => [.. Prefix, .. command];
}
