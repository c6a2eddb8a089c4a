using System.CommandLine;
using System.Globalization;
using FilterGate.Settings;

namespace FilterGate.Commands.Policies;

/// <summary><c>policy history</c>: every version that was in force, newest first.</summary>
internal sealed class PolicyHistoryCommand : GatewayCommand
{
    private readonly Option<int> _limit = new("--limit") { HelpName = "N", Description = "at most so many, the newest; default 20", DefaultValueFactory = _ => 20 };

    /// <summary>Makes the command.</summary>
    public PolicyHistoryCommand(CommandHost host) : base(host, "history", "List the versions of the policy: who put which in force, when and why.",
        new CommandExample("filtergate policy history", "the last twenty; => marks the one in force"),
        new CommandExample("filtergate policy history --limit 1000 --json | jq -r 'select(.actor == \"office\") | .why'", "what one person changed"))
    {
        Options.Add(_limit);
        _limit.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<int>() < 1) result.AddError("--limit: at least 1");
        });
    }

    /// <inheritdoc/>
    protected override Task<int> RunAsync(CommandContext context, CancellationToken cancellationToken)
    {
        using var state = GatewayInputs.OpenStateIfThere(context);
        var limit = context.Value(_limit);
        var versions = state?.PolicyVersions(limit) ?? [];
        var inForce = NamedPolicy.InForce(context, state);
        foreach (var version in versions)
        {
            var isInForce = version.Number == inForce.Stored?.Number;
            if (context.Json)
            {
                context.WriteJson(new
                {
                    version.Number,
                    version.Version,
                    Time = version.ImportedAt.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture),
                    version.Actor,
                    version.Why,
                    InForce = isInForce,
                });
                continue;
            }
            var time = TimeZoneInfo.ConvertTime(version.ImportedAt, context.Clock.LocalTimeZone).ToString("yyyy-MM-dd HH:mm:ss", CultureInfo.InvariantCulture);
            var line = string.Create(CultureInfo.InvariantCulture, $"{(isInForce ? "=>" : "  ")} {version.Number,4}  {version.Version}  {time}  {version.Actor}: {version.Why}");
            context.Output.WriteLine(isInForce ? context.Paint.Strong(line) : line);
        }
        if (inForce.IsFile) context.Error.WriteLine($"filtergate: in force is {inForce.Name} (version {inForce.Version}), which is not the newest version here: a gateway takes it in when it starts.");
        if (versions.Count == limit && versions[^1].Number > 1) context.Error.WriteLine("filtergate: older ones are there too; ask for more with --limit");
        return Task.FromResult(ExitCode.Done);
    }
}
