using System.CommandLine;
using System.Globalization;
using FilterGate.Commands.Unblocks;
using FilterGate.Safeguarding.Unblocks;
using FilterGate.Settings;
using FilterGate.State;

namespace FilterGate.Commands;

/// <summary><c>unblock</c>: requests from block pages, and sites opened for a time.</summary>
/// <remarks>Works on <c>state.db</c>, whether or not a gateway runs; a running one puts a change in force within a second.</remarks>
internal static class UnblockCommand
{
    /// <summary>Makes the command with what is below it.</summary>
    public static Command Make(CommandHost host) =>
        new CommandGroup("unblock", "Answer requests from block pages, and open a site for a time.",
            new CommandExample("filtergate unblock list", "what waits for an answer"),
            new CommandExample("filtergate unblock show K7Q4-M2XD", "how the site is listed, what its page needs, whom it would open for"),
            new CommandExample("filtergate unblock approve K7Q4-M2XD --for 1h --reason \"year 5 maths\"", "open it for an hour"),
            new CommandExample("filtergate unblock grant games.example --tier pupil --for 1h --reason \"chess club\"", "open it unasked"))
        {
            new UnblockListCommand(host),
            new UnblockShowCommand(host),
            new UnblockPassOnCommand(host),
            new UnblockApproveCommand(host),
            new UnblockRefuseCommand(host),
            new UnblockGrantCommand(host),
            new UnblockExtendCommand(host),
            new UnblockRevokeCommand(host),
        };

    /// <summary>Opens <c>state.db</c>.</summary>
    /// <exception cref="UserErrorException">There is none: the data folder is probably another.</exception>
    internal static StateStore OpenState(CommandContext context) => GatewayInputs.OpenStateIfThere(context)
        ?? throw new UserErrorException($"there is no state.db in {context.DataFolder}; name the gateway's data folder with --data, or start the gateway once");

    /// <summary>A request as <c>--json</c> shows it.</summary>
    internal static object Row(UnblockRequest request) => new
    {
        request.Reference, Time = Iso(request.Time), request.Status, request.Tier, Url = Masking.Url(request.Url), request.Host, request.Category, request.Client, request.Device, request.Note,
        DecidedAt = Iso(request.DecidedAt), request.DecidedBy, request.DecisionReason, request.OverrideId,
        request.Route, Person = Masking.Words(request.Person), request.Class, Audience = Masking.Audience(request.Audience), Until = Iso(request.Until), request.PassedOnBy,
        Agreed = request.Agreed is { } agreed
            ? new { At = Iso(agreed.At), agreed.By, agreed.Reason, Until = Iso(agreed.Until), Site = agreed.Site.ToString(), Audience = Masking.Audience(agreed.Audience) } : null,
    };

    /// <summary>An override as <c>--json</c> shows it.</summary>
    internal static object Row(OverrideRecord granted, DateTimeOffset now, OverrideUsage? usage = null, string? review = null) => new
    {
        granted.Id, Tier = granted.Audience.TierName, Host = granted.Site.Host, Audience = Masking.Audience(granted.Audience), Site = granted.Site.ToString(), Start = Iso(granted.Start), End = Iso(granted.End), Live = IsLive(granted, now),
        granted.IsForGood, granted.Reason, granted.Actor, granted.RequestReference, RevokedAt = Iso(granted.RevokedAt), granted.RevokedBy, granted.RevokeReason,
        AgeSeconds = (long)(now - granted.Start).TotalSeconds, Uses = usage?.Count ?? 0, UsedBy = usage?.People ?? 0, LastUse = Iso(usage?.Last), Review = review,
    };

    internal static bool IsLive(OverrideRecord granted, DateTimeOffset now) => granted.RevokedAt is null && granted.Start <= now && now < granted.End;

    internal static string? Iso(DateTimeOffset? time) => time?.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture);

    /// <summary>A time for people: the school's own.</summary>
    internal static string Local(CommandContext context, DateTimeOffset time) =>
        TimeZoneInfo.ConvertTime(time, context.Clock.LocalTimeZone).ToString("yyyy-MM-dd HH:mm:ss", CultureInfo.InvariantCulture);

    /// <summary>Says how a step ended: the result on standard output, what went wrong on standard error.</summary>
    /// <returns>One of <see cref="ExitCode"/>.</returns>
    internal static int Report(CommandContext context, UnblockResult result)
    {
        if (context.Json)
        {
            context.WriteJson(new
            {
                result.Outcome, result.Message,
                Override = result.Override is { } granted ? Row(granted, context.Clock.GetUtcNow()) : null,
                Overrides = result.Overrides.Select(one => Row(one, context.Clock.GetUtcNow())),
                Request = result.Request is { } request ? Row(request) : null,
            });
        }
        if (result.Outcome != UnblockOutcome.Done) context.Error.WriteLine($"filtergate: {result.Message}");
        else if (!context.Json) context.Output.WriteLine(result.Message);
        if (result.Outcome == UnblockOutcome.Done && !context.Json)
            foreach (var opened in result.Overrides.Where(o => o.RevokedAt is null)) context.Output.WriteLine($"To undo: filtergate unblock revoke {opened.Id} --reason TEXT");
        return result.Outcome switch
        {
            UnblockOutcome.Done => ExitCode.Done,
            UnblockOutcome.RefusedByRule => ExitCode.Refused,
            _ => ExitCode.Usage,
        };
    }
}
