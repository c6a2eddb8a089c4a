using System.CommandLine;
using FilterGate.Policy.Documents;

namespace FilterGate.Commands.Doctor;

/// <summary><c>doctor</c>: is the box well?</summary>
internal sealed class DoctorCommand : GatewayCommand
{
    private readonly Option<string[]> _only = new("--only") { HelpName = "POINT", Description = "look at this point alone, such as gateway; may be given several times", AllowMultipleArgumentsPerToken = false };

    /// <summary>Makes the command.</summary>
    public DoctorCommand(CommandHost host) : base(host, "doctor", "Look over the box: gateway, review site, clock, certificates, lists, records, disk, network. Exit code 2 when something is red.",
        new CommandExample("sudo filtergate doctor", "every point, and what mends it"),
        new CommandExample("sudo filtergate doctor --json | jq -c 'select(.state == \"red\")'", "what is red, for a monitor"),
        new CommandExample("filtergate doctor --only gateway", "does the gateway run and listen? For whatever starts it again"))
    {
        Options.Add(_only);
    }

    /// <inheritdoc/>
    protected override async Task<int> RunAsync(CommandContext context, CancellationToken cancellationToken)
    {
        if (!Directory.Exists(context.DataFolder)) throw new UserErrorException($"there is no data folder {context.DataFolder}; name it with --data DIR, or make one: filtergate run");
        var (points, only) = (new BoxPoints(context), context.Value(_only) ?? []);
        if (only.FirstOrDefault(name => !points.Names.Contains(name, StringComparer.Ordinal)) is { } unknown)
            throw new UserErrorException($"--only: '{unknown}' is no point{Nearest.Suggestion(unknown, points.Names)} (known: {string.Join(", ", points.Names)})");
        var isRed = false;
        await foreach (var point in points.LookAsync(only, cancellationToken))
        {
            isRed |= point.State == PointState.Red;
            Write(context, point);
        }
        return isRed ? ExitCode.Usage : ExitCode.Done;
    }

    private static void Write(CommandContext context, BoxPoint point)
    {
        if (context.Json)
        {
            context.WriteJson(point);
            return;
        }
        var paint = context.Paint;
        var word = point.State switch
        {
            PointState.Ok => paint.Good("ok     "),
            PointState.Warn => paint.Careful("warn   "),
            PointState.Red => paint.Bad("RED    "),
            _ => paint.Faint("skipped"),
        };
        context.Output.WriteLine($"{word}  {point.Check}: {point.Found}{(point.Mend is null ? "" : $"\n         {point.Mend}")}");
    }
}
