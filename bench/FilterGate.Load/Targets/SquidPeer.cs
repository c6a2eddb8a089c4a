namespace FilterGate.Load.Targets;

/// <summary>Squid as a plain filtering proxy: no cache, no log, one worker, and the hosts of our own starter lists as its block list.</summary>
internal static class SquidPeer
{
    /// <summary>Starts it.</summary>
    /// <param name="program">The file of Squid.</param>
    /// <param name="folder">A folder for its settings and files.</param>
    /// <param name="lists">The folder of the starter lists.</param>
    /// <param name="port">Where it listens.</param>
    public static ChildProcess Start(string program, string folder, string lists, int port)
    {
        Directory.CreateDirectory(folder);
        if (OperatingSystem.IsLinux())
        {
            // Started as root it becomes another account, which must be able to write here.
            File.SetUnixFileMode(folder, (UnixFileMode)0b111_111_111);
        }

        File.WriteAllLines(Path.Combine(folder, "blocked"), HostsOf(lists).Select(host => "." + host));
        var settings = Path.Combine(folder, "squid.conf");
        // -n: an address in a URL is not looked up backwards, which would cost Squid a request to a name server.
        File.WriteAllText(settings, $"""
            http_port 127.0.0.1:{port}
            workers 1
            visible_hostname bench.test
            pid_filename {folder}/squid.pid
            coredump_dir {folder}
            cache_log {folder}/cache.log
            cache deny all
            cache_mem 8 MB
            access_log none
            cache_store_log none
            pinger_enable off
            via off
            forwarded_for delete
            shutdown_lifetime 0 seconds
            {(Environment.IsPrivilegedProcess ? "cache_effective_user proxy" : "")}
            acl blocked dstdomain -n "{folder}/blocked"
            http_access deny blocked
            http_access allow all

            """);
        return ChildProcess.Start("squid", program, ["-N", "-f", settings]);
    }

    /// <summary>The hosts of the starter lists, without those that another one covers: Squid refuses both together. Entries with a path have no place in <c>dstdomain</c>.</summary>
    private static IEnumerable<string> HostsOf(string lists)
    {
        var hosts = Directory.EnumerateFiles(lists, "domains", SearchOption.AllDirectories).SelectMany(File.ReadLines)
            .Select(line => line.Split('#')[0].Trim()).Where(line => line.Length > 0)
            .Select(entry => entry.TrimStart('=', '*', '.')).ToHashSet(StringComparer.Ordinal);
        return hosts.Where(host => !ParentsOf(host).Any(hosts.Contains)).Order(StringComparer.Ordinal);
    }

    private static IEnumerable<string> ParentsOf(string host)
    {
        for (var dot = host.IndexOf('.', StringComparison.Ordinal); dot >= 0; dot = host.IndexOf('.', dot + 1)) yield return host[(dot + 1)..];
    }
}
