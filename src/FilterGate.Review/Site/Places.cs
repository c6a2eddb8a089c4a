namespace FilterGate.Review.Site;

/// <summary>A page that the frame leads to.</summary>
/// <param name="Href">Its address.</param>
/// <param name="Name">Its name, in English.</param>
/// <param name="Need">What it asks for.</param>
public sealed record Place(string Href, string Name, Need Need)
{
    /// <summary>All of them, in the order of the frame: what a day needs first, how the filter is set up after. One shows where its page is there and the reader may see it.</summary>
    public static IReadOnlyList<Place> All { get; } =
    [
        new("/", "Today", Need.Today),
        new("/review", "Review", Need.Review),
        new("/searches", "Searches", Need.Searches),
        new("/sites", "Sites", Need.Review),
        new("/requests", "Requests", Need.Requests),
        new("/decide", "Decide", Need.Decide),
        new("/class", "My class", Need.Teach),
        new("/overrides", "Overrides", Need.Overrides),
        new("/blocks", "Blocks", Need.Overrides),
        new("/policy", "Policy", Need.Policy),
        new("/lists", "Lists", Need.Lists),
        new("/coverage", "Coverage", Need.Coverage),
        new("/watch", "Watch", Need.Watch),
        new("/log", "Log", Need.Log),
        new("/audit", "Audit", Need.Audit),
        new("/governors", "For governors", Need.Governors),
    ];
}
