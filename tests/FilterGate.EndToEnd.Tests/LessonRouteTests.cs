using System.Diagnostics;
using FilterGate.EndToEnd.Tests.Fixtures;
using FilterGate.Policy.TwoKeys;
using FilterGate.State;
using FilterGate.Testing;

namespace FilterGate.EndToEnd.Tests;

/// <summary>A lesson, as it happens: a teacher asks for a class, the technician opens it with his key, the head is told, and the pupils' page works, all within a minute.</summary>
[TestFixture]
[Category("EndToEnd")]
[Category("Slow")]
public sealed class LessonRouteTests
{
    // Loopback addresses of three devices that the roster knows.
    private const string Pupil = "127.0.0.41", Teacher = "127.0.0.42", OtherPupil = "127.0.0.43";

    private const string Policy = """
        school: Lesson Primary (invented)
        networks: [10.20.0.0/16, 127.0.0.0/8]
        unknown_clients: pupil
        tiers:
          pupil: { uncategorised: allow, block: [auctions] }
          staff: { uncategorised: allow, block: [auctions] }
          guest: { uncategorised: allow }
        groups:
          teachers: { kind: staff, tier: staff }
          4b: { kind: class, tier: pupil }
          5c: { kind: class, tier: pupil }
        approvals:
          head: { holder: head, deputies: [deputy-head] }
          technician: { holder: technician, deputies: [it-partner] }
          teachers: group:teachers
        """;

    [Test]
    public async Task TeacherAsksAndTechnicianOpens_TheClassWorksWithinAMinute()
    {
        await using var school = await School.OpenAsync();
        using var folder = new TempFolder();
        await File.WriteAllTextAsync(folder["policy.yaml"], Policy);
        await File.WriteAllTextAsync(folder["people.csv"], """
            id,name,group,role,account
            head,Invented Head,teachers,staff,
            deputy-head,Invented Deputy,teachers,staff,
            technician,Invented Technician,teachers,staff,root
            it-partner,Invented Partner,teachers,staff,
            t-hill,Invented Teacher,teachers,staff,
            p123,Invented Pupil,4b,pupil,
            p200,Invented Other,5c,pupil,

            """);
        await File.WriteAllTextAsync(folder["devices.csv"], $"name,address,person\nipad-1,{Pupil},p123\nlaptop-1,{Teacher},t-hill\nipad-2,{OtherPupil},p200\n");
        await DoneAsync(school, "policy", "apply", folder["policy.yaml"], "--reason", "a lesson", "--yes");
        await DoneAsync(school, "people", "import", folder["people.csv"]);
        await DoneAsync(school, "devices", "import", folder["devices.csv"]);
        const string site = $"https://{School.Auction}";
        await Programs.UntilAsync(async () => (await GetAsync(school, Pupil, $"{site}/1k")).Status == 403, "the policy is in force");

        var since = Stopwatch.StartNew();
        var blocked = await GetAsync(school, Teacher, $"{site}/lot/7");
        Assert.That(blocked.Status, Is.EqualTo(403), blocked.ToString());
        Assert.That(blocked.Body, Does.Contain("value=\"lesson\" checked").And.Contain("<option value=\"4b\">"));
        var asked = await GetAsync(school, Teacher, $"{site}/.well-known/filtergate/request",
            "--data-urlencode", $"reference={blocked.Reference}", "--data-urlencode", "note=prices in maths", "--data-urlencode", "route=lesson", "--data-urlencode", "group=4b");
        Assert.That(asked.Status, Is.EqualTo(200), asked.ToString());
        Assert.That(asked.Body, Does.Contain("It goes to the technician"));

        var opened = await DoneAsync(school, "unblock", "approve", blocked.Reference, "--for", "1h", "--reason", "year 4 maths", "--yes");
        Assert.That(opened, Does.Contain("is open for 4b"));
        await Programs.UntilAsync(async () => (await GetAsync(school, Pupil, $"{site}/1k")).Status == 200, "the class's page works");
        await TestContext.Progress.WriteLineAsync($"from the teacher's blocked page to the pupil's working one: {since.ElapsedMilliseconds} ms, without the people");

        using var state = StateStore.Open(Path.Combine(school.Data, "state.db"), TimeProvider.System);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(since.Elapsed, Is.LessThan(TimeSpan.FromSeconds(60)));
            Assert.That((await GetAsync(school, OtherPupil, $"{site}/1k")).Status, Is.EqualTo(403), "another class stays where it was");
            Assert.That((await GetAsync(school, Teacher, $"{site}/1k")).Status, Is.EqualTo(403), "it was opened for the class");
            Assert.That(state.StepsOf(blocked.Reference).Select(s => (s.Step, s.Actor)), Is.EqualTo(new[] { (RequestStep.Asked, "t-hill"), (RequestStep.Applied, "technician") }));
            Assert.That(state.Notices(Roles.Head).Single().Text, Does.Contain(School.Auction).And.Contain("group:4b").And.Contain("technician"), "the head is told");
        }
    }

    /// <summary>At the port whose clients the policy and the roster know by their address.</summary>
    private static Task<Answer> GetAsync(School school, string from, string url, params IEnumerable<string> more) => school.GetAsync("", url, ["--interface", from, .. more]);

    private static async Task<string> DoneAsync(School school, params IEnumerable<string> arguments)
    {
        var ended = await school.CommandAsync(arguments);
        Assert.That(ended.ExitCode, Is.Zero, ended.Error);
        return ended.Output;
    }
}
