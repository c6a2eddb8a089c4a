using System.Collections.Concurrent;
using System.Globalization;
using System.Text.Json;
using FilterGate.Commands;
using FilterGate.Events;
using FilterGate.Policy;
using FilterGate.Policy.Documents;
using FilterGate.Policy.People;
using FilterGate.Proxy.Watching;
using FilterGate.Settings;
using FilterGate.State;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace FilterGate.Watching;

/// <summary>Lets <c>filtergate watch</c> and the page of the review site watch a device of this gateway: HTTP over the Unix socket of <see cref="WatchSocket"/>.</summary>
/// <remarks>
/// <c>POST /v1/watches</c> begins one; <c>GET /v1/watches/ID?after=N</c> reads it; <c>GET /v1/watches/ID/live?after=N</c> goes on, one JSON object a line; <c>DELETE /v1/watches/ID</c> ends it; <c>GET /v1/watches</c> lists those that run.
/// Who watches whom, and why, is in the audit and among the events before the first line is shown; so is the end. Nothing that is seen is written anywhere.
/// </remarks>
internal sealed partial class WatchService : IAsyncDisposable
{
    private const int ReasonLengthMax = 500;

    /// <summary>A live reader hears at least this often that the watch goes on: an empty line. So a reader that has gone is noticed.</summary>
    private static readonly TimeSpan Heartbeat = TimeSpan.FromSeconds(5);

    private readonly WebApplication _app;
    private readonly CommandContext _context;
    private readonly ConnectionWatch _watches;
    private readonly StateStore _state;
    private readonly EventStore _events;
    private readonly Func<PolicySnapshot> _policy;
    private readonly ILogger _log;
    private readonly string _path;
    private readonly ConcurrentDictionary<long, WatchStart> _started = new();
    private Task _ending = Task.CompletedTask;

    private WatchService(CommandContext context, string path, ConnectionWatch watches, StateStore state, EventStore events, Func<PolicySnapshot> policy, Action<ILoggingBuilder> logging)
    {
        (_context, _path, _watches, _state, _events, _policy) = (context, path, watches, state, events, policy);
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        logging(builder.Logging);
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Limits.MaxRequestBodySize = 8 * 1024;
            kestrel.Limits.MaxConcurrentConnections = 32;
            // A technician reads slowly, or has stopped the terminal.
            kestrel.Limits.MinResponseDataRate = null;
            kestrel.ListenUnixSocket(path, listen => listen.Protocols = HttpProtocols.Http1);
        });
        builder.Services.Configure<HostOptions>(o => o.ShutdownTimeout = TimeSpan.FromSeconds(1));
        builder.Services.AddRouting();
        _app = builder.Build();
        _log = _app.Services.GetRequiredService<ILogger<WatchService>>();
        _app.MapPost("/v1/watches", StartAsync);
        _app.MapGet("/v1/watches", ListAsync);
        _app.MapGet("/v1/watches/{id:long}", ReadAsync);
        _app.MapGet("/v1/watches/{id:long}/live", FollowAsync);
        _app.MapDelete("/v1/watches/{id:long}", StopAsync);
    }

    /// <summary>Begins to listen; null, with a word in the log, where that cannot be: a gateway that cannot be watched filters all the same.</summary>
    public static async Task<WatchService?> StartAsync(
        CommandContext context, string dataFolder, ConnectionWatch watches, StateStore state, EventStore events, Func<PolicySnapshot> policy, Action<ILoggingBuilder> logging, CancellationToken cancellationToken)
    {
        var path = WatchSocket.PathIn(Path.GetFullPath(dataFolder));
        var why = WatchSocket.WhyNot(path) ?? (WatchSocket.IsAlive(path) ? $"another gateway listens at {path}" : null);
        if (why is null)
        {
            // What is left of a gateway that did not end in order.
            File.Delete(path);
            var service = new WatchService(context, path, watches, state, events, policy, logging);
            try
            {
                await service._app.StartAsync(cancellationToken);
                if (!OperatingSystem.IsWindows()) File.SetUnixFileMode(path, Files.FileModes.FileIn(Path.GetDirectoryName(path)!));
                return service;
            }
            catch (Exception problem) when (problem is IOException or UnauthorizedAccessException)
            {
                await service.DisposeAsync();
                why = problem.Message;
            }
        }

        context.Error.WriteLine($"filtergate: warning: `filtergate watch` will not work: {why}.");
        return null;
    }

    /// <summary>Ends every watch, and waits until that is on record.</summary>
    public async ValueTask DisposeAsync()
    {
        foreach (var watch in _watches.Running) _watches.Stop(watch.Id);
        await _app.DisposeAsync();
        await _ending;
        File.Delete(_path);
    }

    private async Task StartAsync(HttpContext http)
    {
        WatchStart? start = null;
        try
        {
            start = await JsonSerializer.DeserializeAsync<WatchStart>(http.Request.Body, WatchJson.Form, http.RequestAborted);
        }
        catch (JsonException)
        {
            // Said below.
        }

        if (start is not { Target: { Length: > 0 and <= 200 } target, Actor.Length: > 0 and <= 200, Reason: { } reason, Seconds: > 0 } || string.IsNullOrWhiteSpace(reason) || reason.Length > ReasonLengthMax)
        {
            await RefuseAsync(http, 400, $"a watch needs a device or an address, a reason of at most {ReasonLengthMax} characters, who watches, and for how long");
            return;
        }

        if (SubjectOf(target, out var problem) is not { } subject)
        {
            await RefuseAsync(http, 400, problem);
            return;
        }

        var length = TimeSpan.FromSeconds(Math.Min(start.Seconds, ConnectionWatch.LongestWatch.TotalSeconds));
        if (_watches.Start(subject, length, Ended) is not { } watch)
        {
            await RefuseAsync(http, 409, $"{ConnectionWatch.WatchesMax} devices are watched already; end one of those, or wait: the longest takes {ConnectionWatch.LongestWatch.TotalMinutes} minutes");
            return;
        }

        try
        {
            // On record before anything is shown: nobody reads it before this returns, for nobody knows its number.
            var forMinutes = string.Create(CultureInfo.InvariantCulture, $"for at most {length.TotalMinutes:0.#} min");
            _state.Audit(start.Actor, "watch.start", $"watch {watch.Id} of {subject} {forMinutes}", start.Reason);
            _started[watch.Id] = start;
            await _events.CommitAsync(EventOf(subject, $"watch {watch.Id} begun by {start.Actor} {forMinutes}: {start.Reason}"), giveReference: false, http.RequestAborted);
        }
        catch (Exception failure) when (failure is StateStoreException or EventStoreException or OperationCanceledException)
        {
            _watches.Stop(watch.Id);
            await RefuseAsync(http, 503, "the gateway cannot keep its records just now, and nothing is watched that is not on record");
            return;
        }

        http.Response.StatusCode = StatusCodes.Status201Created;
        await WriteAsync(http, RowOf(watch, start));
    }

    private Task ListAsync(HttpContext http) => WriteAsync(http, _watches.Running.Where(w => _started.ContainsKey(w.Id)).Select(w => RowOf(w, _started.GetValueOrDefault(w.Id))).ToList());

    private Task ReadAsync(HttpContext http)
    {
        if (Find(http) is not var (watch, start)) return GoneAsync(http);
        var read = watch.Read(After(http));
        return WriteAsync(http, new WatchRead(RowOf(watch, start), [.. read.Sightings.Select(SightingRow.Of)], read.Missed));
    }

    private async Task FollowAsync(HttpContext http)
    {
        if (Find(http) is not var (watch, start))
        {
            await GoneAsync(http);
            return;
        }

        http.Response.ContentType = "application/x-ndjson; charset=utf-8";
        await http.Response.StartAsync(http.RequestAborted);
        try
        {
            for (var after = After(http); !watch.HasEnded;)
            {
                using (var heartbeat = CancellationTokenSource.CreateLinkedTokenSource(http.RequestAborted))
                {
                    heartbeat.CancelAfter(Heartbeat);
                    try
                    {
                        await watch.WaitAsync(after, heartbeat.Token);
                    }
                    catch (OperationCanceledException) when (!http.RequestAborted.IsCancellationRequested)
                    {
                        await http.Response.WriteAsync("\n", http.RequestAborted);
                    }
                }

                foreach (var seen in watch.Read(after).Sightings)
                {
                    await http.Response.WriteAsync(JsonSerializer.Serialize(SightingRow.Of(seen), WatchJson.Form) + "\n", http.RequestAborted);
                    after = seen.Number;
                }

                await http.Response.Body.FlushAsync(http.RequestAborted);
            }
        }
        catch (Exception gone) when (gone is OperationCanceledException or IOException)
        {
            // The reader went away.
        }
        finally
        {
            if (start.Attached) _watches.Stop(watch.Id);
        }
    }

    private Task StopAsync(HttpContext http)
    {
        if (Find(http) is not var (watch, _)) return GoneAsync(http);
        _watches.Stop(watch.Id);
        http.Response.StatusCode = StatusCodes.Status204NoContent;
        return Task.CompletedTask;
    }

    /// <summary>The device or the address that is meant; a message where neither can be.</summary>
    private WatchSubject? SubjectOf(string target, out string problem)
    {
        problem = "";
        target = target.Trim();
        if (ListenAddress.TryParseAddress(target, out var address)) return new WatchSubject(null, address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address);

        var roster = _policy().InForce.Roster;
        if (roster.FindDeviceByName(target) is { } device)
        {
            if (device.Address is not null) return new WatchSubject(device.Name, null);
            problem = $"{device.Name} has no address in the school's records, so its connections cannot be told from others. Watch its address instead, or write it down: filtergate devices change {device.Name} --address 10.20.1.7";
            return null;
        }

        // The policy's own clients have names too; it is read again, for a watch is rare.
        var named = GatewayInputs.Load(_context, _policy().Lists, _state).Document.Clients.Select(c => c.Device).OfType<string>().ToList();
        if (named.Find(n => RosterIds.Comparer.Equals(n, target)) is { } known) return new WatchSubject(known, null);
        var suggestion = RosterIds.IsValid(target) ? Nearest.Suggestion(target, roster.Devices.Select(d => d.Name).Concat(named)) : "";
        problem = $"there is no device of that name{suggestion}; see: filtergate devices list. An address is written as 10.20.1.7";
        return null;
    }

    private void Ended(Watch watch)
    {
        if (!_started.TryRemove(watch.Id, out var start)) return;
        // One after the other, off the thread of the timer.
        lock (_started) _ending = _ending.ContinueWith(_ => RecordEndAsync(watch, start), CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default).Unwrap();
    }

    private async Task RecordEndAsync(Watch watch, WatchStart start)
    {
        try
        {
            _state.Audit(start.Actor, "watch.end", $"watch {watch.Id} of {watch.Subject}", reason: null);
            await _events.CommitAsync(EventOf(watch.Subject, $"watch {watch.Id} of {start.Actor} ended"), giveReference: false, CancellationToken.None);
        }
        catch (Exception failure) when (failure is StateStoreException or EventStoreException)
        {
            EndNotRecorded(_log, watch.Id);
        }
    }

    private FilterEvent EventOf(WatchSubject subject, string rule) =>
        new() { Time = _context.Clock.GetUtcNow(), Kind = EventKind.Audit, Device = subject.Device, Client = subject.Address?.ToString(), Rule = rule };

    private (Watch Watch, WatchStart Start)? Find(HttpContext http) =>
        long.TryParse((string?)http.Request.RouteValues["id"], NumberStyles.None, CultureInfo.InvariantCulture, out var id) && _watches.Find(id) is { } watch && _started.TryGetValue(id, out var start) ? (watch, start) : null;

    private static long After(HttpContext http) => long.TryParse(http.Request.Query["after"], NumberStyles.None, CultureInfo.InvariantCulture, out var after) ? after : 0;

    private static WatchRow RowOf(Watch watch, WatchStart? start) =>
        new(watch.Id, watch.Subject.ToString(), watch.Subject.Device, watch.Subject.Address?.ToString(), start?.Actor ?? "", start?.Reason ?? "", watch.Begins, watch.Ends);

    private static Task GoneAsync(HttpContext http) => RefuseAsync(http, 404, "there is no such watch; it may have ended");

    private static Task RefuseAsync(HttpContext http, int status, string message)
    {
        http.Response.StatusCode = status;
        return WriteAsync(http, new WatchProblem(message));
    }

    private static Task WriteAsync<T>(HttpContext http, T value)
    {
        http.Response.ContentType = "application/json; charset=utf-8";
        return http.Response.WriteAsync(JsonSerializer.Serialize(value, WatchJson.Form) + "\n", http.RequestAborted);
    }

    // Ids of this folder: 320 to 329, next free 321.
    [LoggerMessage(320, LogLevel.Warning, "The end of watch {Id} could not be recorded.")]
    private static partial void EndNotRecorded(ILogger log, long id);
}
