namespace FilterGate.Commands.Doctor;

/// <summary><c>doctor</c>: is the box well?</summary>
internal sealed class DoctorCommand(CommandHost host) : GatewayCommand(host, "doctor", "Look over the box: gateway, clock, certificates, lists, records, disk, network. Exit code 2 when something is red.",
    new CommandExample("sudo filtergate doctor", "every point, and what mends it"),
    new CommandExample("sudo filtergate doctor --json | jq -c 'select(.state == \"red\")'", "what is red, for a monitor"))
{
    /// <inheritdoc/>
    protected override async Task<int> RunAsync(CommandContext context, CancellationToken cancellationToken)
    {
        if (!Directory.Exists(context.DataFolder)) throw new UserErrorException($"there is no data folder {context.DataFolder}; name it with --data DIR, or make one: filtergate run");
        var isRed = false;
        await foreach (var point in new BoxPoints(context).LookAsync(cancellationToken))
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
