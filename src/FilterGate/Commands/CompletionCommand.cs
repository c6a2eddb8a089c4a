using System.CommandLine;

namespace FilterGate.Commands;

/// <summary><c>completion bash|zsh</c>: prints the small function that asks <c>filtergate [suggest]</c> what may come next.</summary>
internal sealed class CompletionCommand : GatewayCommand
{
    private const string Bash = """
        # filtergate completion for bash
        _filtergate() {
          local IFS=$'\n'
          COMPREPLY=($(compgen -W "$(filtergate "[suggest:${COMP_POINT}]" "${COMP_LINE}" 2>/dev/null)" -- "${COMP_WORDS[COMP_CWORD]}"))
        }
        complete -o default -F _filtergate filtergate
        """;

    private const string Zsh = """
        # filtergate completion for zsh
        _filtergate() {
          local -a suggestions
          suggestions=("${(@f)$(filtergate "[suggest:${CURSOR}]" "${BUFFER}" 2>/dev/null)}")
          compadd -a suggestions
        }
        compdef _filtergate filtergate
        """;

    private readonly Argument<string> _shell = new("SHELL") { Description = "bash or zsh" };

    /// <summary>Makes the command.</summary>
    public CompletionCommand(CommandHost host) : base(host, "completion", "Print the completion function of a shell.",
        new CommandExample("source <(filtergate completion bash)", "complete commands and options in this shell"),
        new CommandExample("filtergate completion zsh > ~/.zfunc/_filtergate", "keep it for zsh"))
    {
        _shell.AcceptOnlyFromAmong("bash", "zsh");
        Arguments.Add(_shell);
    }

    /// <inheritdoc/>
    protected override Task<int> RunAsync(CommandContext context, CancellationToken cancellationToken)
    {
        context.Output.WriteLine(context.Value(_shell) == "zsh" ? Zsh : Bash);
        return Task.FromResult(ExitCode.Done);
    }
}
