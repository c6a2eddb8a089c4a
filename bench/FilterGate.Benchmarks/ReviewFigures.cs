using System.Diagnostics;
using System.Globalization;
using FilterGate.Events;
using FilterGate.Policy;
using FilterGate.Policy.Documents;
using FilterGate.Policy.People;
using FilterGate.Review;
using FilterGate.State;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.Logging;

namespace FilterGate.Benchmarks;

/// <summary><c>--review [FOLDER] [PERSON]</c>: how long each page of the review site takes over a folder of events, by loopback and all: the goal is 100 ms at 20 million events.</summary>
/// <remarks>Without a folder a store of some hundred thousand events is made first. The site is asked as on a first run, where nobody holds a key and everything may be read. The first answer is left out: it compiles. The processor time is that of the whole process, the asking included: it says more where others use the computer.</remarks>
internal static class ReviewFigures
{
    private const int Rounds = 15, MadeEvents = 200_000;

    public static async Task<int> RunAsync(string[] args)
    {
        using var made = new TemporaryFolder();
        var folder = args.Length > 0 ? args[0] : Path.Combine(made.Path, "events");
        await using var events = EventStore.Open(folder, TimeProvider.System);
        if (args.Length == 0) await FillAsync(events);
        var newest = events.Search(new EventQuery { Limit = 1 }).Events is [var last] ? last : throw new InvalidOperationException($"{folder} has no events.");
        var person = args.Length > 1 ? args[1] : newest.Person ?? "p1";

        var document = PolicyDocument.Parse("school: Bench\nnetworks: [10.0.0.0/8]\ntiers: { pupil: {}, staff: {} }\n", Lists.ListLoader.ShippedTaxonomy, out _)!;
        var policy = PolicySnapshot.Compile(document, new Matching.ListSet { Taxonomy = Lists.ListLoader.ShippedTaxonomy, Version = "bench" }, InForce.Nothing with { Roster = Roster.Empty });
        using var state = StateStore.Open(Path.Combine(made.Path, "state.db"), TimeProvider.System);
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        // The store ends where it ends: the pages' now is its newest event's.
        builder.AddReviewSite(events, state, () => policy, new ClockAt(newest.Time), new ReviewSiteOptions());
        await using var site = builder.Build();
        site.MapReviewSite();
        await site.StartAsync();
        using var client = new HttpClient { BaseAddress = new Uri(site.Urls.First()) };

        var day = DateOnly.FromDateTime(newest.Time.UtcDateTime);
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{"page",-44} {"median ms",10} {"worst ms",10} {"processor",10} {"KB",8}"));
        foreach (var page in new[]
        {
            "/", "/review", "/review?acts=all&state=all&when=week", "/review?by=people&when=week", "/review?when=week&state=all&text=game", $"/review/act/{newest.Id:N}", $"/person/{person}", $"/person/{person}?day={day.AddDays(-3):yyyy-MM-dd}",
            "/searches", "/searches?when=week", "/governors", "/requests", "/overrides", "/policy", "/lists", "/coverage", "/audit", "/log", "/log?when=week",
        })
        {
            var (times, processor, bytes) = (new List<double>(), new List<double>(), 0);
            for (var round = 0; round <= Rounds; round++)
            {
                var (started, used) = (Stopwatch.GetTimestamp(), Environment.CpuUsage.TotalTime);
                using var answer = await client.GetAsync(page);
                bytes = (await answer.Content.ReadAsByteArrayAsync()).Length;
                if (!answer.IsSuccessStatusCode) Console.Error.WriteLine($"{page}: {(int)answer.StatusCode}");
                if (round == 0) continue;
                times.Add(Stopwatch.GetElapsedTime(started).TotalMilliseconds);
                processor.Add((Environment.CpuUsage.TotalTime - used).TotalMilliseconds);
            }
            times.Sort();
            processor.Sort();
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{page,-44} {times[Rounds / 2],10:0.0} {times[^1],10:0.0} {processor[Rounds / 2],10:0.0} {bytes / 1024.0,8:0.0}"));
        }
        return 0;
    }

    private static async Task FillAsync(EventStore events)
    {
        var now = DateTimeOffset.UtcNow;
        string[] hosts = ["games.example", "chat.example", "shop.example", "video.example"];
        for (var i = 0; i < MadeEvents; i++)
        {
            var person = $"p{i % 600}";
            var isSearch = i % 29 == 0;
            await events.EnqueueAsync(new FilterEvent
            {
                // A week of school: the newest last.
                Time = now.AddSeconds(-(MadeEvents - i) * 3), Kind = isSearch ? EventKind.Search : EventKind.Block, Decision = isSearch ? Verdict.Allow : Verdict.Block, Reason = isSearch ? Reason.CategoryAllow : Reason.CategoryBlock,
                Person = person, Client = "10.0.0.1", Group = "4a", Tier = i % 9 == 0 ? "staff" : "pupil", Method = "GET", Host = hosts[i % hosts.Length], Url = $"https://{hosts[i % hosts.Length]}/game/{i % 5_000}", Category = "games",
                ActKind = i % 4 == 0 || isSearch ? isSearch ? ActKind.Search : ActKind.BlockedAct : null, Intent = isSearch ? Intent.Searched : Intent.Clicked, SearchWords = isSearch ? $"game number {i % 700}" : null,
            });
        }
        await events.CommitAsync(new FilterEvent { Time = now, Kind = EventKind.Block, Decision = Verdict.Block, Person = "p1", Tier = "pupil", Host = hosts[0], Url = $"https://{hosts[0]}/", Category = "games", ActKind = ActKind.BlockedAct }, giveReference: false);
    }

    private sealed class ClockAt(DateTimeOffset start) : TimeProvider
    {
        private readonly long _began = Stopwatch.GetTimestamp();

        public override DateTimeOffset GetUtcNow() => start.AddSeconds(1) + Stopwatch.GetElapsedTime(_began);
    }

    private sealed class TemporaryFolder : IDisposable
    {
        public string Path { get; } = Directory.CreateTempSubdirectory("filtergate-review-bench").FullName;

        public void Dispose() => Directory.Delete(Path, recursive: true);
    }
}
