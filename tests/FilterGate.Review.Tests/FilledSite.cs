using System.Globalization;
using FilterGate.Events;
using FilterGate.Policy;
using FilterGate.Policy.TwoKeys;
using FilterGate.Review.Tests.Coverage;
using FilterGate.Review.Tests.Decisions;
using FilterGate.Review.Tests.Lists;
using FilterGate.Review.Tests.Watching;
using FilterGate.Review.Watching;
using FilterGate.State;
using FilterGate.Testing;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;
using PolicySite = FilterGate.Policy.Site;

namespace FilterGate.Review.Tests;

/// <summary>A site with something on every page, and whoever looks at it signed in once.</summary>
internal sealed class FilledSite : IAsyncDisposable
{
    private readonly FakeTimeProvider _clock;
    private readonly TempFolder _lists;
    private readonly Dictionary<string, Visitor> _people = new(StringComparer.Ordinal);
    private readonly string _token;

    private FilledSite(RunningSite site, FakeTimeProvider clock, TempFolder lists) => (Site, _clock, _lists, _token) = (site, clock, lists, site.State.Invite("deputy-head", TimeSpan.FromHours(1), "technician"));

    /// <summary>The site.</summary>
    public RunningSite Site { get; }

    /// <summary>Makes it.</summary>
    public static async Task<FilledSite> StartAsync()
    {
        var clock = new FakeTimeProvider(RunningSite.Now);
        var folder = new TempFolder();
        ListsTests.WriteSource(
            folder, "ut1", ("20261120T040000Z-aaaaaaaa", RunningSite.Now.AddDays(-2), string.Concat(Enumerable.Range(0, 300).Select(i => $"old{i}.example\n"))),
            ("20261122T040000Z-bbbbbbbb", RunningSite.Now.AddHours(-10), string.Concat(Enumerable.Range(100, 400).Select(i => $"old{i}.example\n"))), lastError: null);
        var lists = ListsTests.Box(folder, clock);
        await lists.CompareAsync("ut1", "20261120T040000Z-aaaaaaaa", "20261122T040000Z-bbbbbbbb");
        var gateway = new WatchPagesTests.FakeGateway(clock);
        gateway.Add("ipad-14", "technician");
        var policy = SamplePolicy.With(SampleDay.People);
        var log = Enumerable.Range(0, 48).Select(i => Sample.Block(RunningSite.Now.AddMinutes(-3 - i), i % 3 == 0 ? "a-very-long-name-of-a-games-site-that-goes-on-and-on.example" : "games.example")).Append(Sample.Locked(RunningSite.Now.AddMinutes(-2))).Append(Sample.Override(RunningSite.Now.AddMinutes(-4)));
        var site = await RunningSite.StartAsync(RunningSite.Log(RunningSite.Finds([.. log])), () => policy, new ReviewSiteOptions { IsInvented = true, Lists = lists, StaffPastSince = static () => RunningSite.Now.AddMinutes(-12) }, clock, host =>
        {
            host.UseUrls("http://127.0.0.1:0");
            host.ConfigureServices(services => services.AddSingleton<IGatewayWatch>(gateway));
        });
        await FillAsync(site);
        return new FilledSite(site, clock, folder);
    }

    /// <summary>An address of the site, where "(token)" and "(act)" stand for what is known once it runs.</summary>
    public Uri At(string path) => new(Site.Address, path.Replace("(token)", _token, StringComparison.Ordinal).Replace("(act)", SampleDay.WithQuery.Id.ToString("N"), StringComparison.Ordinal));

    /// <summary>Somebody who is signed in.</summary>
    public async Task<Visitor> SignInAsync(string person) => _people.TryGetValue(person, out var known) ? known : _people[person] = await Visitor.SignedInAsync(Site, person, _clock);

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        foreach (var person in _people.Values) person.Dispose();
        await Site.DisposeAsync();
        _lists.Dispose();
    }

    /// <summary>Something on every page, and a pilot, whose banner is on all of them beside that of staff who pass unfiltered.</summary>
    private static async Task FillAsync(RunningSite site)
    {
        await SampleDay.FillAsync(site.Events, more: 60);
        foreach (var i in Enumerable.Range(0, 20))
            await site.Events.EnqueueAsync(SampleDay.Blocked(i / 60.0, "p401", $"a-very-long-name-of-a-games-site-that-goes-on-{i}.example") with { Kind = EventKind.WouldBlock, Decision = Verdict.LogOnly, ActKind = ActKind.PageView });
        await site.Events.CommitAsync(SampleDay.Blocked(0.5, "p402", "play.example") with { Kind = EventKind.WouldWarn, Decision = Verdict.LogOnly, ActKind = ActKind.PageView }, giveReference: false);
        var state = site.State;
        state.BeginShadow(RunningSite.Now.AddDays(1), "before we change over", "technician");
        foreach (var i in Enumerable.Range(0, 8))
            state.OpenSites([new OverrideDraft(i % 2 == 0 ? Audience.ForTier("pupil") : Audience.ForGroup("4b"), PolicySite.ForHost($"a-very-long-name-of-a-museum-that-goes-on-and-on-{i}.example"), RunningSite.Now.AddHours(-1), RunningSite.Now.AddHours(1))], "the year 4 project on the Romans, as agreed with the head of humanities", "technician");
        state.Block(PolicySite.ForHost("unsafe.example"), "seen by year 5 in a lesson", "violence", "technician");
        DecideTests.Request(site, "K7Q4-M2XA", "p401", "puzzles.example", route: RequestRoute.Pupil);
        DecideTests.Request(site, "K7Q4-M2XB", "t-hill", "a-very-long-name-of-a-games-site-that-goes-on-and-on.example", route: RequestRoute.Lesson);
        DecideTests.Request(site, "K7Q4-M2XC", "t-park", "chess.games.example", route: RequestRoute.ForGood);
        DecideTests.Request(site, "K7Q4-M2XE", "t-hill", "old.games.example", route: RequestRoute.ForGood);
        state.Refuse("K7Q4-M2XE", "not a teaching resource", "head");
        foreach (var i in Enumerable.Range(1, 2))
            state.ImportPolicy(i.ToString("d12", CultureInfo.InvariantCulture), $"school: Sample Primary\ntiers:\n  pupil: {{ games: {(i == 1 ? "warn" : "block")} }}\n", "technician", "as the governors decided in their autumn meeting");
        state.AddCoverage([.. Enumerable.Range(0, 28).Select(day => CoverageTests.Count(RunningSite.Now.AddDays(-day), CoverageMode.Read, CoverageReason.None, 9_000 + (day * 377 % 4_000)))]);
    }
}
