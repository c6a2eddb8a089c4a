using System.Globalization;
using FilterGate.Events;
using FilterGate.Policy;
using FilterGate.Review.Log;
using FilterGate.Review.Site;
using FilterGate.Safeguarding.WhatIf;
using FilterGate.State;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;

namespace FilterGate.Review.Policies;

/// <summary>The policy: who gets what and why, its history, and any address checked as anyone.</summary>
internal sealed class PolicyPages(PolicyCheck check, StateStore state, Func<PolicySnapshot> policy, TimeProvider clock, Gate gate, Looks looks) : IPages
{
    /// <summary>Maps them.</summary>
    public void Map(WebApplication app)
    {
        gate.Page(app, PolicyView.Path, Need.Policy, context =>
        {
            var viewer = gate.See(context);
            return new RazorComponentResult<PolicyPage>(new { Viewer = viewer, View = PolicyView.Of(context.Request.Query, state, policy(), viewer.Tongue, clock.GetUtcNow()) });
        });
        gate.Page(app, HistoryView.Path, Need.Policy, context =>
        {
            var viewer = gate.See(context);
            return new RazorComponentResult<HistoryPage>(new { Viewer = viewer, View = HistoryView.Of(context.Request.Query, state, policy().Version, policy().Timetable, viewer.Tongue, clock.GetUtcNow()) });
        });
        gate.Page(app, ComparisonView.Path, Need.Policy, Compare);
        gate.Page(app, CheckView.Path, Need.Policy, Ask);
        // A question and no change: it is answered at once, and sent as a form so that no address or person stays in the browser's history or is asked for from another site.
        gate.Form(app, CheckView.Path, Need.Policy, AnswerAsync);
    }

    private IResult Compare(HttpContext context) => ComparisonView.Of(context.Request.Query, state) is { } view
        ? new RazorComponentResult<ComparisonPage>(new { Viewer = gate.See(context), View = view, policy().Timetable })
        : new RazorComponentResult<PlainPage>(new
        {
            Title = "There is nothing to compare", Text = "The history has no such version, or only one.", Href = HistoryView.Path, LinkText = "See the history", Viewer = gate.See(context),
        }) { StatusCode = StatusCodes.Status404NotFound };

    /// <summary>The empty form; a link may fill it in, and asks nothing by itself.</summary>
    private RazorComponentResult<CheckPage> Ask(HttpContext context)
    {
        var fields = new AddressFields(context.Request.Query, Gate.TongueOf(context.Request));
        var form = new CheckForm(fields.Text("address") ?? "", fields.Text("for") ?? "", fields.Text("who") ?? "", fields.Text("at") ?? "");
        return Show(context, new CheckView { Form = form, Policy = policy() });
    }

    private async Task<IResult> AnswerAsync(HttpContext context)
    {
        var (sent, inForce) = (context.Request.Form, policy());
        var form = new CheckForm(sent["address"].ToString(), sent["for"].ToString(), sent["who"].ToString(), sent["at"].ToString());
        DateTimeOffset? at = null;
        if (form.At.Length > 0)
        {
            if (!DateTime.TryParseExact(form.At, LogFilter.TimeFormats, CultureInfo.InvariantCulture, DateTimeStyles.None, out var local) || local.Year is < 2000 or >= 2200)
                return Show(context, new CheckView { Form = form, Problem = "That is not a time. Write it as 2026-11-22T14:30.", Policy = inForce });
            at = LogFilter.Instant(local, inForce.Timetable.Zone, earliest: true);
        }
        try
        {
            var viewer = gate.See(context);
            var answer = await check.AskAsync(form.Address, form.Who.Length > 0 ? form.Who : form.For, at, inForce, Looks.ActorOf(viewer), context.RequestAborted);
            // What somebody may see is about them: who asked is kept, for which address is not.
            if (answer.Client?.Person is { } person) looks.Note(viewer, "check", $"person:{person}");
            return Show(context, CheckView.Of(form, answer, inForce, state.ShadowAt, viewer.Tongue));
        }
        catch (EventStoreException)
        {
            return Show(context, new CheckView { Form = form with { Address = "" }, Problem = "It cannot be put on record just now, so it is not answered. Tell the technician that the log cannot be written.", Policy = inForce }, StatusCodes.Status503ServiceUnavailable);
        }
    }

    private RazorComponentResult<CheckPage> Show(HttpContext context, CheckView view, int? status = null) => new(new { Viewer = gate.See(context, hasForm: true), View = view })
    {
        StatusCode = status ?? (view.Problem is null ? StatusCodes.Status200OK : StatusCodes.Status422UnprocessableEntity),
    };
}
