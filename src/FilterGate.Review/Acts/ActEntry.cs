using FilterGate.Events;
using FilterGate.Policy;
using FilterGate.Review.Log;
using FilterGate.Review.Site;
using FilterGate.Safeguarding.Today;
using FilterGate.State;

namespace FilterGate.Review.Acts;

/// <summary>An act as pages show it. Of a locked hit there are the list and the entry's id alone, whatever the event carried.</summary>
/// <param name="Event">The event. Pages draw from the other members.</param>
/// <param name="Policy">For names.</param>
/// <param name="Review">What was concluded, or null.</param>
/// <param name="Attempts">For a story of attempts to get round the filter how often it was tried; null for anything else, and where nobody has counted.</param>
public sealed record ActEntry(FilterEvent Event, PolicySnapshot Policy, ActReview? Review = null, Attempts? Attempts = null)
{
    /// <summary>Characters of a path that are shown.</summary>
    private const int PathCharsMax = 160;

    /// <summary>Its id.</summary>
    public Guid Id => Event.Id;

    /// <summary>When, in school time.</summary>
    public DateTimeOffset Time => Policy.Timetable.ToLocal(Event.Time);

    /// <summary>True for a hit on an illegal-content list.</summary>
    public bool IsLocked => Event.Reason == Reason.Locked;

    /// <summary>True when the page was refused.</summary>
    public bool IsRefused => Event.Decision >= Verdict.Warn;

    /// <summary>What happened, in a word or two of English.</summary>
    public string What => (Event.ActKind, Event.Decision) switch
    {
        _ when IsLocked => "Illegal content",
        _ when Event.Lifted is not null => LogEntry.WordsOfLifted,
        (ActKind.Circumvention, _) => "Way round",
        (ActKind.Search, >= Verdict.Block) => "Search refused",
        (ActKind.Search, _) => "Search",
        (_, Verdict.Warn) => "Warned",
        (_, Verdict.Quota) => "Time used up",
        (_, Verdict.Block) => "Blocked",
        (ActKind.OverrideUse, _) => "Opened",
        (ActKind.TypedAddress, _) => "Typed address",
        (ActKind.PageView, _) => "Page",
        (null, _) when Event.Kind == EventKind.Override => "Override",
        _ => "Request",
    };

    /// <summary>By which means somebody tried to get round the filter, or null.</summary>
    public WayRound? Way => IsLocked ? null : WaysRound.Of(Event);

    /// <summary>An attempt as a story, with what told it: <c>Tried 14 times in 20 minutes, with a VPN (OpenVPN: its first packet, which asks for a session)</c>; null for anything else.</summary>
    public string? Story(Tongue tongue)
    {
        ArgumentNullException.ThrowIfNull(tongue);
        if (Way is not { } way) return null;
        var tried = tongue.Say("Tried {0}, with {1}", Attempts is null ? tongue["once"] : tongue.Say(Attempts), tongue[way.Title()]);
        return Event.Reason == Reason.WayRound && Event.Rule is { } sign ? $"{tried} ({sign})" : tried;
    }

    /// <summary>The look of <see cref="What"/>.</summary>
    public string Look => IsLocked ? "locked" : Event.Lifted is not null ? "warn" : Event.ActKind == ActKind.Circumvention || Event.Decision == Verdict.Block ? "block" : IsRefused ? "warn" : Event.Kind == EventKind.Override ? "open" : "quiet";

    /// <summary>The host, or null.</summary>
    public string? Host => IsLocked ? null : Event.Host;

    /// <summary>The words of a search, or null.</summary>
    public string? Words => IsLocked ? null : Event.SearchWords;

    /// <summary>The page's own title, or null.</summary>
    public string? Title => IsLocked ? null : Event.Title;

    /// <summary>The page that led here, or null.</summary>
    public string? Referer => IsLocked ? null : Event.Referer;

    /// <summary>True when its address has a query string.</summary>
    public bool HasQuery => !IsLocked && Event.Url?.Contains('?', StringComparison.Ordinal) == true;

    /// <summary>Path of the address, or null for the front page. What stands after the question mark may be anything that somebody typed, and is shown to whoever asks for it.</summary>
    public string? Path(bool withQuery)
    {
        if (IsLocked || Event.Url is not { } url) return null;
        var start = url.IndexOf("://", StringComparison.Ordinal) is var scheme and >= 0 ? url.IndexOf('/', scheme + 3) : -1;
        if (start < 0) return null;
        var path = url[start..];
        if (!withQuery && path.IndexOf('?', StringComparison.Ordinal) is var query and >= 0) path = path[..query];
        return path.Length <= 1 ? null : path.Length <= PathCharsMax ? path : string.Concat(path.AsSpan(0, PathCharsMax - 1), "…");
    }

    /// <summary>What it is about: the category's name, or null.</summary>
    public string? Category => Event.Category is { } slug ? Policy.Lists.Taxonomy.Find(slug)?.Name ?? slug : null;

    /// <summary>How the person came to it, in English words, or null where nobody knows.</summary>
    public string? How => Event.Intent switch
    {
        Intent.Typed => "typed or bookmarked", Intent.Searched => "by searching", Intent.Clicked => "by a link", Intent.Background => "by itself", _ => null,
    };

    /// <summary>Whose it is, for people.</summary>
    public string Who(Tongue tongue) => Whose(Event.Person, Event.Device, Event.Client, Policy, tongue);

    /// <summary>Their class or tier.</summary>
    public string? Group => Policy.FindGroup(Event.Group)?.Title ?? Event.Tier;

    /// <summary>The page of the person or device, or null where only an address is known.</summary>
    public string? WhoHref => HrefOf(Event.Who);

    /// <summary>The page of a <see cref="FilterEvent.Who"/>, or null.</summary>
    public static string? HrefOf(string? who) => who?.Split(':', 2) switch
    {
        ["person", var id] => $"/person/{Uri.EscapeDataString(id)}", ["device", var name] => $"/device/{Uri.EscapeDataString(name)}", _ => null,
    };

    /// <summary>A name for people: of a person theirs, of a device its own.</summary>
    public static string Whose(string? person, string? device, string? client, PolicySnapshot policy, Tongue tongue)
    {
        ArgumentNullException.ThrowIfNull(policy);
        ArgumentNullException.ThrowIfNull(tongue);
        return person is not null ? policy.InForce.Roster.FindPerson(person)?.Name ?? person : device ?? client ?? tongue["nobody known"];
    }

    /// <summary>The same of a <see cref="FilterEvent.Who"/>.</summary>
    public static string Whose(string? who, PolicySnapshot policy, Tongue tongue) => who?.Split(':', 2) switch
    {
        ["person", var id] => Whose(id, null, null, policy, tongue), [_, var name] => name, _ => Whose(null, null, null, policy, tongue),
    };

    /// <summary>What was concluded, in English words, or null.</summary>
    public string? Concluded => Review is { } review ? Say(review.Conclusion) : null;

    /// <summary>A conclusion in English words.</summary>
    public static string Say(Conclusion conclusion) => conclusion switch
    {
        Conclusion.NoConcern => "no concern", Conclusion.Talk => "talk", Conclusion.Concern => "concern", _ => "open again",
    };

    /// <summary>Why it was refused, or would have been but for shadow mode, in a few words of English, or null.</summary>
    public string? Why => IsRefused || Event.Lifted is not null || Event.Kind == EventKind.Override ? LogEntry.Words(Event.Reason) : null;
}
