using System.Text;
using System.Text.Json;
using FilterGate.Commands;
using FilterGate.Events;
using FilterGate.Policy;
using FilterGate.State;

namespace FilterGate.Tests.Commands;

/// <summary>Locked lists from outside: what puts them in force, what tries to get rid of them, and that nothing shows what is on them.</summary>
public sealed class LockedListsCommandTests
{
    private const string Secret = "very-secret-host.example";

    private Workbench _bench = null!;

    [SetUp]
    public void SetUp() => _bench = new Workbench();

    [TearDown]
    public void TearDown() => _bench.Dispose();

    [Test]
    public void Import_PlainList_BlocksEverywhereAndIsGone()
    {
        var file = _bench.Write("feed.txt", $"{Secret}/page\n");
        var import = _bench.Run("lists", "locked", "import", "iwf-csam", file);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(import.ExitCode, Is.Zero, import.Error);
            Assert.That(import.Output, Does.Contain("1 entries are in force").And.Contain("is deleted"));
            Assert.That(file, Does.Not.Exist);
            foreach (var tier in (string[])["pupil", "staff", "guest"])
            {
                var check = _bench.Check($"https://www.{Secret}/page?x", "--tier", tier, "--json");
                Assert.That(check.ExitCode, Is.EqualTo(ExitCode.Blocked), tier);
                Assert.That(JsonDocument.Parse(check.Output).RootElement.GetProperty("list").GetString(), Is.EqualTo("locked/iwf-csam"), tier);
            }
            Assert.That(_bench.Check($"http://{Secret}/other", "--tier", "staff").ExitCode, Is.Zero);
            Assert.That(Events().Select(e => e.Rule), Does.Contain("locked feed iwf-csam put in force by tech: 1 entries"));
        }
    }

    [Test]
    public void Import_WithoutFile_TakesTheSettings()
    {
        _bench.Write("iwf.csv", $"where\n{Secret}/page\n");
        Settings("{ feed: iwf-csam, file: iwf.csv, format: csv, entry_column: where }");
        Assert.That(_bench.Run("lists", "locked", "import", "iwf-csam").ExitCode, Is.Zero);
        Assert.That(_bench.Check($"http://{Secret}/page").ExitCode, Is.EqualTo(ExitCode.Blocked));
    }

    [TestCase("iwf-csm", "'iwf-csm' is no locked feed; did you mean 'iwf-csam'?")]
    [TestCase("iwf-csam", "which file?")]
    public void Import_NothingToImport_SaysWhatToWrite(string feed, string message)
    {
        var run = _bench.Run("lists", "locked", "import", feed);
        Assert.That((run.ExitCode, run.Error), Is.EqualTo((ExitCode.Usage, run.Error)));
        Assert.That(run.Error, Does.Contain(message));
    }

    // Every way there is to get a locked list out of force: refused with exit code 4, and on record.
    [TestCase("lists locked remove iwf-csam")]
    [TestCase("lists locked delete iwf-csam")]
    [TestCase("lists locked disable ctiru")]
    [TestCase("lists locked off iwf-npi")]
    [TestCase("lists locked rollback iwf-csam")]
    [TestCase("lists rollback iwf-csam")]
    [TestCase("unblock grant http://very-secret-host.example/page --tier staff --for 1h --reason lesson --yes")]
    [TestCase("unblock grant https://VERY-SECRET-HOST.example./%70age?x --tier pupil --for 1h --reason lesson --yes")]
    [TestCase("unblock grant whole-secret-host.example --tier staff --for 1h --reason lesson --yes")]
    [TestCase("policy validate naming.yaml")]
    [TestCase("check games.example --config naming-settings.yaml")]
    public void AnyWay_ToTurnALockedListOff_IsRefusedAndOnRecord(string command)
    {
        _bench.Run("lists", "locked", "import", "iwf-csam", _bench.Write("feed.txt", $"{Secret}/page\nwhole-secret-host.example\n"));
        StateStore.Open(Path.Combine(_bench.Data, "state.db"), _bench.Clock).Dispose();
        _bench.Write("naming.yaml", "school: S\nnetworks: [10.0.0.0/8]\ntiers: { pupil: { allow: [csam-iwf] } }\n");
        _bench.Write("naming-settings.yaml", "policy: naming.yaml\ndata: data\n");
        var before = Events().Count;

        var words = command.Split(' ').Select(w => w.EndsWith(".yaml", StringComparison.Ordinal) ? Path.Combine(_bench.Root, w) : w).ToArray();
        var run = words.Contains("--config") ? CommandRun.Of(_bench.Host, words) : _bench.Run(words);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(run.ExitCode, Is.EqualTo(ExitCode.Refused), run.Output + run.Error);
            var record = Events().Take(Events().Count - before).Where(e => e.Reason == Reason.Locked).ToArray();
            Assert.That(record, Has.Length.EqualTo(1));
            Assert.That(record[0].Kind, Is.EqualTo(EventKind.Audit));
            Assert.That(record[0].Rule, Does.Contain("refused").And.Contain("tech"));
            Assert.That((record[0].Url, record[0].Host), Is.EqualTo(((string?)null, (string?)null)));
            Assert.That(_bench.Check($"http://{Secret}/page").ExitCode, Is.EqualTo(ExitCode.Blocked), "and it is still in force");
        }
    }

    [TestCase("allow")]
    [TestCase("block")]
    [TestCase("warn")]
    [TestCase("log")]
    public void PolicyValidate_LockedCategoryUnderAnyKey_SaysSo(string key)
    {
        var file = _bench.Write("naming.yaml", $"school: S\nnetworks: [10.0.0.0/8]\ntiers: {{ pupil: {{ {key}: [terrorism-ctiru] }} }}\n");
        var run = _bench.Run("policy", "validate", file);
        Assert.That(run.ExitCode, Is.EqualTo(ExitCode.Refused));
        Assert.That(run.Error, Does.Contain("'terrorism-ctiru' is a locked list"));
    }

    // A school's own entry for the page opens nothing.
    [Test]
    public void OwnAllow_OfALockedPage_OpensNothing()
    {
        _bench.Run("lists", "locked", "import", "iwf-csam", _bench.Write("feed.txt", $"{Secret}/page\n"));
        _bench.Write("policy.yaml", $"school: S\nnetworks: [10.0.0.0/8]\ntiers: {{ pupil: {{ own_allow: [{Secret}] }} }}\n");
        Assert.That(_bench.Check($"http://{Secret}/page").ExitCode, Is.EqualTo(ExitCode.Blocked));
        Assert.That(_bench.Check($"http://{Secret}/other").ExitCode, Is.Zero);
    }

    [Test]
    public void Status_WithoutALicensedFeed_IsNotMetAndNeverGreen()
    {
        Directory.CreateDirectory(_bench.Data);
        var sample = _bench.Write("sample.csv", File.ReadAllText(Path.Combine(Architecture.Repository.Root, "blocklists", "locked", "iwf-style-sample.csv")));
        foreach (var isImported in (bool[])[false, true])
        {
            if (isImported) Assert.That(_bench.Run("lists", "locked", "import", "iwf-csam", sample, "--format", "csv", "--entry-column", "entry", "--category-column", "category").ExitCode, Is.Zero);
            var status = Colour("lists", "status");
            using (Assert.EnterMultipleScope())
            {
                Assert.That(status.ExitCode, Is.Zero);
                Assert.That(status.Output, Does.Contain("\u001b[31mnot met: demonstration list\u001b[0m").And.Not.Contain("\u001b[32m"));
                var json = JsonDocument.Parse(_bench.Run("lists", "status", "--json").Output).RootElement;
                Assert.That(json.GetProperty("met").GetBoolean(), Is.False);
                Assert.That(json.GetProperty("locked").GetProperty("why")[0].GetString(), Is.EqualTo("not met: demonstration list"));
            }
        }
        Assert.That(sample, Does.Exist);
    }

    [Test]
    public void Status_BothRequiredFeeds_IsMet_AndAges()
    {
        _bench.Run("lists", "locked", "import", "iwf-csam", _bench.Write("a.txt", $"{Secret}/page\n"));
        AssertStatus(isMet: false, "not met: CTIRU police list is missing");
        _bench.Run("lists", "locked", "import", "ctiru", _bench.Write("b.txt", "other.example/page # verification\n"));
        AssertStatus(isMet: true);
        Assert.That(Feed("ctiru").GetProperty("verification_entries").GetInt32(), Is.EqualTo(1));

        _bench.Clock.Advance(TimeSpan.FromHours(12.5));
        AssertStatus(isMet: true);
        Assert.That(Feed("ctiru").GetProperty("health").GetString(), Is.EqualTo("stale"));
        Assert.That(Colour("lists", "status").Output, Does.Contain("\u001b[33m").And.Contain("older than 12 hours"));

        _bench.Clock.Advance(TimeSpan.FromHours(36));
        AssertStatus(isMet: false, "not met: IWF URL list is older than 48 hours", "not met: CTIRU police list is older than 48 hours");
        Assert.That(Feed("ctiru").GetProperty("age_seconds").GetInt64(), Is.EqualTo((long)TimeSpan.FromHours(48.5).TotalSeconds));
    }

    [Test]
    public async Task Status_TestHits_AreCounted()
    {
        _bench.Run("lists", "locked", "import", "ctiru", _bench.Write("b.txt", "other.example/page # verification\n"));
        await using (var events = EventStore.Open(Path.Combine(_bench.Data, "events"), _bench.Clock))
        {
            foreach (var rule in (string?[])[FilterEvent.VerificationRule, null])
                await events.CommitAsync(new FilterEvent { Time = _bench.Clock.GetUtcNow(), Kind = EventKind.Block, Reason = Reason.Locked, Category = "terrorism-ctiru", List = "locked/ctiru", Rule = rule }, giveReference: true);
        }
        Assert.That(Feed("ctiru").GetProperty("test_hits").GetInt32(), Is.EqualTo(1));
    }

    [Test]
    public void Status_HashesWithoutHosts_AreNotMetWhereHttpsIsPassedUnread()
    {
        var hash = Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(Encoding.ASCII.GetBytes($"{Secret}/page")));
        Assert.That(_bench.Run("lists", "locked", "import", "iwf-csam", _bench.Write("hashes", $"# sha-256\n{hash}\n"), "--format", "hashed").ExitCode, Is.Zero);
        var why = Json("lists", "status").GetProperty("locked").GetProperty("why").EnumerateArray().Select(w => w.GetString());
        Assert.That(why, Does.Contain("locked URLs: not met for tier guest").And.Not.Contain("locked URLs: not met for tier pupil"));
        using (Assert.EnterMultipleScope())
        {
            Assert.That(_bench.Run("check", "https://any.example/", "--tier", "guest").Error, Does.Contain("locked URLs: not met for tier guest"));
            Assert.That(_bench.Run("check", "https://any.example/", "--tier", "pupil").Error, Does.Not.Contain("not met"), "this tier reads HTTPS");
        }
    }

    [TestCase("flipped")]
    [TestCase("gone")]
    public void BrokenFeed_StopsWhatDecides_AndStatusSaysWhy(string how)
    {
        _bench.Run("lists", "locked", "import", "iwf-csam", _bench.Write("feed.txt", $"{Secret}/page\n"));
        var file = Path.Combine(_bench.Data, "lists", "locked", "iwf-csam.fgk");
        if (how == "gone") File.Delete(file);
        else
        {
            var bytes = File.ReadAllBytes(file);
            bytes[^1] ^= 1;
            File.WriteAllBytes(file, bytes);
        }
        var check = _bench.Check($"http://{Secret}/page");
        using (Assert.EnterMultipleScope())
        {
            Assert.That(check.ExitCode, Is.EqualTo(ExitCode.Usage));
            Assert.That(check.Error, Does.Contain("lists locked import iwf-csam FILE").And.Not.Contain(Secret));
            Assert.That(Feed("iwf-csam").GetProperty("health").GetString(), Is.EqualTo("broken"));
            Assert.That(Json("lists", "status").GetProperty("met").GetBoolean(), Is.False);
        }
    }

    // A6: look for the entry in every output and in every byte of the folder afterwards.
    [Test]
    public void Everything_AfterAnImport_HoldsNoEntry()
    {
        const string page = "page-of-secrets";
        _bench.Run("lists", "locked", "import", "iwf-csam", _bench.Write("good.txt", $"{Secret}/{page}?query-of-secrets\n"));
        var said = new StringBuilder();
        string[][] commands =
        [
            ["lists", "locked", "import", "iwf-csam", _bench.Write("bad.txt", $"{Secret}/{page}\nno host {Secret}\n")],
            ["lists", "locked", "import", "iwf-csam", _bench.Write("cut.txt", $"{Secret}/{page}")],
            ["lists", "locked", "import", "ctiru", _bench.Write("bad.csv", $"address\n{Secret}/{page}\n"), "--format", "csv"],
            ["lists", "locked", "import", "ctiru", _bench.Write("bad.fgb", $"{Secret}/{page}\n"), "--format", "bundle", "--key-file", _bench.Write("key", new string('a', 64))],
            ["lists", "locked", "remove", "iwf-csam"],
            ["lists", "status"], ["lists", "status", "--json"],
            ["check", $"http://{Secret}/{page}?query-of-secrets"], ["check", $"http://{Secret}/{page}?query-of-secrets", "--json"],
            ["unblock", "grant", $"http://{Secret}/{page}?query-of-secrets", "--tier", "pupil", "--for", "1h", "--reason", "x", "--yes"],
            ["events", "search", "--since", "2d", "--json"], ["events", "search", "--since", "2d"], ["policy", "show", "--json"],
        ];
        foreach (var command in commands)
        {
            var run = CommandRun.Of(Traced(), [.. command, "--config", Path.Combine(_bench.Root, "settings.yaml")]);
            said.Append(run.Output).Append(run.Error);
        }
        foreach (var name in (string[])["bad.txt", "cut.txt", "bad.csv", "bad.fgb"]) File.Delete(Path.Combine(_bench.Root, name));
        using (Assert.EnterMultipleScope())
        {
            foreach (var word in (string[])[Secret, page, "query-of-secrets"])
            {
                Assert.That(said.ToString(), Does.Not.Contain(word));
                Assert.That(FilesWith(word), Is.Empty, word);
            }
            Assert.That(said.ToString(), Does.Contain("locked/iwf-csam"));
            Assert.That(FilesWith("iwf-csam"), Is.Not.Empty, "the search can find something");
        }
    }

    private static string Word(JsonElement json, string key) => json.GetProperty(key).GetString()!;

    private void AssertStatus(bool isMet, params string[] why)
    {
        var json = Json("lists", "status");
        using (Assert.EnterMultipleScope())
        {
            Assert.That(json.GetProperty("met").GetBoolean(), Is.EqualTo(isMet));
            Assert.That(json.GetProperty("locked").GetProperty("why").EnumerateArray().Select(w => w.GetString()), Is.EqualTo(why));
        }
    }

    private JsonElement Feed(string name) => Json("lists", "status").GetProperty("locked").GetProperty("feeds").EnumerateArray().Single(f => Word(f, "feed") == name);

    private JsonElement Json(params string[] command) => JsonDocument.Parse(_bench.Run([.. command, "--json"]).Output).RootElement;

    /// <summary>As on a terminal.</summary>
    private CommandRun Colour(params string[] command) =>
        CommandRun.Of(new CommandHost { Clock = _bench.Clock, Variable = _ => null, OutputIsTerminal = () => true, InstalledSettingsPath = "/nonexistent/filtergate.yaml" }, [.. command, "--config", Path.Combine(_bench.Root, "settings.yaml")]);

    /// <summary>With stack traces of errors, so that what an exception says is looked through too.</summary>
    private CommandHost Traced() => new()
    {
        Clock = _bench.Clock, Variable = name => name == CommandHost.TraceVariable ? "1" : null, Account = () => "tech", IsRoot = () => false, OutputIsTerminal = () => false, InstalledSettingsPath = "/nonexistent/filtergate.yaml",
    };

    private void Settings(string feed) => _bench.Write("settings.yaml", $"policy: policy.yaml\ndata: data\nlocked:\n  - {feed}\n");

    private IReadOnlyList<FilterEvent> Events() => Directory.Exists(Path.Combine(_bench.Data, "events")) ? new EventReader(Path.Combine(_bench.Data, "events")).Search(new EventQuery { Limit = 1000 }).Events : [];

    private string[] FilesWith(string text) =>
    [
        .. Directory.EnumerateFiles(_bench.Data, "*", SearchOption.AllDirectories)
            .Where(file => File.ReadAllBytes(file) is var bytes && (bytes.AsSpan().IndexOf(Encoding.UTF8.GetBytes(text)) >= 0 || bytes.AsSpan().IndexOf(Encoding.Unicode.GetBytes(text)) >= 0)),
    ];
}
