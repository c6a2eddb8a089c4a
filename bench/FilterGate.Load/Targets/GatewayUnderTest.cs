namespace FilterGate.Load.Targets;

/// <summary>This gateway, as a school runs it: the executable of a Release build, starter lists, sample school, event store.</summary>
internal static class GatewayUnderTest
{
    private const string Announcement = "listening on 127.0.0.1:";

    /// <summary>Starts it on a free port, for the staff tier, whose port decides on loopback.</summary>
    public static async Task<(ChildProcess Process, int Port)> StartAsync(string program, string folder, CancellationToken cancellationToken)
    {
        var process = ChildProcess.Start("filtergate", program, ["run", "--tier-listen", "staff=127.0.0.1:0", "--allow-private", "127.0.0.0/8", "--data", folder], Announcement);
        try
        {
            var port = (await process.AnnouncedAsync(cancellationToken)).Split(' ')[0];
            return (process, int.Parse(port, InvariantCulture));
        }
        catch
        {
            await process.DisposeAsync();
            throw;
        }
    }

    /// <summary>Starts it for <c>--redirect</c>: a port for explicit traffic and one for redirected, and the same tier whichever way somebody comes.</summary>
    public static async Task<(ChildProcess Process, int Explicit, int Redirected)> StartBothWaysAsync(string program, string folder, CancellationToken cancellationToken)
    {
        Directory.CreateDirectory(folder);
        var (policy, settings) = (Path.Combine(folder, "policy.yaml"), Path.Combine(folder, "settings.yaml"));
        await File.WriteAllTextAsync(policy, "school: Bench\nnetworks: [127.0.0.0/8]\nunknown_clients: staff\ntiers: { staff: { tls: tunnel, uncategorised: allow } }\n", cancellationToken);
        await File.WriteAllTextAsync(settings, "policy: policy.yaml\n", cancellationToken);
        var (@explicit, redirected) = (ChildProcess.FreePort(), ChildProcess.FreePort());
        var process = ChildProcess.Start("filtergate", program, ["run", "--only", "proxy", "--config", settings, "--listen", $"127.0.0.1:{@explicit}", "--transparent-listen", $"127.0.0.1:{redirected}", "--allow-private", "127.0.0.0/8", "--data", Path.Combine(folder, "data")], Announcement);
        await process.AcceptsAsync(@explicit, cancellationToken);
        await process.AcceptsAsync(redirected, cancellationToken);
        return (process, @explicit, redirected);
    }

    /// <summary>Builds the executable of this tree and says where it is.</summary>
    public static string Build(string repository)
    {
        Console.Error.WriteLine("building src/FilterGate (Release) ...");
        var (exitCode, said) = ChildProcess.Ask("dotnet", "build", Path.Combine(repository, "src", "FilterGate"), "-c", "Release", "-v", "q", "--nologo", "-m:1", "-nodeReuse:false");
        if (exitCode != 0) throw new BenchException($"src/FilterGate does not build:{Environment.NewLine}{said}");
        return Path.Combine(repository, "src", "FilterGate", "bin", "Release", "net10.0", "filtergate");
    }
}
