using FilterGate.Commands;
using FilterGate.Lists;
using FilterGate.Lists.Sources;

namespace FilterGate.Settings;

/// <summary>The list sources of this box, as its settings have them. Every command and the gateway open them here, so that they agree on what is in force.</summary>
internal static class SchoolSources
{
    /// <summary>The lists' folder of this box; it need not exist.</summary>
    public static ListFolder FolderOf(CommandContext context) => new(Path.Combine(context.DataFolder, "lists"));

    /// <summary>Opens them. Touches neither disk nor network.</summary>
    /// <param name="context">The run: settings, data folder and clock.</param>
    /// <param name="recompile">Puts what is in force before the matcher; null for a command that changes nothing.</param>
    public static ListSources Open(CommandContext context, Func<CancellationToken, Task>? recompile = null)
    {
        var settings = context.Settings.Lists;
        return ListSources.Open(
            FolderOf(context), Catalogue.Shipped.With(settings.Own), new ListSourceOptions { Sources = settings.Sources, Keep = settings.Keep, Recompile = recompile }, context.Clock, context.ListTransport());
    }
}
