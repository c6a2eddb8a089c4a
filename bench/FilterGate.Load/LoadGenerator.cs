using System.Diagnostics;
using FilterGate.Load.Targets;

namespace FilterGate.Load;

/// <summary>What one target did in one round.</summary>
internal sealed record Measurement
{
    public required int Round { get; init; }
    public required long Requests { get; init; }
    public required double RequestsPerSecond { get; init; }

    /// <summary>Microseconds of processor time of the target and its children for one request; for <c>direct</c> that of the origin.</summary>
    public required double CpuPerRequest { get; init; }

    /// <summary>The same of the origin.</summary>
    public required double OriginCpuPerRequest { get; init; }

    /// <summary>The same of this client.</summary>
    public required double ClientCpuPerRequest { get; init; }

    /// <summary>Microseconds from the first byte sent to the last received.</summary>
    public required double P50 { get; init; }
    public required double P90 { get; init; }
    public required double P99 { get; init; }
    public required double P999 { get; init; }

    /// <summary>Connections that failed.</summary>
    public required int Errors { get; init; }

    /// <summary>The first failure, in words.</summary>
    public required string? FirstError { get; init; }

    /// <summary>Mebibytes in use by the target when the round ended.</summary>
    public required double ResidentMebibytes { get; init; }
}

/// <summary>Drives one target at a time with a fixed number of connections: a closed loop, so latencies are those at full speed.</summary>
internal sealed class LoadGenerator(byte[] request, int bodyLength, int connections, int originProcessId)
{
    // Connections are made and the first answers are in before a window begins.
    private static readonly TimeSpan LeadIn = TimeSpan.FromMilliseconds(200);

    // A target that does not reach the requests of the warm-up in this time is measured cold, and its figures show it.
    private static readonly TimeSpan WarmUpMost = TimeSpan.FromSeconds(60);

    /// <summary>Drives a target for a while without measuring.</summary>
    public async Task WarmUpAsync(Target target, TimeSpan least, int requests, CancellationToken cancellationToken)
    {
        var started = Stopwatch.GetTimestamp();
        await using var load = await StartAsync(target);
        do
        {
            await Task.Delay(100, cancellationToken);
            if (load.FirstError is { } error) throw new BenchException($"{target.Name} fails while warming up: {error}");
        }
        while (Stopwatch.GetElapsedTime(started) is var elapsed && elapsed < WarmUpMost && (elapsed < least || load.Answers < requests));
    }

    /// <summary>Measures a target once.</summary>
    public async Task<Measurement> MeasureAsync(Target target, int round, TimeSpan window, CancellationToken cancellationToken)
    {
        await using var load = await StartAsync(target);
        await Task.Delay(LeadIn, cancellationToken);

        load.SetMeasured(true);
        var before = Costs();
        var (started, answersBefore) = (Stopwatch.GetTimestamp(), load.Answers);
        await Task.Delay(window, cancellationToken);
        var (elapsed, requests) = (Stopwatch.GetElapsedTime(started), load.Answers - answersBefore);
        var after = Costs();
        load.SetMeasured(false);
        var (errors, firstError) = (load.Errors, load.FirstError);
        await load.DisposeAsync();

        var latencies = load.Latencies();
        return new Measurement
        {
            Round = round,
            Requests = requests,
            RequestsPerSecond = requests / elapsed.TotalSeconds,
            CpuPerRequest = PerRequest(after.Target.Cpu - before.Target.Cpu),
            OriginCpuPerRequest = PerRequest(after.Origin.Cpu - before.Origin.Cpu),
            ClientCpuPerRequest = PerRequest(after.Client.Cpu - before.Client.Cpu),
            P50 = latencies.Percentile(0.5).TotalMicroseconds,
            P90 = latencies.Percentile(0.9).TotalMicroseconds,
            P99 = latencies.Percentile(0.99).TotalMicroseconds,
            P999 = latencies.Percentile(0.999).TotalMicroseconds,
            Errors = errors,
            FirstError = firstError,
            ResidentMebibytes = after.Target.ResidentBytes / (1024.0 * 1024.0),
        };

        double PerRequest(TimeSpan cpu) => requests == 0 ? double.NaN : cpu.TotalMicroseconds / requests;

        (ProcessCost Target, ProcessCost Origin, ProcessCost Client) Costs() =>
            (ProcessCost.Of(target.ProcessId), ProcessCost.Of(originProcessId), new ProcessCost(Environment.CpuUsage.TotalTime, 0));
    }

    private async Task<RunningLoad> StartAsync(Target target)
    {
        var load = new RunningLoad([.. Enumerable.Range(0, connections).Select(_ => new LoadConnection(request, bodyLength))]);
        try
        {
            foreach (var connection in load.Connections) connection.Start(target.EndPoint);
        }
        catch (System.Net.Sockets.SocketException problem)
        {
            await load.DisposeAsync();
            throw new BenchException($"{target.Name} does not take connections: {problem.Message}");
        }

        return load;
    }

    private sealed class RunningLoad(LoadConnection[] connections) : IAsyncDisposable
    {
        public LoadConnection[] Connections => connections;
        public long Answers => connections.Sum(c => c.Answers);
        public int Errors => connections.Count(c => c.Error is not null);
        public string? FirstError => connections.Select(c => c.Error).FirstOrDefault(e => e is not null);

        public void SetMeasured(bool isMeasured)
        {
            foreach (var connection in connections) connection.IsMeasured = isMeasured;
        }

        public LatencyHistogram Latencies()
        {
            var all = new LatencyHistogram();
            foreach (var connection in connections) all.Add(connection.Latencies);
            return all;
        }

        public async ValueTask DisposeAsync()
        {
            foreach (var connection in connections) connection.Dispose();
            // What was being handled on the sockets' thread is done with.
            await Task.Delay(50, CancellationToken.None);
        }
    }
}
