using System.Globalization;
using FilterGate.Events;

// Writes events as fast as it can until it is killed, and prints the reference of each one that is acknowledged: what a page would have shown.
//   FilterGate.Events.CrashWriter FOLDER [COUNT]     with COUNT it stops by itself after so many
var folder = args[0];
var rest = args.Length > 1 ? int.Parse(args[1], CultureInfo.InvariantCulture) : int.MaxValue;

await using var store = EventStore.Open(folder, TimeProvider.System);
var output = new StreamWriter(Console.OpenStandardOutput()) { AutoFlush = true };

// Pages whose reference is shown, side by side with the sub-resources that nobody waits for.
await Task.WhenAll(Enumerable.Range(0, 16).Select(worker => Task.Run(async () =>
{
    while (Interlocked.Decrement(ref rest) >= 0)
    {
        for (var i = 0; i < 5; i++) await store.EnqueueAsync(Event($"part{i}.worker{worker}.example"));
        var committed = await store.CommitAsync(Event($"page.worker{worker}.example"), giveReference: true);
        lock (output) output.WriteLine($"{committed.Id} {committed.Reference}");
    }
})));

static FilterEvent Event(string host) => new()
{
    Time = DateTimeOffset.UtcNow, Kind = EventKind.Block, Client = "10.20.1.7", Tier = "pupil", Method = "GET", Host = host, Url = $"http://{host}/some/path", Category = "games", List = "games/domains", Entry = host,
};
