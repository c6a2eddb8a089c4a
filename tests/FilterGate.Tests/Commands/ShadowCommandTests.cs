using System.Text.Json;
using FilterGate.Commands;
using FilterGate.Events;
using FilterGate.Policy;

namespace FilterGate.Tests.Commands;

/// <summary>What <c>shadow</c>, <c>run --shadow</c>, <c>doctor</c> and <c>check</c> say of a pilot.</summary>
[System.Runtime.Versioning.UnsupportedOSPlatform("windows")]
public sealed class ShadowCommandTests
{
    private StoreBox _box = null!;

    [SetUp]
    public void SetUp() => _box = new StoreBox();

    [TearDown]
    public async Task TearDown() => await _box.DisposeAsync();

    private static string At(double days) => StoreBox.Noon.AddDays(days).ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", System.Globalization.CultureInfo.InvariantCulture);

    [TestCase("--shadow needs its end: --until TIME", ExitCode.Usage, "--shadow", TestName = "Run_WithoutUntil_SaysWhatToDo")]
    [TestCase("--until goes with --shadow", ExitCode.Usage, "--until", "2026-11-24T12:00Z", TestName = "Run_UntilAlone_IsRefused")]
    [TestCase("--reason goes with --shadow", ExitCode.Usage, "--reason", "pilot", TestName = "Run_ReasonAlone_IsRefused")]
    [TestCase("not with --only review", ExitCode.Usage, "--shadow", "--until", "2026-11-24T12:00Z", "--only", "review", TestName = "Run_ReviewAlone_IsRefused")]
    [TestCase("'soon' is not a time", ExitCode.Usage, "--shadow", "--until", "soon", TestName = "Run_NoTime_IsRefused")]
    [TestCase("--until 2026-11-23 11:59 has passed", ExitCode.Usage, "--shadow", "--until", "2026-11-23T11:59Z", TestName = "Run_InThePast_IsRefused")]
    [TestCase("more than 14 days away, and shadow mode lasts no longer: until 2026-12-07 12:00 at the latest", ExitCode.Refused, "--shadow", "--until", "2026-12-08T12:00Z", TestName = "Run_FifteenDays_IsRefused")]
    public void Run(string message, int exitCode, params string[] arguments)
    {
        var run = _box.Run(["run", .. arguments]);
        Assert.That(run.ExitCode, Is.EqualTo(exitCode), run.Error);
        Assert.That(run.Error, Does.Contain(message));
        Assert.That(_box.State.LastShadow(), Is.Null, "nothing has begun");
        Assert.That(run.Output, Does.Not.Contain("listening"));
    }

    [Test]
    public void Run_BeyondTheFortnightOfARunningPilot_IsRefusedAndSaysWhenTheNextMayBegin()
    {
        _box.State.BeginShadow(StoreBox.Noon.AddDays(13), null, "tech");
        _box.Clock.Advance(TimeSpan.FromDays(10));
        var run = _box.Run("run", "--shadow", "--until", At(20));
        Assert.That(run.ExitCode, Is.EqualTo(ExitCode.Refused));
        Assert.That(run.Error, Does.Contain("this pilot began on 2026-11-23 12:00").And.Contain("until 2026-12-07 12:00").And.Contain("Another may begin on 2026-12-20 12:00"));
    }

    [Test]
    public void Doctor_IsRedWhileItIsOn()
    {
        Assert.That(_box.Run("doctor").Output, Does.Contain("ok       shadow mode: off"));
        _box.State.BeginShadow(StoreBox.Noon.AddDays(1), "pilot", "a technician");
        Assert.That(_box.Run("doctor").Output, Does.Contain("RED      shadow mode: on until 2026-11-24 12:00:00, started by a technician"));
        _box.Clock.Advance(TimeSpan.FromDays(1));
        Assert.That(_box.Run("doctor").Output, Does.Contain("ok       shadow mode: off"));
    }

    [TestCase(false, TestName = "Check_Off_SaysNothing")]
    [TestCase(true, TestName = "Check_On_SaysThatItIsLetThrough")]
    public void Check(bool isOn)
    {
        if (isOn) _box.State.BeginShadow(StoreBox.Noon.AddDays(1), null, "tech");
        var json = JsonDocument.Parse(_box.Run("check", "ebay.co.uk", "--tier", "pupil", "--json").Lines.Single()).RootElement;
        Assert.That(json.GetProperty("decision").GetString(), Is.EqualTo("block"), "what the policy says");
        Assert.That(json.GetProperty("shadow_until").GetString(), isOn ? Does.StartWith("2026-11-24T12:00:00") : Is.Null);
        var text = _box.Run("check", "ebay.co.uk", "--tier", "pupil");
        Assert.That((text.ExitCode, text.Output.Contains("Shadow mode, until 2026-11-24 12:00: the gateway lets it through", StringComparison.Ordinal)), Is.EqualTo((ExitCode.Blocked, isOn)));
        var after = JsonDocument.Parse(_box.Run("check", "ebay.co.uk", "--tier", "pupil", "--at", At(1), "--json").Lines.Single()).RootElement;
        Assert.That(after.GetProperty("shadow_until").ValueKind, Is.EqualTo(JsonValueKind.Null), "after its end");
    }

    [Test]
    public void Check_LockedHit_IsBlockedInShadowModeToo()
    {
        _box.State.BeginShadow(StoreBox.Noon.AddDays(1), null, "tech");
        var run = _box.Run("check", "http://iwf-sample.example/album/page1.html", "--tier", "staff", "--json");
        var json = JsonDocument.Parse(run.Lines.Single()).RootElement;
        Assert.That((run.ExitCode, json.GetProperty("reason").GetString(), json.GetProperty("shadow_until").ValueKind), Is.EqualTo((ExitCode.Blocked, "locked", JsonValueKind.Null)));
    }

    [Test]
    public void Shadow_NeverOn_SaysHowToBegin()
    {
        var run = _box.Run("shadow");
        Assert.That((run.ExitCode, run.Output), Is.EqualTo((ExitCode.Done, "Shadow mode was never on here. To begin: filtergate run --shadow --until TIME\n")));
        Assert.That(_box.Run("shadow", "--json").Lines, Is.EqualTo(new[] { """{"row":"mode","is_on":false,"since":null,"until":null,"ended":null,"actor":null,"reason":null}""" }));
    }

    [Test]
    public async Task Shadow_SaysWhatWouldHaveBeenBlocked_ByGroupCategoryAndSite()
    {
        _box.State.BeginShadow(StoreBox.Noon.AddDays(7), "pilot", "tech");
        await LetThroughAsync(3, EventKind.WouldBlock, Reason.CategoryBlock, "games", "games.example", "4b", isAct: true);
        await LetThroughAsync(5, EventKind.WouldBlock, Reason.CategoryBlock, "advertising", "ads.example", "4b", isAct: false);
        await LetThroughAsync(2, EventKind.WouldWarn, Reason.CategoryWarn, "games", "chess.games.example", "5a", isAct: true);
        await LetThroughAsync(1, EventKind.WouldWarn, Reason.CategoryWarn, "games", "chess.games.example", "5a", isAct: false, status: 403);
        await LetThroughAsync(1, EventKind.WouldLimit, Reason.CategoryQuota, "forums", "forum.example", "4b", isAct: true);
        await LetThroughAsync(1, EventKind.WouldBlock, Reason.OwnBlock, null, "own.example", null, isAct: true);
        await LetThroughAsync(4, EventKind.Allow, Reason.CategoryAllow, "news", "news.example", "4b", isAct: true);
        await _box.BlockedAsync("blocked.example");
        _box.Clock.Advance(TimeSpan.FromHours(1));

        var run = _box.Run("shadow", "--json");
        Assert.That(run.Lines, Is.EqualTo(new[]
        {
            """{"row":"mode","is_on":true,"since":"2026-11-23T12:00:00Z","until":"2026-11-30T12:00:00Z","ended":null,"actor":"tech","reason":"pilot"}""",
            """{"row":"group","tier":"pupil","group":"4b","category":"games","would_block":3,"would_warn":0,"would_limit":0,"acts":3}""",
            """{"row":"group","tier":"pupil","group":"5a","category":"games","would_block":0,"would_warn":3,"would_limit":0,"acts":2}""",
            """{"row":"group","tier":"pupil","group":"4b","category":"forums","would_block":0,"would_warn":0,"would_limit":1,"acts":1}""",
            """{"row":"group","tier":"pupil","group":null,"category":null,"would_block":1,"would_warn":0,"would_limit":0,"acts":1}""",
            """{"row":"group","tier":"pupil","group":"4b","category":"advertising","would_block":5,"would_warn":0,"would_limit":0,"acts":0}""",
            """{"row":"site","tier":"pupil","host":"games.example","category":"games","reason":"category-block","list":"games/domains","requests":3,"acts":3,"answered":3,"looked_at":3}""",
            """{"row":"site","tier":"pupil","host":"chess.games.example","category":"games","reason":"category-warn","list":"games/domains","requests":3,"acts":2,"answered":2,"looked_at":3}""",
            """{"row":"site","tier":"pupil","host":"forum.example","category":"forums","reason":"category-quota","list":"forums/domains","requests":1,"acts":1,"answered":1,"looked_at":1}""",
            """{"row":"site","tier":"pupil","host":"own.example","category":null,"reason":"own-block","list":null,"requests":1,"acts":1,"answered":1,"looked_at":1}""",
            """{"row":"site","tier":"pupil","host":"ads.example","category":"advertising","reason":"category-block","list":"advertising/domains","requests":5,"acts":0,"answered":5,"looked_at":5}""",
        }));
        var text = _box.Run("shadow", "--limit", "1");
        Assert.That(text.Output, Does.Contain("Shadow mode is ON until 2026-11-30 12:00").And.Contain("13 requests, of which 7 are pages and searches").And.Contain("games.example").And.Not.Contain("forum.example").And.Not.Contain("p123"));
        _box.Clock.Advance(TimeSpan.FromDays(8));
        Assert.That(_box.Run("shadow", "--since", "1d").Output, Does.Contain("Shadow mode is off; it was on until 2026-11-30 12:00").And.Contain("nothing was let through"));
    }

    /// <summary>What is decided again is what the policy said, and not that it passed.</summary>
    [Test]
    public async Task PastRequests_OfShadowMode_AreWhatThePolicySaid()
    {
        await LetThroughAsync(1, EventKind.WouldBlock, Reason.CategoryBlock, "games", "a.example", "4b", isAct: true);
        await LetThroughAsync(1, EventKind.WouldWarn, Reason.CategoryWarn, "games", "b.example", "4b", isAct: true);
        await LetThroughAsync(1, EventKind.WouldLimit, Reason.CategoryQuota, "games", "c.example", "4b", isAct: true);
        var seen = new List<Verdict>();
        _box.Events.Reader.ReadRequests(StoreBox.Noon.AddHours(-1), StoreBox.Noon.AddHours(1), (in PastRequest request) => seen.Add(request.Decision));
        Assert.That(seen, Is.EqualTo(new[] { Verdict.Block, Verdict.Warn, Verdict.Quota }));
        Assert.That(_box.Run("events", "search").Lines.Select(line => line.Split("  ")[1]), Is.EqualTo(new[] { "would-block", "would-warn", "would-limit" }));
        Assert.That(_box.Events.Search(new EventQuery()).Events.Select(e => PastRequest.Of(e)!.Value.Decision), Is.EqualTo(new[] { Verdict.Quota, Verdict.Warn, Verdict.Block }));
    }

    private async Task LetThroughAsync(int times, EventKind kind, Reason reason, string? category, string host, string? group, bool isAct, int status = 200)
    {
        for (var i = 0; i < times; i++)
        {
            await _box.Events.CommitAsync(
                new FilterEvent
                {
                    Time = _box.Clock.GetUtcNow(), Kind = kind, Decision = Verdict.LogOnly, Reason = reason, Client = "10.20.1.7", Person = "p123", Group = group, Tier = "pupil", Method = "GET", Url = $"http://{host}/", Host = host, Status = status,
                    Category = category, List = category is null ? null : $"{category}/domains", ActKind = isAct ? ActKind.PageView : null,
                },
                giveReference: false);
        }
    }
}
