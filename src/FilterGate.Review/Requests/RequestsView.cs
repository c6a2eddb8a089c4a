using FilterGate.Policy;
using FilterGate.Policy.TwoKeys;
using FilterGate.Review.Accounts;
using FilterGate.Review.Decisions;
using FilterGate.Review.Site;
using FilterGate.State;
using Microsoft.AspNetCore.Http;

namespace FilterGate.Review.Requests;

/// <summary>Which requests somebody wants to see.</summary>
public enum RequestShow
{
    /// <summary>Those whose next step is this person's.</summary>
    Yours,
    /// <summary>All that somebody still has to answer, oldest first.</summary>
    Waiting,
    /// <summary>Those that have been answered, newest first.</summary>
    Answered,
}

/// <summary>One request in the list.</summary>
/// <param name="Request">The request.</param>
/// <param name="Who">Who asked, as the page may say it.</param>
/// <param name="What">What is asked: for a lesson, for good.</param>
/// <param name="Standing">Where it stands.</param>
public sealed record RequestLine(UnblockRequest Request, string Who, string What, RequestStanding Standing);

/// <summary>What the page of requests shows: what is asked, and who answers next.</summary>
public sealed record RequestsView
{
    /// <summary>Where the page is.</summary>
    public const string Path = "/requests";

    /// <summary>Rows on a page.</summary>
    public const int PageSize = 50;

    /// <summary>Open requests that are looked through for those of one person. A school with more waiting has another question to ask; the oldest come first.</summary>
    public const int LookedThroughMax = 1_000;

    /// <summary>Which.</summary>
    public required RequestShow Show { get; init; }

    /// <summary>Only hosts with this in their name, or null.</summary>
    public string? Host { get; init; }

    /// <summary>True on a page after the first.</summary>
    public bool IsFurther { get; init; }

    /// <summary>The rows.</summary>
    public required IReadOnlyList<RequestLine> Rows { get; init; }

    /// <summary>The address of the next rows, or null.</summary>
    public string? Next { get; init; }

    /// <summary>How many wait for this person.</summary>
    public required int Yours { get; init; }

    /// <summary>How many wait for anybody, up to <see cref="LookedThroughMax"/>.</summary>
    public required int Waiting { get; init; }

    /// <summary>What the address bar said that could not be understood.</summary>
    public IReadOnlyList<string> Problems { get; init; } = [];

    /// <summary>The policy, for names and times.</summary>
    public required PolicySnapshot Policy { get; init; }

    /// <summary>Now.</summary>
    public required DateTimeOffset Now { get; init; }

    /// <summary>Gathers it.</summary>
    /// <param name="query">What the address bar says.</param>
    /// <param name="person">Who looks; null for whoever sits at the computer.</param>
    /// <param name="state">The state.</param>
    /// <param name="policy">The policy.</param>
    /// <param name="tongue">The language of the page.</param>
    /// <param name="now">Now.</param>
    public static RequestsView Of(IQueryCollection query, Standing? person, StateStore state, PolicySnapshot policy, Tongue tongue, DateTimeOffset now)
    {
        ArgumentNullException.ThrowIfNull(query);
        ArgumentNullException.ThrowIfNull(state);
        ArgumentNullException.ThrowIfNull(policy);
        ArgumentNullException.ThrowIfNull(tongue);
        var fields = new AddressFields(query, tongue);
        var (host, after) = (fields.Text("site"), fields.Text("after"));
        var teacher = OnlyOwn(person) ? person!.Person : null;
        var open = state.Requests(new RequestQuery { ForTeacher = teacher, Limit = LookedThroughMax }).Rows;
        var yours = open.Where(r => RequestStanding.Of(r, person, policy, tongue) is { Step: not RequestStepOffered.None } or { WhyNot: null, MayRefuse: true }).ToList();
        // With nothing to answer, what waits for others is the better beginning.
        var show = query.ContainsKey("show") ? fields.Choice<RequestShow>("show", "what waits for you is shown") : yours.Count > 0 ? RequestShow.Yours : RequestShow.Waiting;
        if (after is not null && state.FindRequest(after) is null)
        {
            fields.Complain("The link to further rows is damaged; the first are shown.");
            after = null;
        }
        var ask = new RequestQuery { IsOpen = show != RequestShow.Answered, ForTeacher = teacher, Host = host?.ToLowerInvariant(), After = after, Limit = PageSize };
        var page = show == RequestShow.Yours ? Within(yours, ask) : state.Requests(ask);
        return new RequestsView
        {
            Show = show, Host = host, IsFurther = after is not null, Problems = fields.Problems, Policy = policy, Now = now, Yours = yours.Count, Waiting = open.Count,
            Rows = [.. page.Rows.Select(r => new RequestLine(r, DecideView.WhoAsked(r, policy, tongue), SayRoute(r, policy, tongue), RequestStanding.Of(r, person, policy, tongue)))],
            Next = page.HasMore ? Link(show, host, page.Rows[^1].Reference) : null,
        };
    }

    /// <summary>True for somebody who teaches and has nothing else to do here: they see pupils' requests and their own.</summary>
    public static bool OnlyOwn(Standing? person) => person is not null && (person.Is & (SiteRole.Lead | SiteRole.Deputy | SiteRole.Head | SiteRole.Technician | SiteRole.Decider)) == SiteRole.Nobody;

    /// <summary>True where this person may see the request.</summary>
    public static bool MaySee(UnblockRequest request, Standing? person)
    {
        ArgumentNullException.ThrowIfNull(request);
        return !OnlyOwn(person) || request is { Route: RequestRoute.Pupil, Status: RequestStatus.Waiting }
            || FilterGate.Policy.People.RosterIds.Comparer.Equals(request.Person, person!.Person) || FilterGate.Policy.People.RosterIds.Comparer.Equals(request.PassedOnBy, person.Person);
    }

    /// <summary>The address of a choice.</summary>
    public static string Link(RequestShow show, string? host = null, string? after = null) => AddressFields.Link(Path, ("show", show.ToString().ToLowerInvariant()), ("site", host), ("after", after));

    /// <summary>What is asked, in a few words.</summary>
    public static string SayRoute(UnblockRequest request, PolicySnapshot policy, Tongue tongue)
    {
        ArgumentNullException.ThrowIfNull(request);
        ArgumentNullException.ThrowIfNull(policy);
        ArgumentNullException.ThrowIfNull(tongue);
        return request.Route switch
        {
            RequestRoute.Pupil => tongue["a pupil asks"],
            RequestRoute.Lesson => tongue.Say("for a lesson of {0}", policy.Say(request.Audience ?? Audience.ForTier(request.Tier), tongue)),
            RequestRoute.ForGood => tongue.Say("for good, for {0}", policy.Say(request.Audience ?? Audience.ForTier(request.Tier), tongue)),
            RequestRoute.Report => tongue["said to be unsafe"],
            _ => throw new System.Diagnostics.UnreachableException($"route {request.Route}"),
        };
    }

    private static KeyPage<UnblockRequest> Within(List<UnblockRequest> all, RequestQuery ask)
    {
        var from = ask.After is null ? 0 : all.FindIndex(r => r.Reference == ask.After) + 1;
        var rows = all.Skip(from).Where(r => ask.Host is null || r.Host.Contains(ask.Host, StringComparison.Ordinal)).Take(ask.Limit + 1).ToList();
        return new(rows.Take(ask.Limit).ToList(), rows.Count > ask.Limit);
    }
}
