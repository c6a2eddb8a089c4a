using FilterGate.Lists.Locked;
using FilterGate.Lists.Sources;
using FilterGate.Matching;
using FilterGate.Policy;
using FilterGate.Review.Site;
using FilterGate.Safeguarding.Health;

namespace FilterGate.Review.Lists;

/// <summary>One illegal-content list as the page shows it.</summary>
/// <param name="Title">What a person calls it.</param>
/// <param name="IsRequired">True for the two that a school's filter has to use.</param>
/// <param name="Says">How it stands, in a few words.</param>
/// <param name="Look">How it looks: <c>good</c> only where it is in force, of its publisher and fresh; else <c>warn</c>, <c>block</c> or nothing.</param>
/// <param name="Details">Size, age, and what is wrong, a sentence each.</param>
public sealed record LockedLine(string Title, bool IsRequired, string Says, string? Look, IReadOnlyList<string> Details);

/// <summary>One source of category lists as the page shows it.</summary>
/// <param name="Source">The source.</param>
/// <param name="Says">How it stands, in a few words.</param>
/// <param name="Look"><c>warn</c>, or nothing: a full list of games is no protection to be green about.</param>
/// <param name="Size">How many entries, or null.</param>
/// <param name="Age">How long ago an update last succeeded, or null for never.</param>
/// <param name="Change">What the last update changed, in a few words, or null.</param>
/// <param name="Notes">What somebody should know, a sentence each.</param>
public sealed record SourceLine(SourceStatus Source, string Says, string? Look, string? Size, string? Age, string? Change, IReadOnlyList<string> Notes)
{
    /// <summary>The version in force and the one before it, where both are kept.</summary>
    public (SourceVersion From, SourceVersion To)? Update
    {
        get
        {
            var (versions, current) = (Source.State.Versions, Source.State.Current);
            var at = current is null ? -1 : versions.IndexOf(current);
            return at >= 0 && at + 1 < versions.Length ? (versions[at + 1], versions[at]) : null;
        }
    }
}

/// <summary>What the page of lists shows: how old, how large and from where each is, and what is wrong with it.</summary>
public sealed record ListsView
{
    /// <summary>Where the page is.</summary>
    public const string Path = "/lists";

    /// <summary>True when what is asked of a school's illegal-content lists is met.</summary>
    public required bool IsMet { get; init; }

    /// <summary>Why not, with the words that a report quotes.</summary>
    public required IReadOnlyList<string> Why { get; init; }

    /// <summary>The illegal-content lists.</summary>
    public required IReadOnlyList<LockedLine> Locked { get; init; }

    /// <summary>The sources in use.</summary>
    public required IReadOnlyList<SourceLine> Sources { get; init; }

    /// <summary>Those that could be.</summary>
    public required IReadOnlyList<SourceStatus> Others { get; init; }

    /// <summary>Where the category lists come from and since when, a sentence.</summary>
    public required string InForce { get; init; }

    /// <summary>Which hosts are never read, a sentence with the version of the list.</summary>
    public required string NeverRead { get; init; }

    /// <summary>What is wrong or was left out, in plain words.</summary>
    public required IReadOnlyList<string> Warnings { get; init; }

    /// <summary>The policy, for its lists and times.</summary>
    public required PolicySnapshot Policy { get; init; }

    /// <summary>Now.</summary>
    public required DateTimeOffset Now { get; init; }

    /// <summary>Puts it in words.</summary>
    public static ListsView Of(ListHealth health, PolicySnapshot policy, Tongue tongue, DateTimeOffset now)
    {
        ArgumentNullException.ThrowIfNull(tongue);
        ArgumentNullException.ThrowIfNull(health);
        ArgumentNullException.ThrowIfNull(policy);
        var entries = tongue.Number(policy.Lists.Categories.EntryCount);
        return new ListsView
        {
            IsMet = health.Locked.IsMet,
            Why = [.. health.Locked.Why.Select(Plain)],
            Locked = [.. health.Locked.Feeds.Select(f => Describe(f, now, tongue))],
            Sources = [.. health.Sources.Where(s => s.IsInUse).Select(s => Describe(s, policy, tongue, now))],
            Others = [.. health.Sources.Where(s => !s.IsInUse)],
            InForce = health.InForce is { } compiled
                ? tongue.Say("{0} entries, in force since {1}.", entries, policy.Timetable.Say(compiled.Since, now, tongue))
                : tongue.Say("{0} entries: the small starter lists that come with FilterGate, or a folder of the school's own. No full list was fetched here.", entries),
            NeverRead = NeverReadIn(policy.Lists, tongue),
            Warnings = [.. (health.Problem is { } problem ? new[] { problem } : []), .. policy.Lists.Warnings],
            Policy = policy,
            Now = now,
        };
    }

    /// <summary>Which hosts are never read, and of which day the list is: for this page and for Coverage.</summary>
    public static string NeverReadIn(ListSet lists, Tongue tongue)
    {
        ArgumentNullException.ThrowIfNull(lists);
        ArgumentNullException.ThrowIfNull(tongue);
        return tongue.Say(
            "{0:N0} hosts of operating systems, updates, banks and health come with FilterGate, version {1}: their HTTPS is passed unread, and whether they open is decided by their name. The policy adds the school's own (never_intercept), and so do bundles.",
            lists.NeverIntercept.EntryCount, lists.NeverInterceptVersion.Length > 0 ? lists.NeverInterceptVersion : tongue["unknown"]);
    }

    /// <summary>One list of illegal content. Nothing is green that its publisher has not given, or that is not fresh.</summary>
    public static LockedLine Describe(LockedFeedLine feed, DateTimeOffset now, Tongue tongue)
    {
        ArgumentNullException.ThrowIfNull(feed);
        ArgumentNullException.ThrowIfNull(tongue);
        var (status, health, tests) = feed;
        var age = status.Age(now);
        var (says, look) = health switch
        {
            LockedFeedHealth.Missing => ("not in use", status.Feed.IsRequired ? "block" : null),
            LockedFeedHealth.Broken => ("broken, not in force", "block"),
            _ when status.IsDemonstration => ("a demonstration: protects nobody", "block"),
            LockedFeedHealth.Previous => ("the newest is broken, the one before is in force", "block"),
            LockedFeedHealth.Overdue => ("in force, too old", "block"),
            LockedFeedHealth.Stale => ("in force, renewal is late", "warn"),
            LockedFeedHealth.Fresh => ("in force", "good"),
            _ => throw new System.Diagnostics.UnreachableException($"health {health}"),
        };
        var details = new List<string>();
        if (status.IsInForce) details.Add(age is { } known ? tongue.Say("{0:N0} entries, renewed {1}.", status.EntryCount, Ago(known, tongue)) : tongue.Say("{0:N0} entries, nobody knows when it was renewed.", status.EntryCount));
        if (health == LockedFeedHealth.Overdue) details.Add(tongue["It stays in force, but what is new on it is not blocked. Ask the technician whether the supplier's client runs."]);
        if (health == LockedFeedHealth.Stale) details.Add(tongue["Its publisher renews it twice a day."]);
        if (health == LockedFeedHealth.Missing && status.Feed.IsRequired) details.Add(tongue["A school's filter has to use it. It is given to members of its publisher, through a supplier or directly."]);
        if (status is { IsInForce: true, IsBlind: true }) details.Add(tongue["It came as hashes without hosts: only what is read is compared with it."]);
        if (tests > 0) details.Add(tongue.Count(tests, "Tried once in a quarter with addresses made for trying filters.", "Tried {0:N0} times in a quarter with addresses made for trying filters."));
        foreach (var trouble in new[] { status.Problem, status.State?.LastError, status.State?.StillThere })
            if (trouble is not null) details.Add(trouble);
        return new(status.Feed.Title, status.Feed.IsRequired, tongue[says], look, details);
    }

    private static SourceLine Describe(SourceStatus status, PolicySnapshot policy, Tongue tongue, DateTimeOffset now)
    {
        var state = status.State;
        var notes = new List<string>();
        if (state.Refused is { } refused) notes.Add(tongue.Say("A newer version ({0:N0} entries) differs so much that a person has to look first: filtergate lists diff {1}", refused.Entries, status.Source.Id));
        if (state.IsHeld) notes.Add(tongue.Say("An older version was put back by hand and stays until somebody runs: filtergate lists update {0}", status.Source.Id));
        if (state.LastError is { } error) notes.Add(tongue.Say("The last update: {0}", error));
        var line = new SourceLine(
            status, tongue[state.Current is null ? "never fetched" : status.IsStale ? "out of date" : state.LastError is not null ? "last update failed" : state.Refused is not null ? "waits for a person" : state.IsHeld ? "held back" : "up to date"],
            state.Current is null || status.IsStale || state.LastError is not null || state.Refused is not null ? "warn" : null,
            state.Current is { } current ? tongue.Number(current.Entries) : null, state.LastSuccess is { } last ? Ago(now - last, tongue) : null, Change: null, notes);
        return line.Update is { } update
            ? line with { Change = tongue.Say("{0} entries, {1}", Signed(update.To.Entries - update.From.Entries, tongue), policy.Timetable.Say(update.To.Fetched, now, tongue)) }
            : line with { Change = state.Current is { } only ? tongue.Say("first fetched {0}", policy.Timetable.Say(only.Fetched, now, tongue)) : null };
    }

    /// <summary>The words of a report begin small.</summary>
    private static string Plain(string why) => char.ToUpper(why[0], Tongue.English.Culture) + why[1..] + ".";

    internal static string Ago(TimeSpan age, Tongue tongue) => age < TimeSpan.FromMinutes(1) ? tongue["just now"] : tongue.Say("{0} ago", SchoolTime.SayAge(age, tongue));

    internal static string Signed(long number, Tongue tongue) => number switch { > 0 => $"+{tongue.Number(number)}", < 0 => $"−{tongue.Number(-number)}", _ => tongue["as many"] };
}
