using FilterGate.Events;
using FilterGate.Policy;
using FilterGate.Policy.People;
using FilterGate.Review.Site;
using FilterGate.State;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;

namespace FilterGate.Review.People;

/// <summary>What one person or one device did: a day at a time, with the days around it. Each look is a row of the audit.</summary>
internal sealed class PersonPages(EventReader events, StateStore state, Func<PolicySnapshot> policy, TimeProvider clock, Looks looks, Gate gate) : IPages
{
    /// <inheritdoc/>
    public void Map(WebApplication app)
    {
        gate.Page(app, "/person/{id}", Need.People, context => Page(context, person: context.Part("id"), device: null));
        gate.Page(app, "/device/{name}", Need.People, context => Page(context, person: null, device: context.Part("name")));
    }

    private IResult Page(HttpContext context, string? person, string? device)
    {
        var (viewer, inForce) = (gate.See(context), policy());
        var roster = inForce.InForce.Roster;
        // As events spell it: an address may write it in other letters.
        person = person is null ? null : roster.FindPerson(person)?.Id ?? person;
        device = device is null ? null : roster.FindDeviceByName(device)?.Name ?? device;
        var sight = Sight.Of(viewer, inForce);
        if (!RosterIds.IsValid(person ?? device) || !(person is not null ? sight.SeesPerson(person) : sight.SeesDevice(device!)))
        {
            return new RazorComponentResult<PlainPage>(new
            {
                Title = "Nobody that you may look at", Text = "There is no such person or device, or what they did is for somebody else to see.", Href = "/review", LinkText = "Go to Review", Viewer = viewer,
            }) { StatusCode = StatusCodes.Status404NotFound };
        }
        var who = person is not null ? $"person:{person}" : $"device:{device}";
        var showsQuery = context.Request.Query["query"] == "show";
        looks.Note(viewer, "person", who);
        if (showsQuery) looks.Note(viewer, "address", who);
        var view = PersonView.Of(person, device, context.Request.Query, viewer, events, state, inForce, clock.GetUtcNow()) with { ShowsQuery = showsQuery };
        return new RazorComponentResult<PersonPage>(new { Viewer = viewer, View = view }) { StatusCode = view.Failure is null ? StatusCodes.Status200OK : StatusCodes.Status503ServiceUnavailable };
    }
}
