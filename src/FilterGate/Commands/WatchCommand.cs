using System.CommandLine;
using System.CommandLine.Completions;
using System.Globalization;
using FilterGate.Proxy.Watching;
using FilterGate.Settings;
using FilterGate.Watching;

namespace FilterGate.Commands;

/// <summary><c>watch DEVICE|ADDRESS</c>: what one device does, while it does it, and what is in its way. Nothing of it is kept.</summary>
internal sealed class WatchCommand : GatewayCommand
{
    private readonly Argument<string> _target = new("DEVICE|ADDRESS") { Description = "a device of the school's records, such as ipad-14, or an address, such as 10.20.1.7" };
    private readonly Option<string> _reason = new("--reason") { HelpName = "TEXT", Description = "why; kept in the audit", Required = true };
    private readonly Option<string> _for = new("--for") { HelpName = "LENGTH", Description = "how long: 30s, 10m; at most 15m, which is the default", DefaultValueFactory = static _ => "15m" };
    private readonly Option<bool> _trouble = new("--trouble") { Description = "only what is in trouble" };

    /// <summary>Makes the command.</summary>
    public WatchCommand(CommandHost host) : base(host, "watch", "Watch what one device does, while it does it, and see what is in its way. Recorded is that you watched, never what you saw; help sites are never shown.",
        new CommandExample("filtergate watch ipad-14 --reason \"the reading app does not start\"", "every connection, until Ctrl-C or for 15 minutes"),
        new CommandExample("filtergate watch 10.20.1.7 --trouble --for 5m --reason \"see ticket 12\"", "only what is in trouble, with what mends it"),
        new CommandExample("filtergate watch ipad-14 --reason \"see ticket 12\" --json | jq -c 'select(.cause) | {host, cause, command}'", "for a script: one object a line"))
    {
        Arguments.Add(_target);
        foreach (var option in (Option[])[_reason, _for, _trouble]) Options.Add(option);
        _reason.Validators.Add(result =>
        {
            if (string.IsNullOrWhiteSpace(result.GetValueOrDefault<string>())) result.AddError("--reason: say why; it is kept with your name");
        });
        _target.CompletionSources.Add(completion => Devices(host, completion));
    }

    /// <inheritdoc/>
    protected override async Task<int> RunAsync(CommandContext context, CancellationToken cancellationToken)
    {
        var length = DurationArgument.Read(context.Value(_for)!, "--for");
        if (length <= TimeSpan.Zero || length > ConnectionWatch.LongestWatch)
            throw new UserErrorException($"--for: a watch takes at least a second and at most {ConnectionWatch.LongestWatch.TotalMinutes} minutes");
        using var gateway = new WatchClient(context.DataFolder);
        try
        {
            return await WatchAsync(context, gateway, new WatchStart(context.Value(_target)!, context.Value(_reason)!, context.Actor, (int)length.TotalSeconds, Attached: true), cancellationToken);
        }
        catch (WatchException problem)
        {
            throw new UserErrorException(problem.Message, inner: problem);
        }
    }

    private async Task<int> WatchAsync(CommandContext context, WatchClient gateway, WatchStart start, CancellationToken cancellationToken)
    {
        var watch = await gateway.StartAsync(start, cancellationToken);
        context.Error.WriteLine($"filtergate: watching {watch.Target} until {Local(context, watch.Ends, "HH:mm:ss")}; Ctrl-C ends it. This is in the audit, and what you see is not. Help sites are never shown.");
        var troubles = new Dictionary<(string?, string?), SightingRow>();
        long count = 0;
        // The stream goes on until the end has been asked about: the watch ends with it.
        using var stop = new CancellationTokenSource();
        var following = FollowAsync();
        await Task.WhenAny(following, Task.Delay(Timeout.InfiniteTimeSpan, cancellationToken));
        if (!following.IsCompleted)
        {
            // Ctrl-C is how a watch ends. What a refused certificate meant is clearer now than when it was shown.
            using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(2));
            await ReviseAsync(gateway, watch.Id, troubles, patience.Token);
            await stop.CancelAsync();
        }

        await following;
        Summarise(context, count, troubles);
        return ExitCode.Done;

        async Task FollowAsync()
        {
            long last = 0;
            try
            {
                await foreach (var seen in gateway.FollowAsync(watch.Id, stop.Token))
                {
                    if (last > 0 && seen.Number > last + 1) context.Error.WriteLine(string.Create(CultureInfo.InvariantCulture, $"filtergate: {seen.Number - last - 1} more came than could be shown"));
                    (last, count) = (seen.Number, count + 1);
                    lock (troubles)
                        if (seen.Cause is not null) troubles[(seen.Host, seen.Cause)] = seen;
                    if (seen.Cause is null && context.Value(_trouble)) continue;
                    if (context.Json) context.WriteJson(seen);
                    else Print(context, seen);
                }
            }
            catch (OperationCanceledException) when (stop.IsCancellationRequested)
            {
                // Asked to.
            }
        }
    }

    private static async Task ReviseAsync(WatchClient gateway, long id, Dictionary<(string?, string?), SightingRow> troubles, CancellationToken cancellationToken)
    {
        try
        {
            var read = await gateway.ReadAsync(id, after: 0, cancellationToken);
            lock (troubles)
            {
                troubles.Clear();
                foreach (var seen in read.Sightings.Where(s => s.Cause is not null)) troubles[(seen.Host, seen.Cause)] = seen;
            }

            await gateway.StopAsync(id, cancellationToken);
        }
        catch (Exception gone) when (gone is WatchException or OperationCanceledException)
        {
            // It ended with the connection; what was shown stands.
        }
    }

    private static void Print(CommandContext context, SightingRow seen)
    {
        var paint = context.Paint;
        var time = Local(context, DateTimeOffset.Parse(seen.Time, CultureInfo.InvariantCulture), "HH:mm:ss");
        var decision = $"{seen.Decision ?? "-",-8}";
        decision = seen.Decision switch { "allow" or "log-only" => paint.Good(decision), null => decision, "warn" => paint.Careful(decision), _ => paint.Bad(decision) };
        context.Output.WriteLine($"{paint.Faint(time)}  {decision}  {WatchWords.Tls(seen.Tls),-13}  {WatchWords.Address(seen)}  {paint.Faint(WatchWords.Outcome(seen))}");
        if (seen.Cause is null) return;
        context.Output.WriteLine($"          {paint.Bad(seen.Cause)}: {seen.Explanation}{(seen.Detail is null ? "" : $" ({seen.Detail})")}");
        if (seen.Mend is not null) context.Output.WriteLine($"          {paint.Careful("to mend it")}: {seen.Mend}{(seen.Command is null ? "" : $"  {paint.Strong(seen.Command)}")}");
    }

    private static void Summarise(CommandContext context, long count, Dictionary<(string?, string?), SightingRow> troubles)
    {
        context.Error.WriteLine(string.Create(CultureInfo.InvariantCulture, $"filtergate: the watch has ended: {count} seen, {(troubles.Count == 0 ? "nothing in trouble" : $"{troubles.Count} in trouble")}"));
        foreach (var group in troubles.Values.GroupBy(t => t.Cause!, StringComparer.Ordinal))
            context.Error.WriteLine($"  {group.Key,-12}  {string.Join(", ", group.Select(t => t.Host ?? "(not shown)").Distinct(StringComparer.Ordinal))}");
    }

    private static string Local(CommandContext context, DateTimeOffset time, string form) => TimeZoneInfo.ConvertTime(time, context.Clock.LocalTimeZone).ToString(form, CultureInfo.InvariantCulture);

    /// <summary>Names of devices, for the shell. Whatever is wrong there: the shell gets none.</summary>
    private static IEnumerable<CompletionItem> Devices(CommandHost host, CompletionContext completion)
    {
        try
        {
            using var state = GatewayInputs.OpenStateIfThere(new CommandContext(host, completion.ParseResult));
            return [.. state?.CurrentRoster().Devices.Where(d => d.Address is not null).Select(d => new CompletionItem(d.Name)) ?? []];
        }
        catch (Exception problem) when (problem is UserErrorException or State.StateStoreException)
        {
            return [];
        }
    }
}
