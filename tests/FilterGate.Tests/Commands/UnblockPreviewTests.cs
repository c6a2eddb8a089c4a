using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net;
using System.Text.Json;
using FilterGate.Commands;
using FilterGate.State;
using FilterGate.Testing;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace FilterGate.Tests.Commands;

/// <summary><c>unblock show</c> reads the page from a real server, by the gateway's own way to a site.</summary>
public sealed class UnblockPreviewTests
{
    private const string Policy = """
        school: Test Primary
        networks: [10.20.0.0/16]
        unknown_clients: pupil
        private_destinations: [127.0.0.1/32]
        tiers: { pupil: { own_block: [cdn.example, games.example, bad.example], own_allow: [fonts.example, reader.example], uncategorised: allow }, staff: { uncategorised: allow } }
        groups: { 4b: { kind: class, tier: pupil }, office: { kind: office, tier: staff } }
        """;

    private StoreBox _box = null!;
    private Site _site = null!;

    [SetUp]
    public async Task SetUp()
    {
        _box = new StoreBox();
        _site = await Site.StartAsync();
        foreach (var host in (string[])["games.example", "www.games.example", "reader.example", "locked.test", "bad.example", "cdn.example"]) _box.Addresses[host] = [IPAddress.Loopback];
        var file = Path.Combine(_box.Folder, "policy.yaml");
        await File.WriteAllTextAsync(file, Policy);
        var applied = _box.Run("policy", "apply", file, "--reason", "the test's", "--yes");
        Assert.That(applied.ExitCode, Is.EqualTo(ExitCode.Done), applied.Error);
    }

    [TearDown]
    public async Task TearDown()
    {
        await _site.DisposeAsync();
        await _box.DisposeAsync();
    }

    [Test]
    public async Task Show_Page_NamesTheHostsThatItNeedsAndHowToOpenThem()
    {
        _site.Pages["/play"] = "<link rel=stylesheet href=/css/a.css><script src=https://cdn.example/a.js></script><script src=http://tracker.vpn.example/></script><img src=https://images.games.example/a.png>";
        _site.Pages["/css/a.css"] = "@font-face { src: url(https://fonts.example/f.woff2) } p { background: url(https://cdn.example/b.png) }";
        var reference = await AskedAsync("games.example");

        var run = _box.Run("unblock", "show", reference);
        Assert.That(run.ExitCode, Is.EqualTo(ExitCode.Done), run.Error);
        Assert.That(run.Output, Does.Contain("needs      cdn.example: script, image; closed to pupil").And.Contain("needs      fonts.example: font; open").And.Contain($"unblock approve {reference} --for 1h --also cdn.example --reason TEXT"));
        Assert.That(run.Output, Does.Not.Contain("images.games.example").And.Not.Contain("q=secret"), "what lies below the host opens with it");

        var page = JsonDocument.Parse(_box.Run("unblock", "show", reference, "--json").Lines.Single()).RootElement.GetProperty("preview").GetProperty("page");
        Assert.That(page.EnumerateObject().Select(p => p.Name), Is.EqualTo(new[] { "problem", "is_partial", "hosts_left_out", "hosts", "also" }));
        Assert.That(page.GetProperty("hosts")[0].EnumerateObject().Select(p => p.Name), Is.EqualTo(new[] { "host", "kinds", "blocked", "overridable", "category" }));
        Assert.That(page.GetProperty("also").EnumerateArray().Select(h => h.GetString()), Is.EqualTo(new[] { "cdn.example" }));

        var asked = _site.Requests.ToArray();
        Assert.That(asked.Select(r => r.Path).Distinct(), Is.EqualTo(new[] { "/play", "/css/a.css" }), "what lies elsewhere is judged and not fetched");
        Assert.That(asked[0].Headers.Keys, Has.None.AnyOf("Cookie", "Authorization", "Referer", "Via", "X-Forwarded-For"));
    }

    [Test]
    public async Task Show_WithoutFetching_AsksNobody()
    {
        var reference = await AskedAsync("games.example");
        Assert.That(_box.Run("unblock", "show", reference, "--no-fetch").Output, Does.Not.Contain("needs "));
        Assert.That(JsonDocument.Parse(_box.Run("unblock", "show", reference, "--no-fetch", "--json").Lines.Single()).RootElement.GetProperty("preview").GetProperty("page").ValueKind, Is.EqualTo(JsonValueKind.Null));
        Assert.That(_site.Requests, Is.Empty);
    }

    [TestCase("http://locked.test:PORT/forbidden/page", "nothing opens it", TestName = "Show_PageSendsOnToAnIllegalOne_IsNotRead")]
    [TestCase("http://127.0.0.2:PORT/", "private network", TestName = "Show_PageSendsOnIntoThePrivateNetwork_IsNotRead")]
    [TestCase("ftp://games.example/", "no web address")]
    [TestCase("/play", "more than 5 times", TestName = "Show_PageSendsOnInACircle_IsGivenUp")]
    [TestCase("http://nobody.example/", "name is not known")]
    public async Task Show_PageThatSendsOn(string to, string problem)
    {
        _site.Answer = context =>
        {
            context.Response.StatusCode = 302;
            context.Response.Headers.Location = to.Replace("PORT", $"{_site.Port}", StringComparison.Ordinal);
            return Task.CompletedTask;
        };
        var run = _box.Run("unblock", "show", await AskedAsync("games.example"));
        Assert.That(run.ExitCode, Is.EqualTo(ExitCode.Done), run.Error);
        Assert.That(run.Output, Does.Contain("was not read").And.Contain(problem));
        Assert.That(_site.Requests.Select(r => r.Host), Has.All.StartsWith("games.example"), "nothing else was asked");
        Assert.That(_site.Requests, Has.Count.LessThanOrEqualTo(6));
    }

    [Test]
    public async Task Show_SendsOnToAnotherHost_ThatIsNeededToo()
    {
        _site.Answer = context =>
        {
            if (context.Request.Host.Host == "reader.example") return context.Response.WriteAsync("<p>fine");
            context.Response.Redirect($"http://reader.example:{_site.Port}/read");
            return Task.CompletedTask;
        };
        Assert.That(_box.Run("unblock", "show", await AskedAsync("games.example")).Output, Does.Contain("needs      reader.example: on the way to the page; open"));
    }

    [Test]
    public async Task Show_PageWithoutEnd_IsReadToABoundAndSaysSo()
    {
        _site.Answer = async context =>
        {
            await context.Response.WriteAsync("<script src=https://cdn.example/a.js></script>");
            var blank = new byte[64 << 10];
            while (!context.RequestAborted.IsCancellationRequested) await context.Response.Body.WriteAsync(blank, context.RequestAborted);
        };
        var watch = Stopwatch.StartNew();
        var run = _box.Run("unblock", "show", await AskedAsync("games.example"));
        Assert.That(run.Output, Does.Contain("cdn.example: script").And.Contain("longer than is read"));
        Assert.That(watch.Elapsed, Is.LessThan(TimeSpan.FromSeconds(60)));
    }

    [Test, Category("Slow")]
    public async Task Show_PageThatNeverComes_IsGivenUp()
    {
        _site.Answer = context => Task.Delay(Timeout.Infinite, context.RequestAborted);
        Assert.That(_box.Run("unblock", "show", await AskedAsync("games.example")).Output, Does.Contain("it took too long"));
    }

    [Test]
    public async Task Show_AnsweredRequest_IsNotReadAgain()
    {
        var reference = await AskedAsync("games.example");
        Assert.That(_box.Run("unblock", "refuse", reference, "--reason", "no").ExitCode, Is.EqualTo(ExitCode.Done));
        Assert.That(_box.Run("unblock", "show", reference).Output, Does.Not.Contain("needs "));
        Assert.That(_site.Requests, Is.Empty);
    }

    /// <summary>What somebody should know before opening: where it is listed, which bundle has it, whom it concerns, what was asked before.</summary>
    [Test]
    public async Task Show_BeforeOpening_SaysWhereItIsListedWhomItConcernsAndWhatWasAskedBefore()
    {
        Import("people", "id,name,group,role\np1,A,4b,pupil\np2,B,4b,pupil\np3,C,,pupil\nt1,D,office,staff\n");
        Import("devices", "name,address,person\nipad-14,10.20.1.7,p1\nlaptop-1,10.20.1.8,t1\n");
        var earlier = await AskedAsync("www.argos.co.uk");
        Assert.That(_box.Run("unblock", "refuse", earlier, "--reason", "has a chat beside it").ExitCode, Is.EqualTo(ExitCode.Done));
        var elsewhere = await AskedAsync("games.example");
        _box.Clock.Advance(TimeSpan.FromDays(1));
        var reference = await AskedAsync("www.argos.co.uk");
        var line = 1 + Array.IndexOf(await File.ReadAllLinesAsync(Path.Combine(Repository.Root, "blocklists", "starter", "shopping", "domains")), "argos.co.uk");
        Assert.That(line, Is.Positive);

        var output = _box.Run("unblock", "show", reference, "--no-fetch").Output;
        using (Assert.EnterMultipleScope())
        {
            Assert.That(output, Does.Contain("now        Blocked for pupil: it is in the category Shopping, which this tier blocks."));
            Assert.That(output, Does.Contain($"listed     shopping: shopping/domains line {line}, argos.co.uk\n"));
            Assert.That(output, Does.Contain("concerns   3 people and 1 device of the roster\n"), "not the office");
            Assert.That(output, Does.Contain($"before     2026-11-23 12:00:00 {earlier} refused").And.Contain("has a chat beside it").And.Not.Contain(elsewhere));
            Assert.That(output, Does.Not.Contain("bundles "));
        }

        var preview = JsonDocument.Parse(_box.Run("unblock", "show", reference, "--no-fetch", "--json").Lines.Single()).RootElement.GetProperty("preview");
        var (listing, similar) = (preview.GetProperty("listings").EnumerateArray().Single(), preview.GetProperty("similar").EnumerateArray().Single());
        using (Assert.EnterMultipleScope())
        {
            Assert.That(preview.EnumerateObject().Select(p => p.Name), Is.EqualTo(new[] { "decision", "reason", "explanation", "listings", "bundles", "people", "devices", "similar", "page" }));
            Assert.That((preview.GetProperty("decision").GetString(), preview.GetProperty("reason").GetString()), Is.EqualTo(("block", "category-block")));
            Assert.That((listing.GetProperty("category").GetString(), listing.GetProperty("list").GetString(), listing.GetProperty("entry").GetString(), listing.GetProperty("line").GetInt32()), Is.EqualTo(("shopping", "shopping/domains", "argos.co.uk", line)));
            Assert.That((preview.GetProperty("people").GetInt32(), preview.GetProperty("devices").GetInt32()), Is.EqualTo((3, 1)));
            Assert.That(similar.EnumerateObject().Select(p => p.Name), Is.EqualTo(new[] { "reference", "time", "status", "route", "decision_reason" }));
            Assert.That((similar.GetProperty("reference").GetString(), similar.GetProperty("status").GetString(), similar.GetProperty("decision_reason").GetString()), Is.EqualTo((earlier, "refused", "has a chat beside it")));
        }
    }

    [TestCase("us04web.zoom.us", "bundles    zoom (--site bundle:zoom opens what the service needs)", "zoom")]
    [TestCase("notzoom.us", "listed     in no list", null)]
    public async Task Show_HostOfABundle_NamesIt(string host, string says, string? bundle)
    {
        var reference = await AskedAsync(host);
        Assert.That(_box.Run("unblock", "show", reference, "--no-fetch").Output, Does.Contain(says));
        var bundles = JsonDocument.Parse(_box.Run("unblock", "show", reference, "--no-fetch", "--json").Lines.Single()).RootElement.GetProperty("preview").GetProperty("bundles");
        Assert.That(bundles.EnumerateArray().Select(b => b.GetString()), Is.EqualTo(bundle is null ? Array.Empty<string>() : [bundle]));
    }

    private void Import(string what, string csv)
    {
        var file = Path.Combine(_box.Folder, what + ".csv");
        File.WriteAllText(file, csv);
        var run = _box.Run(what, "import", file, "--yes");
        Assert.That(run.ExitCode, Is.EqualTo(ExitCode.Done), run.Error);
    }

    private async Task<string> AskedAsync(string host)
    {
        var reference = await _box.BlockedAsync(host);
        var url = $"http://{host}:{_site.Port}/play?q=secret";
        _box.State.AddRequest(new UnblockRequest(reference, _box.Clock.GetUtcNow(), "10.20.1.7", "ipad-14", "pupil", url, host, "games", "for maths", RequestStatus.Waiting));
        return reference;
    }

    /// <summary>A server on loopback that keeps what it was asked.</summary>
    private sealed class Site(WebApplication app) : IAsyncDisposable
    {
        public ConcurrentDictionary<string, string> Pages { get; } = new(StringComparer.Ordinal);

        public ConcurrentQueue<(string Host, string Path, Dictionary<string, string> Headers)> Requests { get; } = [];

        public Func<HttpContext, Task>? Answer { get; set; }

        public int Port { get; private set; }

        public static async Task<Site> StartAsync()
        {
            var builder = WebApplication.CreateSlimBuilder();
            builder.Logging.ClearProviders();
            builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0));
            var site = new Site(builder.Build());
            site.Run();
            await site.StartServerAsync();
            return site;
        }

        private void Run() => app.Run(async context =>
        {
            Requests.Enqueue((context.Request.Host.Value ?? "", context.Request.Path, context.Request.Headers.ToDictionary(h => h.Key, h => h.Value.ToString(), StringComparer.OrdinalIgnoreCase)));
            if (Answer is { } answer)
            {
                context.Response.ContentType = "text/html";
                await answer(context);
                return;
            }
            if (!Pages.TryGetValue(context.Request.Path, out var page))
            {
                context.Response.StatusCode = 404;
                return;
            }
            context.Response.ContentType = context.Request.Path.Value!.EndsWith(".css", StringComparison.Ordinal) ? "text/css" : "text/html; charset=utf-8";
            await context.Response.WriteAsync(page);
        });

        private async Task StartServerAsync()
        {
            await app.StartAsync();
            Port = new Uri(app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single()).Port;
        }

        public async ValueTask DisposeAsync()
        {
            using var soon = new CancellationTokenSource();
            await soon.CancelAsync();
            await app.StopAsync(soon.Token);
            await app.DisposeAsync();
        }
    }
}
