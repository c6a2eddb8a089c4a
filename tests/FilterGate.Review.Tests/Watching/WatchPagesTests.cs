using System.Collections.Concurrent;
using System.Net;
using FilterGate.Policy.People;
using FilterGate.Review.Watching;
using FilterGate.Testing.Browser;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;

namespace FilterGate.Review.Tests.Watching;

/// <summary>Whose the page is, what it asks of the gateway, and how it looks.</summary>
[TestFixture]
public sealed class WatchPagesTests
{
    private FakeTimeProvider _clock = null!;
    private FakeGateway _gateway = null!;
    private RunningSite _site = null!;
    private readonly Dictionary<string, Visitor> _visitors = [];

    [OneTimeSetUp]
    public async Task StartAsync()
    {
        _clock = new FakeTimeProvider(RunningSite.Now);
        _gateway = new FakeGateway(_clock);
        var roster = new Roster([], [new Device("ipad-14") { Address = IPAddress.Parse("10.20.1.7") }]);
        _site = await RunningSite.StartAsync(RunningSite.Log(RunningSite.Finds()), () => SamplePolicy.With(roster), clock: _clock, listen: host =>
        {
            host.UseUrls("http://127.0.0.1:0");
            host.ConfigureServices(services => services.AddSingleton<IGatewayWatch>(_gateway));
        });
    }

    [OneTimeTearDown]
    public async Task StopAsync()
    {
        foreach (var visitor in _visitors.Values) visitor.Dispose();
        if (_site is not null) await _site.DisposeAsync();
    }

    [TestCase("technician", 200)]
    [TestCase("it-partner", 200)]
    [TestCase("dsl", 403)]
    [TestCase("head", 403)]
    [TestCase("t-hill", 403)]
    public async Task Page_IsForTheTechnician(string person, int status)
    {
        var visitor = await SignedInAsync(person);
        foreach (var path in (string[])["/watch", $"/watch/{_gateway.Add("ipad-14", person)}"]) Assert.That((int)(await visitor.GetAsync(path)).StatusCode, Is.EqualTo(status), path);
    }

    [Test]
    public async Task Page_WithoutSignIn_AsksForIt()
    {
        using var visitor = new Visitor(_site.Address);
        Assert.That((await visitor.GetAsync("/watch")).Headers.Location?.ToString(), Is.EqualTo("/sign-in?return=%2Fwatch"), "at this computer too: the audit needs a name");
    }

    [Test]
    public async Task Form_Sent_BeginsAWatchInOnesOwnNameAndEndsIt()
    {
        var visitor = await SignedInAsync("it-partner");
        using var answer = await visitor.SendAsync("/watch", "/watch", ("target", "ipad-14"), ("reason", "reading app"), ("minutes", "5"));
        var path = answer.Headers.Location!.ToString();
        var watch = _gateway.Watches.Values.Single(w => w.Actor == "it-partner");
        Assert.That((watch.Target, watch.Reason, watch.Ends - watch.Begins), Is.EqualTo(("ipad-14", "reading app", TimeSpan.FromMinutes(5))));

        using var page = await visitor.GetAsync(path);
        Assert.That(page.Headers.GetValues("Refresh"), Is.EqualTo(new[] { "5" }));
        Assert.That(await page.Content.ReadAsStringAsync(), Does.Contain("never_intercept: [api.reader.example]").And.Contain("GET https-less.example/a"));
        using var still = await visitor.GetAsync(path + "?still=1&trouble=1");
        Assert.That(still.Headers.Contains("Refresh"), Is.False);
        Assert.That(await still.Content.ReadAsStringAsync(), Does.Contain("api.reader.example").And.Not.Contain("https-less.example"));

        using var ended = await visitor.SendAsync(path, path);
        Assert.That(ended.Headers.Location?.ToString(), Is.EqualTo("/watch?done=ended"));
        Assert.That(_gateway.Watches.Values.Any(w => w.Actor == "it-partner"), Is.False);
        Assert.That((int)(await visitor.GetAsync(path)).StatusCode, Is.EqualTo(404));
    }

    [Test]
    public async Task WatchOfAnother_IsNotThere()
    {
        var id = _gateway.Add("ipad-14", "technician");
        var visitor = await SignedInAsync("it-partner");
        Assert.That((int)(await visitor.GetAsync($"/watch/{id}")).StatusCode, Is.EqualTo(404));
        Assert.That(await visitor.ReadAsync("/watch"), Does.Not.Contain($"/watch/{id}\""));
        using var answer = await visitor.SendAsync("/watch", $"/watch/{id}");
        Assert.That(_gateway.Watches.ContainsKey(id), Is.True, "nor can it be ended");
    }

    [TestCase("", "why", "Name a device")]
    [TestCase("ipad-14", "  ", "Say why")]
    [TestCase("nothing", "why", "there is no device of that name")]
    public async Task Form_WithAMistake_SaysSoAndKeepsWhatWasWritten(string target, string reason, string message)
    {
        var visitor = await SignedInAsync("technician");
        using var answer = await visitor.SendAsync("/watch", "/watch", ("target", target), ("reason", reason));
        var page = await answer.Content.ReadAsStringAsync();
        Assert.That((int)answer.StatusCode, Is.EqualTo(422));
        Assert.That(page, Does.Contain(message).And.Contain($"value=\"{target}\""));
    }

    [Test]
    [Category("Browser")]
    [Category("Slow")]
    public async Task Page_InTheBrowser_IsAccessibleOnEveryScreen()
    {
        await using var chromium = await Chromium.StartAsync();
        var visitor = await SignedInAsync("technician");
        var id = _gateway.Add("ipad-14", "technician");
        var simple = _gateway.Add("ipad-5", "technician", "the reading app does not start");
        foreach (var dark in (bool[])[false, true])
        {
            await using var visit = await chromium.VisitAsync(Screen.Desktop(dark), scripts: false);
            var cookie = visitor.Cookies.GetCookies(_site.Address)["filtergate"]!;
            await visit.Page.Context.AddCookiesAsync([new Microsoft.Playwright.Cookie { Name = cookie.Name, Value = cookie.Value, Url = _site.Address.ToString() }]);
            foreach (var path in (string[])["watch", $"watch/{id}", $"watch/{simple}"])
            {
                await visit.Page.GotoAsync(new Uri(_site.Address, path).ToString());
                await visit.ShootAsync($"{path.Replace('/', '-')}-{Screen.Desktop(dark)}");
            }
        }

        await using var reading = await chromium.VisitAsync(Screen.Desktop());
        var mine = visitor.Cookies.GetCookies(_site.Address)["filtergate"]!;
        await reading.Page.Context.AddCookiesAsync([new Microsoft.Playwright.Cookie { Name = mine.Name, Value = mine.Value, Url = _site.Address.ToString() }]);
        foreach (var path in (string[])["watch", $"watch/{id}?still=1"])
        {
            await reading.Page.GotoAsync(new Uri(_site.Address, path).ToString());
            foreach (var screen in new[] { Screen.Desktop(), Screen.Tablet(), Screen.Phone() })
            {
                await reading.ResizeAsync(screen);
                await reading.ShootAsync($"{path.Split('?')[0].Replace('/', '-')}-{screen}");
                Assert.That(await reading.Page.EvaluateAsync<bool>("document.documentElement.scrollWidth <= innerWidth"), Is.True, $"nothing sticks out sideways at {screen}");
                await reading.AssertAccessibleAsync();
            }
        }

        Assert.That(reading.Requests, Is.All.Contains($" {_site.Address}"), "no request to anywhere else");
        Assert.That(reading.Complaints, Is.Empty);
    }

    /// <summary>An account is made once.</summary>
    private async Task<Visitor> SignedInAsync(string person) => _visitors.TryGetValue(person, out var known) ? known : _visitors[person] = await Visitor.SignedInAsync(_site, person, _clock);

    /// <summary>A gateway whose devices always do the same.</summary>
    internal sealed class FakeGateway(TimeProvider clock) : IGatewayWatch
    {
        private long _last;

        public ConcurrentDictionary<long, WatchedDevice> Watches { get; } = [];

        public long Add(string target, string actor, string reason = "see ticket 12", TimeSpan? length = null)
        {
            var id = Interlocked.Increment(ref _last);
            Watches[id] = new WatchedDevice(id, target, actor, reason, clock.GetUtcNow(), clock.GetUtcNow() + (length ?? TimeSpan.FromMinutes(15)));
            return id;
        }

        public Task<IReadOnlyList<WatchedDevice>> RunningAsync(CancellationToken cancellationToken) => Task.FromResult<IReadOnlyList<WatchedDevice>>([.. Watches.Values]);

        public Task<WatchedDevice> StartAsync(string target, string reason, string actor, TimeSpan length, CancellationToken cancellationToken) =>
            target == "nothing" ? throw new GatewayWatchException("there is no device of that name") : Task.FromResult(Watches[Add(target, actor, reason, length)]);

        public Task<IReadOnlyList<WatchedConnection>> ReadAsync(long id, CancellationToken cancellationToken)
        {
            var time = clock.GetUtcNow();
            if (Watches[id].Target == "ipad-5")
            {
                return Task.FromResult<IReadOnlyList<WatchedConnection>>(
                [
                    new(1, time.AddSeconds(-41), "GET lesson.example/rivers", "allow", "read", "200, 48 kB", null),
                    new(2, time.AddSeconds(-40), "GET pictures.lesson.example/severn.jpg", "allow", "read", "200, 212 kB", null),
                    new(3, time.AddSeconds(-22), "CONNECT api.reader.example", "allow", "read", "failed", new WatchedTrouble(
                        "pinned-app", "The app takes its maker's certificate alone.", "TLS alert 46, certificate_unknown", "Pass its host unread: never_intercept: [api.reader.example] in the policy.", "filtergate policy apply policy.yaml --reason TEXT")),
                    new(4, time.AddSeconds(-9), "GET chess.games.example/board", "block", "read", "games",
                        new WatchedTrouble("policy", "Its category is closed for this tier (games).", null, "Open it for a time.", "filtergate unblock grant chess.games.example --tier pupil --for 1h --reason TEXT")),
                ]);
            }
            return Task.FromResult<IReadOnlyList<WatchedConnection>>(
            [
                new(1, time, "GET https-less.example/a", "allow", "clear text", "200, 1.2 kB", null),
                new(2, time, "CONNECT api.reader.example", "allow", "read", "failed", new WatchedTrouble(
                    "pinned-app", "The app takes its maker's certificate alone.", "TLS alert 46, certificate_unknown", "Pass its host unread: never_intercept: [api.reader.example] in the policy.", "filtergate policy apply policy.yaml --reason TEXT")),
                new(3, time, "GET a-very-long-name-of-a-games-site-that-goes-on-and-on.games.example/play/with-a-path-that-does-not-end/" + new string('x', 120), "block", "read", "games",
                    new WatchedTrouble("policy", "Its category is closed for this tier (games).", null, "Open it for a time.", "filtergate unblock grant a-very-long-name-of-a-games-site-that-goes-on-and-on.games.example --tier pupil --for 1h --reason TEXT")),
                new(4, time, "(nothing was asked for)", null, "refused", "refused", null),
            ]);
        }

        public Task StopAsync(long id, CancellationToken cancellationToken)
        {
            Watches.TryRemove(id, out _);
            return Task.CompletedTask;
        }
    }
}
