using System.ComponentModel;
using System.Diagnostics;
using System.Net;
using System.Net.NetworkInformation;

namespace FilterGate.Network;

/// <summary>How a program of the box ended.</summary>
/// <param name="ExitCode">Its exit code.</param>
/// <param name="Output">Its standard output.</param>
/// <param name="Error">Its standard error.</param>
internal sealed record ProgramEnd(int ExitCode, string Output, string Error);

/// <summary>An address of the box, with the network that it is in.</summary>
/// <param name="Address">The address.</param>
/// <param name="PrefixLength">Bits of the network.</param>
internal sealed record BoxAddress(IPAddress Address, int PrefixLength)
{
    /// <summary>The network.</summary>
    public IPNetwork Network
    {
        get
        {
            var bytes = Address.GetAddressBytes();
            for (var bit = PrefixLength; bit < bytes.Length * 8; bit++) bytes[bit / 8] &= (byte)~(0x80 >> (bit % 8));
            return new IPNetwork(new IPAddress(bytes), PrefixLength);
        }
    }

    /// <inheritdoc/>
    public override string ToString() => $"{Address}/{PrefixLength}";
}

/// <summary>An interface of the box.</summary>
/// <param name="Name">Its name, <c>eth1.50</c>.</param>
/// <param name="Addresses">Its addresses, without those that hold on the link alone.</param>
/// <param name="IsToTheLine">True when a default route leaves by it.</param>
internal sealed record BoxInterface(string Name, IReadOnlyList<BoxAddress> Addresses, bool IsToTheLine);

/// <summary>What the network commands see and change of the box; tests give their own.</summary>
internal sealed record NetworkBox
{
    // nft and ip answer in milliseconds; what takes this long waits for something that will not come.
    private static readonly TimeSpan ProgramTimeout = TimeSpan.FromSeconds(20);

    // Where they are on Debian; a technician's PATH may lack sbin, and root's PATH is not ours to trust.
    private static readonly string[] ProgramFolders = ["/usr/sbin", "/sbin", "/usr/bin", "/bin"];

    /// <summary>Runs a program with a text on its standard input; null when the box has no such program.</summary>
    public Func<IReadOnlyList<string>, string, CancellationToken, Task<ProgramEnd?>> Run { get; init; } = RunProgramAsync;

    /// <summary>Reads a file of the kernel's, such as <c>/proc/sys/net/ipv4/ip_forward</c>; null when it is not there.</summary>
    public Func<string, string?> ReadFile { get; init; } = static path => File.Exists(path) ? File.ReadAllText(path).Trim() : null;

    /// <summary>True when there is an interface of this name.</summary>
    public Func<string, bool> HasInterface { get; init; } = static name => Directory.Exists($"/sys/class/net/{name}");

    /// <summary>The interfaces that are up, without loopback, in order of their names.</summary>
    public Func<IReadOnlyList<BoxInterface>> Interfaces { get; init; } = ReadInterfaces;

    /// <summary>TCP ports on which something listens.</summary>
    public Func<IReadOnlyList<IPEndPoint>> TcpListeners { get; init; } = static () => IPGlobalProperties.GetIPGlobalProperties().GetActiveTcpListeners();

    /// <summary>UDP ports on which something listens.</summary>
    public Func<IReadOnlyList<IPEndPoint>> UdpListeners { get; init; } = static () => IPGlobalProperties.GetIPGlobalProperties().GetActiveUdpListeners();

    /// <summary>True when a time server sets the clock of this box, false when none does; null where the kernel does not say.</summary>
    public Func<bool?> ClockIsSet { get; init; } = KernelClock.IsSet;

    private static BoxInterface[] ReadInterfaces() =>
    [
        .. NetworkInterface.GetAllNetworkInterfaces().Where(i => i.NetworkInterfaceType != NetworkInterfaceType.Loopback && i.OperationalStatus is OperationalStatus.Up or OperationalStatus.Unknown)
            .OrderBy(i => i.Name, StringComparer.Ordinal).Select(i =>
            {
                var properties = i.GetIPProperties();
                var addresses = properties.UnicastAddresses.Where(a => !a.Address.IsIPv6LinkLocal && !IPAddress.IsLoopback(a.Address));
                return new BoxInterface(i.Name, [.. addresses.Select(a => new BoxAddress(a.Address, a.PrefixLength))], properties.GatewayAddresses.Count > 0);
            }),
    ];

    private static async Task<ProgramEnd?> RunProgramAsync(IReadOnlyList<string> command, string input, CancellationToken cancellationToken)
    {
        var path = ProgramFolders.Select(folder => Path.Combine(folder, command[0])).FirstOrDefault(File.Exists);
        if (path is null) return null;
        var start = new ProcessStartInfo(path, command.Skip(1)) { UseShellExecute = false, RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true };
        start.Environment["LC_ALL"] = "C";
        start.Environment["PATH"] = "/usr/sbin:/usr/bin:/sbin:/bin";
        using var late = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        late.CancelAfter(ProgramTimeout);
        try
        {
            using var process = Process.Start(start)!;
            try
            {
                var (output, error) = (process.StandardOutput.ReadToEndAsync(late.Token), process.StandardError.ReadToEndAsync(late.Token));
                try
                {
                    await process.StandardInput.WriteAsync(input.AsMemory(), late.Token);
                    process.StandardInput.Close();
                }
                catch (IOException)
                {
                    // It ended without reading: its exit code and its message say why.
                }

                await process.WaitForExitAsync(late.Token);
                return new ProgramEnd(process.ExitCode, await output, await error);
            }
            catch (OperationCanceledException)
            {
                process.Kill(entireProcessTree: true);
                cancellationToken.ThrowIfCancellationRequested();
                return new ProgramEnd(-1, "", $"no answer within {ProgramTimeout.TotalSeconds} s");
            }
        }
        catch (Win32Exception problem)
        {
            return new ProgramEnd(-1, "", problem.Message);
        }
    }
}
