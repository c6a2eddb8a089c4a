using FilterGate.Policy.Documents;
using FilterGate.Policy.TwoKeys;

namespace FilterGate.Policy.Tests.TwoKeys;

internal sealed class ApprovalsTests
{
    private const string Head = "school: S\nnetworks: [10.20.0.0/16]\ntiers: { pupil: {}, staff: {} }\n";

    /// <summary>After the approvals, so that their lines are those that the cases name.</summary>
    private const string Groups = "\ngroups: { staff: { kind: staff, tier: staff }, auditors: { kind: office, tier: staff }, pupils: { kind: phase, tier: pupil } }\n";

    private const string Usual = """
        approvals:
          head: { holder: head, deputies: [deputy-head] }
          technician: { holder: technician, deputies: [it-partner] }
          lead: { holder: dsl, deputies: [deputy-dsl] }
          teachers: [t-hill, t-park]
        """;

    [Test]
    public void Parse_Usual_HasTheDefaults()
    {
        var approvals = Read(Usual);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(approvals.IsWritten);
            Assert.That(approvals.Lesson, Is.EqualTo(new LessonRule("technician", "head", TimeSpan.FromHours(3))));
            Assert.That(approvals.ForGood, Is.EqualTo(new ForGoodRule("head", "technician", TimeSpan.FromDays(365))));
            Assert.That((approvals.PupilsGoTo, approvals.ShowsDetails), Is.EqualTo(("teacher", true)));
            Assert.That(approvals.Holders("head"), Is.EqualTo(new[] { "head", "deputy-head" }));
            Assert.That(approvals.Holders("teacher"), Is.EqualTo(new[] { "t-hill", "t-park" }));
            Assert.That(approvals.Named(), Is.EqualTo(new[] { "head", "deputy-head", "technician", "it-partner", "dsl", "deputy-dsl", "t-hill", "t-park" }));
        }
    }

    [TestCase("", 15)]
    [TestCase("  preview: { longest: 10m }\n", 10)]
    [TestCase("  preview: { longest: 15m }\n", 15)]
    [TestCase("  preview: {}\n", 15)]
    [TestCase("  preview: { longest: 16m }\n", null)]
    [TestCase("  preview: { longest: 1h }\n", null)]
    [TestCase("  preview: 10m\n", null)]
    public void Parse_Preview_IsAtMostAQuarterOfAnHour(string line, int? minutes)
    {
        var document = PolicyDocument.Parse(Head + Usual + "\n" + line, Given.Taxonomy, out var problems);
        Assert.That(document?.Approvals.PreviewLongest, Is.EqualTo(minutes is { } longest ? TimeSpan.FromMinutes(longest) : null), string.Join('\n', problems));
        // As the snapshot gives it, with somebody who knows the roster.
        if (minutes is not null) Assert.That(Given.Policy(Head + Usual + "\n" + line).Approvals.PreviewLongest, Is.EqualTo(document!.Approvals.PreviewLongest));
    }

    [Test]
    public void Parse_EveryKey_IsRead()
    {
        var approvals = Read("""
            approvals:
              head: { holder: p1, deputies: [p2, p3] }
              technician: { holder: p4, deputies: [p5] }
              business_manager: { holder: p6, deputies: [p1] }
              chair_of_governors: { holder: p7, deputies: [p8] }
              teachers: group:staff
              lesson: { opened_by: business_manager, tells: chair_of_governors, longest: 45m }
              for_good: { decided_by: chair_of_governors, applied_by: technician, review: 30d }
              pupils: { go_to: technician }
              block_page: { details: hide }
            """);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(approvals.Lesson, Is.EqualTo(new LessonRule("business_manager", "chair_of_governors", TimeSpan.FromMinutes(45))));
            Assert.That(approvals.ForGood, Is.EqualTo(new ForGoodRule("chair_of_governors", "technician", TimeSpan.FromDays(30))));
            Assert.That((approvals.PupilsGoTo, approvals.ShowsDetails, approvals.TeachersGroup), Is.EqualTo(("technician", false, "staff")));
            Assert.That(approvals.RolesOf("p1"), Is.EqualTo(new[] { "head", "business_manager" }));
            Assert.That(approvals.RolesOf("p9"), Is.Empty);
        }
    }

    [Test]
    public void Parse_RolesWithoutKeys_AreHeldByPeopleOrGroups()
    {
        var approvals = Read(Usual + "\n  governors: [g-shaw, head]\n  auditors: group:auditors\n  staff_acts_seen_by: [lead, head]").With((person, group) => (person, group) == ("a-moss", "auditors"));
        using (Assert.EnterMultipleScope())
        {
            Assert.That(approvals.RolesOf("G-Shaw"), Is.EqualTo(new[] { "governor" }));
            Assert.That(approvals.RolesOf("head"), Is.EqualTo(new[] { "head", "governor" }));
            Assert.That(approvals.RolesOf("a-moss"), Is.EqualTo(new[] { "auditor" }));
            Assert.That(approvals.StaffActsSeenBy, Is.EqualTo(new[] { "lead", "head" }));
            Assert.That(Read(Usual).StaffActsSeenBy, Is.EqualTo(new[] { "head" }));
            Assert.That(new[] { "dsl", "deputy-dsl", "head" }.Select(person => approvals.StandsIn(person, "lead")), Is.EqualTo(new[] { false, true, false }));
        }
    }

    [TestCase("t-new", "staff", true)]
    [TestCase("t-new", "pupils", false)]
    [TestCase(null, "staff", false)]
    public void May_GroupOfTeachers_AsksWhoIsInIt(string? person, string group, bool expected)
    {
        var approvals = Read(Usual.Replace("[t-hill, t-park]", "group:staff", StringComparison.Ordinal)).With((id, asked) => id == "t-new" && asked == "staff" && group == "staff");
        Assert.That(approvals.May(person, Roles.Teacher), Is.EqualTo(expected));
    }

    // Who asks, by which route, and who may answer first, the holder before the deputies.
    [TestCase(RequestRoute.Pupil, null, "t-hill t-park", TestName = "WhoDecides_Pupil_GoesToTheTeachers")]
    [TestCase(RequestRoute.Lesson, "t-hill", "technician it-partner", TestName = "WhoDecides_TeachersLesson_GoesToTheTechnician")]
    [TestCase(RequestRoute.Lesson, "technician", "it-partner", TestName = "WhoDecides_TechniciansOwnLesson_GoesToTheDeputy")]
    [TestCase(RequestRoute.Lesson, null, "technician it-partner", TestName = "WhoDecides_LessonOfADevice_GoesToTheTechnician")]
    [TestCase(RequestRoute.ForGood, "t-hill", "head deputy-head", TestName = "WhoDecides_TeachersForGood_GoesToTheHead")]
    [TestCase(RequestRoute.ForGood, "head", "deputy-head", TestName = "WhoDecides_HeadsOwn_GoesToTheNamedDeputy")]
    [TestCase(RequestRoute.ForGood, "deputy-head", "head", TestName = "WhoDecides_DeputysOwn_GoesToTheHead")]
    [TestCase(RequestRoute.Report, "t-hill", "technician it-partner", TestName = "WhoDecides_Report_GoesToTheTechnician")]
    public void WhoDecides(RequestRoute route, string? requester, string expected)
    {
        var approvals = Read(Usual);
        var request = new KeyRequest(route, requester);
        Assert.That(string.Join(' ', approvals.WhoDecides(request)), Is.EqualTo(expected));
        foreach (var person in approvals.Named())
            Assert.That(approvals.WhyNotDecide(person, request) is null, Is.EqualTo(expected.Split(' ').Contains(person)), person);
    }

    // Requester, who passed it on, who decided, the step, who tries, and a word of why not; nothing means he may.
    [TestCase("t-hill", null, null, KeyStep.Decide, "head", null)]
    [TestCase("t-hill", null, null, KeyStep.Decide, "deputy-head", null)]
    [TestCase("t-hill", null, null, KeyStep.Decide, "technician", "head or a deputy")]
    [TestCase("t-hill", null, null, KeyStep.Decide, "dsl", "head or a deputy")]
    [TestCase("t-hill", null, null, KeyStep.Decide, "t-hill", "head or a deputy")]
    [TestCase("HEAD", null, null, KeyStep.Decide, "Head", "goes to deputy-head")]
    [TestCase("t-hill", null, null, KeyStep.Decide, null, "account belongs to no person")]
    [TestCase("head", null, null, KeyStep.Decide, "head", "goes to deputy-head")]
    [TestCase(null, "head", null, KeyStep.Decide, "head", "goes to deputy-head")]
    [TestCase("t-hill", null, "head", KeyStep.Apply, "technician", null)]
    [TestCase("t-hill", null, "head", KeyStep.Apply, "it-partner", null)]
    [TestCase("t-hill", null, "head", KeyStep.Apply, "head", "technician or a deputy")]
    [TestCase("technician", null, "head", KeyStep.Apply, "technician", "goes to it-partner")]
    [TestCase("technician", null, "head", KeyStep.Apply, "it-partner", null)]
    [TestCase(null, null, null, KeyStep.PassOn, "t-park", null)]
    [TestCase(null, null, null, KeyStep.PassOn, "technician", "teacher")]
    public void WhyNot(string? requester, string? passedOnBy, string? decidedBy, KeyStep step, string? person, string? expected)
    {
        var why = Read(Usual).WhyNot(step, person, new KeyRequest(RequestRoute.ForGood, requester) { PassedOnBy = passedOnBy, DecidedBy = decidedBy });
        Assert.That(why, expected is null ? Is.Null : Does.Contain(expected));
    }

    [Test]
    public void WhyNot_OneWhoHoldsBothKeys_TurnsOnlyOne()
    {
        var approvals = Read(Usual.Replace("[it-partner]", "[it-partner, deputy-head]", StringComparison.Ordinal));
        var request = new KeyRequest(RequestRoute.ForGood, "t-hill") { DecidedBy = "deputy-head" };
        Assert.That(approvals.WhyNot(KeyStep.Apply, "deputy-head", request), Does.Contain("technician or it-partner"));
        Assert.That(approvals.WhyNot(KeyStep.Apply, "deputy-head", request with { DecidedBy = "head" }), Is.Null);
    }

    [TestCase(KeyStep.Open, true)]
    [TestCase(KeyStep.PassOn, true)]
    [TestCase(KeyStep.Decide, false)]
    [TestCase(KeyStep.Apply, false)]
    public void WhyNot_Unwritten_OpensForADayAndNothingForGood(KeyStep step, bool isAllowed) =>
        Assert.That(Approvals.Unwritten.WhyNot(step, person: null, new KeyRequest(RequestRoute.Pupil, null)) is null, Is.EqualTo(isAllowed));

    private static readonly object[] MistakeCases =
    [
        new object[] { "NoMapping", "approvals: [head]", "4:12", "approvals is a mapping" },
        new object[] { "UnknownRole", Usual + "\n  hed: { holder: a, deputies: [b] }", "9:3", "did you mean 'head'?" },
        new object[] { "NoHolder", "approvals:\n  head: { deputies: [a] }", "5:3", "the head has no holder" },
        new object[] { "NoDeputy", "approvals:\n  head: { holder: a }", "5:3", "the head has no deputy" },
        new object[] { "EmptyDeputies", "approvals:\n  head: { holder: a, deputies: [] }", "5:32", "the head has no deputy" },
        new object[] { "HolderIsOwnDeputy", "approvals:\n  head: { holder: a, deputies: [a] }", "5:33", "'a' stands here twice" },
        new object[] { "HolderInCapitalsIsOwnDeputy", "approvals:\n  head: { holder: a, deputies: [A] }", "5:33", "'A' stands here twice" },
        new object[] { "DeputyTwice", "approvals:\n  head: { holder: a, deputies: [b, b] }", "5:36", "'b' stands here twice" },
        new object[] { "AName", "approvals:\n  head: { holder: Ms Hill, deputies: [b] }", "5:19", "never a name" },
        new object[] { "HeadMissing", "approvals:\n  technician: { holder: a, deputies: [b] }\n  teachers: [t]", "5:3", "nobody holds the key of the head" },
        new object[] { "TechnicianMissing", "approvals:\n  head: { holder: a, deputies: [b] }\n  teachers: [t]", "5:3", "nobody holds the key of the technician" },
        new object[] { "NoTeachers", Usual.Replace("\n  teachers: [t-hill, t-park]", "", StringComparison.Ordinal), "5:3", "no teacher is named" },
        new object[] { "EmptyTeachers", Usual.Replace("[t-hill, t-park]", "[]", StringComparison.Ordinal), "8:13", "no teacher is named" },
        new object[] { "TeachersAsText", Usual.Replace("[t-hill, t-park]", "staff", StringComparison.Ordinal), "8:13", "teachers: group:staff" },
        new object[] { "TeachersOfNoGroup", Usual.Replace("[t-hill, t-park]", "group:staf", StringComparison.Ordinal) + Groups, "8:13", "'staf' is no group of this policy; did you mean 'staff'?" },
        new object[] { "TeachersOfATier", Usual.Replace("[t-hill, t-park]", "group:pupil", StringComparison.Ordinal) + Groups, "8:13", "'pupil' is no group of this policy" },
        new object[] { "TeachersOfAGroupWithoutGroups", Usual.Replace("[t-hill, t-park]", "group:staff", StringComparison.Ordinal), "8:13", "'staff' is no group of this policy" },
        new object[] { "GovernorsOfNoGroup", Usual + "\n  governors: group:board" + Groups, "9:14", "'board' is no group of this policy" },
        new object[] { "AuditorsOfNoGroup", Usual + "\n  auditors: group:auditor" + Groups, "9:13", "did you mean 'auditors'?" },
        new object[] { "GovernorsAsText", Usual + "\n  governors: everybody", "9:14", "governors: group:governors" },
        new object[] { "AuditorByName", Usual + "\n  auditors: [A Moss]", "9:14", "never a name" },
        new object[] { "StaffActsForTheTechnician", Usual + "\n  staff_acts_seen_by: [head, technician]", "9:30", "seen by head and lead alone" },
        new object[] { "StaffActsPastTheHead", Usual + "\n  staff_acts_seen_by: [lead]", "9:23", "always goes to the head" },
        new object[] { "StaffActsNobody", Usual + "\n  staff_acts_seen_by: []", "9:23", "always goes to the head" },
        new object[] { "StaffActsForALeadThatNobodyIs", Usual.Replace("\n  lead: { holder: dsl, deputies: [deputy-dsl] }", "", StringComparison.Ordinal) + "\n  staff_acts_seen_by: [head, lead]", "5:3", "nobody holds the key of the online-safety lead" },
        new object[] { "LessonTooLong", Usual + "\n  lesson: { longest: 11h }", "9:22", "at most a school day" },
        new object[] { "LessonNoLength", Usual + "\n  lesson: { longest: soon }", "9:22", "'soon' cannot be used here" },
        new object[] { "LessonZero", Usual + "\n  lesson: { longest: 0m }", "9:22", "'0m' cannot be used here" },
        new object[] { "ReviewTooLong", Usual + "\n  for_good: { review: 366d }", "9:23", "at most a year" },
        new object[] { "RoleThatNobodyHolds", Usual + "\n  lesson: { opened_by: business_manager }", "9:24", "nobody holds the key of the business manager" },
        new object[] { "UnknownOpener", Usual + "\n  lesson: { opened_by: technicin }", "9:24", "did you mean 'technician'?" },
        new object[] { "TeacherDecides", Usual + "\n  for_good: { decided_by: teacher }", "9:27", "'teacher' is no role" },
        new object[] { "OneRoleTwoKeys", Usual + "\n  for_good: { decided_by: head, applied_by: head }", "9:13", "two keys are two roles" },
        new object[] { "UnknownGoTo", Usual + "\n  pupils: { go_to: nobody }", "9:20", "'nobody' is no role" },
        new object[] { "UnknownDetails", Usual + "\n  block_page: { details: some }", "9:26", "known: show, hide" },
    ];

    private static IEnumerable<TestCaseData> Mistakes() => MistakeCases.Cast<object[]>().Select(c => new TestCaseData(c[1], c[2], c[3]).SetName($"Parse_Approvals{c[0]}_IsAMistakeWithItsPlace"));

    [TestCaseSource(nameof(Mistakes))]
    public void Parse_Mistake(string approvals, string place, string message)
    {
        Assert.That(PolicyDocument.Parse(Head + approvals, Given.Taxonomy, out var problems), Is.Null);
        var shown = problems.Select(p => $"{p.Line}:{p.Column} {p.Message}").ToArray();
        Assert.That(shown, Has.Some.StartsWith(place + " ").And.Contain(message), string.Join('\n', shown));
    }

    // Two people for the head's key, two for the technician's, the teachers; and what could have no answer, or nothing.
    [TestCase("h d", "t p", "x", null, TestName = "Parse_FourPeople_EveryRequestHasAnAnswer")]
    [TestCase("h d", "t p", "h", null, TestName = "Parse_TeacherWhoIsHead_GoesToTheDeputy")]
    [TestCase("h d", "t p", "t", null, TestName = "Parse_TeacherWhoIsTechnician_GoesToTheDeputy")]
    [TestCase("h t", "t p", "x", null, TestName = "Parse_HeadsDeputyIsTheTechnician_AnotherAppliesTheHeadsOwn")]
    [TestCase("h t", "t h", "x", "a request of h for good could have no answer", TestName = "Parse_TwoPeopleForBothKeys_HeadsOwnCannotBeApplied")]
    [TestCase("h t", "t h", "x", "a request of t for good could have no answer", TestName = "Parse_TwoPeopleForBothKeys_TechniciansOwnCannotBeDecided")]
    [TestCase("h d", "h d", "x", "a request of d for good could have no answer", TestName = "Parse_TheSameTwoForBothKeys_DeputysOwnHasNobody")]
    [TestCase("h d t", "h t", "x", null, TestName = "Parse_ThreePeopleInAll_EveryRequestHasAnAnswer")]
    public void Parse_WhoCouldAnswer(string heads, string technicians, string teacher, string? expected)
    {
        static string Key(string people) => people.Split(' ') is [var holder, .. var deputies] ? $"{{ holder: {holder}, deputies: [{string.Join(", ", deputies)}] }}" : throw new ArgumentException(people, nameof(people));
        var document = PolicyDocument.Parse(
            $"{Head}approvals:\n  head: {Key(heads)}\n  technician: {Key(technicians)}\n  teachers: [{teacher}, y]\n", Given.Taxonomy, out var problems);
        Assert.That(document is not null, Is.EqualTo(expected is null), string.Join('\n', problems));
        if (expected is not null) Assert.That(problems.Select(p => p.Message), Has.Some.Contains(expected));
    }

    [Test]
    public void Parse_OpenerWhoIsAlsoTheOneTold_IsTold()
    {
        var document = PolicyDocument.Parse(Head + "approvals:\n  head: { holder: h, deputies: [d] }\n  technician: { holder: h, deputies: [t] }\n  teachers: [x, y]\n", Given.Taxonomy, out var problems);
        Assert.That(document, Is.Not.Null, string.Join('\n', problems));
    }

    [Test]
    public void Parse_OneTeacher_Warns()
    {
        var document = PolicyDocument.Parse(Head + Usual.Replace("[t-hill, t-park]", "[t-hill]", StringComparison.Ordinal), Given.Taxonomy, out var problems);
        Assert.That(document, Is.Not.Null);
        Assert.That(problems.Single(), Has.Property("IsWarning").True.And.Property("Message").Contains("only teacher"));
    }

    [Test]
    public void Parse_NoApprovals_IsUnwritten()
    {
        var document = PolicyDocument.Parse(Head, Given.Taxonomy, out _);
        Assert.That(document!.Approvals.IsWritten, Is.False);
    }

    /// <summary>Whatever keys are drawn from a handful of people: a document that is taken leaves no request without an answer, and never lets one person turn two keys.</summary>
    [Test]
    public void Parse_AnyKeys_WhatIsTakenCanBeAnsweredByOthers()
    {
        var random = new Random(20261123);
        string[] people = ["a", "b", "c", "d"];
        var taken = 0;
        for (var round = 0; round < 2000; round++)
        {
            string[] Draw() => [.. people.OrderBy(_ => random.Next()).Take(random.Next(2, 4))];
            static string Key(string[] drawn) => $"{{ holder: {drawn[0]}, deputies: [{string.Join(", ", drawn[1..])}] }}";
            if (PolicyDocument.Parse($"{Head}approvals:\n  head: {Key(Draw())}\n  technician: {Key(Draw())}\n  teachers: [a, x]\n", Given.Taxonomy, out _)?.Approvals is not { } approvals) continue;
            taken++;
            foreach (var asker in new[] { "a", "b", "c", "d", "x" })
            {
                var request = new KeyRequest(RequestRoute.ForGood, asker);
                var ways = from decider in approvals.WhoMay(KeyStep.Decide, request) from applier in approvals.WhoMay(KeyStep.Apply, request with { DecidedBy = decider }) select new[] { asker, decider, applier };
                Assert.That(ways, Is.Not.Empty.And.All.Matches<string[]>(way => way!.Distinct().Count() == 3));
                Assert.That(approvals.WhoMay(KeyStep.Open, new KeyRequest(RequestRoute.Lesson, asker)), Is.Not.Empty.And.Not.Contain(asker));
            }
        }
        Assert.That(taken, Is.GreaterThan(100));
    }

    private static Approvals Read(string approvals)
    {
        var document = PolicyDocument.Parse(Head + approvals + Groups, Given.Taxonomy, out var problems);
        Assert.That(document, Is.Not.Null, string.Join('\n', problems));
        return document!.Approvals;
    }
}
