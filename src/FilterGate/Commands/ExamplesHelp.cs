using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;

namespace FilterGate.Commands;

/// <summary>Help as System.CommandLine writes it, with the command's examples below.</summary>
internal sealed class ExamplesHelp : SynchronousCommandLineAction
{
    /// <summary>Widest line of help: what a technician's terminal shows without wrapping.</summary>
    private const int WidthMax = 120;

    private readonly HelpAction _help = new() { MaxWidth = WidthMax };

    /// <summary>Half a command with <c>--help</c> is a question, not a mistake.</summary>
    public override bool ClearsParseErrors => true;

    /// <summary>Gives it to a root command and all below it.</summary>
    public static void AddTo(RootCommand root) => root.Options.OfType<HelpOption>().Single().Action = new ExamplesHelp();

    /// <inheritdoc/>
    public override int Invoke(ParseResult parseResult)
    {
        _help.Invoke(parseResult);
        if (parseResult.CommandResult.Command is not IHasExamples { Examples: { Count: > 0 } examples }) return ExitCode.Done;
        var output = parseResult.InvocationConfiguration.Output;
        output.WriteLine("Examples:");
        foreach (var example in examples)
        {
            output.WriteLine($"  # {example.Says}");
            output.WriteLine($"  {example.Line}");
            output.WriteLine();
        }
        return ExitCode.Done;
    }
}
