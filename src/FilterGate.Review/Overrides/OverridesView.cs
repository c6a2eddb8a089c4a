using System.Globalization;
using FilterGate.Policy;
using FilterGate.Policy.TwoKeys;
using FilterGate.Review.Accounts;
using FilterGate.Review.Site;
using FilterGate.Safeguarding.Unblocks;
using FilterGate.State;
using Microsoft.AspNetCore.Http;

namespace FilterGate.Review.Overrides;

/// <summary>One override as the page shows it.</summary>
/// <param name="Record">The override.</param>
/// <param name="Whom">For whom.</param>
/// <param name="Owner">Who opened it.</param>
/// <param name="Age">How long ago, in words.</param>
/// <param name="Use">How much it is used, in words.</param>
/// <param name="LastUse">When it was last used, or null.</param>
/// <param name="End">When it ends or ended, in words.</param>
/// <param name="Review">Why somebody should look at it again, or null.</param>
/// <param name="IsLive">True while it is open.</param>
/// <param name="WhyNotExtend">Why this person cannot extend it, or null when they may.</param>
public sealed record OverrideLine(OverrideRecord Record, string Whom, string Owner, string Age, string Use, string? LastUse, string End, string? Review, bool IsLive, string? WhyNotExtend);

/// <summary>What the page of overrides shows: what is open that the policy closes, and whether it still should be.</summary>
public sealed record OverridesView
{
    /// <summary>Where the page is.</summary>
    public const string Path = "/overrides";

    /// <summary>Rows on a page.</summary>
    public const int PageSize = 50;

    /// <summary>Which.</summary>
    public required OverrideShow Show { get; init; }

    /// <summary>Only sites with this in their name, or null.</summary>
    public string? Site { get; init; }

    /// <summary>True on a page after the first.</summary>
    public bool IsFurther { get; init; }

    /// <summary>The rows.</summary>
    public required IReadOnlyList<OverrideLine> Rows { get; init; }

    /// <summary>The address of the next rows, or null.</summary>
    public string? Next { get; init; }

    /// <summary>How many there are.</summary>
    public required OverrideCounts Counts { get; init; }

    /// <summary>True for somebody who may close and extend.</summary>
    public bool MayChange { get; init; }

    /// <summary>What the address bar said that could not be understood.</summary>
    public IReadOnlyList<string> Problems { get; init; } = [];

    /// <summary>The policy, for names and times.</summary>
    public required PolicySnapshot Policy { get; init; }

    /// <summary>Now.</summary>
    public required DateTimeOffset Now { get; init; }

    /// <summary>Gathers it: two reads of the state, however many overrides there are.</summary>
    /// <param name="query">What the address bar says.</param>
    /// <param name="person">Who looks; null for whoever sits at the computer.</param>
    /// <param name="mayChange">Whether they may close and extend at all.</param>
    /// <param name="state">The state.</param>
    /// <param name="policy">The policy.</param>
    /// <param name="tongue">The language of the page.</param>
    /// <param name="now">Now.</param>
    public static OverridesView Of(IQueryCollection query, Standing? person, bool mayChange, StateStore state, PolicySnapshot policy, Tongue tongue, DateTimeOffset now)
    {
        ArgumentNullException.ThrowIfNull(tongue);
        ArgumentNullException.ThrowIfNull(query);
        ArgumentNullException.ThrowIfNull(state);
        ArgumentNullException.ThrowIfNull(policy);
        var fields = new AddressFields(query, tongue);
        var show = fields.Choice<OverrideShow>("show", "what is open now is shown");
        var (site, after) = (fields.Text("site"), fields.Key("after"));
        var page = state.Overrides(OverrideReview.Ask(show, now) with { Site = site?.ToLowerInvariant(), After = after, Limit = PageSize });
        return new OverridesView
        {
            Show = show, Site = site, IsFurther = after is not null, MayChange = mayChange, Problems = fields.Problems, Policy = policy, Now = now,
            Rows = [.. page.Rows.Select(row => Describe(row, person, state, policy, tongue, now))],
            Next = page.HasMore ? Link(show, site, page.Rows[^1].Override.Id) : null,
            Counts = OverrideReview.Count(state, now),
        };
    }

    /// <summary>The address of a choice.</summary>
    public static string Link(OverrideShow show, string? site = null, long? after = null) =>
        AddressFields.Link(Path, ("show", show == OverrideShow.Live ? null : show.ToString().ToLowerInvariant()), ("site", site), ("after", after?.ToString(CultureInfo.InvariantCulture)));

    private static OverrideLine Describe(UsedOverride used, Standing? person, StateStore state, PolicySnapshot policy, Tongue tongue, DateTimeOffset now)
    {
        var (granted, usage) = (used.Override, used.Usage);
        var times = policy.Timetable;
        var isLive = granted.RevokedAt is null && granted.End > now;
        return new OverrideLine(
            granted, policy.Say(granted.Audience, tongue) + (granted.Audience.Kind == AudienceKind.Person ? $", {granted.Audience.Name}" : ""), Name(granted.Actor), SchoolTime.SayAge(now - granted.Start, tongue),
            usage is null ? tongue["never used"] : tongue.Say(usage.Count == 1 ? "{0:N0} use by {1:N0}" : "{0:N0} uses by {1:N0}", usage.Count, usage.People),
            usage is null ? null : times.Say(usage.Last, now, tongue),
            granted.RevokedAt is { } at ? tongue.Say("closed {0} by {1}", times.Say(at, now, tongue), Name(granted.RevokedBy!)) : !isLive ? tongue.Say("ended {0}", times.Say(granted.End, now, tongue))
                : granted.IsForGood ? tongue.Say("looked at again by {0}", times.SayDay(granted.End, tongue)) : tongue.Say("until {0}", times.Say(granted.End, now, tongue)),
            !isLive ? null : OverrideReview.WhyStale(granted, usage, now) switch
            {
                "old" => tongue.Say("open for more than {0:0} days", OverrideReview.OldAfter.TotalDays),
                "unused" => tongue.Say("not used for {0:0} days", OverrideReview.UnusedAfter.TotalDays),
                _ => null,
            },
            isLive, isLive ? WhyNotExtend(granted, person, state, policy) : null);

        string Name(string actor) => policy.InForce.Roster.FindPerson(actor)?.Name ?? actor;
    }

    /// <summary>The desk says the last word; here nobody is shown a field that it would refuse.</summary>
    private static string? WhyNotExtend(OverrideRecord granted, Standing? person, StateStore state, PolicySnapshot policy)
    {
        if (granted.IsForGood) return "It is open for good: before its review, ask for it anew, and the head decides.";
        if (UnblockDesk.IsPreview(granted)) return "It is a preview, a short look at a site: begin another, or open the site for a lesson.";
        var keys = (granted.RequestReference is { } reference ? state.FindRequest(reference)?.Keys : null) ?? new KeyRequest(RequestRoute.Lesson, null);
        return policy.Approvals.WhyNot(KeyStep.Open, person?.Person, keys);
    }
}
