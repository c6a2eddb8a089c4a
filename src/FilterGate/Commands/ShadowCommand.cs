using System.CommandLine;
using System.Globalization;
using FilterGate.Safeguarding.Shadow;
using FilterGate.State;

namespace FilterGate.Commands;

/// <summary><c>shadow</c>: whether the gateway is in shadow mode, and what it would have refused.</summary>
internal sealed class ShadowCommand : GatewayCommand
{
    private readonly Option<string?> _since = new("--since") { HelpName = "TIME", Description = "from this time on: 15m, 7d or 2026-11-23T14:00; default: since the pilot began" };
    private readonly Option<int> _limit = new("--limit") { HelpName = "N", Description = "at most so many sites, the most used; default 50", DefaultValueFactory = _ => 50 };

    /// <summary>Makes the command.</summary>
    public ShadowCommand(CommandHost host) : base(host, "shadow", "Say what shadow mode would have blocked: by group, category and site, the most used first. It begins with: filtergate run --shadow --until TIME",
        new CommandExample("filtergate shadow", "whether it is on, until when, and everything since the pilot began"),
        new CommandExample("filtergate shadow --since 1d --limit 200", "the last day, with more sites"),
        new CommandExample("filtergate shadow --json | jq -r 'select(.row == \"site\") | [.requests, .tier, .host, .category] | @tsv'", "the sites, for a spreadsheet"))
    {
        Options.Add(_since);
        Options.Add(_limit);
        _limit.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<int>() is < 1 or > 10_000) result.AddError("--limit: from 1 to 10000");
        });
    }

    /// <inheritdoc/>
    protected override Task<int> RunAsync(CommandContext context, CancellationToken cancellationToken)
    {
        using var state = UnblockCommand.OpenState(context);
        var now = context.Clock.GetUtcNow();
        var run = state.LastShadow();
        WriteMode(context, run, now);
        if (run is null) return Task.FromResult(ExitCode.Done);

        var since = context.Value(_since) is { } text ? TimeArgument.ReadSince(text, "--since", context.Clock) : run.Mode.Since;
        var report = ShadowReport.Of(EventPrinter.OpenReader(context), since, now, context.Value(_limit));
        foreach (var problem in report.Problems) context.Error.WriteLine($"filtergate: {problem}");
        if (context.Json) WriteRows(context, report);
        else Write(context, report, since);
        return Task.FromResult(ExitCode.Done);
    }

    private static void WriteMode(CommandContext context, ShadowRun? run, DateTimeOffset now)
    {
        var isOn = run?.IsOn(now) == true;
        if (context.Json)
        {
            context.WriteJson(new { Row = "mode", IsOn = isOn, Since = Iso(run?.Mode.Since), Until = Iso(run?.Mode.Until), Ended = Iso(isOn ? null : run?.Ends), run?.Actor, run?.Reason });
            return;
        }
        var why = run?.Reason is { } reason ? $": {reason}" : "";
        if (run is null) context.Output.WriteLine("Shadow mode was never on here. To begin: filtergate run --shadow --until TIME");
        else if (isOn) context.Output.WriteLine(context.Paint.Bad($"Shadow mode is ON until {Local(context, run.Mode.Until)}, of a pilot since {Local(context, run.Mode.Since)}, started by {run.Actor}{why}. FilterGate blocks illegal content and little else."));
        else context.Output.WriteLine($"Shadow mode is off; it was on until {Local(context, run.Ends)}, of a pilot since {Local(context, run.Mode.Since)}, started by {run.Actor}{why}.");
    }

    // The keys are a public interface; every row says what it is.
    private static void WriteRows(CommandContext context, ShadowReport report)
    {
        foreach (var group in report.Groups) context.WriteJson(new { Row = "group", group.Tier, group.Group, group.Category, WouldBlock = group.Block, WouldWarn = group.Warn, WouldLimit = group.Limit, group.Acts });
        foreach (var site in report.Sites) context.WriteJson(new { Row = "site", site.Tier, site.Host, site.Category, site.Reason, site.List, site.Requests, site.Acts, site.Answered, site.LookedAt });
    }

    private static void Write(CommandContext context, ShadowReport report, DateTimeOffset since)
    {
        var output = context.Output;
        output.WriteLine();
        if (report.Requests == 0)
        {
            output.WriteLine($"Since {Local(context, since)} nothing was let through that the policy refuses. Is the school's traffic going through this gateway? See: filtergate events tail");
            return;
        }
        output.WriteLine($"Since {Local(context, since)} the present filter let through what FilterGate would not have: {Number(report.Requests)} requests, of which {Number(report.Acts)} are pages and searches (the rest is what pages bring along).");
        output.WriteLine();
        output.WriteLine(context.Paint.Strong($"{"pages",8}  {"would block",11}  {"warn",8}  {"limit",8}  {"tier",-12}  {"group",-12}  category"));
        foreach (var group in report.Groups)
            output.WriteLine($"{Number(group.Acts),8}  {Number(group.Block),11}  {Number(group.Warn),8}  {Number(group.Limit),8}  {group.Tier,-12}  {group.Group ?? "-",-12}  {group.Category ?? "-"}");
        output.WriteLine();
        output.WriteLine(context.Paint.Strong($"{"pages",8}  {"requests",11}  {"answered",8}  {"tier",-12}  {"site",-40}  why"));
        foreach (var site in report.Sites)
            output.WriteLine($"{Number(site.Acts),8}  {Number(site.Requests),11}  {$"{site.Answered}/{site.LookedAt}",8}  {site.Tier,-12}  {site.Host,-40}  {string.Join(' ', new[] { site.Reason, site.Category }.OfType<string>())}");
        output.WriteLine();
        output.WriteLine("answered: how many of the newest the site answered; the others it refused itself, or another filter on the way to it did.");
        output.WriteLine("Why one of them: filtergate check SITE --tier TIER. What a change would do to all of this: filtergate policy test --help");
    }

    private static string Local(CommandContext context, DateTimeOffset time) => TimeZoneInfo.ConvertTime(time, context.Clock.LocalTimeZone).ToString("yyyy-MM-dd HH:mm", CultureInfo.InvariantCulture);

    private static string? Iso(DateTimeOffset? time) => time?.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);

    private static string Number(long number) => number.ToString("#,0", CultureInfo.InvariantCulture);
}
