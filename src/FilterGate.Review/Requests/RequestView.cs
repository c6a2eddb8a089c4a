using FilterGate.Matching;
using FilterGate.Policy;
using FilterGate.Review.Accounts;
using FilterGate.Review.Decisions;
using FilterGate.Review.Site;
using FilterGate.Safeguarding.Unblocks;
using FilterGate.State;
using Microsoft.AspNetCore.Http;
using PolicySite = FilterGate.Policy.Site;

namespace FilterGate.Review.Requests;

/// <summary>A step that a request took, as the page says it.</summary>
public sealed record StepLine(DateTimeOffset Time, string What, string By, string? Reason);

/// <summary>What the page of one request shows: everything that somebody should know before answering, and the form to answer.</summary>
public sealed record RequestView
{
    /// <summary>The request.</summary>
    public required UnblockRequest Request { get; init; }

    /// <summary>Where it stands, and what this person can do.</summary>
    public required RequestStanding Standing { get; init; }

    /// <summary>Who asked, as the page may say it.</summary>
    public required string Who { get; init; }

    /// <summary>The address that was asked for; its query string only when somebody asked to see it.</summary>
    public required string Address { get; init; }

    /// <summary>True where a query string is hidden.</summary>
    public required bool HidesQuery { get; init; }

    /// <summary>For whom: as decided, else as asked, else the tier that was blocked.</summary>
    public required Audience Audience { get; init; }

    /// <summary>The part of the site that was asked for, or null for the front page.</summary>
    public required string? Page { get; init; }

    /// <summary>How it is listed, whom it concerns, what was asked before.</summary>
    public required UnblockPreview Preview { get; init; }

    /// <summary>Its way so far, oldest first.</summary>
    public required IReadOnlyList<StepLine> Steps { get; init; }

    /// <summary>Classes to choose from.</summary>
    public required IReadOnlyList<Group> Classes { get; init; }

    /// <summary>Audiences to choose from, where the head decides.</summary>
    public required IReadOnlyList<Audience> Audiences { get; init; }

    /// <summary>When the lesson that runs now ends, or null.</summary>
    public required DateTimeOffset? Bell { get; init; }

    /// <summary>What was sent, where the page answers a form; else null.</summary>
    public IFormCollection? Sent { get; init; }

    /// <summary>True where the page that is asked for can be read for what it needs.</summary>
    public bool MayLook { get; init; }

    /// <summary>What reading it found, or null.</summary>
    public PageNeeds? Needs { get; init; }

    /// <summary>Other hosts to open with it, a line each: what was written, and the closed ones that reading the page found.</summary>
    public string Also => string.Join('\n', Field("also").Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).Concat(Needs?.Also ?? []).Distinct(StringComparer.OrdinalIgnoreCase));

    /// <summary>The policy, for names and times.</summary>
    public required PolicySnapshot Policy { get; init; }

    /// <summary>Now.</summary>
    public required DateTimeOffset Now { get; init; }

    /// <summary>The last day that a review can be set to, in school time.</summary>
    public DateOnly LatestReview => Policy.Timetable.DayOf(Now + Policy.Approvals.ForGood.Review).AddDays(-1);

    /// <summary>What somebody wrote in a field, where the page comes back with it.</summary>
    public string Field(string name) => Sent?[name].ToString() ?? "";

    /// <summary>Where the page of a request is.</summary>
    public static string Link(string reference) => $"{RequestsView.Path}/{reference}";

    /// <summary>Gathers it. Reads the state three times and classifies the address; no network.</summary>
    /// <param name="request">The request.</param>
    /// <param name="isWhole">Whether to show the address with its query string.</param>
    /// <param name="person">Who looks; null for whoever sits at the computer.</param>
    /// <param name="state">The state.</param>
    /// <param name="policy">The policy.</param>
    /// <param name="tongue">The language of the page.</param>
    /// <param name="now">Now.</param>
    public static RequestView Of(UnblockRequest request, bool isWhole, Standing? person, StateStore state, PolicySnapshot policy, Tongue tongue, DateTimeOffset now)
    {
        ArgumentNullException.ThrowIfNull(tongue);
        ArgumentNullException.ThrowIfNull(request);
        ArgumentNullException.ThrowIfNull(state);
        ArgumentNullException.ThrowIfNull(policy);
        var address = isWhole ? request.Url : Hidden.Query(request.Url);
        return new RequestView
        {
            Request = request,
            Standing = RequestStanding.Of(request, person, policy, tongue),
            Who = DecideView.WhoAsked(request, policy, tongue),
            Address = address,
            HidesQuery = address != request.Url,
            Audience = request.Agreed?.Audience ?? request.Audience ?? Audience.ForTier(request.Tier),
            Page = CanonicalUrl.TryParse(request.Url, out var url, out _) && PolicySite.ForUrl(url) is { Path: not null } part ? part.ToString() : null,
            Preview = UnblockPreview.Of(request, state, policy, now),
            Steps = [.. state.StepsOf(request.Reference).Select(s => Describe(s, request, policy, tongue))],
            Classes = [.. policy.Groups.Where(g => g.Kind == GroupKind.Class)],
            Audiences = [.. policy.Groups.Select(g => Audience.ForGroup(g.Name)), .. policy.Tiers.Select(t => Audience.ForTier(t.Name))],
            Bell = policy.Timetable.Bell(now),
            Policy = policy,
            Now = now,
        };
    }

    /// <summary>Who asked first may be a pupil, and then has no name here.</summary>
    private static StepLine Describe(RequestStepRecord step, UnblockRequest request, PolicySnapshot policy, Tongue tongue) => new(
        step.Time,
        tongue[step.Step switch
        {
            RequestStep.Asked => "asked",
            RequestStep.PassedOn => "passed on",
            RequestStep.Agreed => "approved",
            RequestStep.Refused => "refused",
            RequestStep.Applied => "opened",
            RequestStep.Withdrawn => "taken back",
            RequestStep.Expired => "ended unanswered",
            _ => throw new System.Diagnostics.UnreachableException($"step {step.Step}"),
        }],
        step.Step == RequestStep.Asked ? DecideView.WhoAsked(request with { PassedOnBy = null }, policy, tongue) : policy.InForce.Roster.FindPerson(step.Actor)?.Name ?? step.Actor, step.Reason);
}
