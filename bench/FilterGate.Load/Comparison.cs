using System.Text;
using FilterGate.Load.Targets;

namespace FilterGate.Load;

/// <summary>Starts everything side by side, drives the targets in turn, reports, and takes everything down again.</summary>
internal static class Comparison
{
    /// <summary>Runs it.</summary>
    /// <returns>0; 1 when a request failed.</returns>
    /// <exception cref="BenchException">It cannot be run here.</exception>
    public static async Task<int> RunAsync(LoadOptions options, CancellationToken cancelled)
    {
        using var inTime = CancellationTokenSource.CreateLinkedTokenSource(cancelled);
        // However wrong it goes, it ends: four targets, each a minute to start and to warm up, and twice its share of the rounds.
        inTime.CancelAfter(TimeSpan.FromMinutes(8) + options.Window * options.Rounds * 8);
        var cancellationToken = inTime.Token;
        var repository = Repository();
        if (ChildProcess.Find("nginx") is not { } nginx)
        {
            Console.Error.WriteLine("SKIPPED: nginx is not installed, and without an origin nothing can be measured: apt-get install nginx-light");
            return 0;
        }

        var folder = Directory.CreateTempSubdirectory("filtergate-load-");
        if (OperatingSystem.IsLinux()) File.SetUnixFileMode(folder.FullName, (UnixFileMode)0b111_101_101); // Squid looks in as another account.
        var processes = new Stack<ChildProcess>();
        try
        {
            var originPort = options.Redirect ? RedirectingNetwork.OriginPort : ChildProcess.FreePort();
            var origin = Keep(Origin.Start(nginx, Path.Combine(folder.FullName, "origin"), originPort));
            await origin.AcceptsAsync(originPort, cancellationToken);
            var targets = await StartTargetsAsync();
            if (targets.Count == 0) throw new BenchException("There is nothing to measure.");

            var loadBefore = Machine.LoadAverage();
            var generator = new LoadGenerator(RequestTo(originPort), Origin.Length, options.Connections, origin.Id);
            foreach (var target in targets)
            {
                Console.Error.WriteLine($"warming up {target.Name} ...");
                await generator.WarmUpAsync(target, options.WarmUp, options.WarmUpRequests, cancellationToken);
            }

            var measurements = targets.ToDictionary(t => t.Name, _ => new List<Measurement>(), StringComparer.Ordinal);
            for (var round = 1; round <= options.Rounds; round++)
            {
                // Every other round in the opposite order: what drifts on a shared computer hits all alike.
                foreach (var target in round % 2 == 1 ? targets : targets.AsEnumerable().Reverse())
                {
                    var measured = await generator.MeasureAsync(target, round, options.Window, cancellationToken);
                    measurements[target.Name].Add(measured);
                    Console.Error.WriteLine(string.Create(InvariantCulture, $"round {round} {target.Name,-8} {measured.RequestsPerSecond,8:F0}/s {measured.CpuPerRequest,7:F1} us CPU a request"));
                }
            }

            var report = new Report(Machine.Read(repository), options, loadBefore, Machine.LoadAverage(), [.. targets.Select(t => new TargetReport(t, measurements[t.Name]))]);
            report.Print(Console.Out);
            if (options.JsonFile is { } file) Console.WriteLine($"written: {report.Write(file.Contains('/', StringComparison.Ordinal) ? file : Path.Combine(repository, "bench", "results", file))}");
            return report.Errors == 0 ? 0 : 1;

            async Task<List<Target>> StartTargetsAsync()
            {
                var started = new List<Target>();
                if (options.Wants("direct")) started.Add(new Target("direct", VersionOf(nginx, "-v"), originPort, origin.Id));
                if (options.Redirect)
                {
                    var program = options.GatewayFile ?? GatewayUnderTest.Build(repository);
                    var (process, @explicit, redirected) = await GatewayUnderTest.StartBothWaysAsync(program, Path.Combine(folder.FullName, "gateway"), cancellationToken);
                    RedirectingNetwork.RedirectTo(redirected);
                    started.Add(new Target("gateway", VersionOf(program, "--version"), @explicit, Keep(process).Id));
                    started.Add(new Target("redirect", VersionOf(program, "--version"), redirected, process.Id) { EndPoint = RedirectingNetwork.Origin });
                }
                else if (options.Wants("gateway"))
                {
                    var program = options.GatewayFile ?? GatewayUnderTest.Build(repository);
                    var (process, port) = await GatewayUnderTest.StartAsync(program, Path.Combine(folder.FullName, "gateway"), cancellationToken);
                    started.Add(new Target("gateway", VersionOf(program, "--version"), port, Keep(process).Id));
                }

                if (options.Wants("squid"))
                {
                    if (ChildProcess.Find("squid") is { } squid)
                    {
                        var port = ChildProcess.FreePort();
                        var process = Keep(SquidPeer.Start(squid, Path.Combine(folder.FullName, "squid"), Path.Combine(repository, "blocklists", "starter"), port));
                        await process.AcceptsAsync(port, cancellationToken);
                        started.Add(new Target("squid", VersionOf(squid, "-v"), port, process.Id));
                    }
                    else
                    {
                        Console.Error.WriteLine("SKIPPED: squid is not installed: apt-get install squid-openssl");
                    }
                }

                if (options.PeerCommand is { } command && options.Wants("peer"))
                {
                    var port = ChildProcess.FreePort();
                    var data = Directory.CreateDirectory(Path.Combine(folder.FullName, "peer")).FullName;
                    var line = command.Replace("{port}", port.ToString(InvariantCulture), StringComparison.Ordinal).Replace("{data}", data, StringComparison.Ordinal);
                    // exec: the peer takes the shell's place, so that its cost is counted and it ends when it is told to.
                    var process = Keep(ChildProcess.Start("peer", "/bin/sh", ["-c", $"exec {line}"]));
                    await process.AcceptsAsync(port, cancellationToken);
                    started.Add(new Target("peer", line, port, process.Id));
                }

                return started;
            }
        }
        finally
        {
            while (processes.TryPop(out var process)) await process.DisposeAsync();
            folder.Delete(recursive: true);
        }

        ChildProcess Keep(ChildProcess process)
        {
            processes.Push(process);
            return process;
        }
    }

    /// <summary>The same bytes for all: absolute form, which nginx takes as well as a proxy.</summary>
    private static byte[] RequestTo(int originPort) => Encoding.ASCII.GetBytes(
        $"GET http://127.0.0.1:{originPort}{Origin.Path} HTTP/1.1\r\nHost: 127.0.0.1:{originPort}\r\nUser-Agent: filtergate-load\r\nAccept: */*\r\n\r\n");

    private static string Repository()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "FilterGate.sln"))) return folder.FullName;
        }

        throw new BenchException("FilterGate.sln was not found above the bench's own folder: run it from a clone.");
    }

    private static string VersionOf(string program, string flag) => ChildProcess.Ask(program, flag).Said.Split('\n')[0];
}
