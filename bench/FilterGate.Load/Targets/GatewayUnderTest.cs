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

    /// <summary>Builds the executable of this tree and says where it is.</summary>
    public static string Build(string repository)
    {
        Console.Error.WriteLine("building src/FilterGate (Release) ...");
        var (exitCode, said) = ChildProcess.Ask("dotnet", "build", Path.Combine(repository, "src", "FilterGate"), "-c", "Release", "-v", "q", "--nologo", "-m:1", "-nodeReuse:false");
        if (exitCode != 0) throw new BenchException($"src/FilterGate does not build:{Environment.NewLine}{said}");
        return Path.Combine(repository, "src", "FilterGate", "bin", "Release", "net10.0", "filtergate");
    }
}
