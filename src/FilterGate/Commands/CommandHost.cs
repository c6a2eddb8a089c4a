using System.CommandLine;
using System.Net;
using FilterGate.Events;
using FilterGate.Lists;
using FilterGate.Network;
using FilterGate.Sqlite;
using FilterGate.State;

namespace FilterGate.Commands;

/// <summary>What every command has from its surroundings: clock, environment, terminal, common options. Tests give their own.</summary>
/// <remarks>Turns each way a command can end into an exit code, in one place: see <see cref="RunAsync"/>.</remarks>
internal sealed class CommandHost
{
    /// <summary>Names the variable that makes an error show its stack trace.</summary>
    public const string TraceVariable = "FILTERGATE_TRACE";

    /// <summary>Where time comes from.</summary>
    public TimeProvider Clock { get; init; } = TimeProvider.System;

    /// <summary>Reads an environment variable; null when it is not set.</summary>
    public Func<string, string?> Variable { get; init; } = Environment.GetEnvironmentVariable;

    /// <summary>The Unix account that the process runs as.</summary>
    public Func<string> Account { get; init; } = ReadAccount;

    /// <summary>True when the process runs as root: only then is <c>SUDO_UID</c> believed.</summary>
    public Func<bool> IsRoot { get; init; } = static () => Environment.IsPrivilegedProcess;

    /// <summary>True when standard output is a terminal.</summary>
    public Func<bool> OutputIsTerminal { get; init; } = static () => !Console.IsOutputRedirected;

    /// <summary>True when a person can be asked: both standard input and standard error are a terminal.</summary>
    public Func<bool> IsInteractive { get; init; } = static () => !Console.IsInputRedirected && !Console.IsErrorRedirected;

    /// <summary>Standard input: answers to questions.</summary>
    public TextReader Input { get; init; } = Console.In;

    /// <summary>Reads a line at a terminal that does not show it.</summary>
    public Func<string> ReadSecret { get; init; } = HiddenLine.Read;

    /// <summary>Opens standard input for a command that reads a file of any size from it.</summary>
    public Func<Stream> OpenInput { get; init; } = Console.OpenStandardInput;

    /// <summary>The settings of an installed gateway; when the file exists it is the default of <c>--config</c>.</summary>
    public string InstalledSettingsPath { get; init; } = "/etc/filtergate/filtergate.yaml";

    /// <summary>The data folder of an installed gateway.</summary>
    public string InstalledDataFolder { get; init; } = "/var/lib/filtergate";

    /// <summary>Makes what carries requests for lists; null for the platform's own.</summary>
    public Func<HttpMessageHandler?> ListTransport { get; init; } = static () => null;

    /// <summary>How a name becomes addresses, for a command that tries sites.</summary>
    public Func<string, CancellationToken, Task<IPAddress[]>> LookUp { get; init; } = static (name, cancellationToken) => Dns.GetHostAddressesAsync(name, cancellationToken);

    /// <summary>The box's own network: its rules, routes and interfaces.</summary>
    public NetworkBox Box { get; init; } = new();

    /// <summary>The port of HTTPS; tests have their sites on another.</summary>
    public int HttpsPort { get; init; } = 443;

    /// <summary>Options that every command takes.</summary>
    public CommonOptions Common { get; } = new();

    /// <summary>Runs a command's body and turns its end into an exit code and, where it failed, one clear message on standard error.</summary>
    public async Task<int> RunAsync(ParseResult parse, Func<CommandContext, CancellationToken, Task<int>> body, CancellationToken cancellationToken)
    {
        var error = parse.InvocationConfiguration.Error;
        CommandContext? context = null;
        try
        {
            context = new CommandContext(this, parse);
            return await body(context, cancellationToken);
        }
        catch (UserErrorException exception)
        {
            return Report(error, exception, exception.Message, exception.ExitCode);
        }
        catch (Exception exception) when (exception is StateStoreException or EventStoreException or ListLoadException)
        {
            // Their messages say what to do; they are about files on this box, not about us.
            return Report(error, exception, exception.Message, ExitCode.Usage);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            return ExitCode.Interrupted;
        }
#pragma warning disable CA1031 // the outermost frame: whatever it is becomes exit code 1 and one line
        catch (Exception exception)
#pragma warning restore CA1031
        {
            // The text of an unforeseen exception may hold a URL or a name, and this line may end in a journal: only its type is shown.
            return Report(error, exception,
                $"a fault of filtergate itself ({exception.GetType().Name}). Run it again with {TraceVariable}=1 in the environment to see where, and report that.", ExitCode.OurFault);
        }
        finally
        {
            // What `sudo filtergate ...` has made in the gateway's data is the gateway's.
            if (context?.UsedDataFolder is { } used && Directory.Exists(used)) FileOwner.TakeAll(used);
        }
    }

    /// <summary>The name; in a container that runs as a number which has none, <c>uid 10001</c>: whoever changes something is on record all the same.</summary>
    private static string ReadAccount()
    {
        if (Environment.UserName is { Length: > 0 } name) return name;
        var ids = File.Exists("/proc/self/status") ? File.ReadLines("/proc/self/status").FirstOrDefault(line => line.StartsWith("Uid:", StringComparison.Ordinal)) : null;
        // Real, effective, saved and file system's.
        return ids?.Split('\t') is [_, _, var effective, ..] ? $"uid {effective}" : "unknown";
    }

    private int Report(TextWriter error, Exception exception, string message, int exitCode)
    {
        error.WriteLine($"filtergate: {message}");
        if (Variable(TraceVariable) is "1") error.WriteLine(exception);
        return exitCode;
    }
}
