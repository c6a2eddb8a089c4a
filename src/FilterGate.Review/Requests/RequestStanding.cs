using FilterGate.Policy;
using FilterGate.Policy.TwoKeys;
using FilterGate.Review.Accounts;
using FilterGate.Review.Site;
using FilterGate.State;

namespace FilterGate.Review.Requests;

/// <summary>What somebody can do about a request.</summary>
public enum RequestStepOffered
{
    /// <summary>Nothing: it is answered, it is their own, or it is for another key.</summary>
    None,
    /// <summary>Pass a pupil's request on.</summary>
    PassOn,
    /// <summary>Open the site for a lesson.</summary>
    Open,
    /// <summary>Decide whether it stays open.</summary>
    Decide,
    /// <summary>Put in force what was decided.</summary>
    Apply,
}

/// <summary>Where a request stands, and what this person can do about it. The desk says the last word; this keeps forms from people whom it would refuse.</summary>
/// <param name="Step">The next step, where it is theirs.</param>
/// <param name="MayRefuse">True where they may leave the site closed.</param>
/// <param name="WhyNot">Why the next step is not theirs, in English, or null.</param>
/// <param name="Says">Where it stands, in a few words of the page's language.</param>
public sealed record RequestStanding(RequestStepOffered Step, bool MayRefuse, string? WhyNot, string Says)
{
    /// <summary>Looks at one request.</summary>
    /// <param name="request">The request.</param>
    /// <param name="person">Who looks, or null for whoever sits at the computer.</param>
    /// <param name="policy">The policy.</param>
    /// <param name="tongue">The language of where it stands.</param>
    public static RequestStanding Of(UnblockRequest request, Standing? person, PolicySnapshot policy, Tongue tongue)
    {
        ArgumentNullException.ThrowIfNull(request);
        ArgumentNullException.ThrowIfNull(policy);
        ArgumentNullException.ThrowIfNull(tongue);
        if (!request.IsOpen) return new(RequestStepOffered.None, MayRefuse: false, null, tongue[SayEnd(request)]);
        var approvals = policy.Approvals;
        var mayRefuse = person is not null && (!approvals.IsWritten || !approvals.RolesOf(person.Person).IsEmpty);
        if (request.Route == RequestRoute.Report) return new(RequestStepOffered.None, mayRefuse, null, tongue.Say("reported: waits for {0}", tongue.TheRole(approvals.Lesson.OpenedBy)));
        var (key, offered) = Next(request, approvals);
        var whyNot = person is null ? "Sign in to answer." : approvals.WhyNot(key, person.Person, request.Keys);
        var next = tongue.TheRole(approvals.IsWritten ? approvals.RoleFor(key) : Roles.Technician);
        return new(whyNot is null ? offered : RequestStepOffered.None, mayRefuse, whyNot, request.Agreed is null ? tongue.Say("waits for {0}", next) : tongue.Say("approved: waits for {0}", next));
    }

    private static (KeyStep Key, RequestStepOffered Offered) Next(UnblockRequest request, Approvals approvals) => request.Route switch
    {
        RequestRoute.ForGood when request.Agreed is null => (KeyStep.Decide, RequestStepOffered.Decide),
        RequestRoute.ForGood => (KeyStep.Apply, RequestStepOffered.Apply),
        RequestRoute.Pupil when approvals.IsWritten && approvals.PupilsGoTo != approvals.Lesson.OpenedBy => (KeyStep.PassOn, RequestStepOffered.PassOn),
        _ => (KeyStep.Open, RequestStepOffered.Open),
    };

    private static string SayEnd(UnblockRequest request) => request.Status switch
    {
        RequestStatus.Approved => request.Route == RequestRoute.Report ? "dealt with" : "opened",
        RequestStatus.Refused => request.Route == RequestRoute.Report ? "nothing was closed" : "refused",
        RequestStatus.Withdrawn => "taken back",
        RequestStatus.Expired => "nobody answered in time",
        _ => throw new System.Diagnostics.UnreachableException($"status {request.Status}"),
    };
}
