using FilterGate.Review.Accounts;

namespace FilterGate.Review.Site;

/// <summary>Who looks at a page, and what every page shows because of it.</summary>
/// <param name="School">The school's name.</param>
/// <param name="Standing">Who is signed in, or null.</param>
/// <param name="FormToken">The antiforgery token of this answer's forms; null where there is no form.</param>
/// <param name="IsOpenHere">True when the log can be read without sign-in: on the computer itself.</param>
public sealed record Viewer(string School, Standing? Standing, string? FormToken, bool IsOpenHere);
