using System.Globalization;
using FilterGate.Lists;
using FilterGate.Settings;

namespace FilterGate.Commands.Lists;

/// <summary>The shipped hosts whose HTTPS is never read.</summary>
/// <param name="Version">The day on which they last changed; null where the lists cannot be opened.</param>
/// <param name="Entries">How many there are.</param>
internal sealed record NeverInterceptStatus(string? Version, int Entries) : IListsStatusSection
{
    /// <inheritdoc/>
    string IListsStatusSection.Name => "never_intercept";

    /// <inheritdoc/>
    /// <remarks>They come with the program, so they are always there.</remarks>
    public bool Met => true;

    /// <summary>Those that are in force.</summary>
    public static NeverInterceptStatus Of(CommandContext context)
    {
        try
        {
            var lists = GatewayInputs.LoadLists(context, listsFolder: null, out _);
            return new(lists.NeverInterceptVersion, lists.NeverIntercept.EntryCount);
        }
        catch (Exception problem) when (problem is ListLoadException or UserErrorException)
        {
            // The section of the category lists says why.
            return new(null, 0);
        }
    }

    /// <inheritdoc/>
    public void Write(CommandContext context)
    {
        context.Output.WriteLine(context.Paint.Strong("Never read"));
        context.Output.WriteLine(Version is null ? context.Paint.Bad("  the lists cannot be opened, see above")
            : string.Create(CultureInfo.InvariantCulture, $"  {Entries:#,0} hosts of systems, updates, banks and health, version {Version}; the policy adds its own (never_intercept)"));
    }
}
