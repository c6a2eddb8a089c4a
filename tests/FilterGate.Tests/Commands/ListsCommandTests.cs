using System.Net;
using System.Text.Json;
using FilterGate.Commands;

namespace FilterGate.Tests.Commands;

/// <summary>The way over the network has its own tests beside <c>ListSources</c>; here a publisher is a lambda.</summary>
public sealed class ListsCommandTests
{
    private const string Settings = """
        policy: policy.yaml
        data: data
        lists:
          sources: [own, ut1]
          own: [{ id: own, name: Ours, address: "https://lists.example/own.txt", category: games }]

        """;

    private Workbench _bench = null!;
    private Func<HttpRequestMessage, HttpResponseMessage> _answer = _ => new HttpResponseMessage(HttpStatusCode.NotFound);

    [SetUp]
    public void MakeBench()
    {
        _bench = new Workbench();
        _bench.Write("settings.yaml", Settings);
    }

    [TearDown]
    public void RemoveBench() => _bench.Dispose();

    [Test]
    public void Update_NewList_SaysSoAndIsAudited()
    {
        Serve(Lines(200));
        var run = Run("lists", "update", "own");
        using (Assert.EnterMultipleScope())
        {
            Assert.That(run.ExitCode, Is.EqualTo(ExitCode.Done), run.Error);
            Assert.That(run.Error, Does.StartWith("filtergate: ").And.Contain("in force"));
            Assert.That(run.Output, Does.StartWith("own: updated: version 20261123T120000Z-").And.Contain("200 entries"));
            Assert.That(Audit(), Is.EqualTo(new[] { $"tech lists.update own {run.Output.Split(' ')[3]}" }));
        }
    }

    [Test]
    public void Update_Json_IsOneObjectASourceWithEveryKey()
    {
        Serve(Lines(200));
        var result = JsonDocument.Parse(Run("lists", "update", "own", "--json").Lines.Single()).RootElement;
        Assert.That(result.EnumerateObject().Select(p => p.Name), Is.EqualTo(new[] { "source", "outcome", "message", "version", "entries", "entries_before", "notes" }));
        Assert.That((result.GetProperty("source").GetString(), result.GetProperty("outcome").GetString(), result.GetProperty("entries").GetInt64()), Is.EqualTo(("own", "updated", 200L)));
        Assert.That(result.GetProperty("entries_before").ValueKind, Is.EqualTo(JsonValueKind.Null));
    }

    [Test]
    public void Update_NothingNewer_IsDoneAndNotAudited()
    {
        Serve(Lines(200));
        Run("lists", "update", "own");
        var run = Run("lists", "update", "own");
        Assert.That((run.ExitCode, run.Error), Is.EqualTo((ExitCode.Done, "")));
        Assert.That(run.Output, Does.Contain("own: unchanged: nothing newer"));
        Assert.That(Audit(), Has.Length.EqualTo(1));
    }

    [Test]
    public void Update_OneOfTwoFails_IsExit2AndTheOtherIsInForce()
    {
        _answer = request => request.RequestUri!.Host == "lists.example" ? Text(Lines(200)) : new HttpResponseMessage(HttpStatusCode.NotFound);
        var run = Run("lists", "update");
        using (Assert.EnterMultipleScope())
        {
            Assert.That(run.ExitCode, Is.EqualTo(ExitCode.Usage));
            Assert.That(run.Output, Does.Contain("own: updated"));
            Assert.That(run.Error, Does.Contain("ut1: failed: dsi.ut-capitole.fr answered 404").And.Contain("Nothing of it is in force."));
        }
    }

    [Test]
    public void Update_ListThatShrank_IsExit4UntilAPersonAgrees()
    {
        Serve(Lines(200));
        Run("lists", "update", "own");
        Serve(Lines(20));
        var refused = Run("lists", "update", "own");
        var agreed = Run("lists", "update", "own", "--agree");
        using (Assert.EnterMultipleScope())
        {
            Assert.That(refused.ExitCode, Is.EqualTo(ExitCode.Refused));
            Assert.That(refused.Error, Does.Contain("own: refused: it shrinks from 200 to 20 entries").And.Contain("filtergate lists update own --agree"));
            Assert.That(agreed.ExitCode, Is.EqualTo(ExitCode.Done));
            Assert.That(agreed.Output, Does.Contain("20 entries"));
            Assert.That(Audit()[0], Does.EndWith("agreed to"));
        }
    }

    [Test]
    public void Rollback_TwoVersions_PutsTheOlderInForceAndIsAudited()
    {
        Serve(Lines(200));
        Run("lists", "update", "own");
        Assert.That(Run("lists", "rollback", "own").Error, Does.Contain("own has no older version"));
        Serve(Lines(220));
        _bench.Clock.Advance(TimeSpan.FromDays(1));
        Run("lists", "update", "own");
        var run = Run("lists", "rollback", "own");
        using (Assert.EnterMultipleScope())
        {
            Assert.That(run.ExitCode, Is.EqualTo(ExitCode.Done), run.Error);
            Assert.That(run.Error, Does.StartWith("filtergate: ").And.Contain("in force"));
            Assert.That(run.Output, Does.StartWith("own: rolled back: version 20261123T120000Z-").And.Contain("stays until somebody runs: filtergate lists update own"));
            Assert.That(Audit()[0], Does.StartWith("tech lists.rollback own 20261123T120000Z-"));
            Assert.That(Run("lists", "update", "--scheduled").Output, Does.Contain("own: held: rolled back by hand"));
            Assert.That(Run("lists", "sources").Output, Does.Contain("200 entries, fetched 2026-11-23 12:00:00, rolled back to by hand; 2 versions kept"));
        }
    }

    [Test]
    public void Update_FromAFile_NeedsNoNetwork()
    {
        _answer = _ => throw new InvalidOperationException("nothing may be asked");
        var file = _bench.Write("stick.txt", Lines(200));
        var run = Run("lists", "update", "own", "--from", file);
        Assert.That(run.ExitCode, Is.EqualTo(ExitCode.Done), run.Error);
        Assert.That(run.Error, Does.StartWith("filtergate: ").And.Contain("in force"));
        Assert.That(Audit().Single(), Does.EndWith("from a file"));
    }

    [TestCase(new[] { "update", "owm" }, "'owm' is no source of lists; did you mean 'own'?")]
    [TestCase(new[] { "rollback", "nothing" }, "'nothing' is no source of lists")]
    [TestCase(new[] { "update", "--agree" }, "--agree needs the sources that you agree to")]
    [TestCase(new[] { "update", "--from", "x" }, "--from takes one file for one source")]
    [TestCase(new[] { "update", "own", "ut1", "--from", "x" }, "--from takes one file for one source")]
    public void Lists_WrongUse_IsExit2AndSaysHow(string[] arguments, string expected)
    {
        var run = Run(["lists", .. arguments]);
        Assert.That(run.ExitCode, Is.EqualTo(ExitCode.Usage));
        Assert.That(run.Error, Does.Contain(expected));
    }

    [Test]
    public void Update_SourceThatIsNotInUse_SaysHowToUseIt()
    {
        Serve(Lines(200));
        var run = Run("lists", "update", "doh");
        Assert.That(run.ExitCode, Is.EqualTo(ExitCode.Done));
        Assert.That(run.Error, Does.Contain("doh was fetched but is not in use: name it under lists: sources:"));
    }

    [Test]
    public void Sources_Json_NamesEverySourceWithEveryKey()
    {
        var rows = Run("lists", "sources", "--json").Lines.Select(l => JsonDocument.Parse(l).RootElement).ToArray();
        using (Assert.EnterMultipleScope())
        {
            Assert.That(rows.Where(r => r.GetProperty("is_in_use").GetBoolean()).Select(r => r.GetProperty("id").GetString()), Is.EqualTo(new[] { "ut1", "own" }));
            Assert.That(rows.Select(r => string.Join(' ', r.EnumerateObject().Select(p => p.Name))).Distinct().Single(), Is.EqualTo(
                "id name is_in_use is_on_by_default is_own format category addresses licence purpose reason report cadence_hours is_stale version entries held refused last_attempt last_success last_error versions"));
        }
    }

    private CommandRun Run(params string[] arguments) => _bench.Run(new Transport(this), arguments);

    private void Serve(string list) => _answer = request => request.Headers.IfNoneMatch.ToString() == Tag(list) ? new HttpResponseMessage(HttpStatusCode.NotModified) : Text(list);

    private static string Tag(string list) => $"\"{list.Length}\"";

    private static HttpResponseMessage Text(string list) => new(HttpStatusCode.OK) { Content = new StringContent(list), Headers = { ETag = new(Tag(list)) } };

    private static string Lines(int count) => string.Concat(Enumerable.Range(1, count).Select(i => $"n{i}.example\n"));

    private string[] Audit()
    {
        using var state = State.StateStore.Open(Path.Combine(_bench.Data, "state.db"), _bench.Clock);
        return [.. state.AuditEntries().Select(e => $"{e.Actor} {e.Action} {e.Subject} {e.Reason}".TrimEnd())];
    }

    private sealed class Transport(ListsCommandTests test) : HttpMessageHandler
    {
        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken) => Task.FromResult(test._answer(request));
    }
}
