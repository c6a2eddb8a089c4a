using System.Text.Json;
using FilterGate.Commands;
using FilterGate.Events;
using FilterGate.Lists;
using FilterGate.Lists.Compiled;
using FilterGate.Lists.Formats;
using FilterGate.Lists.Locked;
using FilterGate.Policy;

namespace FilterGate.Tests.Commands;

/// <summary>A page of the past, decided again with that day's policy and lists: over the shipped lists, in which ebay.co.uk is an auction.</summary>
public sealed class WhyCommandTests
{
    private const string Site = "https://www.ebay.co.uk/item/1?q=secret";
    private const string Strict = "school: Test Primary\nnetworks: [10.20.0.0/16]\nunknown_clients: pupil\ntiers: { pupil: { uncategorised: allow, tls: intercept }, staff: { tls: intercept, uncategorised: allow } }\n";
    private const string Loose = "school: Test Primary\nnetworks: [10.20.0.0/16]\nunknown_clients: pupil\ntiers: { pupil: { own_allow: [ebay.co.uk], uncategorised: allow, tls: intercept }, staff: { tls: intercept, uncategorised: allow } }\n";

    private StoreBox _box = null!;

    [SetUp]
    public void SetUp()
    {
        _box = new StoreBox();
        Apply(Strict, "the first");
    }

    [TearDown]
    public async Task TearDown() => await _box.DisposeAsync();

    [Test]
    public async Task Why_NothingHasChanged_SaysWhatCheckSays()
    {
        var reference = await RecordAsync(Site);
        var check = _box.Run("check", Site, "--tier", "pupil");
        var run = _box.Run("why", reference);
        Assert.That(run.ExitCode, Is.EqualTo(ExitCode.Blocked), run.Error);
        Assert.That(run.Output, Does.Contain(check.Lines[0]).And.Contain("tier pupil, ipad-14").And.Contain("policy 1 (").And.Contain("by tech: the first").And.Contain("Steps, in order").And.Contain("Now: the same."));
        Assert.That(run.Output, Does.Contain("/item/1?…").And.Not.Contain("secret").And.Not.Contain("p123").And.Not.Contain("Note:"));
    }

    [Test]
    public async Task Why_PolicyHasChanged_IsDecidedByThatDaysAndSaysWhatWouldBeNow()
    {
        var reference = await RecordAsync(Site);
        _box.Clock.Advance(TimeSpan.FromDays(1));
        Apply(Loose, "the shop is open");
        var run = _box.Run("why", reference);
        Assert.That(run.ExitCode, Is.EqualTo(ExitCode.Blocked), "what happened then");
        Assert.That(run.Output, Does.Contain("policy 1 (").And.Contain("Now it would be otherwise: Allowed for pupil: the school's own list allows it"));

        var row = JsonDocument.Parse(_box.Run("why", reference, "--json").Lines.Single()).RootElement;
        Assert.That(row.EnumerateObject().Select(p => p.Name), Is.EqualTo(new[]
        {
            "reference", "time", "kind", "client", "device", "person", "group", "tier", "method", "recorded", "policy", "lists_kept", "notes", "then", "now", "differs",
        }));
        Assert.That(row.GetProperty("recorded").EnumerateObject().Select(p => p.Name), Is.EqualTo(new[]
        {
            "decision", "reason", "category", "list", "entry", "entry_id", "line", "list_version", "rule", "policy_version", "lists_version",
        }));
        Assert.That((row.GetProperty("differs").GetBoolean(), row.GetProperty("lists_kept").GetBoolean(), row.GetProperty("policy").GetProperty("number").GetInt64()), Is.EqualTo((true, true, 1)));
        Assert.That((row.GetProperty("then").GetProperty("reason").GetString(), row.GetProperty("now").GetProperty("reason").GetString()), Is.EqualTo(("category-block", "own-allow")));
        Assert.That((row.GetProperty("person").GetString(), row.GetProperty("then").GetProperty("url").GetString()), Is.EqualTo((Masking.Hidden, "https://www.ebay.co.uk/item/1?…")));
    }

    // Three updates ago: neither in force nor the one before.
    [Test]
    public async Task Why_ListsOfSomeUpdatesAgo_DecideAgain()
    {
        var folder = new ListFolder(Path.Combine(_box.Folder, "lists"));
        Directory.CreateDirectory(folder.Root);
        var key = LockedKey.ReadOrMake(folder.LockedKey);
        var store = new ListStore(folder, _box.Clock);
        string Compile(string name, params string[] lines)
        {
            var path = Path.Combine(_box.Folder, name);
            File.WriteAllLines(path, lines);
            store.Compile([new ListFile("own/one", "games", ListFormat.Plain, path, name)], isWhole: true);
            return ListLoader.Load(folder, folder: null, key, LockedFeeds.None, out _).Version;
        }
        var version = Compile("monday.txt", "# ours", "played.example");
        var reference = await RecordAsync("http://played.example/", e => e with { ListsVersion = version, Category = "games", List = "own/one", Entry = "played.example", Line = 2 });
        for (var day = 2; day <= 4; day++) Compile($"day-{day}.txt", $"other-{day}.example");

        var run = _box.Run("why", reference, "--json");
        var row = JsonDocument.Parse(run.Lines.Single()).RootElement;
        Assert.That((row.GetProperty("lists_kept").GetBoolean(), row.GetProperty("differs").GetBoolean()), Is.EqualTo((true, true)), run.Output);
        Assert.That((row.GetProperty("then").GetProperty("reason").GetString(), row.GetProperty("then").GetProperty("line").GetInt32(), row.GetProperty("now").GetProperty("reason").GetString()), Is.EqualTo(("category-block", 2, "uncategorised")));
    }

    [Test]
    public async Task Why_ListsAreGone_TellsFromTheRecord()
    {
        var reference = await RecordAsync(Site, e => e with { ListsVersion = "0000deadbeef", List = "old/domains", Entry = "ebay.co.uk", Line = 17, ListVersion = "2026-10-01" });
        var run = _box.Run("why", reference);
        Assert.That(run.Output, Does.Contain("the lists of that day (version 0000deadbeef) are no longer kept").And.Contain("old/domains:17  ebay.co.uk  (list of 2026-10-01)").And.Contain("Blocked for pupil: it is in the category Auctions"));
        Assert.That(run.Output, Does.Not.Contain("starter"), "today's lists say nothing of that day");
    }

    [Test]
    public async Task Why_PolicyIsNotInTheHistory_TellsFromTheRecord()
    {
        var reference = await RecordAsync(Site, e => e with { PolicyVersion = "0000deadbeef" });
        var run = _box.Run("why", reference);
        Assert.That(run.Output, Does.Contain("On record: block (category-block).").And.Contain("is not in the history of this box").And.Contain("Now: the same."));
    }

    [Test]
    public async Task Why_PolicyCannotBeReadAnyMore_SaysSo()
    {
        var old = _box.State.ImportPolicy("0123456789ab", "school: S\ntiers: { pupil: { block: [gossip] } }", "tech", "long ago");
        _box.State.ImportPolicy("ffffffffffff", Strict, "tech", "now");
        var reference = await RecordAsync(Site, e => e with { PolicyVersion = old.Version });
        Assert.That(_box.Run("why", reference).Output, Does.Contain("cannot be read by this version of FilterGate: line 2: 'gossip' is no category"));
    }

    [Test]
    public async Task Why_OverrideOfThatDay_OpenedItThenAndDoesNotNow()
    {
        var granted = _box.State.Grant(Audience.ForTier("pupil"), Policy.Site.ForHost("ebay.co.uk"), StoreBox.Noon, StoreBox.Noon.AddHours(1), "a lesson", "tech")!;
        _box.Clock.Advance(TimeSpan.FromMinutes(10));
        var reference = await RecordAsync(Site, e => e with { Kind = EventKind.Override, Decision = Verdict.Allow, Reason = Reason.Override, Rule = $"override {granted.Id}", Category = null, List = null, Entry = null, Line = null });
        _box.Clock.Advance(TimeSpan.FromMinutes(10));
        _box.State.Revoke(granted.Id, "enough", "tech");
        var run = _box.Run("why", reference);
        Assert.That(run.ExitCode, Is.EqualTo(ExitCode.Done));
        Assert.That(run.Output, Does.Contain($"override {granted.Id} opens it").And.Contain("Now it would be otherwise: Blocked for pupil").And.Not.Contain("Note:"));
    }

    [Test]
    public async Task Why_SomethingOfThatDayIsNotKept_SaysThatItComesToSomethingElse()
    {
        var reference = await RecordAsync("http://in-no-list.example/");
        Assert.That(_box.Run("why", reference).Output, Does.Contain("decided again it comes to allow (uncategorised), but block (category-block) is on record"));
    }

    [Test]
    public async Task Why_IllegalContent_RevealsNothing()
    {
        var reference = await RecordAsync(Site, e => e with
        {
            Decision = Verdict.Block, Reason = Reason.Locked, Url = null, Host = null, Category = "csam-iwf", List = "locked/iwf-sample", Entry = null, Line = null, EntryId = "0123456789ab",
        });
        foreach (var run in (CommandRun[])[_box.Run("why", reference), _box.Run("why", reference, "--json"), _box.Run("why", reference, "--reveal", "--reason", "case 12")])
        {
            Assert.That(run.ExitCode, Is.EqualTo(ExitCode.Blocked), run.Error);
            Assert.That(run.Output, Does.Contain("locked/iwf-sample").And.Contain("0123456789ab").And.Not.Contain("ebay"));
        }
        var row = JsonDocument.Parse(_box.Run("why", reference, "--json").Lines.Single()).RootElement;
        Assert.That((row.GetProperty("then").ValueKind, row.GetProperty("now").ValueKind, row.GetProperty("recorded").GetProperty("entry").ValueKind), Is.EqualTo((JsonValueKind.Null, JsonValueKind.Null, JsonValueKind.Null)));
    }

    [Test]
    public async Task Why_Reveal_ShowsTheQueryAndIsRecorded()
    {
        var reference = await RecordAsync(Site);
        Assert.That(_box.Run("why", reference, "--reveal").ExitCode, Is.EqualTo(ExitCode.Usage), "without a reason");
        var run = _box.Run("why", reference, "--reveal", "--reason", "case 12");
        Assert.That(run.Output, Does.Contain("q=secret").And.Contain("p123"));
        var audit = _box.State.AuditEntries(1).Single();
        Assert.That((audit.Action, audit.Subject, audit.Reason), Is.EqualTo(("reveal", $"why {reference} of person:p123", "case 12")));
    }

    [TestCase("nonsense!", "'nonsense!' is not a reference")]
    [TestCase("K7Q4-M2XD", "there is no event with the reference K7Q4-M2XD")]
    public void Why_NoSuchReference_ExitsTwo(string reference, string message)
    {
        var run = _box.Run("why", reference);
        Assert.That((run.ExitCode, run.Output), Is.EqualTo((ExitCode.Usage, "")));
        Assert.That(run.Error, Does.Contain(message));
    }

    [Test]
    public async Task Why_AnySpelling_IsFound()
    {
        var reference = await RecordAsync(Site);
        Assert.That(_box.Run("why", reference.ToLowerInvariant().Replace("-", "", StringComparison.Ordinal)).ExitCode, Is.EqualTo(ExitCode.Blocked));
    }

    /// <summary>A page as the gateway would record it now, with what <c>check</c> says of it.</summary>
    private async Task<string> RecordAsync(string url, Func<FilterEvent, FilterEvent>? change = null)
    {
        var check = JsonDocument.Parse(_box.Run("check", Site, "--tier", "pupil", "--json").Lines.Single()).RootElement;
        var e = new FilterEvent
        {
            Time = _box.Clock.GetUtcNow(), Kind = EventKind.Block, Decision = Verdict.Block, Reason = Reason.CategoryBlock, Client = "10.20.1.7", Device = "ipad-14", Person = "p123", Tier = "pupil", Method = "GET",
            Url = url, Host = new Uri(url).Host, Status = 403, Category = check.GetProperty("category").GetString(), List = check.GetProperty("list").GetString(), Entry = check.GetProperty("entry").GetString(),
            Line = check.GetProperty("line").ValueKind == JsonValueKind.Null ? null : check.GetProperty("line").GetInt32(), PolicyVersion = check.GetProperty("policy_version").GetString(), ListsVersion = check.GetProperty("lists_version").GetString(),
        };
        return (await _box.Events.CommitAsync(change?.Invoke(e) ?? e, giveReference: true)).Reference!;
    }

    private void Apply(string yaml, string why)
    {
        var file = Path.Combine(_box.Folder, "policy.yaml");
        File.WriteAllText(file, yaml);
        var run = _box.Run("policy", "apply", file, "--reason", why, "--yes");
        Assert.That(run.ExitCode, Is.EqualTo(ExitCode.Done), run.Error);
    }
}
