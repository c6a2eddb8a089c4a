using System.Diagnostics;
using FilterGate.Commands;
using FilterGate.Lists;
using FilterGate.Lists.Sources;
using FilterGate.Settings;
using Microsoft.Extensions.Logging;

namespace FilterGate.Running;

/// <summary>How an update that ran as a process of its own ended.</summary>
/// <param name="ExitCode">One of <see cref="Commands.ExitCode"/>.</param>
/// <param name="Messages">What it said on standard error, cut.</param>
internal sealed record ChildRun(int ExitCode, string Messages);

/// <summary>Updates the lists once a day, in a process of its own: unpacking and compiling share neither memory nor priority with pupils' requests, and cannot end the gateway.</summary>
/// <remarks>
/// When it last ran stands in the state of the sources, so a gateway that was off at that hour makes up for it soon after it starts. What fails changes nothing of what is in force; it is said once, and again when it is over.
/// The new lists reach the running gateway as any change of lists does.
/// </remarks>
internal sealed partial class ListUpdateLoop : BackgroundLoop
{
    /// <summary>Longest that an update may take before it is ended: three times what every bound of fetching together allows in an ordinary case.</summary>
    private static readonly TimeSpan ChildTimeout = TimeSpan.FromHours(2);

    /// <summary>Latest after the set hour. Spread, so that all schools of a country do not ask a university's server in the same second.</summary>
    private static readonly TimeSpan JitterMax = TimeSpan.FromMinutes(30);

    /// <summary>Latest after a start that finds a day missed.</summary>
    private static readonly TimeSpan CatchUpMax = TimeSpan.FromMinutes(10);

    private static readonly TimeSpan Day = TimeSpan.FromDays(1);

    private readonly CommandContext _context;
    private readonly Func<CancellationToken, Task<ChildRun>> _update;
    private readonly ILogger _log;
    private bool _hasFailed;

    /// <summary>Begins to wait for the hour; does nothing where the settings say <c>update: off</c>.</summary>
    /// <param name="context">The run: settings, data folder and clock.</param>
    /// <param name="log">Says what fails.</param>
    /// <param name="update">Runs an update; null for a process of this program.</param>
    public ListUpdateLoop(CommandContext context, ILogger log, Func<CancellationToken, Task<ChildRun>>? update = null)
    {
        (_context, _log, _update) = (context, log, update ?? (token => RunChildAsync(context, token)));
        if (context.Settings.Lists.UpdateAt is { } at) Begin(token => RunAsync(at, token));
    }

    /// <summary>When the next update runs.</summary>
    /// <param name="at">The hour that the settings name, in the school's time.</param>
    /// <param name="now">The time.</param>
    /// <param name="missedSince">When one last ran before this start; null once that has been looked at, so that an update which cannot even start is not tried without end.</param>
    /// <param name="zone">The school's time zone.</param>
    /// <param name="jitter">0 to 1.</param>
    public static DateTimeOffset NextRun(TimeOnly at, DateTimeOffset now, DateTimeOffset? missedSince, TimeZoneInfo zone, double jitter)
    {
        // More than a day ago, the jitter of two runs included: the gateway was off at that hour.
        if (missedSince is { } last && now - last > Day + JitterMax) return now + (CatchUpMax * jitter);
        var today = DateOnly.FromDateTime(TimeZoneInfo.ConvertTime(now, zone).DateTime);
        return (At(today) is var next && next > now ? next : At(today.AddDays(1))) + (JitterMax * jitter);

        DateTimeOffset At(DateOnly day)
        {
            var local = day.ToDateTime(at);
            // The hour that a spring night leaves out.
            if (zone.IsInvalidTime(local)) local = local.AddHours(1);
            return new DateTimeOffset(local, zone.GetUtcOffset(local));
        }
    }

    private async Task RunAsync(TimeOnly at, CancellationToken cancellationToken)
    {
        for (var missedSince = Look().LastAttempt; ; missedSince = null)
        {
            var now = _context.Clock.GetUtcNow();
#pragma warning disable CA5394 // spreads load, protects nothing
            var next = NextRun(at, now, missedSince, _context.Clock.LocalTimeZone, Random.Shared.NextDouble());
#pragma warning restore CA5394
            await Task.Delay(next - now, _context.Clock, cancellationToken);
            // A box that has fetched nothing by hand fetches nothing by itself.
            if (Look().IsAnyInUse) await UpdateAsync(cancellationToken);
        }
    }

    private async Task UpdateAsync(CancellationToken cancellationToken)
    {
        ChildRun run;
        try
        {
            run = await _update(cancellationToken);
        }
        catch (Exception problem) when (problem is System.ComponentModel.Win32Exception or InvalidOperationException or IOException)
        {
            run = new ChildRun(ExitCode.OurFault, problem.Message);
        }
        if (run.ExitCode == ExitCode.Done)
        {
            if (_hasFailed) UpdatedAgain(_log);
            _hasFailed = false;
            return;
        }
        if (!_hasFailed) NotUpdated(_log, InUse().Min(s => s.State.LastSuccess) is { } last ? last.ToString("u", System.Globalization.CultureInfo.InvariantCulture) : "never", run.ExitCode, run.Messages);
        _hasFailed = true;
    }

    private (bool IsAnyInUse, DateTimeOffset? LastAttempt) Look()
    {
        var used = InUse();
        return (used.Length > 0, used.Max(s => s.State.LastAttempt));
    }

    private SourceStatus[] InUse()
    {
        using var sources = SchoolSources.Open(_context);
        try
        {
            return [.. sources.Status().Where(s => s.IsInUse)];
        }
        catch (ListLoadException problem)
        {
            CannotLook(_log, problem.Message);
            return [];
        }
    }

    /// <summary>Runs <c>lists update --scheduled</c> as a process of its own, at low priority, and waits for it.</summary>
    internal static async Task<ChildRun> RunChildAsync(CommandContext context, CancellationToken cancellationToken)
    {
        using var limit = new CancellationTokenSource(ChildTimeout, context.Clock);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        using var child = new Process { StartInfo = ChildStart(context) };
        child.Start();
        try
        {
            Lower(child);
            child.StandardInput.Close();
            var discarded = child.StandardOutput.BaseStream.CopyToAsync(Stream.Null, both.Token);
            var messages = await ReadMessagesAsync(child.StandardError, both.Token);
            await discarded;
            await child.WaitForExitAsync(both.Token);
            return new ChildRun(child.ExitCode, messages);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return new ChildRun(ExitCode.OurFault, $"it took longer than {ChildTimeout.TotalHours:0} hours and was ended");
        }
        finally
        {
            // Nobody waits for it any more: an update without an end must not outlive the gateway.
            if (!child.HasExited) child.Kill(entireProcessTree: true);
        }
    }

    private static ProcessStartInfo ChildStart(CommandContext context)
    {
        var program = Environment.ProcessPath ?? throw new InvalidOperationException("this process does not know its own program");
        var start = new ProcessStartInfo(program) { RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true, UseShellExecute = false };
        // Started as `dotnet filtergate.dll`: then that is how the child starts too.
        if (Path.GetFileNameWithoutExtension(program) == "dotnet") start.ArgumentList.Add(typeof(ListUpdateLoop).Assembly.Location);
        foreach (var argument in (string[])["lists", "update", "--scheduled", "--data", context.DataFolder]) start.ArgumentList.Add(argument);
        if (context.Settings.Path is { } settings)
        {
            start.ArgumentList.Add("--config");
            start.ArgumentList.Add(settings);
        }
        return start;
    }

    private static void Lower(Process child)
    {
        try
        {
            // On Unix this is nice 10.
            child.PriorityClass = ProcessPriorityClass.BelowNormal;
        }
        catch (Exception problem) when (problem is InvalidOperationException or System.ComponentModel.Win32Exception)
        {
            // It has ended already, or this account may not: the update matters more than its priority.
        }
    }

    /// <summary>Reads all that the child says, and keeps the beginning: a child that waits for a full pipe never ends.</summary>
    private static async Task<string> ReadMessagesAsync(StreamReader reader, CancellationToken cancellationToken)
    {
        const int kept = 2_000;
        var messages = new System.Text.StringBuilder();
        var buffer = new char[1_024];
        int read;
        while ((read = await reader.ReadAsync(buffer, cancellationToken)) > 0)
            messages.Append(buffer, 0, Math.Min(read, kept - messages.Length));
        return messages.ToString().Trim();
    }

    [LoggerMessage(210, LogLevel.Warning, "Lists were not all updated (last time they were: {LastSuccess}; exit code {ExitCode}), and what was in force stays. It is tried again tomorrow, and not said again before it succeeds: {Messages}")]
    private static partial void NotUpdated(ILogger log, string lastSuccess, int exitCode, string messages);

    [LoggerMessage(212, LogLevel.Warning, "Lists are not updated by themselves today: {Problem}")]
    private static partial void CannotLook(ILogger log, string problem);

    [LoggerMessage(211, LogLevel.Warning, "Lists are updated again.")]
    private static partial void UpdatedAgain(ILogger log);
}
