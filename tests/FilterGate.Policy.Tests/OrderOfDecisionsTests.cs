using FilterGate.Matching;
using FilterGate.Policy.People;

namespace FilterGate.Policy.Tests;

/// <summary>The order of decisions: each step alone, and each step against every later one.</summary>
public sealed class OrderOfDecisionsTests
{
    private const string PolicyFormat = """
        school: Test Primary
        networks: [10.20.0.0/16]
        tiers:
          pupil:
            log: [news]
            uncategorised: warn
            own_block: [{0}]
            own_allow: [{1}]
            approved_only: {2}
          other: {}
        groups: { 4b: { kind: class, tier: pupil } }
        """;

    private static readonly string SamplePolicy = PolicyFormat.Replace("{0}", "", StringComparison.Ordinal).Replace("{1}", "", StringComparison.Ordinal).Replace("{2}", "false", StringComparison.Ordinal);

    /// <summary>What makes each step answer, and its answer. With both own lists the two entries are alike: the tie.</summary>
    private static readonly Step[] StepCases =
    [
        new(Reason.Locked, Verdict.Block, s => s with { Locked = true }),
        new(Reason.PrivateDestination, Verdict.Block, s => s with { Refusal = Reason.PrivateDestination }),
        new(Reason.ProtectedHelp, Verdict.Allow, s => s with { Help = true }),
        new(Reason.EmergencyBlock, Verdict.Block, s => s with { EmergencyBlock = true }),
        new(Reason.DeviceProbe, Verdict.Allow, s => s with { Probe = true }),
        new(Reason.AccessWithdrawn, Verdict.Block, s => s with { Withdrawn = true }),
        new(Reason.NoBypass, Verdict.Block, s => s.And("vpn")),
        new(Reason.Override, Verdict.Allow, s => s with { Override = true }),
        new(Reason.Lesson, Verdict.Allow, s => s with { Session = SessionKind.Open }),
        new(Reason.OwnBlock, Verdict.Block, s => s with { OwnBlock = true }),
        new(Reason.OwnAllow, Verdict.Allow, s => s with { OwnAllow = true }),
        new(Reason.CategoryBlock, Verdict.Block, s => s.And("gambling")),
        new(Reason.ApprovedOnly, Verdict.Block, s => s with { ApprovedOnly = true }),
        new(Reason.CategoryWarn, Verdict.Warn, s => s.And("short-links")),
        new(Reason.CategoryLog, Verdict.LogOnly, s => s.And("news")),
        new(Reason.CategoryAllow, Verdict.Allow, s => s.And("education")),
        new(Reason.Uncategorised, Verdict.Warn, s => s),
    ];

    private static IEnumerable<TestCaseData> Each() => StepCases.Select(s => new TestCaseData(s).SetName($"Decide_Only{s.Reason}_AnswersIt"));

    private static IEnumerable<TestCaseData> Pairs() =>
        from earlier in Enumerable.Range(0, StepCases.Length)
        from later in Enumerable.Range(earlier + 1, StepCases.Length - earlier - 1)
        select new TestCaseData(StepCases[earlier], StepCases[later]).SetName($"Decide_{StepCases[earlier].Reason}And{StepCases[later].Reason}_TheEarlierHolds");

    [TestCaseSource(nameof(Each))]
    public void Decide_OneStep_AnswersIt(object step)
    {
        var (reason, verdict, make) = (Step)step;
        Assert.That(make(new Situation()).Decide(), Is.EqualTo((verdict, reason)));
    }

    [TestCaseSource(nameof(Pairs))]
    public void Decide_TwoSteps_TheEarlierHolds(object earlier, object later)
    {
        var (reason, verdict, make) = (Step)earlier;
        var both = ((Step)later).Make(make(new Situation()));
        Assert.That(both.Decide(), Is.EqualTo((verdict, reason)));
    }

    [TestCase(SessionKind.Close, TestName = "Decide_SessionThatClosesTheSite_Blocks")]
    [TestCase(SessionKind.Only, TestName = "Decide_SessionThatOpensOnlyOthers_Blocks")]
    public void Decide_Session_Closes(SessionKind kind) =>
        Assert.That((new Situation() with { Session = kind, OwnAllow = true }).Decide(), Is.EqualTo((Verdict.Block, Reason.Lesson)));

    [TestCase("short-links", TestName = "Decide_ApprovedOnlyAndAWarnedCategory_IsBlockedNotAsked")]
    [TestCase("news", TestName = "Decide_ApprovedOnlyAndARecordedCategory_IsBlocked")]
    [TestCase("education", TestName = "Decide_ApprovedOnlyAndAnAllowedCategory_IsBlocked")]
    public void Decide_ApprovedOnly_CategoriesOpenNothing(string category) =>
        Assert.That((new Situation() with { ApprovedOnly = true }).And(category).Decide(), Is.EqualTo((Verdict.Block, Reason.ApprovedOnly)));

    [Test]
    public void Decide_TlsRefused_IsBlockedEvenForHelp() =>
        Assert.That((new Situation() with { Help = true, Refusal = Reason.TlsPolicy }).Decide(), Is.EqualTo((Verdict.Block, Reason.TlsPolicy)));

    [Test]
    public void Decide_CategoryOfAnIllegalContentListInAnOrdinaryFolder_NothingBypassesIt() =>
        Assert.That((new Situation() with { OwnAllow = true, Override = true }).And("csam-iwf").Decide(), Is.EqualTo((Verdict.Block, Reason.NoBypass)));

    [Test]
    public void Decide_CategoryThatThePolicyDoesNotKnow_FailsClosed()
    {
        var policy = Given.Policy(SamplePolicy);
        Assert.That(policy.Decide(Given.Question(policy, "pupil", CategorySet.Empty.With(200))), Is.EqualTo(new Decision(Verdict.Block, Reason.Default)));
    }

    [Test]
    public void Decide_SeveralBlockedCategories_NamesTheGravest()
    {
        var policy = Given.Policy(SamplePolicy);
        Assert.That(policy.Decide(Given.Question(policy, "pupil", Given.Categories("games", "gambling"))).Category!.Slug, Is.EqualTo("gambling"));
    }

    [Test]
    public void Decide_LockedHit_CarriesTheHitAndNothingOfTheUrl()
    {
        var policy = Given.Policy(SamplePolicy);
        var decision = policy.Decide(Given.Question(policy, "pupil", locked: Given.LockedHit));
        Assert.Multiple(() =>
        {
            Assert.That(decision.Locked, Is.EqualTo(Given.LockedHit));
            Assert.That(decision.Rule, Is.Null);
            Assert.That(decision.IsOverridable, Is.False);
        });
    }

    [TestCaseSource(nameof(Each))]
    public void Explain_OneStep_DecidesAsDecideAndSaysWhy(object step)
    {
        var situation = ((Step)step).Make(new Situation());
        var (policy, question) = situation.Ask();

        var trace = policy.Explain(question);

        Assert.Multiple(() =>
        {
            Assert.That(trace.Decision, Is.EqualTo(policy.Decide(question)));
            Assert.That(trace.Explanation, Is.Not.Empty.And.EndsWith("."));
            Assert.That(trace.Steps.Select(s => s.Step), Is.EqualTo(OrderOfDecisions.Steps), "every step is told, in order");
            Assert.That(trace.Steps.Count(s => s.Outcome == StepOutcome.Decided), Is.EqualTo(1));
            Assert.That(trace.Steps.SkipWhile(s => s.Outcome != StepOutcome.Decided).Skip(1).Select(s => s.Outcome), Has.None.EqualTo(StepOutcome.Passed));
            Assert.That(trace.Steps.Single(s => s.Outcome == StepOutcome.Decided).Text, Is.EqualTo(trace.Explanation));
        });
    }

    [Test]
    public void Steps_OfThePublishedOrder_AreAllNamedOnceInOrder() =>
        Assert.That(OrderOfDecisions.Steps.Select(s => s.Number), Is.EqualTo(new[] { "1", "1b", "2", "3", "3b", "4", "5", "6", "7", "8", "9", "10", "11", "12", "13" }));

    [Test]
    public void Steps_All_AreInForce() => Assert.That(OrderOfDecisions.Steps.Where(s => !s.IsInForce).Select(s => s.Number), Is.Empty);

    [TestCaseSource(nameof(Each))]
    public void Decide_AnyStep_DoesNotAllocate(object step)
    {
        var (policy, question) = ((Step)step).Make(new Situation()).Ask();
        for (var i = 0; i < 100; i++) policy.Decide(question);

        Assert.That(Testing.Allocations.Of(() =>
        {
            for (var i = 0; i < 1000; i++) policy.Decide(question);
        }), Is.Zero);
    }

    internal sealed record Step(Reason Reason, Verdict Verdict, Func<Situation, Situation> Make);

    internal sealed record Situation
    {
        public bool Locked { get; init; }
        public Reason? Refusal { get; init; }
        public bool Help { get; init; }
        public bool EmergencyBlock { get; init; }
        public bool Probe { get; init; }
        public bool Withdrawn { get; init; }
        public bool Override { get; init; }
        public SessionKind? Session { get; init; }
        public bool ApprovedOnly { get; init; }
        public bool OwnBlock { get; init; }
        public bool OwnAllow { get; init; }
        public CategorySet Categories { get; init; }

        public Situation And(string category) => this with { Categories = Categories | Given.Categories(category) };

        public (PolicySnapshot Policy, Question Question) Ask()
        {
            // Its page is the host's "/", as every question here asks.
            var host = Probe ? "connectivity-check.ubuntu.com" : "site.example";
            IEnumerable<Override> overrides = Override ? [new Override(7, "pupil", host, Given.Noon.AddHours(-1), Given.Noon.AddHours(1))] : [];
            var yaml = PolicyFormat.Replace("{0}", OwnBlock ? host : "", StringComparison.Ordinal).Replace("{1}", OwnAllow ? host : "", StringComparison.Ordinal)
                .Replace("{2}", ApprovedOnly ? "true" : "false", StringComparison.Ordinal);
            var policy = Given.Policy(yaml);
            policy = policy.With(new InForce
            {
                Overrides = new OverrideTable(overrides),
                EmergencyBlocks = new EmergencyBlockTable(EmergencyBlock ? [new EmergencyBlock(3, Site.ForHost(host), Given.Noon.AddHours(-1), null)] : []),
                Withdrawals = new WithdrawalTable(Withdrawn ? [new Withdrawal(4, "p123", null, Given.Noon.AddHours(-1), null, "made up")] : [], Roster.Empty),
                Sessions = new SessionTable(Session is { } kind ? [new ClassSession(5, "4b", kind, [Site.ForHost(kind == SessionKind.Only ? "other.example" : host)], Given.Noon.AddHours(-1), Given.Noon.AddHours(1))] : []),
            });
            var question = Given.Question(policy, "pupil", Categories, host, Locked ? Given.LockedHit : null, Help, Refusal);
            return (policy, question with { Client = question.Client with { Person = "p123", Group = policy.FindGroup("4b") } });
        }

        public (Verdict, Reason) Decide()
        {
            var (policy, question) = Ask();
            var decision = policy.Decide(question);
            return (decision.Verdict, decision.Reason);
        }
    }
}
