using System.Net;
using FilterGate.Policy;
using FilterGate.Review.Site;
using FilterGate.Review.Tests.Lists;
using FilterGate.Review.Today;
using FilterGate.Review.Watching;
using FilterGate.Safeguarding.Keeping;
using FilterGate.State;
using FilterGate.Testing;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;

namespace FilterGate.Review.Tests.Acts;

/// <summary>Whether the filter is healthy, on <i>Today</i>: each line of it, well and not.</summary>
internal sealed class HealthTests
{
    private static readonly DateTimeOffset Night = new(2026, 11, 22, 3, 40, 0, TimeSpan.Zero);

    /// <summary>Noon of a school day.</summary>
    private static readonly DateTimeOffset Monday = new(2026, 11, 23, 12, 0, 0, TimeSpan.Zero);

    private static readonly KeepingStatus Well = new() { LastRun = Night, LastSuccess = Night, IsWhole = true };

    /// <summary>What is different from a box on which all is well, or nothing is known.</summary>
    internal sealed record Case(string Line, string Look, string Says)
    {
        public DateTimeOffset Now { get; init; } = RunningSite.Now;
        public FakeGateway Gateway { get; init; } = new(_ => Task.CompletedTask);
        public PolicySnapshot Policy { get; init; } = SamplePolicy.With(SampleDay.People);
        public Func<TempFolder, FakeTimeProvider, ReviewSiteOptions> Options { get; init; } = (_, _) => new ReviewSiteOptions();
        public Func<RunningSite, FakeTimeProvider, Task> Arrange { get; init; } = (_, _) => Task.CompletedTask;
    }

    private static IEnumerable<TestCaseData> Cases()
    {
        TestCaseData Row(string name, Case of) => new TestCaseData(of).SetName($"{of.Line.Replace(" ", "", StringComparison.Ordinal)}_{name}");
        TestCaseData Round(string name, KeepingStatus? status, string look, string says) => Row(name, new("Nightly round", look, says) { Options = (_, _) => new ReviewSiteOptions { Keeping = () => status } });
        yield return Round("Never", null, "warn", "There was none yet");
        yield return Round("Well", Well, "good", "On Sun 22 Nov, 03:40 all records were as they were written");
        yield return Round("BeforeLastNight", Well with { LastRun = Night.AddDays(-1) }, "good", "On Sat 21 Nov, 03:40");
        yield return Round("MissedTwice", Well with { LastRun = Night.AddDays(-3) }, "warn", "The last was on Thu 19 Nov, 03:40: is the gateway running?");
        yield return Round("CouldNotDropAFile", Well with { Problems = ["2025-10.db cannot be dropped"] }, "warn", "It did not end well on Sun 22 Nov, 03:40: ask the technician.");
        yield return Round("FoundSomethingChanged", Well with { IsWhole = false, Problems = ["2026-11.db is not as it was written"] }, "bad", "records that are not as they were written");

        TestCaseData Gateway(string name, string look, string says, Func<CancellationToken, Task>? answer = null, Func<RunningSite, FakeTimeProvider, Task>? arrange = null, DateTimeOffset? now = null) =>
            Row(name, new("Gateway", look, says) { Now = now ?? RunningSite.Now, Gateway = new(answer ?? (_ => Task.CompletedTask)), Arrange = arrange ?? ((_, _) => Task.CompletedTask) });
        yield return Gateway("Answers", "good", "It runs, and what ends is recorded.");
        yield return Gateway("DoesNotRun", "bad", "None answers here", _ => throw new GatewayWatchException("No gateway runs.", mayRun: false));
        yield return Gateway("IsSilent", "bad", "None answers here", cancellationToken => Task.Delay(Timeout.Infinite, cancellationToken));
        yield return Gateway("MayNotBeAsked", "warn", "It cannot be known from here whether it runs.", _ => throw new GatewayWatchException("Only root may ask."));
        yield return Gateway("RecordsNoEndings", "warn", "has not recorded the end of 1 overrides", arrange: (site, clock) =>
        {
            Assert.That(Policy.Site.TryParse("films.example", out var films, out var error), error);
            site.State.Grant(Audience.ForTier("pupil"), films!, clock.GetUtcNow().AddHours(-2), clock.GetUtcNow().AddHours(-1), "a film", "technician");
            return Task.CompletedTask;
        });
        yield return Gateway("NoTrafficYetOnASchoolDay", "warn", "No traffic has come to it: does it go another way?", now: Monday);
        yield return Gateway("NoTrafficSinceTheWeekend", "warn", "No traffic has come to it since Fri 20 Nov, 15:00", arrange: (site, _) => Traffic(site, Monday.AddDays(-3).AddHours(3)), now: Monday);
        yield return Gateway("TrafficOfThisMorning", "good", "It runs", arrange: (site, _) => Traffic(site, Monday.AddHours(-1)), now: Monday);
        TestCaseData Devices(string name, string look, string says, params (DeviceHolding Holding, string Tier, int Requests)[] counts) => Row(name, new("Devices", look, says)
        {
            Now = Monday.AddHours(2),
            Arrange = (site, _) =>
            {
                foreach (var (holding, tier, requests) in counts)
                    site.State.AddCoverage([new CoverageCount(new CoverageKey(Monday, tier, DeviceKind.IPad, CoverageMode.Read, CoverageReason.None) { Holding = holding }, requests, Bytes: 4_000)]);
                return Task.CompletedTask;
            },
        });
        yield return Devices("AllEntered", "good", "Whatever asked today is entered.", (DeviceHolding.Named, "pupil", 50), (DeviceHolding.Unknown, "guest", 40));
        yield return Devices("SomeUnknown", "warn", "40 of today's 1,090 requests", (DeviceHolding.Trolley, "pupil", 1050), (DeviceHolding.Unknown, "pupil", 40));
        yield return Devices("SomeUnknown_LeadsToCoverage", "warn", "<a href=\"/coverage\">", (DeviceHolding.Unknown, "pupil", 40));
        yield return Gateway("NoTrafficInTheEvening", "good", "It runs", now: Monday.AddHours(6));

        TestCaseData Events(string name, string look, string says, Func<RunningSite, FakeTimeProvider, Task> arrange) => Row(name, new("Events", look, says) { Arrange = arrange });
        yield return Events("None", "warn", "Nothing is on record yet.", (_, _) => Task.CompletedTask);
        yield return Events("OfToday", "good", "The newest is of Sun 22 Nov, 13:05.", (site, _) => site.Events.CommitAsync(SampleDay.Blocked(-60, "p401", "games.example"), giveReference: false));
        yield return Events("OfLastWeek", "warn", "The newest is of Sun 15 Nov", (site, _) => site.Events.CommitAsync(SampleDay.Blocked(-7 * 24 * 60, "p401", "games.example"), giveReference: false));
        yield return Events("FromTheFuture", "warn", "a clock was set back", (site, _) => site.Events.CommitAsync(SampleDay.Blocked(60, "p401", "games.example"), giveReference: false));
        yield return Events("Damaged", "bad", "A part cannot be read", (site, _) => File.WriteAllTextAsync(Path.Combine(site.EventsFolder, "2026-11.allowed.db"), new string('x', 5000)));
        yield return Events("CannotBeWritten", "bad", "They cannot be written", async (site, _) =>
        {
            var inTheWay = Directory.CreateDirectory(Path.Combine(site.EventsFolder, "2026-10.db"));
            await site.Events.EnqueueAsync(SampleDay.Blocked(-40 * 24 * 60, "p401", "games.example"));
            while (site.Events.Health.Problem is null) await Task.Delay(20);
            site.Ending = inTheWay.Delete; // What waits is written when the site stops.
        });

        yield return Row("InForce", new("Category lists", "good", "3 entries in force."));
        yield return Row("SomethingLeftOut", new("Category lists", "warn", "something was left out (1): ask the technician") { Policy = SamplePolicy.WithListWarning });

        TestCaseData Updates(string name, string look, string says, Action<TempFolder> arrange) => Row(name, new("Updates of lists", look, says)
        {
            Options = (folder, clock) =>
            {
                arrange(folder);
                return new ReviewSiteOptions { Lists = ListsTests.Box(folder, clock) };
            },
        });
        yield return Updates("None", "warn", "No full list was fetched here", _ => { });
        yield return Updates("OfToday", "good", "The oldest is of Sun 22 Nov, 04:05.", folder => ListsTests.WriteSource(folder, "ut1", ("20261122T040000Z-bbbbbbbb", RunningSite.Now.AddHours(-10), "new.example\n"), null, lastError: null));
        yield return Updates("OfLastMonth", "warn", "The oldest is of Fri 23 Oct", folder => ListsTests.WriteSource(folder, "ut1", ("20261023T040000Z-aaaaaaaa", RunningSite.Now.AddDays(-30), "old.example\n"), null, lastError: "the server does not answer"));

        yield return Row("Free", new("Disk", "", "GB free.") { Options = (folder, _) => new ReviewSiteOptions { KeysFolder = folder["review-keys"] } });
    }

    [TestCaseSource(nameof(Cases))]
    public async Task Today_SaysOf(Case of)
    {
        ArgumentNullException.ThrowIfNull(of);
        var clock = new FakeTimeProvider(of.Now);
        of.Gateway.Asked = () => clock.Advance(TimeSpan.FromSeconds(3));
        using var folder = new TempFolder();
        await using var site = await RunningSite.StartAsync(RunningSite.Log(RunningSite.Finds()), () => of.Policy, of.Options(folder, clock), clock, host =>
        {
            host.UseUrls("http://127.0.0.1:0");
            host.ConfigureServices(services => services.AddSingleton<IGatewayWatch>(of.Gateway));
        });
        await of.Arrange(site, clock);
        using var lead = await Visitor.SignedInAsync(site, "dsl", clock);
        var page = WebUtility.HtmlDecode(await lead.ReadAsync("/"));
        var line = page.Split("<li class=\"").Single(part => part.Contains($"<b>{of.Line}</b>", StringComparison.Ordinal));
        using (Assert.EnterMultipleScope())
        {
            Assert.That(line, Does.StartWith(of.Look).And.Contain(of.Says));
            if (of.Line == "Nightly round") Assert.That(line, Does.Not.Contain(".db"), "names of files are the technician's");
        }
    }

    [TestCase(200L << 30, 400L << 30, "good", "200.0 GB free.")]
    [TestCase(4L << 30, 10L << 30, "warn", "4.0 GB free.")]
    [TestCase(40L << 30, 1000L << 30, "warn", "40.0 GB free.")]
    [TestCase(400L << 20, 400L << 30, "bad", "0.4 GB free.")]
    [TestCase(0, 0, "bad", "0.0 GB free.")]
    public void Disk(long free, long size, string look, string says)
    {
        var line = Health.OfDisk(free, size, Tongue.English);
        Assert.That((line.Look, line.Words), Is.EqualTo((look, says)));
    }

    private static Task Traffic(RunningSite site, DateTimeOffset hour)
    {
        site.State.AddCoverage([new CoverageCount(new CoverageKey(hour, "pupil", DeviceKind.IPad, CoverageMode.Read, CoverageReason.None), Requests: 40, Bytes: 4_000)]);
        return Task.CompletedTask;
    }

    /// <summary>A gateway that answers, or not.</summary>
    internal sealed class FakeGateway(Func<CancellationToken, Task> answer) : IGatewayWatch
    {
        /// <summary>Called when it has been asked: time goes on.</summary>
        public Action Asked { get; set; } = () => { };

        public async Task<IReadOnlyList<WatchedDevice>> RunningAsync(CancellationToken cancellationToken)
        {
            var answered = answer(cancellationToken);
            if (!answered.IsCompleted) Asked();
            await answered;
            return [];
        }

        public Task<WatchedDevice> StartAsync(string target, string reason, string actor, TimeSpan length, CancellationToken cancellationToken) => throw new NotSupportedException();

        public Task<IReadOnlyList<WatchedConnection>> ReadAsync(long id, CancellationToken cancellationToken) => throw new NotSupportedException();

        public Task StopAsync(long id, CancellationToken cancellationToken) => throw new NotSupportedException();
    }
}
