using System.CommandLine;
using System.Text;
using FilterGate.Settings;

namespace FilterGate.Commands.Policies;

/// <summary><c>policy export [NUMBER]</c>: the text of a version, byte for byte.</summary>
internal sealed class PolicyExportCommand : GatewayCommand
{
    private readonly Argument<string?> _number = new("NUMBER") { Arity = ArgumentArity.ZeroOrOne, Description = "a number of policy history, or the short name in an event; default is the policy in force" };
    private readonly Option<string?> _at = PolicyCommand.AtOption();
    private readonly OutputFile _file = new();

    /// <summary>Makes the command.</summary>
    public PolicyExportCommand(CommandHost host) : base(host, "export", "Write a version of the policy to a file or to standard output, as it was put in force.",
        new CommandExample("filtergate policy export > policy.yaml", "the policy in force, with its comments"),
        new CommandExample("filtergate policy export 3 -o old.yaml", "an earlier one"),
        new CommandExample("filtergate policy export --at 2026-11-23T14:00 -o that-day.yaml", "the one that was in force then"))
    {
        Arguments.Add(_number);
        Options.Add(_at);
        _file.AddTo(this);
    }

    /// <inheritdoc/>
    protected override Task<int> RunAsync(CommandContext context, CancellationToken cancellationToken)
    {
        var at = context.Value(_at);
        if (at is not null && context.Value(_number) is not null) throw new UserErrorException("a number and --at name two policies; give one of them");
        using var state = GatewayInputs.OpenStateIfThere(context);
        var policy = at is not null ? NamedPolicy.InForceAt(context, state, at)
            : context.Value(_number) is { } text ? new NamedPolicy($"policy {text}", NamedPolicy.FindVersion(state, text).Yaml, Stored: null) : NamedPolicy.InForce(context, state);
        _file.Write(context, policy.Yaml);
        return Task.FromResult(ExitCode.Done);
    }
}

/// <summary><c>-o FILE</c>: where a text goes that somebody asked for. Never over a file that is there, unless told so.</summary>
internal sealed class OutputFile
{
    private readonly Option<FileInfo?> _file = new("--output", "-o") { HelpName = "FILE", Description = "write it to this file rather than to standard output" };
    private readonly Option<bool> _force = new("--force") { Description = "replace the file where it is there already" };

    /// <summary>Adds both options to a command.</summary>
    public void AddTo(Command command)
    {
        command.Options.Add(_file);
        command.Options.Add(_force);
    }

    /// <summary>The file, or null for standard output.</summary>
    public FileInfo? Of(CommandContext context) => context.Value(_file);

    /// <summary>Writes a text there; as JSON it goes to standard output whole.</summary>
    /// <exception cref="UserErrorException">The file is there already, or cannot be written (exit 2).</exception>
    public void Write(CommandContext context, string text)
    {
        if (Of(context) is not { } file)
        {
            if (context.Json) context.WriteJson(new { Text = text });
            else context.Output.Write(text);
            return;
        }
        try
        {
            using var stream = new FileStream(file.FullName, context.Value(_force) ? FileMode.Create : FileMode.CreateNew, FileAccess.Write);
            stream.Write(Encoding.UTF8.GetBytes(text));
        }
        catch (IOException problem) when (File.Exists(file.FullName) && !context.Value(_force))
        {
            throw new UserErrorException($"{file} is there already; give another name, or --force to replace it", inner: problem);
        }
        catch (Exception problem) when (problem is IOException or UnauthorizedAccessException)
        {
            throw new UserErrorException($"{file} cannot be written: {problem.Message}", inner: problem);
        }
        if (context.Json) context.WriteJson(new { File = file.FullName });
        else context.Error.WriteLine($"filtergate: wrote {file}");
    }
}
