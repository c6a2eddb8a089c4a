using System.Globalization;
using Microsoft.AspNetCore.Http;

namespace FilterGate.Review.Acts;

/// <summary>What the last step on acts did, as the address of the page says it.</summary>
/// <param name="English">The sentence.</param>
/// <param name="Number">Its number, where it has one.</param>
/// <param name="Batch">With which it is taken back, or null.</param>
public sealed record StepDone(string English, int Number = 0, long? Batch = null)
{
    /// <summary>Reads <c>done=</c>; null for none that we write.</summary>
    public static StepDone? Of(HttpContext context)
    {
        ArgumentNullException.ThrowIfNull(context);
        return context.Request.Query["done"].ToString().Split('-') switch
        {
            ["concluded", var count, var batch] when long.TryParse(batch, NumberStyles.None, CultureInfo.InvariantCulture, out var id) => new("{0} acts concluded.", Parse(count), id),
            ["undone", var count] => Parse(count) == 0 ? new("There was nothing to take back.") : new("{0} acts are open again.", Parse(count)),
            ["day", "done"] => new("Today is done. It is written down with your name and the time."),
            ["view", "kept"] => new("This choice is kept under its name."),
            ["view", "removed"] => new("That choice is no longer kept."),
            ["view", "gone"] => new("That choice was no longer there."),
            ["view", "full"] => new("Twenty choices are kept already. Remove one first."),
            ["view", "no", "name"] => new("Give the choice a name of at most 40 characters."),
            ["signed"] => new("Signed. What was signed stays as it is."),
            _ => null,
        };
    }

    private static int Parse(string text) => int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : 0;
}
