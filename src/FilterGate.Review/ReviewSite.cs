using FilterGate.Events;
using FilterGate.Policy;
using Microsoft.AspNetCore.Builder;

namespace FilterGate.Review;

/// <summary>The site of the online-safety lead: reads the event store, changes nothing yet.</summary>
public static class ReviewSite
{
    /// <summary>Adds the services the pages need.</summary>
    public static WebApplicationBuilder AddReviewSite(this WebApplicationBuilder builder, EventStore events, Func<PolicySnapshot> policy, TimeProvider clock) => throw new NotImplementedException();

    /// <summary>Maps the pages. A request whose Host header is not a loopback name or address is refused with 421: a page on another site cannot read the log through a name it points here.</summary>
    public static WebApplication MapReviewSite(this WebApplication app) => throw new NotImplementedException();
}
