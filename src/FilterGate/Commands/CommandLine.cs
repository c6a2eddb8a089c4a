using System.CommandLine;
using System.CommandLine.Invocation;
using FilterGate.Commands.Backups;
using FilterGate.Commands.Blocks;
using FilterGate.Commands.Certificates;
using FilterGate.Commands.Doctor;
using FilterGate.Commands.Lists;
using FilterGate.Commands.NameServer;
using FilterGate.Commands.Network;
using FilterGate.Commands.People;
using FilterGate.Commands.Policies;
using FilterGate.Commands.Setup;
using FilterGate.Commands.Works;

namespace FilterGate.Commands;

/// <summary>The command line: every command there is, and the one way to run it.</summary>
internal static class CommandLine
{
    /// <summary>How long a command may take to end after Ctrl-C: <c>run</c> drains for 3 s and promises to stop in under 5.</summary>
    private static readonly TimeSpan TerminationTimeout = TimeSpan.FromSeconds(5);

    /// <summary>Makes the root with every command.</summary>
    public static RootCommand Build(CommandHost host)
    {
        var root = new RootCommand("A school's internet filter: what pupils and staff may reach, why, and what happened.");
        host.Common.AddTo(root);
        root.Subcommands.Add(new RunCommand(host));
        root.Subcommands.Add(new SetupCommand(host));
        root.Subcommands.Add(new CheckCommand(host));
        root.Subcommands.Add(new DoctorCommand(host));
        root.Subcommands.Add(new ShadowCommand(host));
        root.Subcommands.Add(new WhyCommand(host));
        root.Subcommands.Add(new WatchCommand(host));
        root.Subcommands.Add(new WorksCommand(host));
        root.Subcommands.Add(PolicyCommand.Make(host));
        root.Subcommands.Add(ListsCommand.Make(host));
        root.Subcommands.Add(new CategoriseCommand(host));
        root.Subcommands.Add(EventsCommand.Make(host));
        root.Subcommands.Add(UnblockCommand.Make(host));
        root.Subcommands.Add(OverridesCommand.Make(host));
        root.Subcommands.Add(QuotaCommand.Make(host));
        root.Subcommands.Add(PeopleCommand.Make(host));
        root.Subcommands.Add(DevicesCommand.Make(host));
        root.Subcommands.Add(AccessCommand.Make(host));
        root.Subcommands.Add(new BlockCommand(host));
        root.Subcommands.Add(AccountsCommand.Make(host));
        root.Subcommands.Add(CertificatesCommand.Make(host));
        root.Subcommands.Add(NetworkCommand.Make(host));
        root.Subcommands.Add(PassThroughCommand.Make(host));
        root.Subcommands.Add(DnsCommand.Make(host));
        root.Subcommands.Add(new BackupCommand(host));
        root.Subcommands.Add(new RestoreCommand(host));
        root.Subcommands.Add(new SampleCommand(host));
        root.Subcommands.Add(new CompletionCommand(host));
        ExamplesHelp.AddTo(root);
        return root;
    }

    /// <summary>Runs one command line.</summary>
    /// <returns>One of <see cref="ExitCode"/>.</returns>
    public static async Task<int> RunAsync(CommandHost host, IReadOnlyList<string> arguments, TextWriter output, TextWriter error, CancellationToken cancellationToken = default)
    {
        var parse = Build(host).Parse(arguments);
        if (parse.Action is ParseErrorAction)
        {
            foreach (var message in parse.Errors.Select(e => e.Message).Distinct(StringComparer.Ordinal)) error.WriteLine($"filtergate: {message}");
            error.WriteLine($"Try: {Path(parse.CommandResult)} --help");
            return ExitCode.Usage;
        }
        var invocation = new InvocationConfiguration
        {
            Output = output,
            Error = error,
            // CommandHost turns exceptions into exit codes.
            EnableDefaultExceptionHandler = false,
            ProcessTerminationTimeout = TerminationTimeout,
        };
        return await parse.InvokeAsync(invocation, cancellationToken);
    }

    /// <summary>The words that lead to a command: <c>filtergate unblock list</c>.</summary>
    private static string Path(System.CommandLine.Parsing.CommandResult command)
    {
        var words = new Stack<string>();
        for (var at = command; at.Parent is System.CommandLine.Parsing.CommandResult parent; at = parent) words.Push(at.Command.Name);
        words.Push("filtergate");
        return string.Join(' ', words);
    }
}
