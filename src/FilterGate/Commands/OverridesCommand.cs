using System.CommandLine;
using System.Globalization;
using FilterGate.Safeguarding.Unblocks;
using FilterGate.State;

namespace FilterGate.Commands;

/// <summary><c>overrides</c>: what is open just now that the policy closes.</summary>
internal static class OverridesCommand
{
    /// <summary>Makes the command with what is below it.</summary>
    public static Command Make(CommandHost host) =>
        new CommandGroup("overrides", "Look at sites that are open for a time.",
            new CommandExample("filtergate overrides list", "what is open now, for whom, until when and why"),
            new CommandExample("filtergate overrides list --stale", "what nobody has used for a month, or is older than three"))
        {
            new OverridesListCommand(host),
        };
}

/// <summary><c>overrides list</c>: live overrides, the one that ends first at the top, with age, use and owner.</summary>
internal sealed class OverridesListCommand : GatewayCommand
{
    private const int RowsMax = 10_000;

    private readonly Option<bool> _all = new("--all") { Description = "ended and revoked ones too, newest first" };
    private readonly Option<bool> _stale = new("--stale") { Description = "only those that come up for review: not used for 30 days, or older than 90" };

    /// <summary>Makes the command.</summary>
    public OverridesListCommand(CommandHost host) : base(host, "list", "List what is open, for whom, until when and why, how old it is and how much it is used.",
        new CommandExample("filtergate overrides list", "what is open now"),
        new CommandExample("filtergate overrides list --stale", "what to look at again"),
        new CommandExample("filtergate overrides list --all --json", "every override there was"))
    {
        Options.Add(_all);
        Options.Add(_stale);
    }

    /// <inheritdoc/>
    protected override Task<int> RunAsync(CommandContext context, CancellationToken cancellationToken)
    {
        using var state = UnblockCommand.OpenState(context);
        var now = context.Clock.GetUtcNow();
        var usage = state.Usage();
        IEnumerable<OverrideRecord> shown = state.Overrides(RowsMax);
        if (!context.Value(_all)) shown = shown.Where(granted => granted.RevokedAt is null && granted.End > now).OrderBy(granted => granted.End);
        if (context.Value(_stale)) shown = shown.Where(granted => UnblockCommand.IsLive(granted, now) && OverrideReview.WhyStale(granted, usage.GetValueOrDefault(granted.Id), now) is not null);
        var rows = shown.ToList();
        foreach (var granted in rows) Write(context, granted, usage.GetValueOrDefault(granted.Id), now);
        if (rows.Count == 0 && !context.Json) context.Error.WriteLine(context.Value(_stale) ? "Nothing comes up for review." : "Nothing is open.");
        return Task.FromResult(ExitCode.Done);
    }

    private static void Write(CommandContext context, OverrideRecord granted, OverrideUsage? usage, DateTimeOffset now)
    {
        var stale = UnblockCommand.IsLive(granted, now) ? OverrideReview.WhyStale(granted, usage, now) : null;
        if (context.Json)
        {
            context.WriteJson(UnblockCommand.Row(granted, now, usage, stale));
            return;
        }
        var end = granted.RevokedAt is { } at ? $"revoked {UnblockCommand.Local(context, at)} by {granted.RevokedBy}: {granted.RevokeReason}"
            : (granted.End <= now ? "ended " : granted.IsForGood ? "review by " : "until ") + UnblockCommand.Local(context, granted.End);
        var use = usage is null ? "never used" : string.Create(CultureInfo.InvariantCulture, $"used {usage.Count} times by {usage.People}, last {UnblockCommand.Local(context, usage.Last)}");
        context.Output.WriteLine(
            $"{context.Paint.Strong($"{granted.Id,5}")}  {granted.Audience.LabelUnnamed,-8}  {granted.Site}  {end}  by {granted.Actor}: {granted.Reason}{(granted.RequestReference is { } reference ? $" ({reference})" : "")}"
            + $"\n       since {UnblockCommand.Local(context, granted.Start)} ({Age(now - granted.Start)}), {use}{(stale is null ? "" : context.Paint.Careful($"  review: {stale}"))}");
    }

    private static string Age(TimeSpan age) => age.TotalDays >= 1 ? string.Create(CultureInfo.InvariantCulture, $"{(int)age.TotalDays} days") : string.Create(CultureInfo.InvariantCulture, $"{Math.Max(0, (int)age.TotalMinutes)} minutes");
}
