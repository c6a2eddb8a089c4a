using FilterGate.Commands;

namespace FilterGate.Tests.Commands;

/// <summary>Runs the real command line in this process, with its own environment, and keeps what it said.</summary>
/// <param name="ExitCode">The exit code.</param>
/// <param name="Output">Standard output.</param>
/// <param name="Error">Standard error.</param>
internal sealed record CommandRun(int ExitCode, string Output, string Error)
{
    /// <summary>Standard output, line by line.</summary>
    public string[] Lines => Output.Split('\n', StringSplitOptions.RemoveEmptyEntries);

    public static CommandRun Of(params string[] arguments) => Of(new CommandHost { Variable = _ => null, InstalledSettingsPath = "/nonexistent/filtergate.yaml" }, arguments);

    public static CommandRun Of(CommandHost host, params string[] arguments)
    {
        using var output = new StringWriter();
        using var error = new StringWriter();
        var exitCode = CommandLine.RunAsync(host, arguments, output, error).GetAwaiter().GetResult();
        return new CommandRun(exitCode, output.ToString(), error.ToString());
    }
}
