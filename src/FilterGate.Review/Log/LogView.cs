using System.Collections.Immutable;
using System.Globalization;
using FilterGate.Events;
using FilterGate.Policy;
using FilterGate.Review.Site;

namespace FilterGate.Review.Log;

/// <summary>A number that was counted up to a bound.</summary>
/// <param name="Number">What was counted.</param>
/// <param name="IsMore">True when there are more.</param>
public readonly record struct Total(int Number, bool IsMore)
{
    /// <summary>As <c>1,000+</c>.</summary>
    public string Say(Tongue tongue)
    {
        ArgumentNullException.ThrowIfNull(tongue);
        return tongue.Number(Number) + (IsMore ? "+" : "");
    }
}

/// <summary>Everything one page of the log shows. Immutable; made by the event log, drawn by the page.</summary>
public sealed record LogView
{
    internal static readonly CultureInfo British = CultureInfo.GetCultureInfo("en-GB");

    /// <summary>The school's name.</summary>
    public required string School { get; init; }
    /// <summary>What was asked for.</summary>
    public required LogFilter Filter { get; init; }
    /// <summary>The tiers to choose from, strictest first.</summary>
    public required ImmutableArray<string> Tiers { get; init; }
    /// <summary>When the page was made, in school time.</summary>
    public required DateTimeOffset Now { get; init; }
    /// <summary>The school's time zone.</summary>
    public required TimeZoneInfo Zone { get; init; }
    /// <summary>False when only the demonstration of an illegal-content list is loaded, or none.</summary>
    public required bool HasLicensedList { get; init; }
    /// <summary>The events, newest first.</summary>
    public IReadOnlyList<LogEntry> Entries { get; init; } = [];
    /// <summary>Where the older ones are, or null.</summary>
    public string? Older { get; init; }
    /// <summary>Blocks in the chosen time and tier.</summary>
    public Total Blocked { get; init; }
    /// <summary>Override events in the chosen time and tier.</summary>
    public Total Overridden { get; init; }
    /// <summary>Overrides in force now, soonest end first.</summary>
    public IReadOnlyList<Override> LiveOverrides { get; init; } = [];
    /// <summary>Requests that wait for an answer, or null when nobody counted them.</summary>
    public int? RequestsWaiting { get; init; }
    /// <summary>Months that could not be read; the others are.</summary>
    public IReadOnlyList<string> Unreadable { get; init; } = [];
    /// <summary>Why there is no log at all, or null.</summary>
    public string? Failure { get; init; }

    /// <summary>The chosen time in words.</summary>
    public string Period(Tongue tongue)
    {
        ArgumentNullException.ThrowIfNull(tongue);
        return Filter.When switch
        {
            When.Today => tongue.Say("Today, {0:dddd d MMMM yyyy}", Now),
            When.Hour => tongue.Say("The last hour, since {0:HH:mm}", Now.AddHours(-1)),
            When.Yesterday => tongue.Say("Yesterday, {0:dddd d MMMM yyyy}", Now.AddDays(-1)),
            When.Week => tongue.Say("The last seven days, since {0:dddd d MMMM}", Now.AddDays(-6)),
            When.Between => (Filter.From, Filter.To) switch
            {
                ({ } from, { } to) => tongue.Say("From {0:d MMMM yyyy, HH:mm} to {1:d MMMM yyyy, HH:mm}", from, to),
                ({ } from, null) => tongue.Say("Since {0:d MMMM yyyy, HH:mm}", from),
                (null, { } to) => tongue.Say("Until {0:d MMMM yyyy, HH:mm}", to),
                _ => tongue["All times"],
            },
            _ => throw new System.Diagnostics.UnreachableException($"when {Filter.When}"),
        };
    }

    /// <summary>An instant in school time.</summary>
    public DateTimeOffset Local(DateTimeOffset time) => TimeZoneInfo.ConvertTime(time, Zone);
}

/// <summary>One event as the page shows it.</summary>
/// <remarks>For a locked hit only the list and the entry's id are there, whatever the event carried.</remarks>
public sealed class LogEntry
{
    /// <summary>Characters of a URL that a page shows. A URL may have thousands, and a page has fifty; the command line shows it whole.</summary>
    internal const int UrlCharsMax = 400;

    internal LogEntry(FilterEvent e, Func<string, string> categoryName, Func<string, string> groupTitle, DateTimeOffset localTime, bool showsPerson, bool showsQuery)
    {
        (Event, Time, ShowsPerson) = (e, localTime, showsPerson);
        IsLocked = e.Reason == Reason.Locked;
        Host = IsLocked ? null : e.Host;
        var url = IsLocked || !showsPerson ? null : e.Url;
        var shown = url is null || showsQuery ? url : Hidden.Query(url);
        HidesQuery = shown != url;
        Url = shown is not { Length: > UrlCharsMax } ? shown : string.Concat(shown.AsSpan(0, UrlCharsMax - 1), "…");
        Path = PathOf(Url, e.Host);
        Entry = IsLocked ? null : e.Entry;
        Rule = IsLocked ? null : e.Rule;
        Category = e.Category is { } slug ? categoryName(slug) : null;
        Group = (showsPerson || e.Person is null) && e.Group is { } group ? groupTitle(group) : null;
    }

    private FilterEvent Event { get; }

    /// <summary>False where the reader is not told whose it is and which page it was.</summary>
    public bool ShowsPerson { get; }

    /// <summary>When, in school time.</summary>
    public DateTimeOffset Time { get; }
    /// <summary>True for a hit on an illegal-content list.</summary>
    public bool IsLocked { get; }
    /// <summary>Host, or null.</summary>
    public string? Host { get; }
    /// <summary>True where something of the URL is hidden that the reader may ask for.</summary>
    public bool HidesQuery { get; }
    /// <summary>URL, shortened, or null.</summary>
    public string? Url { get; }
    /// <summary>What follows the host in the URL, or null where that is only a slash.</summary>
    public string? Path { get; }
    /// <summary>The list's entry, or null.</summary>
    public string? Entry { get; }
    /// <summary>The school's rule or the override, or null.</summary>
    public string? Rule { get; }
    /// <summary>Name of the category, or null.</summary>
    public string? Category { get; }
    /// <summary>The id of a locked entry, or null.</summary>
    public string? EntryId => Event.EntryId;
    /// <summary>The list, or null.</summary>
    public string? List => Event.List;
    /// <summary>HTTP method, or null.</summary>
    public string? Method => Event.Method;
    /// <summary>Tier, or null.</summary>
    public string? Tier => Event.Tier;
    /// <summary>Source address, or null; of somebody's own device not told to whoever is not told the person.</summary>
    public string? Client => ShowsPerson || Event.Person is null ? Event.Client : null;
    /// <summary>Device, or null.</summary>
    public string? Device => ShowsPerson || Event.Person is null ? Event.Device : null;
    /// <summary>The class or other group that it counted to: of a device of a trolley the class that had it. Null where the reader is not told whose it is, or there is none.</summary>
    public string? Group { get; }
    /// <summary>Person, or null.</summary>
    public string? Person => ShowsPerson ? Event.Person : null;
    /// <summary>Reference, or null.</summary>
    public string? Reference => Event.Reference;
    /// <summary>Policy and lists in force.</summary>
    public string? Versions => (Event.PolicyVersion, Event.ListsVersion) switch
    {
        (null, null) => null,
        (var policy, var lists) => $"{policy ?? "–"} · {lists ?? "–"}",
    };
    /// <summary>The event's id.</summary>
    public Guid Id => Event.Id;
    /// <summary>What happened, in a word or two of English.</summary>
    public string What => (Event.Kind, Event.Decision) switch
    {
        (EventKind.Override, null) => "Override",
        (EventKind.Override, _) => "Opened",
        (EventKind.Check, _) => "Device check",
        _ when IsLocked => "Illegal content",
        (EventKind.Tls, not Verdict.Block) => "Failed",
        (EventKind.Tls, _) => "Refused",
        _ when Event.Lifted is not null => WordsOfLifted,
        (_, Verdict.Warn) => "Warned",
        (_, Verdict.Quota) => "Time used up",
        (EventKind.Circumvention, _) => "Way round",
        _ => "Blocked",
    };
    /// <summary>The look of <see cref="What"/>: <c>block</c>, <c>warn</c>, <c>open</c> or <c>locked</c>.</summary>
    public string Look => (Event.Kind, Event.Decision) switch
    {
        (EventKind.Override, _) => "open",
        (EventKind.Check, _) => IsEverythingWell(Event.Rule) ? "open" : "warn",
        _ when IsLocked => "locked",
        _ when Event.Lifted is not null => "warn",
        (_, Verdict.Warn or Verdict.Quota) => "warn",
        _ => "block",
    };
    /// <summary>Why, in a few words of a language; null where nothing was decided, or <see cref="Said"/> has it.</summary>
    public string? Why(Tongue tongue)
    {
        ArgumentNullException.ThrowIfNull(tongue);
        return Event.Kind switch
        {
            EventKind.Check when Event.Rule is not null => null,
            // What the policy says of the site is not why this failed.
            EventKind.Tls when Event.Reason != Reason.TlsPolicy => null,
            _ when !IsLocked && WaysRound.Of(Event) is { } way => tongue.Say("A try to get round the filter, with {0}", tongue[way.Title()]),
            _ => Words(Event.Reason) is { } words ? tongue[words] : null,
        };
    }

    /// <summary>Why, as the gateway wrote it in English: what a device's check found, how TLS failed, else the rule.</summary>
    public string? Said => Event.Kind switch
    {
        EventKind.Check when Event.Rule is { } found => string.Join(" · ", found.Split(' ').Select(part => part.Split('=', 2) is [var of, var result] ? $"{of.Replace('-', ' ')}: {result.Replace('-', ' ')}" : part)),
        EventKind.Tls when Event.Reason != Reason.TlsPolicy => Event.Rule,
        _ => Rule,
    };

    /// <summary>What happened to a request that shadow mode let through.</summary>
    internal const string WordsOfLifted = "Let through (shadow mode)";

    /// <summary>True for a device that trusts the authority, and for which nothing is open that was tried.</summary>
    private static bool IsEverythingWell(string? found) =>
        found is not null && !found.Split(' ').Any(part => part.EndsWith("=untrusted", StringComparison.Ordinal) || part.EndsWith("=open", StringComparison.Ordinal) || part.EndsWith("=not-listed", StringComparison.Ordinal) || part.EndsWith("=off", StringComparison.Ordinal));

    private static string? PathOf(string? url, string? host)
    {
        if (url is null || host is null) return null;
        var start = url.IndexOf("://", StringComparison.Ordinal) is var scheme and >= 0 ? url.IndexOf('/', scheme + 3) : -1;
        return start >= 0 && start < url.Length - 1 ? url[start..] : null;
    }

    /// <summary>A reason in a few words of English; null for none.</summary>
    internal static string? Words(Reason? reason) => reason switch
    {
        null => null,
        Reason.Locked => "On an illegal-content list",
        Reason.PrivateDestination => "Address of the school's own network",
        Reason.TlsPolicy => "Not the web, and the policy refuses it",
        Reason.ProtectedHelp => "Help site, always open",
        Reason.EmergencyBlock => "Emergency block",
        Reason.AccessWithdrawn => "Access withdrawn",
        Reason.NoBypass => "Category that nobody may open",
        Reason.Override => "Opened by an override",
        Reason.Lesson => "Lesson in progress",
        Reason.OwnBlock => "School's own block list",
        Reason.OwnAllow => "School's own allow list",
        Reason.CategoryBlock => "Category blocked for this tier",
        Reason.CategoryQuota => "Category with minutes a day",
        Reason.CategoryWarn => "Category that asks first",
        Reason.CategoryLog => "Category that is recorded",
        Reason.ApprovedOnly => "Not among the approved sites",
        Reason.CategoryAllow => "Category allowed",
        Reason.Uncategorised => "In no list yet",
        Reason.NewlySeen => "In no list yet, and new here",
        Reason.DeviceProbe => "A device asking whether it is online",
        Reason.ByAddress => "An address instead of a name, in no list",
        Reason.WayRound => "The connection itself gets round the filter",
        Reason.Default => "No rule opens it",
        _ => throw new System.Diagnostics.UnreachableException($"reason {reason}"),
    };
}
