using System.Collections.Immutable;
using System.Globalization;
using FilterGate.Policy.Documents;
using FilterGate.Policy.Timetables;
using FilterGate.Review.Site;
using FilterGate.State;
using Microsoft.AspNetCore.Http;

namespace FilterGate.Review.Policies;

/// <summary>What the history of the policy shows: who put which version in force, when and why.</summary>
/// <param name="Versions">The versions, newest first.</param>
/// <param name="InForce">The number of the one in force, or null.</param>
/// <param name="Next">The address of older ones, or null.</param>
/// <param name="IsFurther">True on a page after the first.</param>
/// <param name="Times">The school's time.</param>
/// <param name="Now">Now.</param>
/// <param name="Problems">What the address bar said that could not be understood.</param>
public sealed record HistoryView(IReadOnlyList<PolicyVersion> Versions, long? InForce, string? Next, bool IsFurther, Timetable Times, DateTimeOffset Now, IReadOnlyList<string> Problems)
{
    /// <summary>Where the page is.</summary>
    public const string Path = PolicyView.Path + "/history";

    /// <summary>Rows on a page.</summary>
    public const int PageSize = 30;

    /// <summary>Gathers it.</summary>
    public static HistoryView Of(IQueryCollection query, StateStore state, string inForce, Timetable times, Tongue tongue, DateTimeOffset now)
    {
        ArgumentNullException.ThrowIfNull(state);
        var fields = new AddressFields(query, tongue);
        var before = fields.Key("before");
        var versions = state.PolicyVersions(PageSize + 1, before);
        var next = versions.Count > PageSize ? AddressFields.Link(Path, ("before", versions[PageSize - 1].Number.ToString(CultureInfo.InvariantCulture))) : null;
        return new([.. versions.Take(PageSize)], state.FindPolicy(inForce)?.Number, next, before is not null, times, now, fields.Problems);
    }
}

/// <summary>What differs between two versions.</summary>
/// <param name="From">The older.</param>
/// <param name="To">The newer.</param>
/// <param name="Changes">What it means, key by key; null where one of them cannot be read as a document.</param>
/// <param name="Lines">The lines that differ.</param>
/// <param name="IsCut">True where there are more than are shown.</param>
public sealed record ComparisonView(PolicyVersion From, PolicyVersion To, ImmutableArray<PolicyChange>? Changes, IReadOnlyList<string> Lines, bool IsCut)
{
    /// <summary>Where the page is.</summary>
    public const string Path = PolicyView.Path + "/compare";

    /// <summary>Changes, and lines, that are shown: who changed more has written another document.</summary>
    public const int ShownMax = 400;

    /// <summary>The address of a comparison.</summary>
    public static string Link(long from, long to) => AddressFields.Link(Path, ("from", from.ToString(CultureInfo.InvariantCulture)), ("to", to.ToString(CultureInfo.InvariantCulture)));

    /// <summary>Compares the versions that the address bar names; without the older one, with what was in force before the newer. Null where there is no such version.</summary>
    public static ComparisonView? Of(IQueryCollection query, StateStore state)
    {
        ArgumentNullException.ThrowIfNull(state);
        // What it cannot read is no version, and the page says so.
        var fields = new AddressFields(query, Tongue.English);
        var to = fields.Key("to") is { } named ? state.FindPolicy(named) : state.CurrentPolicy();
        if (to is null) return null;
        var from = fields.Key("from") is { } older ? state.FindPolicy(older) : state.PolicyBefore(to.Number, to.Version);
        if (from is null) return null;
        if (from.Number > to.Number) (from, to) = (to, from);
        var changes = PolicyComparison.Of(from.Yaml, to.Yaml);
        var lines = LineDifference.Of(from.Yaml, to.Yaml).Take(ShownMax + 1).ToList();
        var isCut = lines.Count > ShownMax || changes is { Length: > ShownMax };
        return new(from, to, changes is { Length: > ShownMax } many ? many[..ShownMax] : changes, [.. lines.Take(ShownMax)], isCut);
    }
}
