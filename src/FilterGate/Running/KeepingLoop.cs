using System.Globalization;
using FilterGate.Events;
using FilterGate.Policy;
using FilterGate.Safeguarding.Keeping;
using FilterGate.State;
using Microsoft.Extensions.Logging;

namespace FilterGate.Running;

/// <summary>Once a day, at night: forgets what is past its time, anchors the digests and looks whether anything was changed. After a night that was missed, soon after the start.</summary>
internal sealed partial class KeepingLoop : BackgroundLoop
{
    /// <summary>When, by the school's clock: after the lists have been fetched, before the first lesson.</summary>
    private static readonly TimeOnly At = new(3, 40);

    /// <summary>How long a round that was missed waits after the start, for the school's first requests to come first.</summary>
    private static readonly TimeSpan AfterStart = TimeSpan.FromMinutes(5);

    private readonly RecordKeeper _keeper;
    private readonly Func<Retention> _retention;
    private readonly PurgeLimits _limits;
    private readonly EventStore _events;
    private readonly string _dataFolder;
    private readonly TimeProvider _clock;
    private readonly ILogger _log;

    /// <summary>Begins to wait.</summary>
    public KeepingLoop(RecordKeeper keeper, Func<Retention> retention, PurgeLimits limits, EventStore events, string dataFolder, TimeProvider clock, ILogger log)
    {
        (_keeper, _retention, _limits, _events, _dataFolder, _clock, _log) = (keeper, retention, limits, events, dataFolder, clock, log);
        Begin(RunAsync);
    }

    private async Task RunAsync(CancellationToken cancellationToken)
    {
        var wait = KeepingStatus.Read(_dataFolder) is { } last && last.LastRun > _clock.GetUtcNow().AddDays(-1) ? UntilNight() : AfterStart;
        while (true)
        {
            await Task.Delay(wait, _clock, cancellationToken);
            // On a thread of its own: a round reads gigabytes.
            await Task.Factory.StartNew(() => RoundAsync(cancellationToken), cancellationToken, TaskCreationOptions.LongRunning, TaskScheduler.Default).Unwrap();
            wait = UntilNight();
        }
    }

    private async Task RoundAsync(CancellationToken cancellationToken)
    {
        try
        {
            var report = await _keeper.RunAsync(_retention(), _limits, "gateway", cancellationToken);
            var status = KeepingStatus.After(report, KeepingStatus.Read(_dataFolder), _clock.GetUtcNow());
            status.Write(_dataFolder);
            Done(_log, report.Purged.Count, report.Forgotten.Values.Sum(), report.Integrity.Files.Sum(file => file.Events));
            if (status.Problems.Count == 0) return;
            NotWell(_log, status.Problems.Count, status.Problems[0]);
            if (!status.IsWhole)
                await _events.CommitAsync(
                    new FilterEvent { Time = _clock.GetUtcNow(), Kind = EventKind.Audit, Rule = string.Create(CultureInfo.InvariantCulture, $"keeping of records: {status.Problems.Count} problems, the first: {status.Problems[0]}") },
                    giveReference: false, cancellationToken);
        }
        catch (Exception problem) when (problem is EventStoreException or StateStoreException or IOException or UnauthorizedAccessException)
        {
            NotWell(_log, 1, problem.Message);
        }
    }

    private TimeSpan UntilNight()
    {
        var now = _clock.GetLocalNow();
        var next = now.Date + At.ToTimeSpan();
        if (next <= now.DateTime) next = next.AddDays(1);
        return next - now.DateTime;
    }

    [LoggerMessage(240, LogLevel.Information, "The records were looked after: {Purged} files of events dropped, {Rows} rows of state.db forgotten, {Events} events found as they were written")]
    private static partial void Done(ILogger log, int purged, long rows, long events);

    [LoggerMessage(241, LogLevel.Error, "The records are not in order ({Count} problems), see: filtergate events verify. The first: {Problem}")]
    private static partial void NotWell(ILogger log, int count, string problem);
}
