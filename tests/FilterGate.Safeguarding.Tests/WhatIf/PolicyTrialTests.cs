using FilterGate.Events;
using FilterGate.Lists;
using FilterGate.Matching;
using FilterGate.Policy;
using FilterGate.Policy.Documents;
using FilterGate.Safeguarding.WhatIf;

namespace FilterGate.Safeguarding.Tests.WhatIf;

/// <summary>A proposed policy on recorded requests: what would newly be blocked, what newly open, for whom.</summary>
internal sealed class PolicyTrialTests
{
    private static readonly DateTimeOffset Ten = new(2026, 11, 23, 10, 0, 0, TimeSpan.Zero);

    private static readonly Taxonomy Taxonomy = ListLoader.ShippedTaxonomy;

    private const string InForce = """
        school: Test Primary
        networks: [10.20.0.0/16]
        unknown_clients: pupil
        tiers:
          pupil: { block: [games, shopping], allow: [news], uncategorised: allow, tls: intercept }
          staff: { allow: [games, shopping, news], uncategorised: allow, tls: intercept }
        groups:
          year-4: { kind: year, tier: pupil }
          4b: { kind: class, within: year-4 }
          office: { kind: office, tier: staff }
        clients:
          - { range: 10.20.4.0/24, group: 4b }
          - { range: 10.20.8.0/24, group: office }
        timetable: { zone: UTC, week: { mon-fri: { lesson: 09:30-10:30 } } }
        """;

    private static readonly ListSet Lists = MakeLists(("games", "games.example"), ("shopping", "shop.example"), ("news", "news.example"), ("games", "mixed.example/play"));

    // What one request comes to under the policy in force and under one in which one thing differs.
    [TestCase("http://games.example/", "pupil: { block: [games, shopping]", "pupil: { block: [games, shopping]", "", TestName = "Add_SamePolicy_IsUnchanged")]
    [TestCase("http://games.example/", "block: [games, shopping], allow: [news]", "block: [shopping], allow: [games, news]", "open block>allow category-block games", TestName = "Add_CategoryOpened_IsNewlyOpen")]
    [TestCase("http://games.example/", "pupil: { block: [games, shopping]", "pupil: { warn: [games], block: [shopping]", "open block>warn category-block games", TestName = "Add_CategoryWarnedOf_IsALooserAnswer")]
    [TestCase("http://unknown.example/", "uncategorised: allow, tls: intercept }\n  staff", "uncategorised: block, tls: intercept }\n  staff", "blocked allow>block uncategorised ", TestName = "Add_UnknownSitesBlocked_AreNewlyBlocked")]
    [TestCase("http://unknown.example/", "uncategorised: allow, tls: intercept }\n  staff", "uncategorised: log, tls: intercept }\n  staff", "", TestName = "Add_OnlyLogged_IsUnchanged")]
    [TestCase("http://unknown.example/", "tls: intercept }\n  staff", "tls: intercept, own_block: [unknown.example] }\n  staff", "blocked allow>block own-block ", TestName = "Add_OwnBlock_IsNewlyBlocked")]
    [TestCase("http://games.example/", "tls: intercept }\n  staff", "tls: intercept, own_allow: [games.example] }\n  staff", "open block>allow category-block games", TestName = "Add_OwnAllow_IsNewlyOpen")]
    [TestCase("https://mixed.example/play", "tls: intercept }\n  staff", "tls: tunnel }\n  staff", "open block>allow category-block games", TestName = "Add_NoLongerRead_ThePathIsNotSeen")]
    [TestCase("http://games.example/", "4b: { kind: class, within: year-4 }", "4b: { kind: class, within: year-4, allow: [games] }", "open block>allow category-block games", TestName = "Add_GroupMayMore_IsNewlyOpen")]
    [TestCase("http://games.example/", "range: 10.20.4.0/24, group: 4b", "range: 10.20.4.0/24, group: office", "open block>allow category-block games", TestName = "Add_ClientMovedToAnotherGroup_IsJudgedThere")]
    [TestCase("http://games.example/", "timetable:", "rules: [{ who: [4b], when: [lesson], what: [games], do: allow }]\ntimetable:", "open block>allow category-block games", TestName = "Add_RuleOfThatHour_Counts")]
    [TestCase("http://games.example/", "timetable:", "rules: [{ who: [4b], when: [weekend], what: [games], do: allow }]\ntimetable:", "", TestName = "Add_RuleOfAnotherTime_DoesNot")]
    public void Add(string url, string before, string after, string expected)
    {
        var proposed = InForce.Replace(before, after, StringComparison.Ordinal);
        Assert.That(proposed == InForce, Is.EqualTo(before == after), "the table names what stands in the policy");
        var report = Try(proposed, Request(url));
        var group = report.Groups.Single();
        Assert.That((group.Name, group.Tier, group.IsGroup, group.Requests), Is.EqualTo(("4b", "pupil", true, 1)));
        Assert.That(string.Join('|', group.BlockedSites.Select(s => Show("blocked", s)).Concat(group.OpenSites.Select(s => Show("open", s)))), Is.EqualTo(expected));
        Assert.That((group.NewlyBlocked, group.NewlyOpen, group.Unchanged), Is.EqualTo((group.BlockedSites.Length, group.OpenSites.Length, expected.Length == 0 ? 1 : 0)));
    }

    [Test]
    public void Add_OtherLists_AreTriedWithoutAnotherPolicy()
    {
        var other = MakeLists(("news", "news.example"), ("games", "unknown.example"));
        var inForce = Compile(InForce, Lists);
        var trial = new PolicyTrial(inForce, Compile(InForce, other));
        foreach (var url in (string[])["http://games.example/", "http://unknown.example/", "http://news.example/"]) trial.Add(Request(url));
        var group = trial.Finish().Groups.Single();
        Assert.That(group.BlockedSites.Select(s => Show("blocked", s)), Is.EqualTo(new[] { "blocked allow>block category-block games" }));
        Assert.That(group.OpenSites.Select(s => Show("open", s)), Is.EqualTo(new[] { "open block>allow category-block games" }));
        Assert.That(group.Unchanged, Is.EqualTo(1));
    }

    [Test]
    public void Finish_BlockedSites_ThoseOfLessonsFirstThenByRequestsAndDevices()
    {
        var strict = InForce.Replace("uncategorised: allow", "uncategorised: block", StringComparison.Ordinal);
        var afternoon = Ten.AddHours(4);
        var report = Try(strict,
        [
            .. Enumerable.Repeat(Request("http://break.example/", time: afternoon), 9),
            Request("http://lesson.example/"),
            .. Enumerable.Repeat(Request("http://few-devices.example/", time: afternoon), 2),
            Request("http://two-devices.example/", time: afternoon), Request("http://two-devices.example/a", time: afternoon, device: "ipad-2"),
            .. Enumerable.Repeat(Request("http://session.example/", time: afternoon, reason: Reason.Lesson), 2),
        ]);
        var group = report.Groups.Single();
        Assert.That(group.BlockedSites.Select(s => $"{s.Host} {s.Requests} {s.Devices} {s.InLessons}"), Is.EqualTo(new[]
        {
            "session.example 2 1 2", "lesson.example 1 1 1", "break.example 9 1 0", "two-devices.example 2 2 0", "few-devices.example 2 1 0",
        }));
    }

    [Test]
    public void Finish_OpenSites_TheGravestCategoryFirst()
    {
        var loose = InForce.Replace("pupil: { block: [games, shopping], allow: [news]", "pupil: { allow: [games, shopping, news]", StringComparison.Ordinal);
        var report = Try(loose, [.. Enumerable.Repeat(Request("http://shop.example/"), 5), Request("http://games.example/")]);
        var order = new[] { "games", "shopping" }.OrderBy(slug => Taxonomy.Find(slug)!.Index);
        Assert.That(report.Groups.Single().OpenSites.Select(s => s.Category!.Slug), Is.EqualTo(order));
    }

    [Test]
    public void Finish_Groups_StaffFirst()
    {
        var strict = InForce.Replace("uncategorised: allow", "uncategorised: block", StringComparison.Ordinal);
        var report = Try(strict,
        [
            .. Enumerable.Repeat(Request("http://a.example/"), 5), Request("http://b.example/", client: "10.20.8.1", group: "office", tier: "staff"), Request("http://c.example/", client: "10.20.1.1", group: null),
        ]);
        Assert.That(report.Groups.Select(g => $"{g.Name} {g.IsGroup} {g.IsStaff}"), Is.EqualTo(new[] { "office True True", "4b True False", "pupil False False" }));
    }

    [TestCase(Verdict.Block, 0)]
    [TestCase(Verdict.LogOnly, 1)]
    [TestCase(Verdict.Allow, 1)]
    public void Add_RecordedDecision_IsCountedAsAllowedOrNot(Verdict recorded, int expected) =>
        Assert.That(Try(InForce, Request("http://a.example/", decision: recorded)).Groups.Single().Allowed, Is.EqualTo(expected));

    [TestCase(Reason.PrivateDestination)]
    [TestCase(Reason.TlsPolicy)]
    [TestCase(Reason.WayRound)]
    public void Add_RefusedForWhereItLed_StaysRefused(Reason reason)
    {
        var loose = InForce.Replace("tls: intercept }\n  staff", "tls: intercept, own_allow: [printer.example] }\n  staff", StringComparison.Ordinal);
        Assert.That(Try(loose, Request("http://printer.example/", decision: Verdict.Block, reason: reason)).Groups.Single().Unchanged, Is.EqualTo(1));
    }

    [Test]
    public void Add_WhatCannotBeTried_IsCounted()
    {
        var proposed = InForce.Replace("networks: [10.20.0.0/16]", "networks: [10.20.8.0/24]", StringComparison.Ordinal).Replace("  - { range: 10.20.4.0/24, group: 4b }\n", "", StringComparison.Ordinal);
        var report = Try(proposed, [Request("http://a.example/"), Request("http://[nowhere/", client: "10.20.8.9", group: "office", tier: "staff")]);
        Assert.That(report.Requests, Is.EqualTo(2));
        Assert.That(report.LeftOut, Is.EquivalentTo(new Dictionary<LeftOut, long> { [LeftOut.Network] = 1, [LeftOut.Address] = 1 }));
    }

    [Test]
    public void Add_MoreSitesThanTheBound_AreCountedButNotTold()
    {
        var strict = InForce.Replace("uncategorised: allow", "uncategorised: block", StringComparison.Ordinal);
        var trial = new PolicyTrial(Compile(InForce, Lists), Compile(strict, Lists), options: new PolicyTrialOptions { SitesMax = 3, AddressesMax = 2, DevicesMax = 1 });
        for (var i = 0; i < 5; i++)
            for (var device = 0; device < 2; device++) trial.Add(Request($"http://site{i}.example/", device: $"ipad-{device}"));
        var report = trial.Finish();
        var group = report.Groups.Single();
        Assert.That((group.NewlyBlocked, group.BlockedSites.Length, report.LeftOut[LeftOut.Site]), Is.EqualTo((10, 3, 4)));
        Assert.That(group.BlockedSites.Select(s => s.Devices), Is.All.EqualTo(1));
    }

    [Test]
    public void Run_OverAStore_CountsEveryRequestOfThePeriod()
    {
        using var temp = new FilterGate.Testing.TempFolder();
        var clock = new Microsoft.Extensions.Time.Testing.FakeTimeProvider(Ten);
        var strict = InForce.Replace("uncategorised: allow", "uncategorised: block", StringComparison.Ordinal);
        Task.Run(async () =>
        {
            await using var events = EventStore.Open(temp["events"], clock);
            for (var i = 0; i < 500; i++)
            {
                await events.EnqueueAsync(new FilterEvent
                {
                    Time = Ten.AddSeconds(i), Kind = EventKind.Allow, Decision = Verdict.Allow, Reason = Reason.Uncategorised, Client = "10.20.4.7", Device = "ipad-1", Group = "4b", Tier = "pupil", Method = "GET",
                    Url = $"http://site{i % 7}.example/page{i}", Host = $"site{i % 7}.example",
                });
            }
        }).GetAwaiter().GetResult();
        var shown = new List<double>();
        var report = new PolicyTrial(Compile(InForce, Lists), Compile(strict, Lists)).Run(new EventReader(temp["events"]), Ten.AddSeconds(100), Ten.AddDays(1), new Collecting(shown));
        Assert.That((report.Requests, report.Groups.Single().NewlyBlocked, report.Groups.Single().BlockedSites.Length, report.Problems.Length), Is.EqualTo((400, 400, 7, 0)));
        Assert.That(report.Groups.Single().BlockedSites.Sum(s => s.Requests), Is.EqualTo(400));
    }

    private static PolicyTrialReport Try(string proposed, params PastRequest[] requests)
    {
        var trial = new PolicyTrial(Compile(InForce, Lists), Compile(proposed, Lists), Document(InForce).Timetable);
        foreach (var request in requests) trial.Add(in request);
        return trial.Finish();
    }

    private static PastRequest Request(
        string url, string client = "10.20.4.7", string device = "ipad-1", string? group = "4b", string tier = "pupil", DateTimeOffset? time = null, Verdict decision = Verdict.Allow, Reason reason = Reason.Uncategorised) =>
        new(time ?? Ten, decision, reason, url) { Client = client, Device = device, Group = group, Tier = tier, Method = "GET" };

    private static string Show(string kind, SiteChange change) => $"{kind} {change.Before.Code()}>{change.After.Code()} {change.Reason.Code()} {change.Category?.Slug}";

    private static PolicyDocument Document(string yaml)
    {
        var document = PolicyDocument.Parse(yaml, Taxonomy, out var problems);
        return document ?? throw new AssertionException(string.Join('\n', problems));
    }

    private static PolicySnapshot Compile(string yaml, ListSet lists) => PolicySnapshot.Compile(Document(yaml), lists, Policy.InForce.Nothing);

    private static ListSet MakeLists(params (string Category, string Entry)[] entries)
    {
        var matcher = new ListMatcher.Builder();
        foreach (var (category, entry) in entries) Assert.That(matcher.TryAdd($"{category}/domains", Taxonomy.Find(category)!, entry, 1, out var error), error);
        return new ListSet { Taxonomy = Taxonomy, Version = "lists-1", Categories = matcher.Build() };
    }

    private sealed class Collecting(List<double> shown) : IProgress<double>
    {
        public void Report(double value) => shown.Add(value);
    }
}
