using System.CommandLine;

namespace FilterGate.Commands.Lists;

/// <summary><c>lists</c>: the lists that decide, and the bundles that open a service.</summary>
internal static class ListsCommand
{
    /// <summary>Makes the command with what is below it.</summary>
    public static Command Make(CommandHost host) =>
        new CommandGroup("lists", "Lists: what they hold, update, look up",
            new CommandExample("filtergate lists bundles", "the services that a policy can open with one word"))
        {
            new ListsBundlesCommand(host),
        };
}
