using FilterGate.Events;
using FilterGate.Lists;
using FilterGate.Policy;
using FilterGate.Review.Site;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;

namespace FilterGate.Review.Lists;

/// <summary>The page of lists, and one for each source with what its last update changed.</summary>
internal sealed class ListPages(ReviewSiteOptions options, EventStore events, Func<PolicySnapshot> policy, TimeProvider clock, Gate gate) : IPages
{
    /// <summary>How long a page waits for a comparison that is nearly done; a longer one is found done by whoever looks again.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromMilliseconds(80);

    /// <inheritdoc/>
    public void Map(WebApplication app)
    {
        gate.Page(app, ListsView.Path, Need.Lists, Page);
        gate.Page(app, ListsView.Path + "/{source}", Need.Lists, context => SourceAsync(context, context.Part("source")));
    }

    private IResult Page(HttpContext context)
    {
        var viewer = gate.See(context);
        return options.Lists is { } lists
            ? new RazorComponentResult<ListsPage>(new { Viewer = viewer, View = ListsView.Of(lists.Look(policy(), events.Search), policy(), viewer.Tongue, clock.GetUtcNow()) })
            : Plain("The lists are not known here", "This site was started without the folder in which the gateway keeps its lists.", viewer, "/", "Go to the first page");
    }

    private async Task<IResult> SourceAsync(HttpContext context, string source)
    {
        var (viewer, inForce) = (gate.See(context), policy());
        var view = options.Lists is { } lists ? ListsView.Of(lists.Look(inForce, events.Search), inForce, viewer.Tongue, clock.GetUtcNow()) : null;
        if (view?.Sources.FirstOrDefault(s => s.Source.Source.Id == source) is not { } line)
            return Plain("There is no such source in use", "It may have been taken out of use, or the address was cut off.", viewer, ListsView.Path, "See the lists", StatusCodes.Status404NotFound);
        var shown = new UpdateView(line, IsComparing: false, Changes: null, Problem: null);
        if (line.Update is { } update)
        {
            var comparing = options.Lists!.CompareAsync(source, update.From.Version, update.To.Version);
            try
            {
                var changes = await comparing.WaitAsync(Patience, context.RequestAborted);
                shown = shown with { Changes = UpdateView.Say(changes, slug => inForce.Lists.Taxonomy.ForFolder(slug)?.Name ?? slug) };
            }
            catch (TimeoutException)
            {
                shown = shown with { IsComparing = true };
            }
            catch (ListLoadException problem)
            {
                shown = shown with { Problem = problem.Message };
            }
        }
        return new RazorComponentResult<UpdatePage>(new { Viewer = viewer, View = shown, Policy = inForce, Now = clock.GetUtcNow() });
    }

    private static RazorComponentResult<PlainPage> Plain(string title, string text, Viewer viewer, string href, string link, int status = StatusCodes.Status200OK) =>
        new(new { Title = title, Text = text, Href = href, LinkText = link, Viewer = viewer }) { StatusCode = status };
}
