using System.CommandLine;

namespace FilterGate.Commands;

/// <summary><c>--yes</c>: a question before a change, on a terminal alone.</summary>
internal sealed class Confirmation
{
    private readonly Option<bool> _yes = new("--yes", "-y") { Description = "do not ask (only a terminal is asked at all)" };

    /// <summary>Adds it to a command.</summary>
    public void AddTo(Command command) => command.Options.Add(_yes);

    /// <summary>True when it is given on the command line: nothing is asked then.</summary>
    public bool IsGivenBefore(CommandContext context) => context.Value(_yes);

    /// <summary>Asks, unless told not to or nobody is there to answer.</summary>
    public bool IsGiven(CommandContext context, string question)
    {
        if (context.Value(_yes) || !context.IsInteractive) return true;
        context.Error.Write($"{question} [y/N] ");
        if (context.Input.ReadLine()?.Trim() is "y" or "Y" or "yes") return true;
        context.Error.WriteLine("filtergate: nothing was changed");
        return false;
    }
}
