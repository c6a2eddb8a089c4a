using FilterGate.Commands;
using FilterGate.Events;
using FilterGate.Policy;
using FilterGate.State;

namespace FilterGate.Tests.Commands;

/// <summary>No command that prints an event, a request or an override shows whose it was or what they typed, for people or for scripts, unless it is asked to and says why.</summary>
public sealed class SecretsTests
{
    /// <summary>What stands only in what must be hidden.</summary>
    private static readonly string[] Secrets = ["SECRETPERSON", "SECRETQUERY", "SECRETWORDS", "SECRETTITLE", "SECRETREFERER"];

    private StoreBox _box = null!;
    private string _reference = null!;

    [OneTimeSetUp]
    public async Task SetUp()
    {
        _box = new StoreBox();
        var e = await _box.Events.CommitAsync(
            new FilterEvent
            {
                Time = StoreBox.Noon, Kind = EventKind.Block, Decision = Verdict.Block, Reason = Reason.CategoryBlock, Client = "10.20.1.7", Device = "ipad-14", Person = "SECRETPERSON", Group = "4b", Tier = "pupil", Method = "GET",
                Url = "http://games.example/play?q=SECRETQUERY", Host = "games.example", Status = 403, Category = "games", List = "games/domains", Entry = "games.example/play?q=SECRETQUERY", PolicyVersion = "p1", ListsVersion = "l1",
                ActKind = ActKind.Search, Intent = Intent.Searched, Title = "A page about SECRETTITLE", SearchWords = "how to SECRETWORDS", Referer = "http://search.example/?from=SECRETREFERER",
            },
            giveReference: true);
        _reference = e.Reference!;
        await _box.Events.CommitAsync(new FilterEvent { Time = StoreBox.Noon, Kind = EventKind.Override, Rule = $"request {_reference} asked for http://games.example/play?q=SECRETQUERY by ipad-14" }, giveReference: false);
        _box.State.AddRequest(new UnblockRequest(_reference, StoreBox.Noon, "10.20.1.7", "ipad-14", "pupil", "http://games.example/play?q=SECRETQUERY", "games.example", "games", "for maths", RequestStatus.Waiting) { Person = "SECRETPERSON", Audience = Audience.ForPerson("SECRETPERSON") });
        Assert.That(Site.TryParse("maths.example", out var site, out _));
        _box.State.Grant(Audience.ForTier("pupil"), site!, StoreBox.Noon, StoreBox.Noon.AddHours(1), "maths", "tech");
        _box.State.Grant(Audience.ForPerson("SECRETPERSON"), site!, StoreBox.Noon, StoreBox.Noon.AddHours(1), "maths", "tech");
        await _box.Events.CommitAsync(new FilterEvent { Time = StoreBox.Noon, Kind = EventKind.Override, Rule = $"request {_reference} approved by head for person:SECRETPERSON: maths" }, giveReference: false);
    }

    [OneTimeTearDown]
    public async Task TearDown() => await _box.DisposeAsync();

    private static readonly string[] Commands =
    [
        "events search", "events search --acts", "events search --text how", "events tail --follow=false", "why REFERENCE", "unblock list", "unblock list --all", "unblock show REFERENCE", "overrides list", "overrides list --all",
        "check http://games.example/play?q=SECRETQUERY --tier pupil", "events verify", "events purge --dry-run", "events help-visits",
    ];

    /// <summary>Commands that print no event, request or override of a person, or whose very subject is who is at the school: the roster, devices and accounts, that only who keeps them reads.</summary>
    private static readonly string[] Others =
    [
        "run", "setup", "doctor", "works", "watch", "policy", "lists", "categorise", "quota", "people", "devices", "access", "block", "accounts", "certificates", "network", "pass-through", "dns", "sample", "shadow", "backup", "restore", "completion",
        "events backup", "unblock approve", "unblock refuse", "unblock pass-on", "unblock grant", "unblock revoke", "unblock extend",
    ];

    [Test]
    public void Commands_EachOne_IsTriedHereOrNamed()
    {
        var leaves = Leaves(CommandLine.Build(_box.Host()), "").ToList();
        using (Assert.EnterMultipleScope())
        {
            Assert.That(leaves.Where(path => !Others.Concat(Commands).Any(known => known == path || known.StartsWith(path + ' ', StringComparison.Ordinal) || path.StartsWith(known + ' ', StringComparison.Ordinal))), Is.Empty,
                "a command that may print whose something was is tried above; any other is named");
            Assert.That(Others.Where(other => !leaves.Exists(path => path == other || path.StartsWith(other + ' ', StringComparison.Ordinal))), Is.Empty, "named, and not there");
        }

        static IEnumerable<string> Leaves(System.CommandLine.Command command, string path) => command.Subcommands.Where(sub => !sub.Hidden).SelectMany(sub => Leaves(sub, $"{path} {sub.Name}".TrimStart())).DefaultIfEmpty(path);
    }

    private static IEnumerable<string[]> Lines() => Commands.SelectMany(command => (string[][])[command.Split(' '), [.. command.Split(' '), "--json"]]);

    [TestCaseSource(nameof(Lines))]
    public void Output_WithoutReveal_HasNoSecret(params string[] line)
    {
        var run = _box.Run([.. line.Select(word => word == "REFERENCE" ? _reference : word)]);
        foreach (var secret in Secrets) Assert.That(run.Output + run.Error, Does.Not.Contain(secret).IgnoreCase, string.Join(' ', line));
        Assert.That(run.ExitCode, Is.AnyOf(ExitCode.Done, ExitCode.Blocked), run.Error);
    }

    [Test]
    public void Reveal_WithReason_ShowsThemAndIsAudited()
    {
        var run = _box.Run("events", "search", "--json", "--reveal", "--reason", "case 12");
        foreach (var secret in Secrets) Assert.That(run.Output, Does.Contain(secret));
        Assert.That(_box.State.AuditEntries().Select(entry => entry.Action), Does.Contain("reveal"));
    }

    [Test]
    public void Answer_ToARequestOfAPerson_NamesNobody()
    {
        var (asked, refused) = (_box.RunWith("\n", "unblock", "approve", _reference), _box.Run("unblock", "refuse", _reference, "--reason", "not in this lesson"));
        Assert.Multiple(() =>
        {
            Assert.That(asked.Output + asked.Error, Does.Contain("asks for http://games.example/play?…").And.Not.Contain("SECRETPERSON"));
            Assert.That(refused.ExitCode, Is.EqualTo(ExitCode.Done), refused.Error);
            Assert.That(refused.Output + refused.Error, Does.Contain("games.example stays closed for one person").And.Not.Contain("SECRETPERSON"));
        });
    }
}
