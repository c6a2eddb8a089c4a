using System.Diagnostics;
using System.Net;

namespace FilterGate.Load.Targets;

/// <summary>A network namespace for the whole bench, in which the kernel redirects what is meant for one address to the gateway, as the box's rules do (nftables, REDIRECT, conntrack). Needs root on Linux.</summary>
internal static class RedirectingNetwork
{
    private const string Mark = "FILTERGATE_LOAD_INSIDE";

    /// <summary>Where the client believes the origin to be. Nothing listens there.</summary>
    public static IPEndPoint Origin { get; } = new(IPAddress.Parse("127.0.0.9"), OriginPort);

    /// <summary>The origin's port there: the gateway dials the web's own port for redirected traffic.</summary>
    public const int OriginPort = 80;

    /// <summary>True within the namespace.</summary>
    public static bool IsInside => Environment.GetEnvironmentVariable(Mark) is not null;

    /// <summary>Runs this program again, inside.</summary>
    /// <returns>Its exit code; 0 where it cannot be, which is said.</returns>
    public static int RunInside(string[] arguments)
    {
        if (!OperatingSystem.IsLinux() || !Environment.IsPrivilegedProcess || ChildProcess.Find("nft") is null)
        {
            Console.Error.WriteLine("SKIPPED: --redirect needs root on Linux and nft, to make a network of its own: apt-get install nftables");
            return 0;
        }

        string[] self = Environment.GetCommandLineArgs()[0] is var file && file.EndsWith(".dll", StringComparison.Ordinal) ? [Environment.ProcessPath!, .. Path.GetFileName(Environment.ProcessPath) == "dotnet" ? (string[])[file] : []] : [Environment.ProcessPath!];
        var start = new ProcessStartInfo("unshare", ["--net", "sh", "-c", "ip link set lo up && exec \"$@\"", "sh", .. self, .. arguments]);
        start.Environment[Mark] = "1";
        using var inside = Process.Start(start)!;
        inside.WaitForExit();
        return inside.ExitCode;
    }

    /// <summary>Redirects what is meant for <see cref="Origin"/>.</summary>
    public static void RedirectTo(int port)
    {
        var rules = string.Create(InvariantCulture, $"table ip load {{ chain out {{ type nat hook output priority -100; ip daddr {Origin.Address} tcp dport {OriginPort} redirect to :{port}; }}; }}");
        var (exitCode, said) = ChildProcess.Ask("nft", rules);
        if (exitCode != 0) throw new BenchException($"nft refuses the rule of the bench: {said}");
    }
}
