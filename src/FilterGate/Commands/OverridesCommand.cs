using System.CommandLine;

namespace FilterGate.Commands;

/// <summary><c>overrides</c>: what is open just now that the policy closes.</summary>
internal static class OverridesCommand
{
    /// <summary>Makes the command with what is below it.</summary>
    public static Command Make(CommandHost host) =>
        new CommandGroup("overrides", "Look at sites that are open for a time.",
            new CommandExample("filtergate overrides list", "what is open now, for whom, until when and why"))
        {
            new OverridesListCommand(host),
        };
}

/// <summary><c>overrides list</c>: live overrides, the one that ends first at the top.</summary>
internal sealed class OverridesListCommand : GatewayCommand
{
    private const int RowsMax = 10_000;

    private readonly Option<bool> _all = new("--all") { Description = "ended and revoked ones too, newest first" };

    /// <summary>Makes the command.</summary>
    public OverridesListCommand(CommandHost host) : base(host, "list", "List what is open, for whom, until when and why.",
        new CommandExample("filtergate overrides list", "what is open now"),
        new CommandExample("filtergate overrides list --all --json", "every override there was")) => Options.Add(_all);

    /// <inheritdoc/>
    protected override Task<int> RunAsync(CommandContext context, CancellationToken cancellationToken)
    {
        using var state = UnblockCommand.OpenState(context);
        var now = context.Clock.GetUtcNow();
        var all = state.Overrides(RowsMax);
        var shown = context.Value(_all) ? all : [.. all.Where(granted => granted.RevokedAt is null && granted.End > now).OrderBy(granted => granted.End)];
        foreach (var granted in shown)
        {
            if (context.Json)
            {
                context.WriteJson(UnblockCommand.Row(granted, now));
                continue;
            }
            var end = granted.RevokedAt is { } at ? $"revoked {UnblockCommand.Local(context, at)} by {granted.RevokedBy}: {granted.RevokeReason}"
                : (granted.End <= now ? "ended " : "until ") + UnblockCommand.Local(context, granted.End);
            context.Output.WriteLine($"{context.Paint.Strong($"{granted.Id,5}")}  {granted.Audience.Label,-8}  {granted.Site}  {end}  by {granted.Actor}: {granted.Reason}{(granted.RequestReference is { } reference ? $" ({reference})" : "")}");
        }
        if (shown.Count == 0 && !context.Json) context.Error.WriteLine("Nothing is open.");
        return Task.FromResult(ExitCode.Done);
    }
}
