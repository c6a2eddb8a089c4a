using FilterGate.Devices;
using FilterGate.Policy.People;
using Microsoft.Extensions.Logging;

namespace FilterGate.Running;

/// <summary>Looks every few seconds which hardware address is behind which address, while the roster has a device that is known by one.</summary>
/// <remarks>What cannot be read stays as it was a moment ago and is said once; a device that has just come is an unknown one until the next look, and unknown devices have the strictest policy.</remarks>
internal sealed partial class NeighbourLoop : BackgroundLoop
{
    /// <summary>A device has joined the network for a second or two when its first request comes; the kernel knows its hardware address by then.</summary>
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(3);


    /// <summary>Begins at once.</summary>
    public NeighbourLoop(NeighbourSources sources, Func<Roster> roster, Action<AddressBook> publish, TimeProvider clock, ILogger log) =>
        Begin(token => Task.Run(() => RunAsync(sources, roster, publish, clock, log, token), CancellationToken.None));

    private static async Task RunAsync(NeighbourSources sources, Func<Roster> roster, Action<AddressBook> publish, TimeProvider clock, ILogger log, CancellationToken cancellationToken)
    {
        using var timer = new PeriodicTimer(Interval, clock);
        var said = "";
        var lastSuccess = clock.GetUtcNow();
        do
        {
            if (!roster().HasMacs) continue;
            var (neighbours, problems) = await sources.ReadAsync(cancellationToken);
            publish(NeighbourSources.BookOf(neighbours));
            var problem = string.Join("; ", problems);
            if (problem.Length == 0) lastSuccess = clock.GetUtcNow();
            else if (problem != said) NotRead(log, lastSuccess, problem);
            said = problem;
        }
        while (await timer.WaitForNextTickAsync(cancellationToken));
    }

    [LoggerMessage(250, LogLevel.Warning, "Which device is behind which address could not be learnt from everywhere (last time it could: {LastSuccess:u}); what was known stays, and a device that is known by its hardware address alone and comes now is an unknown one: {Problem}")]
    private static partial void NotRead(ILogger log, DateTimeOffset lastSuccess, string problem);
}
