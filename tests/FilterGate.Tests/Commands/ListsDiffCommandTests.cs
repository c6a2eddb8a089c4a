using System.Net;
using System.Text.Json;
using FilterGate.Commands;
using FilterGate.Events;

namespace FilterGate.Tests.Commands;

public sealed class ListsDiffCommandTests
{
    private Workbench _bench = null!;
    private Func<HttpRequestMessage, HttpResponseMessage> _answer = _ => new HttpResponseMessage(HttpStatusCode.NotFound);

    [SetUp]
    public void MakeBench()
    {
        _bench = Workbench.WithSource();
        Serve("stays.example\ngoes.example\n");
        Assert.That(Run("lists", "update", "own").ExitCode, Is.EqualTo(ExitCode.Done));
    }

    [TearDown]
    public void RemoveBench() => _bench.Dispose();

    [Test]
    public void Diff_NewerList_SaysWhatWouldChangeAndNothingTakesForce()
    {
        Serve("stays.example\nnew.example\nzoom.us/recordings\ngames.example/maths\n");
        var run = Run("lists", "diff");
        using (Assert.EnterMultipleScope())
        {
            Assert.That(run.ExitCode, Is.EqualTo(ExitCode.Done), run.Error);
            Assert.That(run.Lines[0], Does.Match("^own: from 20261123T120000Z-[0-9a-f]+ to 20261123T120000Z-[0-9a-f]+$"));
            Assert.That(run.Lines[1], Is.EqualTo("  own (games): 3 more, 1 fewer; newly blocked for pupil 3, staff 3; newly open for pupil 1, staff 1"));
            Assert.That(run.Lines[2], Is.EqualTo("    + zoom.us/recordings  blocked for pupil, staff  OFTEN USED: bundle zoom"));
            Assert.That(run.Lines[3], Is.EqualTo("    + games.example/maths  blocked for pupil, staff  OFTEN USED: own_allow"));
            Assert.That(run.Lines[4..6], Is.EqualTo(new[] { "    + new.example  blocked for pupil, staff", "    - goes.example  open for pupil, staff" }));
            Assert.That(run.Lines[6], Does.Contain("Illegal-content lists are not consulted. Nothing took force"));
            Assert.That(Run("lists", "find", "new.example").Output, Does.Contain("uncategorised"));
            Assert.That(Run("lists", "diff", "--fetched").Lines[1..], Is.EqualTo(run.Lines[1..]));
        }
    }

    [Test]
    public async Task Diff_ASiteThatIsVisitedOften_IsMarkedWithHowOften()
    {
        await using (var events = EventStore.Open(Path.Combine(_bench.Data, "events"), _bench.Clock))
        {
            for (var i = 0; i < 61; i++)
            {
                var (host, age) = i < 25 ? ("maths.new.example", 1 + i) : i < 44 ? ("rare.example", 1) : ("past.example", 31 + i % 5);
                await events.EnqueueAsync(new FilterEvent { Time = _bench.Clock.GetUtcNow().AddDays(-age), Kind = EventKind.Allow, Decision = Policy.Verdict.Allow, ActKind = ActKind.PageView, Person = "p1", Host = host });
            }
            for (var i = 0; i < 30; i++) await events.EnqueueAsync(new FilterEvent { Time = _bench.Clock.GetUtcNow(), Kind = EventKind.Block, Decision = Policy.Verdict.Block, ActKind = ActKind.BlockedAct, Host = "blocked.example" });
        }
        Serve("stays.example\ngoes.example\nnew.example\nrare.example\npast.example\nblocked.example\n");
        Assert.That(Run("lists", "diff").Lines[2..6], Is.EquivalentTo(new[]
        {
            "    + new.example  blocked for pupil, staff  OFTEN USED: 25 visits in 30 days", "    + rare.example  blocked for pupil, staff", "    + past.example  blocked for pupil, staff", "    + blocked.example  blocked for pupil, staff",
        }));
    }

    [Test]
    public void Diff_RecordsThatCannotBeRead_SaysSoAndWhatWouldChange()
    {
        File.WriteAllText(Path.Combine(_bench.Data, "events"), "");
        Serve("stays.example\ngoes.example\nnew.example\n");
        var run = Run("lists", "diff");
        Assert.That(run.ExitCode, Is.EqualTo(ExitCode.Done), run.Error);
        Assert.That(run.Lines, Has.Some.EqualTo("    + new.example  blocked for pupil, staff"));
        Assert.That(run.Error, Does.Contain("sites that are visited often are not all marked: ").And.Contain("is a file"));
    }

    [Test]
    public void Diff_Json_HasEveryKey()
    {
        Serve("stays.example\nnew.example\n");
        var answer = JsonDocument.Parse(Run("lists", "diff", "own", "--json").Lines.Single()).RootElement;
        var list = answer.GetProperty("sources")[0].GetProperty("lists")[0];
        using (Assert.EnterMultipleScope())
        {
            Assert.That(Keys(answer), Is.EqualTo("sources often_used lists_version locked_lists"));
            Assert.That(Keys(answer.GetProperty("sources")[0]), Is.EqualTo("source from to problem lists"));
            Assert.That(Keys(list), Is.EqualTo("list category added removed not_judged newly_blocked newly_open entries more"));
            Assert.That(Keys(list.GetProperty("entries")[0]), Is.EqualTo("change entry line help used_by newly_blocked newly_open"));
            Assert.That(answer.GetProperty("locked_lists").GetString(), Is.EqualTo("not consulted"));
        }
    }

    [Test]
    public void Diff_WhatIsListedElsewhere_IsNoChangeForTheTier()
    {
        // The starter lists have it in a category that pupils are blocked from already, and staff are not.
        Serve("stays.example\ngoes.example\nebay.co.uk\n");
        Assert.That(Run("lists", "diff").Lines[1], Is.EqualTo("  own (games): 1 more, 0 fewer; newly blocked for staff 1"));
    }

    [Test]
    public void Diff_AHelpSite_IsRefusedOrMarked()
    {
        Serve("stays.example\ngoes.example\nchildline.org.uk\nchildline.org.uk/forum\n");
        var run = Run("lists", "diff");
        Assert.That(run.Lines.Where(l => l.StartsWith("    +", StringComparison.Ordinal)), Has.All.Contain("HELP SITE, stays open"));
    }

    [Test]
    public void Diff_NothingNewer_SaysSo() => Assert.That(Run("lists", "diff").Lines[0], Is.EqualTo("own: nothing would change"));

    [Test]
    public void Diff_Limit_ShowsSoManyAndSaysHowManyMore()
    {
        Serve("stays.example\ngoes.example\na.example\nb.example\nc.example\n");
        Assert.That(Run("lists", "diff", "--limit", "1").Lines[3], Is.EqualTo("    … and 2 more: --all shows them"));
        Assert.That(Run("lists", "diff", "--limit", "1", "--all").Lines[2..5], Has.All.StartsWith("    + "));
    }

    [Test]
    public void Diff_ToAnOlderVersion_IsWhatARollbackWouldDo()
    {
        Serve("stays.example\ngoes.example\nnew.example\n");
        _bench.Clock.Advance(TimeSpan.FromDays(1));
        Run("lists", "update", "own");
        var versions = JsonDocument.Parse(Run("lists", "sources", "--json").Lines.Single(l => l.Contains("\"id\":\"own\"", StringComparison.Ordinal))).RootElement.GetProperty("versions");
        var run = Run("lists", "diff", "own", "--to", versions[1].GetProperty("version").GetString()!);
        Assert.That(run.Lines[1..3], Is.EqualTo(new[] { "  own (games): 0 more, 1 fewer; newly open for pupil 1, staff 1", "    - new.example  open for pupil, staff" }));
    }

    [Test]
    public void Diff_ServerIsDown_IsExit2AndSaysWhy()
    {
        _answer = _ => new HttpResponseMessage(HttpStatusCode.NotFound);
        var run = Run("lists", "diff");
        Assert.That(run.ExitCode, Is.EqualTo(ExitCode.Usage));
        Assert.That(run.Error, Does.Contain("own: lists.example answered 404"));
    }

    [TestCase(new[] { "owm" }, "did you mean 'own'?")]
    [TestCase(new[] { "--to", "x" }, "--to names a version of one source")]
    [TestCase(new[] { "own", "--to", "x" }, "own has no version 'x' (kept: 2026")]
    public void Diff_WrongUse_IsExit2AndSaysHow(string[] arguments, string expected)
    {
        var run = Run(["lists", "diff", .. arguments]);
        Assert.That(run.ExitCode, Is.EqualTo(ExitCode.Usage));
        Assert.That(run.Error, Does.Contain(expected));
    }

    private CommandRun Run(params string[] arguments) => _bench.Run(new Transport(this), arguments);

    private void Serve(string list) => _answer = request => request.Headers.IfNoneMatch.ToString() == Tag(list) ? new HttpResponseMessage(HttpStatusCode.NotModified) : new HttpResponseMessage(HttpStatusCode.OK) { Content = new StringContent(list), Headers = { ETag = new(Tag(list)) } };

    private static string Tag(string list) => $"\"{list.Length}\"";

    private static string Keys(JsonElement element) => string.Join(' ', element.EnumerateObject().Select(p => p.Name));

    private sealed class Transport(ListsDiffCommandTests test) : HttpMessageHandler
    {
        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken) => Task.FromResult(test._answer(request));
    }
}
