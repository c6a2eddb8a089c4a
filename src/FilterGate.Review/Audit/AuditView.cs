using System.Globalization;
using System.Text.RegularExpressions;
using FilterGate.Policy;
using FilterGate.Policy.People;
using FilterGate.Review.Site;
using FilterGate.Safeguarding.Keeping;
using FilterGate.State;
using Microsoft.AspNetCore.Http;

namespace FilterGate.Review.Audit;

/// <summary>Which rows of the audit somebody wants to see.</summary>
public enum AuditShow
{
    /// <summary>All of them.</summary>
    All,
    /// <summary>Who looked at whom.</summary>
    Looks,
    /// <summary>What was asked for, opened and closed.</summary>
    Openings,
    /// <summary>Policy and lists.</summary>
    Policy,
    /// <summary>People, devices and their access.</summary>
    People,
    /// <summary>Accounts of this site.</summary>
    Accounts,
    /// <summary>What was concluded of acts, days that were done, terms that were signed.</summary>
    Reviews,
    /// <summary>The box: setup, backups, certificates, the network, records past their time.</summary>
    Box,
}

/// <summary>One row of the audit as the page shows it.</summary>
/// <param name="Entry">The row.</param>
/// <param name="Who">Who did it: a member of staff by name, anybody else as the row has them.</param>
/// <param name="What">What, in plain words.</param>
/// <param name="About">About what: the row's own words, with times as the school says them.</param>
/// <param name="IsLook">True when somebody looked, and nothing was changed.</param>
/// <param name="IsRefused">True when it was tried and refused.</param>
public sealed record AuditLine(AuditEntry Entry, string Who, string What, string About, bool IsLook, bool IsRefused);

/// <summary>What the page of the audit shows: who did what to the filter, and who looked at whom.</summary>
public sealed partial record AuditView
{
    /// <summary>Where the page is.</summary>
    public const string Path = "/audit";

    /// <summary>Rows on a page.</summary>
    public const int PageSize = 50;

    /// <summary>Beginnings of the actions of each tab.</summary>
    internal static readonly Dictionary<AuditShow, IReadOnlyList<string>> Actions = new()
    {
        [AuditShow.All] = [],
        [AuditShow.Looks] = ["look.", "reveal", "watch."],
        [AuditShow.Openings] = ["request.", "override.", "session.", "block.", "notice."],
        [AuditShow.Policy] = ["policy.", "lists.", "pass-through.", "shadow."],
        [AuditShow.People] = ["people.", "devices.", "access."],
        [AuditShow.Accounts] = ["account."],
        [AuditShow.Reviews] = ["review."],
        [AuditShow.Box] = ["setup", "backup", "restore", "certificates.", "network.", "events.", "state."],
    };

    /// <summary>Which rows.</summary>
    public required AuditShow Show { get; init; }

    /// <summary>Only what this person did, or null.</summary>
    public string? Who { get; init; }

    /// <summary>Only rows about something with this in its name, or null.</summary>
    public string? About { get; init; }

    /// <summary>From this day on, or null.</summary>
    public DateOnly? From { get; init; }

    /// <summary>Until this day, which counts whole, or null.</summary>
    public DateOnly? To { get; init; }

    /// <summary>True on a page after the first.</summary>
    public bool IsFurther { get; init; }

    /// <summary>The rows.</summary>
    public required IReadOnlyList<AuditLine> Rows { get; init; }

    /// <summary>The address of older rows, or null.</summary>
    public string? Next { get; init; }

    /// <summary>What the last daily round found of events and audit: whether they are as they were written; null where there was none.</summary>
    public KeepingStatus? Keeping { get; init; }

    /// <summary>What the address bar said that could not be understood.</summary>
    public IReadOnlyList<string> Problems { get; init; } = [];

    /// <summary>The policy, for names and times.</summary>
    public required PolicySnapshot Policy { get; init; }

    /// <summary>Now.</summary>
    public required DateTimeOffset Now { get; init; }

    /// <summary>Gathers it: one read of the state, however long the audit is.</summary>
    public static AuditView Of(IQueryCollection query, StateStore state, KeepingStatus? keeping, PolicySnapshot policy, Tongue tongue, DateTimeOffset now)
    {
        ArgumentNullException.ThrowIfNull(tongue);
        ArgumentNullException.ThrowIfNull(query);
        ArgumentNullException.ThrowIfNull(state);
        ArgumentNullException.ThrowIfNull(policy);
        var fields = new AddressFields(query, tongue);
        var view = new AuditView
        {
            Show = fields.Choice<AuditShow>("show", "everything is shown"), Who = fields.Text("who"), About = fields.Text("about"), From = fields.Day("from"), To = fields.Day("to"), Rows = [], Policy = policy, Now = now,
        };
        if (view.From > view.To)
        {
            fields.Complain("The first day is after the last; they are taken the other way round.");
            view = view with { From = view.To, To = view.From };
        }
        var before = fields.Key("before");
        var page = state.Audits(new AuditQuery
        {
            Actions = Actions[view.Show], Actor = view.Who, About = view.About, Before = before, Limit = PageSize,
            Since = view.From is { } from ? policy.Timetable.StartOf(from) : null, Until = view.To is { } to ? policy.Timetable.StartOf(to.AddDays(1)) : null,
        });
        return view with
        {
            Keeping = keeping,
            Rows = [.. page.Rows.Select(entry => Describe(entry, policy, tongue, now))], Next = page.HasMore ? view.Link(before: page.Rows[^1].Id) : null, IsFurther = before is not null, Problems = fields.Problems,
        };
    }

    /// <summary>The address of this choice, or of another of the tabs.</summary>
    public string Link(AuditShow? show = null, long? before = null) => AddressFields.Link(
        Path, ("show", (show ?? Show) == AuditShow.All ? null : (show ?? Show).ToString().ToLowerInvariant()), ("who", Who), ("about", About), ("from", Day(From)), ("to", Day(To)), ("before", before?.ToString(CultureInfo.InvariantCulture)));

    /// <summary>A day as a field has it.</summary>
    public static string? Day(DateOnly? day) => day?.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);

    /// <summary>One row in words. An action that this page does not know yet is shown as it is.</summary>
    public static AuditLine Describe(AuditEntry entry, PolicySnapshot policy, Tongue tongue, DateTimeOffset now)
    {
        ArgumentNullException.ThrowIfNull(tongue);
        ArgumentNullException.ThrowIfNull(entry);
        ArgumentNullException.ThrowIfNull(policy);
        var who = policy.InForce.Roster.FindPerson(entry.Actor) is { Role: not PersonRole.Pupil } known ? known.Name : entry.Actor;
        return new(
            entry, who, tongue[Say(entry.Action)], Instant().Replace(entry.Subject, match => DateTimeOffset.TryParse(match.Value, CultureInfo.InvariantCulture, out var time) ? policy.Timetable.Say(time, now, tongue) : match.Value),
            entry.Action.StartsWith("look.", StringComparison.Ordinal) || entry.Action is "reveal" or "watch.start",
            entry.Action.EndsWith(".refused", StringComparison.Ordinal) || entry.Action is "request.not-allowed" or "block.locked" or "account.try");
    }

    /// <summary>An instant as the state writes it.</summary>
    [GeneratedRegex(@"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]+)?(Z|[+-][0-9]{2}:[0-9]{2})", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Instant();

    /// <summary>An action in plain words; one that is not known is its own words.</summary>
    internal static string Say(string action) => action switch
    {
        "look.person" => "looked at a person",
        "look.act" => "looked at an act and what was around it",
        "look.searches" => "looked at search words",
        "look.review" => "looked at acts",
        "look.today" => "looked at what needs somebody today",
        "look.log" => "looked at the log with names",
        "look.export" => "took acts away in a file",
        "look.address" => "looked at a whole address",
        "look.check" => "asked what a person may see",
        "reveal" => "looked at what is masked, on the command line",
        "watch.start" => "began to watch a device",
        "watch.end" => "ended watching a device",
        "request.ask" => "asked for a site",
        "request.report" => "said that a site is unsafe",
        "request.pass-on" => "passed a request on",
        "request.agree" => "approved a request",
        "request.approve" => "opened what was asked for",
        "request.refuse" => "refused a request",
        "request.answer" => "dealt with a report",
        "request.withdraw" => "took a request back",
        "request.expire" => "a request ended unanswered",
        "request.not-allowed" => "tried a step of somebody else's key",
        "override.grant" => "opened a site",
        "override.extend" => "extended an opening",
        "override.revoke" => "closed what was open",
        "override.refused" => "tried to open what nothing opens",
        "session.start" => "began a class session",
        "session.end" => "ended a class session",
        "shadow.begin" => "began a pilot in shadow mode: hardly anything is blocked",
        "shadow.end" => "ended shadow mode",
        "block.emergency" => "closed a site for everybody",
        "block.lift" => "lifted an emergency block",
        "block.refused" => "tried to close what is never closed",
        "block.locked" => "tried to close what is closed already",
        "notice.seen" => "read a notice",
        "review.conclude" => "concluded acts",
        "review.take-back" => "took conclusions back",
        "review.day-done" => "was done for the day",
        "review.sign" => "signed a term",
        "policy.import" => "a policy was taken in",
        "policy.apply" => "put a policy in force",
        "policy.rollback" => "went back to an older policy",
        "lists.update" => "updated a list",
        "lists.rollback" => "put an older list back",
        "lists.compile" => "compiled the lists",
        "lists.locked.import" => "put an illegal-content list in force",
        "lists.locked.import.failed" => "an illegal-content list could not be put in force",
        "pass-through.accept" => "let a site pass unread",
        "pass-through.refuse" => "refused to let a site pass unread",
        "pass-through.end" => "had a site read again",
        "people.add" => "added a person",
        "people.change" => "changed a person",
        "people.remove" => "removed a person",
        "people.import" => "took in the school's records",
        "devices.add" => "added a device",
        "devices.change" => "changed a device",
        "devices.remove" => "removed a device",
        "devices.import" => "took in devices",
        "devices.assign" => "gave a trolley's devices to a class",
        "devices.unassign" => "took a trolley's devices back",
        "access.grant" => "gave somebody access",
        "access.withdraw" => "withdrew access",
        "access.restore" => "gave access back",
        "access.refused" => "tried to give their own access back",
        "events.purge" => "dropped records past their time",
        "state.forget" => "dropped rows past their time",
        "events.backup" => "copied the records",
        "backup.begin" => "backed the box up",
        "restore" => "put a backup in place",
        "restore.put-aside" => "put aside what a backup replaces",
        "setup" => "set the box up",
        "certificates.rotate" => "changed the filter's certificate authority",
        "network.apply" => "put the rules of the network in place",
        "network.restore" => "put the rules of the network back, which something else had changed",
        "network.staff-past" => "let the web of staff pass unfiltered, for the gateway was down",
        "network.staff-back" => "let the web of staff pass unfiltered no longer",
        "network.stand-aside" => "let the rules of the network be, for somebody had taken them out",
        "network.remove" => "took the rules of the network out",
        "account.invite" => "invited somebody to this site",
        "account.enrol" => "made their account",
        "account.sign-in" => "signed in",
        "account.sign-out" => "signed out",
        "account.try" => "a sign-in failed",
        "account.passkey-add" => "added a passkey",
        "account.passkey-remove" => "removed a passkey",
        "account.remove" => "removed an account",
        _ => action,
    };
}
