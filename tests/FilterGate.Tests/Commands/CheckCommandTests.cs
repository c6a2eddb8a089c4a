using System.Text.Json;
using FilterGate.Commands;
using FilterGate.Events;
using FilterGate.Policy;
using FilterGate.Policy.People;
using FilterGate.State;

namespace FilterGate.Tests.Commands;

/// <summary><c>check</c> from outside: arguments in, exit code, JSON and sentences out.</summary>
public sealed class CheckCommandTests
{
    private static readonly string[] Keys =
    [
        "url", "host", "seen", "tier", "group", "person", "device", "place", "decision", "reason", "explanation", "rule", "category", "categories", "list", "entry", "entry_id", "line", "matches", "embedded",
        "overridable", "policy_version", "lists_version", "shadow_until",
    ];

    private Workbench _bench = null!;

    [SetUp]
    public void SetUp() => _bench = new Workbench();

    [TearDown]
    public void TearDown() => _bench.Dispose();

    // arguments                                     tier     decision    reason            seen    category           list                      entry                 line exit
    [TestCase("games.example --tier pupil",          "pupil", "block",    "category-block", "url",  "games",           "games/domains",          "games.example",       1, 3)]
    [TestCase("http://x.play.games.example --tier pupil", "pupil", "block", "category-block", "url", "games",          "games/domains",          "play.games.example",  3, 3)]
    [TestCase("games.example --tier staff",          "staff", "warn",     "category-warn",  "url",  "games",           "games/domains",          "games.example",       1, 3)]
    [TestCase("chatter.example --tier staff",        "staff", "warn",     "category-warn",  "url",  "social-networks", "social_networks/domains", "chatter.example",    1, 3)]
    [TestCase("news.example --tier pupil",           "pupil", "log-only", "category-log",   "url",  "news",            "press/domains",          "news.example",        1, 0)]
    [TestCase("news.example --tier staff",           "staff", "allow",    "category-allow", "url",  "news",            "press/domains",          "news.example",        1, 0)]
    [TestCase("vpn.example --tier staff",            "staff", "block",    "no-bypass",      "url",  "vpn",             "vpn/domains",            "vpn.example",         1, 3)]
    [TestCase("time-waster.example --tier pupil",    "pupil", "block",    "own-block",      "url",  null,              "own_block",              "time-waster.example", 6, 3)]
    [TestCase("games.example/maths/1 --tier pupil",  "pupil", "allow",    "own-allow",      "url",  null,              "own_allow",              "games.example/maths", 7, 0)]
    [TestCase("unknown.example --tier pupil",        "pupil", "allow",    "uncategorised",  "url",  null,              null,                     null,                  0, 0)]
    [TestCase("unknown.example --tier guest",        "guest", "warn",     "uncategorised",  "url",  null,              null,                     null,                  0, 3)]
    [TestCase("http://mixed.example/games --tier guest",  "guest", "warn", "category-warn", "url",  "games",           "games/urls",             "mixed.example/games", 1, 3)]
    [TestCase("https://mixed.example/games --tier guest", "guest", "warn", "uncategorised", "host", null,              null,                     null,                  0, 3)]
    [TestCase("https://mixed.example/games --tier pupil", "pupil", "block", "category-block", "url", "games",          "games/urls",             "mixed.example/games", 1, 3)]
    [TestCase("games.example",                       "pupil", "block",    "category-block", "url",  "games",           "games/domains",          "games.example",       1, 3)]
    [TestCase("games.example --client 10.20.8.1",    "staff", "warn",     "category-warn",  "url",  "games",           "games/domains",          "games.example",       1, 3)]
    [TestCase("games.example --client 10.20.1.1",    "pupil", "block",    "category-block", "url",  "games",           "games/domains",          "games.example",       1, 3)]
    [TestCase("games.example --client 127.0.0.1",    "pupil", "block",    "category-block", "url",  "games",           "games/domains",          "games.example",       1, 3)]
    public void Check_Json(string arguments, string tier, string decision, string reason, string seen, string? category, string? list, string? entry, int line, int exit)
    {
        var run = _bench.Check([.. arguments.Split(' '), "--json"]);

        Assert.That(run.Lines, Has.Length.EqualTo(1), run.Error);
        var json = JsonDocument.Parse(run.Lines[0]).RootElement;
        Assert.Multiple(() =>
        {
            Assert.That(run.ExitCode, Is.EqualTo(exit));
            Assert.That(json.EnumerateObject().Select(p => p.Name), Is.EqualTo(Keys));
            Assert.That(Text(json, "tier"), Is.EqualTo(tier));
            Assert.That(Text(json, "decision"), Is.EqualTo(decision));
            Assert.That(Text(json, "reason"), Is.EqualTo(reason));
            Assert.That(Text(json, "seen"), Is.EqualTo(seen));
            Assert.That(Text(json, "category"), Is.EqualTo(category));
            Assert.That(Text(json, "list"), Is.EqualTo(list));
            Assert.That(Text(json, "entry"), Is.EqualTo(entry));
            Assert.That(json.GetProperty("line").ValueKind == JsonValueKind.Null ? 0 : json.GetProperty("line").GetInt32(), Is.EqualTo(line));
            Assert.That(json.GetProperty("entry_id").ValueKind, Is.EqualTo(JsonValueKind.Null));
            Assert.That(Text(json, "explanation"), Is.Not.Empty);
            Assert.That(json.GetProperty("overridable").GetBoolean(), Is.EqualTo(exit != 0 && reason != "no-bypass"));
        });
    }

    [TestCase("http://10.20.0.1/", "private-destination", TestName = "Check_PrivateAddress_IsRefusedAsByTheGateway")]
    [TestCase("http://2130706433/", "private-destination", TestName = "Check_LoopbackInDisguise_IsRefused")]
    [TestCase("http://[::ffff:127.0.0.1]:8090/", "private-destination", TestName = "Check_MappedLoopback_IsRefused")]
    [TestCase("http://10.20.99.5/", "uncategorised", TestName = "Check_PrivateAddressThatThePolicyLists_IsAllowed")]
    [TestCase("http://93.184.215.14/", "uncategorised", TestName = "Check_PublicAddress_IsNotRefused")]
    public void Check_Destination(string url, string reason)
    {
        _bench.Write("policy.yaml", "{ school: S, tiers: { pupil: { uncategorised: allow } }, private_destinations: [10.20.99.0/24] }");
        Assert.That(Text(Json(_bench.Check(url, "--json")), "reason"), Is.EqualTo(reason));
    }

    [Test]
    public void Check_SeveralEntriesMatch_TellsThemAllOwnFirst()
    {
        var json = Json(_bench.Check("play.games.example/maths", "--tier", "pupil", "--json"));
        Assert.That(json.GetProperty("matches").EnumerateArray().Select(m => $"{Text(m, "list")} {Text(m, "entry")} {m.GetProperty("line")} {Text(m, "category")}"),
            Is.EqualTo(new[] { "own_allow games.example/maths 7 ", "games/domains play.games.example 3 games", "games/domains games.example 1 games" }));
        Assert.That(json.GetProperty("matches")[0].EnumerateObject().Select(p => p.Name), Is.EqualTo(new[] { "list", "entry", "line", "category", "version" }));
    }

    [Test]
    public void Check_ListThatWasFetched_SaysOfWhichStateItsEntryIs()
    {
        using var bench = Workbench.WithSource();
        foreach (var entries in (string[])["arcade.example\n", "arcade.example\nnew-arcade.example\n"])
        {
            Assert.That(bench.Run("lists", "update", "own", "--from", bench.Write("own.txt", entries)).ExitCode, Is.EqualTo(ExitCode.Done));
            bench.Clock.Advance(TimeSpan.FromDays(1));
        }
        // The second update is a layer over the first: what had not changed is still of the state it came with.
        foreach (var (host, version) in new[] { ("arcade.example", "20261123T120000Z-"), ("new-arcade.example", "20261124T120000Z-") })
        {
            var match = Json(bench.Run("check", host, "--tier", "pupil", "--json")).GetProperty("matches")[0];
            Assert.That((Text(match, "list"), Text(match, "entry")), Is.EqualTo(("own", host)));
            Assert.That(Text(match, "version"), Does.StartWith(version));
            Assert.That(bench.Run("check", host, "--tier", "pupil").Output, Does.Contain($"  {host}  (list of {Text(match, "version")})"));
        }
        Assert.That(Json(_bench.Check("games.example", "--tier", "pupil", "--json")).GetProperty("matches")[0].GetProperty("version").ValueKind, Is.EqualTo(JsonValueKind.Null), "a folder has no state of its own to name");
    }

    [TestCase("http://page.example/?url=https://games.example/x?secret=1", "http://page.example/?…", "https://games.example/x?…", TestName = "Check_AddressInAParameter_SaysWhichDecides")]
    [TestCase("http://games-example.translate.goog/x", "http://games-example.translate.goog/x", "https://games.example/x", TestName = "Check_TranslatedAddress_SaysWhichDecides")]
    public void Check_AddressWithin(string url, string outer, string within)
    {
        var run = _bench.Check(url, "--tier", "pupil", "--json");
        var json = Json(run);
        Assert.Multiple(() =>
        {
            Assert.That(run.ExitCode, Is.EqualTo(ExitCode.Blocked));
            Assert.That((Text(json, "url"), Text(json, "embedded")), Is.EqualTo((outer, within)));
            Assert.That((Text(json, "reason"), Text(json, "category"), Text(json, "list"), Text(json, "entry")), Is.EqualTo(("category-block", "games", "games/domains", "games.example")));
            Assert.That(json.GetProperty("categories").EnumerateArray().Select(c => c.GetString()), Is.EqualTo(new[] { "games" }));
            Assert.That(Text(json, "explanation"), Does.StartWith("Another address stands in this one"));
        });
        Assert.That(_bench.Check(url, "--tier", "pupil").Output, Does.Contain($"within it   {within}"));
    }

    [Test]
    public void Check_AddressWithinThatIsAllowed_IsNotNamed() =>
        Assert.That(Json(_bench.Check("http://page.example/?url=https://news.example/", "--tier", "pupil", "--json")).GetProperty("embedded").ValueKind, Is.EqualTo(JsonValueKind.Null));

    [Test]
    public void Check_LockedAddressWithin_NamesNothingOfEither()
    {
        var json = Json(_bench.Check("http://page.example/?url=http://locked.test/forbidden/page", "--tier", "staff", "--json"));
        Assert.That(Text(json, "reason"), Is.EqualTo("locked"));
        foreach (var key in (string[])["url", "host", "embedded", "entry", "line", "matches"]) Assert.That(json.GetProperty(key).ValueKind, Is.EqualTo(JsonValueKind.Null), key);
    }

    [Test]
    public void Check_Url_IsCanonicalAndItsQueryMasked()
    {
        var json = Json(_bench.Check("HTTP://Games.EXAMPLE.:80/a/../b?q=secret#x", "--tier", "pupil", "--json"));
        Assert.That((Text(json, "url"), Text(json, "host")), Is.EqualTo(("http://games.example/b?…", "games.example")));
    }

    [TestCase("locked.test/forbidden/page", TestName = "Check_LockedPage_NamesNothingOfIt")]
    [TestCase("https://locked.test/forbidden/page?x=1", TestName = "Check_LockedPageOverHttps_NamesNothingOfIt")]
    [TestCase("http://locked-host.test/anything", TestName = "Check_LockedHost_NamesNothingOfIt")]
    public void Check_Locked(string url)
    {
        foreach (var tier in (string[])["pupil", "staff", "guest"])
        {
            var run = _bench.Check(url, "--tier", tier, "--json");
            var json = Json(run);
            Assert.Multiple(() =>
            {
                Assert.That(run.ExitCode, Is.EqualTo(ExitCode.Blocked));
                Assert.That((Text(json, "decision"), Text(json, "reason")), Is.EqualTo(("block", "locked")));
                foreach (var key in (string[])["url", "host", "entry", "line", "matches"]) Assert.That(json.GetProperty(key).ValueKind, Is.EqualTo(JsonValueKind.Null), key);
                Assert.That(Text(json, "list"), Does.StartWith("locked/"));
                Assert.That(Text(json, "entry_id"), Does.Match("^[0-9a-f]{12}$"));
                Assert.That(json.GetProperty("overridable").GetBoolean(), Is.False);
                Assert.That(run.Output + run.Error, Does.Not.Contain(".test"));
            });
        }
        Assert.That(_bench.Check(url, "--tier", "pupil").Output, Does.Not.Contain(".test").And.Contain("illegal-content list"), "nor does the text for people");
    }

    [Test]
    public async Task Check_LockedWithADataFolder_IsOnRecordWithoutTheAddress()
    {
        Directory.CreateDirectory(_bench.Data);
        var entryId = Text(Json(_bench.Check("locked.test/forbidden/page", "--tier", "pupil", "--json")), "entry_id");

        await using var events = EventStore.Open(Path.Combine(_bench.Data, "events"), _bench.Clock);
        var recorded = events.Search(new EventQuery { Kinds = [EventKind.Audit] }).Events.Single();
        Assert.Multiple(() =>
        {
            Assert.That(recorded.EntryId, Is.EqualTo(entryId));
            Assert.That(recorded.Rule, Is.EqualTo("check by tech"));
            Assert.That((recorded.Url, recorded.Host, recorded.Entry), Is.EqualTo(((string?)null, (string?)null, (string?)null)));
        });
    }

    [Test]
    public void Check_LockedTooOften_IsRefusedForAMinute()
    {
        Directory.CreateDirectory(_bench.Data);
        for (var i = 0; i < 10; i++) Assert.That(_bench.Check("locked-host.test").ExitCode, Is.EqualTo(ExitCode.Blocked));
        var refused = _bench.Check("locked-host.test");
        _bench.Clock.Advance(TimeSpan.FromSeconds(61));
        Assert.Multiple(() =>
        {
            Assert.That(refused.ExitCode, Is.EqualTo(ExitCode.Refused));
            Assert.That(refused.Output, Is.Empty);
            Assert.That(_bench.Check("locked-host.test").ExitCode, Is.EqualTo(ExitCode.Blocked));
        });
    }

    [Test]
    public void Check_OverrideInState_OpensUntilItsEnd()
    {
        Directory.CreateDirectory(_bench.Data);
        var now = _bench.Clock.GetUtcNow();
        using (var state = StateStore.Open(Path.Combine(_bench.Data, "state.db"), _bench.Clock))
            state.Grant(Audience.ForTier("pupil"), Site.ForHost("games.example"), now, now.AddHours(1), "maths day", "tech");

        Assert.Multiple(() =>
        {
            Assert.That(Reason("games.example", "--tier", "pupil"), Is.EqualTo("override"));
            Assert.That(Reason("www.games.example", "--tier", "pupil"), Is.EqualTo("override"));
            Assert.That(Reason("games.example", "--tier", "staff"), Is.EqualTo("category-warn"));
            Assert.That(Reason("games.example", "--tier", "pupil", "--at", "12:59:59"), Is.EqualTo("override"));
            Assert.That(Reason("games.example", "--tier", "pupil", "--at", "13:00"), Is.EqualTo("category-block"));
        });

        string? Reason(params string[] arguments) => Text(Json(_bench.Check([.. arguments, "--json"])), "reason");
    }

    // who                    at       tier     group   person   device     place        reason            rule      exit
    [TestCase("--as p123",       "12:30", "pupil", "4b",   "p123",  null,      null,        "category-allow", "rule 1", 0)]
    [TestCase("--as p123",       "10:00", "pupil", "4b",   "p123",  null,      null,        "category-block", null,     3)]
    [TestCase("--as HILL@school.example", "12:30", "staff", "teachers", "t-hill", null, null, "category-warn", null,     3, TestName = "Check_AsALogInName_IsThePerson")]
    [TestCase("--group 4b",      "12:30", "pupil", "4b",   null,    null,      null,        "category-allow", "rule 1", 0)]
    [TestCase("--group year-4",  "12:30", "pupil", "year-4", null,  null,      null,        "category-block", null,     3)]
    [TestCase("--client 10.20.5.7", "12:30", "pupil", "4b", "p123", "ipad-14", "ict-suite", "category-allow", "rule 1", 0)]
    [TestCase("--client 10.20.5.8", "12:30", "pupil", null, null,   null,      "ict-suite", "category-block", null,     3)]
    public void Check_PersonGroupAndDevice_AreJudgedAsTheyAre(string who, string at, string tier, string? group, string? person, string? device, string? place, string reason, string? rule, int exit)
    {
        _bench.Write("settings.yaml", "data: data\n");
        GiveSchool();
        var run = _bench.Check(["games.example", .. who.Split(' '), "--at", at, "--json"]);
        var json = Json(run);
        Assert.Multiple(() =>
        {
            Assert.That((Text(json, "tier"), Text(json, "group"), Text(json, "person"), Text(json, "device"), Text(json, "place")), Is.EqualTo((tier, group, person, device, place)));
            Assert.That((Text(json, "reason"), Text(json, "rule"), run.ExitCode), Is.EqualTo((reason, rule, exit)));
        });
    }

    [TestCase("--as p999", "there is nobody with the id or log-in name 'p999'")]
    [TestCase("--group 4c", "did you mean '4b'")]
    [TestCase("--as p123 --tier pupil", "give one of them")]
    [TestCase("--group 4b --client 10.20.1.7", "give one of them")]
    public void Check_UnknownOrTwo_SaysSo(string who, string message)
    {
        _bench.Write("settings.yaml", "data: data\n");
        GiveSchool();
        var run = _bench.Check(["games.example", .. who.Split(' ')]);
        Assert.That((run.ExitCode, run.Output), Is.EqualTo((ExitCode.Usage, "")));
        Assert.That(run.Error, Does.Contain(message));
    }

    private void GiveSchool()
    {
        Directory.CreateDirectory(_bench.Data);
        const string yaml = """
            school: S
            networks: [10.20.0.0/16]
            tiers: { pupil: { block: [games] }, staff: { warn: [games] } }
            groups: { year-4: { kind: year, tier: pupil }, 4b: { kind: class, within: year-4 }, teachers: { kind: staff, tier: staff } }
            places: { ict-suite: { range: 10.20.5.0/24 } }
            timetable: { week: { mon-sun: { lunch: 12:00-13:00 } } }
            rules: [ { who: [4b], when: [lunch], what: [games], do: allow } ]
            """;
        using var state = StateStore.Open(Path.Combine(_bench.Data, "state.db"), _bench.Clock);
        state.ImportPolicy(FilterGate.Policy.Documents.PolicyDocument.VersionOf(yaml), yaml, "tech", "test");
        state.ImportPeople(
            [new PersonEntry(new Person("p123", "Invented Pupil", "4b", PersonRole.Pupil)), new PersonEntry(new Person("t-hill", "Invented Teacher", "teachers", PersonRole.Staff) { Account = "hill@school.example" })],
            removeMissing: false, "test", null, "tech");
        state.ImportDevices([new Device("ipad-14") { Address = System.Net.IPAddress.Parse("10.20.5.7"), Person = "p123" }], removeMissing: false, "test", null, "tech");
    }

    [Test]
    public void Check_PolicyInState_IsUsedWhereTheSettingsNameNone()
    {
        _bench.Write("settings.yaml", "data: data\n");
        Directory.CreateDirectory(_bench.Data);
        const string yaml = "{ school: From State, tiers: { staff: { allow: [games] } } }";
        using (var state = StateStore.Open(Path.Combine(_bench.Data, "state.db"), _bench.Clock))
            state.ImportPolicy(FilterGate.Policy.Documents.PolicyDocument.VersionOf(yaml), yaml, "tech", "test");

        Assert.That(_bench.Check("games.example").Output, Does.StartWith("Allowed for staff").And.Contain("From State"));
    }

    [Test]
    public void Check_NothingOnTheBox_UsesTheSampleSchool()
    {
        _bench.Write("settings.yaml", "data: data\n");
        var run = _bench.Run("check", "time-waster.example");
        Assert.Multiple(() =>
        {
            Assert.That(run.ExitCode, Is.EqualTo(ExitCode.Blocked), run.Error);
            Assert.That(run.Output, Does.Contain("Sample Primary"));
            Assert.That(Directory.Exists(_bench.Data), Is.False, "to look makes nothing");
        });
    }

    [Test]
    public void Check_ForPeople_SaysWhatAndWhyFirstAndThenTheSteps()
    {
        var run = _bench.Check("https://games.example/?q=secret", "--tier", "pupil");
        Assert.Multiple(() =>
        {
            Assert.That(run.Lines[0], Is.EqualTo("Blocked for pupil: it is in the category Games, which this tier blocks."));
            Assert.That(run.Output, Does.Contain("games/domains:1").And.Contain("=>  9").And.Contain("approved sites only").And.Not.Contain("secret"));
            Assert.That(run.Error, Is.Empty);
        });
    }

    [TestCase("a.example --tier pupil --client 10.20.1.1", "give one of them", TestName = "Check_TwoSelectors_ExitsTwo")]
    [TestCase("a.example --tier pupil --as someone", "give one of them", TestName = "Check_TierAndPerson_ExitsTwo")]
    [TestCase("a.example --as someone", "there is nobody with the id", TestName = "Check_Person_ExitsTwo")]
    [TestCase("a.example --tier pupils", "did you mean 'pupil'?", TestName = "Check_UnknownTier_SuggestsTheNearest")]
    [TestCase("a.example --client 10.20.1", "is not an address", TestName = "Check_ClientInShort_ExitsTwo")]
    [TestCase("a.example --client 192.0.2.1", "outside the networks", TestName = "Check_ClientOutside_ExitsTwo")]
    [TestCase("a.example --at yesterday", "'yesterday' is not a time", TestName = "Check_NoTime_ExitsTwo")]
    [TestCase("http:///?q=secret", "is not an address", TestName = "Check_NoHost_ExitsTwo")]
    [TestCase("a.example --reveal", "say why with --reason", TestName = "Check_RevealWithoutReason_ExitsTwo")]
    [TestCase("a.example --reveal --reason asked", "written to the audit", TestName = "Check_RevealWithoutAnAudit_ExitsTwo")]
    [TestCase("", "URL", TestName = "Check_NoUrl_ExitsTwo")]
    public void Check_WrongUse(string arguments, string message)
    {
        var run = _bench.Check(arguments.Split(' ', StringSplitOptions.RemoveEmptyEntries));
        Assert.Multiple(() =>
        {
            Assert.That(run.ExitCode, Is.EqualTo(ExitCode.Usage));
            Assert.That(run.Error, Does.StartWith("filtergate: ").And.Contain(message).And.Not.Contain("secret").And.Not.Contain("   at "));
            Assert.That(run.Output, Is.Empty);
        });
    }

    [Test]
    public void Check_Revealed_ShowsTheQueryAndLeavesATrace()
    {
        Directory.CreateDirectory(_bench.Data);
        using var state = StateStore.Open(Path.Combine(_bench.Data, "state.db"), _bench.Clock);

        var run = _bench.Check("games.example/?q=words", "--reveal", "--reason", "asked by the lead", "--json");

        Assert.That(Text(Json(run), "url"), Is.EqualTo("http://games.example/?q=words"));
        Assert.That(state.AuditEntries()[0], Has.Property("Action").EqualTo("reveal").And.Property("Actor").EqualTo("tech").And.Property("Reason").EqualTo("asked by the lead"));
    }

    [TestCase("school: S\ntiers: { pupil: { blok: [] } }", "policy.yaml:2:19: 'blok' is no key", TestName = "Check_BrokenPolicy_NamesFileLineAndColumn")]
    [TestCase("school: [", "policy.yaml:", TestName = "Check_PolicyThatIsNoYaml_NamesTheFile")]
    public void Check_BrokenPolicy(string policy, string message)
    {
        _bench.Write("policy.yaml", policy);
        var run = _bench.Check("a.example");
        Assert.That((run.ExitCode, run.Output), Is.EqualTo((ExitCode.Usage, "")));
        Assert.That(run.Error, Does.Contain(message));
    }

    [TestCase("settings.yaml", "settings", TestName = "Check_MissingSettings_ExitsTwo")]
    [TestCase("policy.yaml", "policy", TestName = "Check_MissingPolicy_ExitsTwo")]
    public void Check_MissingFile(string file, string what)
    {
        File.Delete(Path.Combine(_bench.Root, file));
        var run = _bench.Check("a.example");
        Assert.That(run.ExitCode, Is.EqualTo(ExitCode.Usage));
        Assert.That(run.Error, Does.Contain(what).And.Contain(file).And.Contain("does not exist"));
    }

    [Test]
    public void Check_MissingLists_ExitsTwo()
    {
        var run = _bench.Run("check", "a.example", "--lists", Path.Combine(_bench.Root, "nowhere"));
        Assert.That(run.ExitCode, Is.EqualTo(ExitCode.Usage));
        Assert.That(run.Error, Does.Contain("nowhere"));
    }

    private static JsonElement Json(CommandRun run)
    {
        Assert.That(run.Lines, Has.Length.EqualTo(1), run.Error);
        return JsonDocument.Parse(run.Lines[0]).RootElement;
    }

    private static string? Text(JsonElement json, string key) => json.GetProperty(key).GetString();
}
