using FilterGate.Review.Accounts;

namespace FilterGate.Review.Site;

/// <summary>Who looks at a page, and what every page shows because of it.</summary>
/// <param name="School">The school's name.</param>
/// <param name="Standing">Who is signed in, or null.</param>
/// <param name="FormToken">The antiforgery token of this answer's forms; null where there is no form.</param>
/// <param name="Roles">What they are: of a person their roles, at the gateway's own computer what a place there is worth.</param>
public sealed record Viewer(string School, Standing? Standing, string? FormToken, SiteRole Roles)
{
    /// <summary>The language of the page.</summary>
    public Tongue Tongue { get; init; } = Tongue.English;

    /// <summary>True where everything is invented: each page says so.</summary>
    public bool IsInvented { get; init; }

    /// <summary>Until when the gateway is in shadow mode, in school time: each page says so. Null while it filters.</summary>
    public DateTimeOffset? ShadowUntil { get; init; }

    /// <summary>Since when the web of staff passes the gateway, which is down, in school time: each page says so. Null while it does not.</summary>
    public DateTimeOffset? StaffPastSince { get; init; }

    /// <summary>The pages that the frame leads to.</summary>
    public IReadOnlyList<Place> Places { get; init; } = [];

    /// <summary>The address of this page, for the form that changes the language.</summary>
    public string Address { get; init; } = "/";

    /// <summary>True at the gateway's own computer, without sign-in.</summary>
    public bool IsAtComputer => Standing is null && (Roles & (SiteRole.Trial | SiteRole.AtComputer)) != SiteRole.Nobody;

    /// <summary>True when they may.</summary>
    public bool May(Need need) => Permissions.Allow(need, Roles);
}
