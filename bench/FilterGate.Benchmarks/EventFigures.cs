using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Text.Json;
using FilterGate.Events;
using FilterGate.Events.Sqlite;

namespace FilterGate.Benchmarks;

/// <summary>What does it cost to write events down, with counts, index and digests, and how long does a page or a report of the review site take among millions?</summary>
/// <remarks>
/// <c>--count N</c> (2,000,000; the goals are for 20,000,000, some 8 GB), <c>--folder DIR</c> (kept and used again when it is there), <c>--json FILE</c>, <c>--only write|read</c>.
/// Writing is measured on the real path: queue, one thread, <c>synchronous=FULL</c>. Processor time is that of the whole process, compiler and measuring included; the events are made beforehand. Reading opens the files for each question, as a page does.
/// </remarks>
internal static class EventFigures
{
    private static readonly JsonSerializerOptions Json = new() { WriteIndented = true, PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower };

    private const int Days = 88;
    private static readonly DateTimeOffset From = new(2026, 9, 2, 0, 0, 0, TimeSpan.Zero);
    private static readonly DateTimeOffset Until = From.AddDays(Days);

    public static async Task<int> RunAsync(string[] args)
    {
        string? Option(string name) => Array.IndexOf(args, name) is var at and >= 0 && at + 1 < args.Length ? args[at + 1] : null;
        var count = long.Parse(Option("--count") ?? "2000000", CultureInfo.InvariantCulture);
        var only = Option("--only");
        var given = Option("--folder");
        var folder = given ?? Directory.CreateTempSubdirectory("filtergate-events-").FullName;
        var results = new Dictionary<string, object> { ["date"] = DateTime.UtcNow.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture), ["processor"] = Processor(), ["load_before"] = Load() };
        try
        {
            if (only is null or "write") results["write"] = await WriteAsync(folder);
            if (only is null or "read")
            {
                results["store"] = Build(folder, count);
                results["read"] = Read(folder);
            }
            results["load_after"] = Load();
            if (Option("--json") is { } file) await File.WriteAllTextAsync(file, JsonSerializer.Serialize(results, Json));
        }
        finally
        {
            if (given is null) Directory.Delete(folder, recursive: true);
        }
        return 0;
    }

    /// <summary>Writing at a rate: does it keep up, and what does it take of a core?</summary>
    private static async Task<object> WriteAsync(string root)
    {
        var rows = new List<object>();
        Console.WriteLine("| offered/s | for | written | CPU of one core | CPU µs an event | most waiting | longest wait of a caller | memory MiB more | bytes an event |");
        foreach (var (rate, seconds) in new[] { (10_000, 6), (2_000, 8), (10_000, 10), (50_000, 5) }) // The first is to compile the program.
        {
            var folder = Path.Combine(root, "write");
            var school = new SchoolEvents(11);
            // In their own time, as they come: each stands in the second in which it is offered.
            var start = DateTimeOffset.UtcNow;
            var events = Enumerable.Range(0, rate * seconds).Select(i => school.Next(start.AddSeconds((double)i / rate))).ToArray();
            GC.Collect();
            var memory = GC.GetTotalMemory(forceFullCollection: true);
            var (mostWaiting, mostMemory, longest) = (0, 0L, TimeSpan.Zero);
            long size;
            TimeSpan elapsed, used;
            await using (var store = EventStore.Open(folder, TimeProvider.System))
            {
                used = Environment.CpuUsage.TotalTime;
                var began = Stopwatch.StartNew();
                for (var i = 0; i < events.Length;)
                {
                    var due = (int)Math.Min(events.Length, began.Elapsed.TotalSeconds * rate);
                    for (; i < due; i++)
                    {
                        var adding = store.EnqueueAsync(events[i]);
                        if (adding.IsCompletedSuccessfully) continue;
                        var waited = Stopwatch.GetTimestamp();
                        await adding;
                        if (Stopwatch.GetElapsedTime(waited) is var wait && wait > longest) longest = wait;
                    }
                    mostWaiting = Math.Max(mostWaiting, store.Health.Waiting);
                    mostMemory = Math.Max(mostMemory, GC.GetTotalMemory(forceFullCollection: false) - memory);
                    await Task.Delay(10); // More often, and the asking would be a tenth of what is measured.
                }
                while (store.Health.Waiting > 0) await Task.Delay(5);
                elapsed = began.Elapsed;
                if (store.Health.Written != events.Length) throw new InvalidOperationException($"{store.Health.Written} of {events.Length} events were written.");
            }
            // Closing brings the index up to the last event: its time counts too.
            var processor = Environment.CpuUsage.TotalTime - used;
            size = Directory.EnumerateFiles(folder, "*.db").Sum(file => new FileInfo(file).Length);
            var row = new
            {
                Rate = rate, Seconds = seconds, Elapsed = Math.Round(elapsed.TotalSeconds, 2), Core = Math.Round(processor / elapsed * 100, 1), MicrosecondsAnEvent = Math.Round(processor.TotalMicroseconds / events.Length, 1),
                MostWaiting = mostWaiting, LongestWaitMs = Math.Round(longest.TotalMilliseconds, 1), MemoryMib = mostMemory >> 20, BytesAnEvent = size / events.Length,
            };
            rows.Add(row);
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"| {rate:n0} | {seconds} s | in {row.Elapsed} s | {row.Core} % | {row.MicrosecondsAnEvent} | {mostWaiting:n0} | {row.LongestWaitMs} ms | {row.MemoryMib} | {row.BytesAnEvent} | load {Load()}"));
            Directory.Delete(folder, recursive: true);
        }
        return rows;
    }

    /// <summary>Three months of a school, written in large commits that nobody waits for.</summary>
    private static object Build(string root, long count)
    {
        var folder = Path.Combine(root, "store");
        var began = Stopwatch.StartNew();
        if (!Directory.Exists(folder))
        {
            Directory.CreateDirectory(folder);
            var school = new SchoolEvents(7);
            var files = new Dictionary<EventFile, (EventFileWriter Writer, List<PendingEvent> Waiting)>();
            long made = 0;
            foreach (var time in SchoolEvents.Times(From, Days, count))
            {
                var e = school.Next(time);
                var file = EventFile.Of(e);
                if (!files.TryGetValue(file, out var open)) files[file] = open = (EventFileWriter.Open(folder, file, TimeProvider.System, Reference.Draw, isDurable: false), []);
                open.Waiting.Add(new PendingEvent(e, giveReference: e.Kind == EventKind.Block && e.ActKind is not null, 0, null));
                if (open.Waiting.Count == 10_000) Flush(open);
                if (++made % 1_000_000 == 0) Console.Error.WriteLine($"{made:n0} in {began.Elapsed.TotalSeconds:f0} s");
            }
            foreach (var open in files.Values)
            {
                Flush(open);
                open.Writer.Dispose();
            }
        }
        var size = Directory.EnumerateFiles(folder, "*.db").Sum(file => new FileInfo(file).Length);
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"store of {count:n0}: {size / 1e9:f2} GB, {size / count} bytes an event, {began.Elapsed.TotalSeconds:f0} s"));
        return new { Events = count, Bytes = size, BytesAnEvent = size / count };

        static void Flush((EventFileWriter Writer, List<PendingEvent> Waiting) open)
        {
            open.Writer.Write(CollectionsMarshal.AsSpan(open.Waiting));
            while (open.Writer.Unindexed > 0) open.Writer.Index(EventWriter.IndexStep);
            open.Waiting.Clear();
        }
    }

    private static List<object> Read(string root)
    {
        var reader = new EventReader(Path.Combine(root, "store"));
        var rows = new List<object>();
        var newest = reader.Search(new EventQuery { Limit = 1 }).Events[0];
        var middle = reader.Search(new EventQuery { Until = From.AddDays(40), Limit = 1 }).Events[0];
        (string Name, EventQuery Query)[] pages =
        [
            ("newest", new()),
            ("newest acts", new() { Acts = EventQuery.EveryAct }),
            ("next page of acts, in the middle", new() { Acts = EventQuery.EveryAct, Before = middle.Id }),
            ("searches", new() { Acts = [ActKind.Search] }),
            ("attempts to get round the filter", new() { Acts = [ActKind.Circumvention] }),
            ("blocked acts of a day", new() { Acts = [ActKind.BlockedAct], Since = From.AddDays(40), Until = From.AddDays(41) }),
            ("a person", new() { Person = "p0770" }),
            ("acts of a person who is seldom there", new() { Person = "p1480", Acts = EventQuery.EveryAct }),
            ("blocked acts of a person", new() { Person = "p0770", Acts = [ActKind.BlockedAct] }),
            ("a device", new() { Device = "ipad-300" }),
            ("an address, one day", new() { Client = "10.20.2.77", Since = From.AddDays(40), Until = From.AddDays(41) }),
            ("an hour of a person", new() { Person = "p0002", Since = middle.Time.AddMinutes(-30), Until = middle.Time.AddMinutes(30) }),
            ("a category", new() { Category = "games", Acts = EventQuery.EveryAct }),
            ("a category and a class", new() { Category = "games", Group = "class-7", Acts = [ActKind.BlockedAct] }),
            ("guests", new() { Tier = "guest", Acts = EventQuery.EveryAct }),
            ("typed by staff in a category", new() { Tier = "staff", Category = "music", Acts = [ActKind.TypedAddress] }),
            ("never: staff in a pupils' class", new() { Tier = "staff", Group = "class-7" }),
            ("a host that few know", new() { Host = "site19990.example" }),
            ("a host that all know", new() { Host = "site1.example" }),
            ("parts of an act", new() { PartsOf = middle.Act ?? middle.Id }),
            ("one frequent word", new() { Text = "volcano" }),
            ("two words", new() { Text = "minecraft homework" }),
            ("four words", new() { Text = "welsh music maps animals" }),
            ("the beginning of a word", new() { Text = "minec" }),
            ("words of a person", new() { Text = "romans", Person = "p0770" }),
            ("a word that is nowhere", new() { Text = "xylophone" }),
        ];
        Console.WriteLine("| page of 100 | first ms | median ms | of it processor | rows |");
        foreach (var (name, query) in pages)
        {
            var (first, median, processor, found) = Time(() => reader.Search(query).Events.Count);
            rows.Add(new { Page = name, FirstMs = first, MedianMs = median, ProcessorMs = processor, Rows = found });
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"| {name} | {first:f1} | {median:f1} | {processor:f1} | {found} |"));
        }

        (string Name, Func<int> Run)[] reports =
        [
            ("a day by hour and verdict", () => reader.Count(new(From.AddDays(40), From.AddDays(41), CountBy.Hour | CountBy.Verdict)).Rows.Count),
            ("a week: people with most blocks", () => reader.Count(new(From.AddDays(35), From.AddDays(42), CountBy.Who) { Kinds = [EventKind.Block] }).Rows.Count),
            ("a month by hour, tier and category", () => reader.Count(new(From.AddDays(30), From.AddDays(60), CountBy.Hour | CountBy.Tier | CountBy.Category)).Rows.Count),
            ("three months by category and verdict", () => reader.Count(new(From, Until, CountBy.Category | CountBy.Verdict)).Rows.Count),
            ("three months by group", () => reader.Count(new(From, Until, CountBy.Group | CountBy.Kind)).Rows.Count),
            ("three months: people with most blocks", () => reader.Count(new(From, Until, CountBy.Who) { Kinds = [EventKind.Block], Limit = 50 }).Rows.Count),
            ("three months: all people", () => reader.Count(new(From, Until, CountBy.Who)).Rows.Count),
            ("three months of a person by hour and category", () => reader.Count(new(From, Until, CountBy.Hour | CountBy.Category) { Who = "person:p0770" }).Rows.Count),
            ("a week: hosts", () => reader.CountHosts(From.AddDays(35), From.AddDays(42), [], [], 50).Rows.Count),
            ("three months: hosts blocked", () => reader.CountHosts(From, Until, ["pupil"], [EventKind.Block], 50).Rows.Count),
            ("three months: all hosts", () => reader.CountHosts(From, Until, [], [], 50).Rows.Count),
        ];
        Console.WriteLine("| report | first ms | median ms | of it processor | rows |");
        foreach (var (name, run) in reports)
        {
            var (first, median, processor, found) = Time(run);
            rows.Add(new { Report = name, FirstMs = first, MedianMs = median, ProcessorMs = processor, Rows = found });
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"| {name} | {first:f1} | {median:f1} | {processor:f1} | {found} |"));
        }
        Console.WriteLine($"newest event {newest.Time:u}, load {Load()}");
        return rows;
    }

    /// <summary>The first time and the median of nine more on the clock, and the median of the processor time, which says more where others use the computer.</summary>
    private static (double First, double Median, double Processor, int Found) Time(Func<int> run)
    {
        var (times, processor) = (new List<double>(), new List<double>());
        var found = 0;
        for (var round = 0; round < 10; round++)
        {
            var (began, used) = (Stopwatch.GetTimestamp(), Environment.CpuUsage.TotalTime);
            found = run();
            times.Add(Stopwatch.GetElapsedTime(began).TotalMilliseconds);
            processor.Add((Environment.CpuUsage.TotalTime - used).TotalMilliseconds);
        }
        return (Math.Round(times[0], 2), Math.Round(times.Skip(1).Order().ElementAt(4), 2), Math.Round(processor.Skip(1).Order().ElementAt(4), 2), found);
    }

    private static string Load() => File.Exists("/proc/loadavg") ? File.ReadAllText("/proc/loadavg").Split(' ')[0] : "unknown";

    private static string Processor() => File.Exists("/proc/cpuinfo") ? File.ReadLines("/proc/cpuinfo").FirstOrDefault(line => line.StartsWith("model name", StringComparison.Ordinal))?.Split(':')[1].Trim() ?? "unknown" : "unknown";
}
