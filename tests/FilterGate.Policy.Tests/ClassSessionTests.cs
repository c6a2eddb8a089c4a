using System.Net;
using FilterGate.Matching;

namespace FilterGate.Policy.Tests;

/// <summary>What a teacher opens or closes for one class until the bell.</summary>
public sealed class ClassSessionTests
{
    private const string School = """
        school: S
        networks: [10.20.0.0/16]
        tiers:
          pupil: { uncategorised: allow, youtube: "off" }
          strict: { uncategorised: block, youtube: strict, safe_search: "off" }
        groups: { year-4: { kind: year, tier: pupil }, 4b: { kind: class, within: year-4 }, 4a: { kind: class, within: year-4 }, 5c: { kind: class, tier: strict } }
        """;

    private const string Watch = "https://www.youtube.com/watch?v=aaaaaaaaaaa", Embed = "https://www.youtube-nocookie.com/embed/aaaaaaaaaaa", Other = "https://www.youtube.com/watch?v=bbbbbbbbbbb";

    // class  session for  kind              sites                     asked            minutes  reason, open
    [TestCase("4b", "4b", SessionKind.Open, "quiz.example", "http://quiz.example/", 0, Reason.Lesson, true)]
    [TestCase("4b", "year-4", SessionKind.Open, "quiz.example", "http://www.quiz.example/a", 0, Reason.Lesson, true, TestName = "Decide_SessionOfTheYear_HoldsForItsClass")]
    [TestCase("4a", "4b", SessionKind.Open, "quiz.example", "http://quiz.example/", 0, Reason.Uncategorised, true, TestName = "Decide_SessionOfAnotherClass_ChangesNothing")]
    [TestCase("4b", "4b", SessionKind.Open, "quiz.example", "http://quiz.example/", 60, Reason.Uncategorised, true, TestName = "Decide_AfterTheBell_IsOver")]
    [TestCase("4b", "4b", SessionKind.Close, "quiz.example/games", "http://quiz.example/games/1", 0, Reason.Lesson, false)]
    [TestCase("4b", "4b", SessionKind.Close, "quiz.example/games", "http://quiz.example/sums", 0, Reason.Uncategorised, true)]
    [TestCase("4b", "4b", SessionKind.Only, "quiz.example", "http://other.example/", 0, Reason.Lesson, false, TestName = "Decide_OnlyTheseSites_ClosesOthers")]
    [TestCase("4b", "4b", SessionKind.Open, "video:aaaaaaaaaaa", Watch, 0, Reason.Lesson, true, TestName = "Decide_VideoOfTheLesson_IsOpen")]
    [TestCase("4b", "4b", SessionKind.Open, "video:aaaaaaaaaaa", Embed, 0, Reason.Lesson, true)]
    [TestCase("4b", "4b", SessionKind.Open, "video:aaaaaaaaaaa", Other, 0, Reason.OwnBlock, false, TestName = "Decide_AnotherVideo_IsNot")]
    [TestCase("4a", "4b", SessionKind.Open, "video:aaaaaaaaaaa", Watch, 0, Reason.OwnBlock, false, TestName = "Decide_VideoOfAnotherClass_IsNot")]
    [TestCase("4b", "4b", SessionKind.Open, "video:aaaaaaaaaaa", Watch, 60, Reason.OwnBlock, false, TestName = "Decide_VideoAfterTheBell_IsClosed")]
    [TestCase("4b", "4b", SessionKind.Only, "video:aaaaaaaaaaa", Embed, 0, Reason.Lesson, true, TestName = "Decide_OnlyAVideo_ShowsIt")]
    [TestCase("4b", "4b", SessionKind.Only, "video:aaaaaaaaaaa", "http://other.example/", 0, Reason.Lesson, false, TestName = "Decide_OnlyAVideo_ClosesAllElse")]
    [TestCase("5c", "5c", SessionKind.Open, "video:aaaaaaaaaaa", Embed, 0, Reason.Lesson, true, TestName = "Decide_RestrictedYouTube_ShowsTheLessonsVideo")]
    public void Decide_Session(string group, string sessionFor, SessionKind kind, string site, string address, int minutes, Reason expected, bool isOpen)
    {
        Assert.That(Site.TryParse(site, out var parsed, out var error), error);
        var policy = Given.Policy(School).With(InForce.Nothing with { Sessions = new SessionTable([new ClassSession(1, sessionFor, kind, [parsed!], Given.Noon, Given.Noon.AddHours(1))]) });
        var decision = policy.Decide(Ask(policy, group, address) with { Time = Given.Noon.AddMinutes(minutes) });
        Assert.That((decision.Reason, decision.IsForwarded), Is.EqualTo((expected, isOpen)));
    }

    [Test]
    public void VideosFor_TwoSessionsOfOneClass_OpenTheVideosOfBoth()
    {
        ClassSession Of(long id, string video) => new(id, "4b", SessionKind.Open, [Site.ForVideo(video)], Given.Noon, Given.Noon.AddHours(1));
        var policy = Given.Policy(School).With(InForce.Nothing with { Sessions = new SessionTable([Of(1, "aaaaaaaaaaa"), Of(2, "bbbbbbbbbbb")]) });
        Assert.That(new[] { Watch, Other }.Select(address => policy.Decide(Ask(policy, "4b", address)).Verdict), Has.All.EqualTo(Verdict.Allow));
    }

    [TestCase(1, 2, 1, TestName = "Find_ClassAndYearOpenASite_TheEarlierIsNamed")]
    [TestCase(2, 1, 1, TestName = "Find_YearAndClassOpenASite_TheEarlierIsNamed")]
    public void Find_TwoGroups_TheEarlierIsNamed(long ofClass, long ofYear, long expected)
    {
        ClassSession Of(long id, string group) => new(id, group, SessionKind.Open, [Site.ForHost("quiz.example")], Given.Noon, Given.Noon.AddHours(1));
        var policy = Given.Policy(School).With(InForce.Nothing with { Sessions = new SessionTable([Of(ofClass, "4b"), Of(ofYear, "year-4"), Of(3, "4a")]) });
        Assert.That(policy.Decide(Ask(policy, "4b", "http://quiz.example/")).RecordId, Is.EqualTo(expected));
    }

    [Test]
    public void Find_TheYearClosesWhatTheClassOpens_IsClosed()
    {
        ClassSession Of(long id, string group, SessionKind kind) => new(id, group, kind, [Site.ForHost("quiz.example")], Given.Noon, Given.Noon.AddHours(1));
        var policy = Given.Policy(School).With(InForce.Nothing with { Sessions = new SessionTable([Of(1, "4b", SessionKind.Open), Of(2, "year-4", SessionKind.Close)]) });
        var decision = policy.Decide(Ask(policy, "4b", "http://quiz.example/"));
        Assert.That((decision.Verdict, decision.RecordId), Is.EqualTo((Verdict.Block, 2L)));
    }

    private static Question Ask(PolicySnapshot policy, string group, string address)
    {
        Assert.That(CanonicalUrl.TryParse(address, out var url, out var error), error);
        var named = policy.FindGroup(group)!;
        return new Question(new Client(IPAddress.Parse("10.20.1.7"), named.Tier, null, IsKnown: true) { Group = named }, url!, Seen.Url, new Classification(CategorySet.Empty, null, false), Given.Noon);
    }
}
