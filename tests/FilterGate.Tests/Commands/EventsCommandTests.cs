using System.Text.Json;
using FilterGate.Commands;
using FilterGate.Events;
using FilterGate.Policy;

namespace FilterGate.Tests.Commands;

public sealed class EventsCommandTests
{
    private StoreBox _box = null!;

    [SetUp]
    public async Task SetUp()
    {
        _box = new StoreBox();
        await CommitAsync(-120, "old.example", e => e with { Tier = "staff" });
        await CommitAsync(-10, "www.games.example", e => e with { Tier = "pupil", Category = "games", Client = "10.20.1.7", Person = "a pupil", Url = "http://www.games.example/a?q=secret" });
        await CommitAsync(-5, "games.example", e => e with { Kind = EventKind.Override, Tier = "pupil", Rule = "override 12 granted until 2026-11-23T13:00:00Z by lead: maths" });
        await CommitAsync(-1, "news.example", e => e with { Tier = "staff", Category = "news", Client = "10.20.1.8" });
    }

    [TearDown]
    public async Task TearDown() => await _box.DisposeAsync();

    private static IEnumerable<TestCaseData> Filters()
    {
        static TestCaseData Case(string name, string options, params string[] hosts) => new TestCaseData(options, hosts).SetName($"Search_{name}");
        yield return Case("Everything_NewestLast", "", "old.example", "www.games.example", "games.example", "news.example");
        yield return Case("SinceMinutes", "--since 6m", "games.example", "news.example");
        yield return Case("SinceHours", "--since 1h30m", "www.games.example", "games.example", "news.example");
        yield return Case("SinceTime", "--since 2026-11-23T11:55Z", "games.example", "news.example");
        yield return Case("SinceAndUntil", "--since 1h --until 5m", "www.games.example");
        yield return Case("Tier", "--tier staff", "old.example", "news.example");
        yield return Case("Category", "--category games", "www.games.example");
        yield return Case("Host_CoversSubDomains", "--host Games.Example.", "www.games.example", "games.example");
        yield return Case("Host_AsUrl", "--host https://games.example/x", "www.games.example", "games.example");
        yield return Case("Host_PartOfALabel_FindsNothing", "--host ames.example");
        yield return Case("Client", "--client 10.20.1.8", "news.example");
        yield return Case("Client_Mapped", "--client ::ffff:10.20.1.8", "news.example");
        yield return Case("Overrides", "--overrides", "games.example");
        yield return Case("Limit_KeepsTheNewest", "--limit 2", "games.example", "news.example");
    }

    [TestCaseSource(nameof(Filters))]
    public void Search(string options, string[] hosts)
    {
        foreach (var command in (string[])["search", "tail --follow=false"])
        {
            if (command != "search" && options.Contains("--limit", StringComparison.Ordinal)) continue;
            var run = _box.Run([.. $"events {command} {options} --json".Split(' ', StringSplitOptions.RemoveEmptyEntries)]);
            Assert.That(run.ExitCode, Is.EqualTo(ExitCode.Done), run.Error);
            Assert.That(run.Lines.Select(line => JsonDocument.Parse(line).RootElement.GetProperty("host").GetString()), Is.EqualTo(hosts), command);
        }
    }

    [Test]
    public void Search_Json_HasEveryKeyOfTheContractInItsOrder()
    {
        var line = JsonDocument.Parse(_box.Run("events", "search", "--json", "--client", "10.20.1.7").Lines.Single()).RootElement;
        Assert.That(line.EnumerateObject().Select(p => p.Name), Is.EqualTo((string[])[
            "id", "gateway", "time", "kind", "decision", "reason", "client", "device", "person", "group", "tier", "method", "url", "host", "status", "bytes", "category", "list", "entry", "entry_id", "rule",
            "policy_version", "lists_version", "reference", "line", "list_version", "act_kind", "act", "intent", "title", "search_words", "referer", "means"]));
        Assert.That(line.GetProperty("time").GetString(), Is.EqualTo("2026-11-23T11:50:00.000Z"));
        Assert.That(line.GetProperty("kind").GetString(), Is.EqualTo("block"));
        Assert.That(line.GetProperty("decision").GetString(), Is.EqualTo("block"));
        Assert.That(line.GetProperty("reason").GetString(), Is.EqualTo("category-block"));
        Assert.That(line.GetProperty("group").ValueKind, Is.EqualTo(JsonValueKind.Null));
    }

    [TestCase("events search")]
    [TestCase("events search --json")]
    [TestCase("events tail --follow=false")]
    [TestCase("events tail --follow=false --json")]
    public void Output_WithoutReveal_HidesQueryAndPerson(string line)
    {
        var run = _box.Run(line.Split(' '));
        Assert.That(run.Output, Does.Contain("http://www.games.example/a?…").And.Not.Contain("secret").And.Not.Contain("a pupil"));
        Assert.That(_box.State.AuditEntries(), Is.Empty);
    }

    [TestCase("search", "events search", TestName = "Search_Reveal_ShowsAndIsAudited")]
    [TestCase("search --since 7d --host games.example --client 10.20.1.7", "events search --since 7d --host games.example --client 10.20.1.7", TestName = "Search_RevealOfSome_IsAuditedWithWhatWasAskedFor")]
    [TestCase("tail --follow=false", "events tail", TestName = "Tail_Reveal_ShowsAndIsAudited")]
    public void Reveal(string command, string asked)
    {
        var run = _box.Run([.. $"events {command} --json --reveal --reason".Split(' '), "case 12"]);
        Assert.That(run.Output, Does.Contain("http://www.games.example/a?q=secret").And.Contain("a pupil"));
        var audit = _box.State.AuditEntries().Single();
        Assert.That((audit.Actor, audit.Action, audit.Subject, audit.Reason), Is.EqualTo(("tech", "reveal", asked, "case 12")));
        var recorded = _box.Events.Search(new EventQuery { Kinds = [EventKind.Audit] }).Events.Single();
        Assert.That(recorded.Rule, Does.Contain("revealed to tech: case 12"));
    }

    [TestCase("events search --reveal", "--reason", TestName = "Search_RevealWithoutReason_ExitsTwo")]
    [TestCase("events search --limit 0", "--limit", TestName = "Search_LimitZero_ExitsTwo")]
    [TestCase("events search --since yesterday", "--since", TestName = "Search_SinceNoTime_ExitsTwo")]
    [TestCase("events search --client me", "--client", TestName = "Search_ClientNoAddress_ExitsTwo")]
    [TestCase("events search --host http://", "--host", TestName = "Search_HostNone_ExitsTwo")]
    [TestCase("events tail -n -1", "--lines", TestName = "Tail_LinesBelowZero_ExitsTwo")]
    [TestCase("events", "Required command", TestName = "Events_Alone_ExitsTwo")]
    public void WrongWords(string line, string message)
    {
        var run = _box.Run(line.Split(' '));
        Assert.That((run.ExitCode, run.Output), Is.EqualTo((ExitCode.Usage, "")));
        Assert.That(run.Error, Does.Contain(message));
        Assert.That(_box.State.AuditEntries(), Is.Empty);
    }

    [TestCase("", "2026-11-22       3\n2026-11-23       4\n")]
    [TestCase("--since 12h", "2026-11-23       4\n")]
    [TestCase("--since 2026-11-23 --json", "{\"day\":\"2026-11-23\",\"count\":4}\n")]
    public void HelpVisits_AreANumberADay(string options, string expected)
    {
        _box.State.AddUses([], [(new DateOnly(2026, 11, 22), 3), (new DateOnly(2026, 11, 23), 4), (new DateOnly(2026, 9, 1), 9)]);
        var run = _box.Run(["events", "help-visits", .. options.Split(' ', StringSplitOptions.RemoveEmptyEntries)]);
        Assert.That((run.ExitCode, run.Output.ReplaceLineEndings("\n")), Is.EqualTo((ExitCode.Done, expected)), run.Error);
    }

    [Test]
    public void Search_NoSuchFolder_ExitsTwoAndSaysWhatToDo()
    {
        var run = CommandRun.Of(_box.Host(), "events", "search", "--data", "/nonexistent/data");
        Assert.That((run.ExitCode, run.Output), Is.EqualTo((ExitCode.Usage, "")));
        Assert.That(run.Error, Does.Contain("--data"));
    }

    [Test]
    public void Search_MoreMatchThanTheLimit_SaysSoOnStandardError()
    {
        Assert.That(_box.Run("events", "search", "--limit", "2").Error, Does.Contain("--limit"));
        Assert.That(_box.Run("events", "search", "--limit", "4").Error, Is.Empty);
    }

    [Test]
    public void Search_DamagedMonth_PrintsTheRestAndComplains()
    {
        File.WriteAllText(Path.Combine(_box.Folder, "events", "2026-10.db"), new string('x', 10_000));
        var run = _box.Run("events", "search", "--json");
        Assert.That(run.Lines, Has.Length.EqualTo(4));
        Assert.That(run.Error, Does.Contain("2026-10.db is damaged"));
    }

    [Test]
    public async Task Search_LockedHit_ShowsListAndHashAlone()
    {
        await _box.Events.CommitAsync(
            new FilterEvent { Time = StoreBox.Noon, Kind = EventKind.Block, Decision = Verdict.Block, Reason = Reason.Locked, Tier = "pupil", List = "locked/sample", EntryId = "0123456789ab" }, giveReference: true);
        Assert.That(_box.Run("events", "search", "--limit", "1").Output, Does.Contain("[locked/sample 0123456789ab]"));
        var line = JsonDocument.Parse(_box.Run("events", "search", "--limit", "1", "--json").Lines.Single()).RootElement;
        Assert.That((line.GetProperty("entry_id").GetString(), line.GetProperty("url").GetString()), Is.EqualTo(("0123456789ab", (string?)null)));
    }

    [Test]
    public async Task Tail_Follow_PrintsEachNewEventOnce()
    {
        using var output = new LineWriter();
        using var error = new StringWriter();
        using var stop = new CancellationTokenSource();
        var tail = Task.Run(() => CommandLine.RunAsync(_box.Host(), ["events", "tail", "-n", "1", "--tier", "pupil", "--json", "--data", _box.Folder], output, error, stop.Token));
        Assert.That(await output.LineAsync(), Does.Contain("\"games.example\""));

        await CommitAsync(0, "one.example", e => e with { Tier = "pupil" });
        await CommitAsync(0, "other-tier.example", e => e with { Tier = "staff" });
        // Written later though it happened earlier.
        await CommitAsync(-1, "two.example", e => e with { Tier = "pupil" });
        var one = output.LineAsync();
        while (!one.IsCompleted)
        {
            _box.Clock.Advance(TimeSpan.FromMilliseconds(500));
            await Task.Yield();
        }
        Assert.That(await one, Does.Contain("one.example"));
        Assert.That(await output.LineAsync(), Does.Contain("two.example"));

        await stop.CancelAsync();
        Assert.That(await tail, Is.EqualTo(ExitCode.Interrupted));
        Assert.That(output.Rest, Is.Empty);
    }

    private Task<FilterEvent> CommitAsync(int minutes, string host, Func<FilterEvent, FilterEvent> with) => _box.Events.CommitAsync(
        with(new FilterEvent { Time = StoreBox.Noon.AddMinutes(minutes), Kind = EventKind.Block, Decision = Verdict.Block, Reason = Reason.CategoryBlock, Host = host }), giveReference: false);

    /// <summary>Hands each line on as it is written.</summary>
    private sealed class LineWriter : StringWriter
    {
        private readonly System.Threading.Channels.Channel<string> _lines = System.Threading.Channels.Channel.CreateUnbounded<string>();

        public override void WriteLine(string? value) => _lines.Writer.TryWrite(value ?? "");

        public Task<string> LineAsync() => _lines.Reader.ReadAsync().AsTask().WaitAsync(TimeSpan.FromSeconds(30));

        public IEnumerable<string> Rest
        {
            get
            {
                while (_lines.Reader.TryRead(out var line)) yield return line;
            }
        }
    }
}
