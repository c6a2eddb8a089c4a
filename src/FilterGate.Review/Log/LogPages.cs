using FilterGate.Policy;
using FilterGate.Review.Site;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;

namespace FilterGate.Review.Log;

/// <summary>The events as the gateway wrote them, one by one: for whoever looks into why a site is closed.</summary>
/// <remarks>Whose an event is and which page it was shows only to those who may see that person's acts; to the technician it is a host, a category and a time.</remarks>
internal sealed class LogPages(EventLog log, Func<PolicySnapshot> policy, Looks looks, Gate gate) : IPages
{
    /// <inheritdoc/>
    public void Map(WebApplication app) => gate.Page(app, "/log", Need.Log, Page);

    private RazorComponentResult<LogPage> Page(HttpContext context)
    {
        var viewer = gate.See(context);
        var sight = viewer.May(Need.People) ? Sight.Of(viewer, policy()) : null;
        if (sight is not null) looks.Note(viewer, "log", "the log");
        var view = log.Read(context.Request.Query, viewer.Tongue, e => sight?.Sees(e) == true);
        if (sight is not null && view.Filter.ShowsQuery) looks.Note(viewer, "address", "the log");
        return new RazorComponentResult<LogPage>(new { View = view, Viewer = viewer }) { StatusCode = view.Failure is null ? StatusCodes.Status200OK : StatusCodes.Status503ServiceUnavailable };
    }
}
