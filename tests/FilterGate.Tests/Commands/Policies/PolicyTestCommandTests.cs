using System.Text.Json;
using FilterGate.Commands;
using FilterGate.Events;
using FilterGate.Policy;

namespace FilterGate.Tests.Commands.Policies;

/// <summary>A proposed policy tried on what was recorded, at the command line.</summary>
public sealed class PolicyTestCommandTests
{
    private const string InForce = "school: Test Primary\nnetworks: [10.20.0.0/16]\nunknown_clients: pupil\ntiers: { pupil: { uncategorised: allow, tls: intercept }, staff: { tls: intercept, uncategorised: allow } }\n";

    private StoreBox _box = null!;

    [SetUp]
    public void SetUp()
    {
        _box = new StoreBox();
        Assert.That(_box.Run("policy", "apply", File("in-force.yaml", InForce), "--reason", "first", "--yes").ExitCode, Is.EqualTo(ExitCode.Done));
    }

    [TearDown]
    public async Task TearDown() => await _box.DisposeAsync();

    [Test]
    public async Task Test_StricterPolicy_ShowsWhatWouldNewlyBeBlocked()
    {
        await AllowedAsync("maths.example", 3);
        var run = _box.Run("policy", "test", File("new.yaml", InForce.Replace("uncategorised: allow, tls", "uncategorised: block, tls", StringComparison.Ordinal)));
        Assert.That(run.ExitCode, Is.EqualTo(ExitCode.Done), run.Error);
        Assert.That(run.Output, Does.Contain("Tier pupil: 3 requests; 0 as before, 3 newly blocked, 0 newly open").And.Contain("maths.example  3 requests, 1 device; allow → block (uncategorised)").And.Not.Contain("No allowed requests"));
        Assert.That(_box.State.PolicyVersions(), Has.Count.EqualTo(1), "it changes nothing");
    }

    [Test]
    public async Task Test_LooserPolicy_ShowsRisksAndThatNothingAllowedIsThere()
    {
        await _box.BlockedAsync("www.ebay.co.uk");
        _box.Clock.Advance(TimeSpan.FromMinutes(1));
        var run = _box.Run("policy", "test", File("new.yaml", InForce.Replace("pupil: { ", "pupil: { allow: [auctions], ", StringComparison.Ordinal)));
        Assert.That(run.Output, Does.Contain("newly open").And.Contain("www.ebay.co.uk  1 request, 1 device; block → allow (auctions)").And.Contain("No allowed requests of pupil are recorded").And.Contain("record: everything"));
    }

    [Test]
    public async Task Test_Json_IsOneObjectWithGroups()
    {
        await AllowedAsync("maths.example", 2);
        var row = JsonDocument.Parse(_box.Run("policy", "test", File("new.yaml", InForce.Replace("uncategorised: allow, tls", "uncategorised: warn, tls", StringComparison.Ordinal)), "--json").Lines.Single()).RootElement;
        Assert.That(row.EnumerateObject().Select(p => p.Name), Is.EqualTo(new[] { "since", "until", "policy", "lists", "requests", "left_out", "groups", "problems" }));
        var group = row.GetProperty("groups")[0];
        Assert.That(group.EnumerateObject().Select(p => p.Name), Is.EqualTo(new[]
        {
            "name", "tier", "is_group", "is_staff", "requests", "allowed", "unchanged", "newly_blocked", "newly_open", "blocked_sites", "open_sites", "more_sites",
        }));
        var site = group.GetProperty("blocked_sites")[0];
        Assert.That(site.EnumerateObject().Select(p => p.Name), Is.EqualTo(new[] { "host", "before", "after", "reason", "category", "requests", "devices", "in_lessons", "last" }));
        Assert.That((site.GetProperty("host").GetString(), site.GetProperty("after").GetString(), site.GetProperty("requests").GetInt64()), Is.EqualTo(("maths.example", "warn", 2)));
    }

    [Test]
    public async Task Test_Since_LeavesOlderOnesOut()
    {
        await AllowedAsync("old.example", 1);
        _box.Clock.Advance(TimeSpan.FromDays(2));
        await AllowedAsync("new.example", 1);
        _box.Clock.Advance(TimeSpan.FromMinutes(1));
        var file = File("new.yaml", InForce.Replace("uncategorised: allow, tls", "uncategorised: block, tls", StringComparison.Ordinal));
        Assert.That(_box.Run("policy", "test", file, "--since", "1d").Output, Does.Contain("new.example").And.Not.Contain("old.example"));
        Assert.That(_box.Run("policy", "test", file).Output, Does.Contain("new.example").And.Contain("old.example"));
        Assert.That(_box.Run("policy", "test", file, "--limit", "1").Output, Does.Contain("… and 1 more site:"));
    }

    [Test]
    public async Task Test_OtherLists_NeedNoPolicy()
    {
        await AllowedAsync("maths.example", 1);
        _box.Clock.Advance(TimeSpan.FromMinutes(1));
        Directory.CreateDirectory(Path.Combine(_box.Folder, "other-lists", "games"));
        System.IO.File.WriteAllText(Path.Combine(_box.Folder, "other-lists", "games", "domains"), "maths.example\n");
        var run = _box.Run("policy", "test", "--lists", Path.Combine(_box.Folder, "other-lists"));
        Assert.That(run.Output, Does.Contain("allow → block (games)"), run.Error);
    }

    [TestCase(new string[] { }, ExitCode.Usage, "name a policy to try", TestName = "Test_NothingNamed_ExitsTwo")]
    [TestCase(new[] { "nowhere.yaml" }, ExitCode.Usage, "does not exist", TestName = "Test_NoFile_ExitsTwo")]
    [TestCase(new[] { "BAD" }, ExitCode.Usage, "'gamez' is no category; did you mean 'games'?", TestName = "Test_Mistakes_ExitsTwoWithThem")]
    [TestCase(new[] { "LOCKED" }, ExitCode.Refused, "is a locked list", TestName = "Test_LockedList_ExitsFour")]
    [TestCase(new[] { "GOOD", "--since", "2027-01-01" }, ExitCode.Usage, "is not in the past", TestName = "Test_SinceToCome_ExitsTwo")]
    [TestCase(new[] { "GOOD", "--since", "soon" }, ExitCode.Usage, "--since: 'soon' is not a time", TestName = "Test_NoTime_ExitsTwo")]
    [TestCase(new[] { "--lists-version", "previous" }, ExitCode.Usage, "keeps no lists from before", TestName = "Test_NoPreviousLists_ExitsTwo")]
    public void Test_Arguments(string[] arguments, int exitCode, string message)
    {
        var run = _box.Run(["policy", "test", .. arguments.Select(a => a switch
        {
            "GOOD" => File("good.yaml", InForce),
            "BAD" => File("bad.yaml", InForce.Replace("pupil: { ", "pupil: { block: [gamez], ", StringComparison.Ordinal)),
            "LOCKED" => File("locked.yaml", InForce.Replace("pupil: { ", "pupil: { allow: [csam-iwf], ", StringComparison.Ordinal)),
            _ => a,
        })]);
        Assert.That(run.ExitCode, Is.EqualTo(exitCode), run.Error);
        Assert.That(run.Error, Does.Contain(message));
    }

    private async Task AllowedAsync(string host, int count)
    {
        for (var i = 0; i < count; i++)
        {
            await _box.Events.CommitAsync(
                new FilterEvent
                {
                    Time = _box.Clock.GetUtcNow().AddSeconds(-10), Kind = EventKind.Allow, Decision = Verdict.Allow, Reason = Reason.Uncategorised, Client = "10.20.1.7", Device = "ipad-14", Tier = "pupil", Method = "GET",
                    Url = $"http://{host}/{i}", Host = host,
                },
                giveReference: false);
        }
    }

    private string File(string name, string text)
    {
        var path = Path.Combine(_box.Folder, name);
        System.IO.File.WriteAllText(path, text);
        return path;
    }
}
