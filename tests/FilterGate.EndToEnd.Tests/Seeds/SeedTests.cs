using FilterGate.EndToEnd.Tests.Fixtures;

namespace FilterGate.EndToEnd.Tests.Seeds;

/// <summary>A founding policy through the real gateway: every row of its <c>decisions.txt</c>, and of each of its groups what holds whatever a policy says.</summary>
[Category("EndToEnd")]
public abstract class SeedTests(string seed)
{
    private const string LockedPage = "http://locked.test/forbidden/page";

    private SeedAnswers _answers = null!;

    [OneTimeSetUp]
    public async Task AskAsync()
    {
        // Both ends of the list of help sites for each group: one plain, one over HTTPS.
        SeedRow[] always = [.. GroupsOf(seed).SelectMany(g => (SeedRow[])[HelpRow(g, isRead: true), HelpRow(g, isRead: false), LockedRow(g)])];
        _answers = await SeedAnswers.AskAsync(seed, [.. SeedRow.ReadAll(seed), .. always]);
    }

    /// <summary>The groups of a seed's policy.</summary>
    private protected static IEnumerable<string> GroupsOf(string seed) => SeedFiles.Policy(seed).Groups.Select(g => g.Name);

    /// <summary>The rows of a seed's table.</summary>
    private protected static IEnumerable<TestCaseData> RowsOf(string seed) => SeedRow.ReadAll(seed).Select(row => new TestCaseData(row).SetArgDisplayNames(row.ToString()));

    private protected void CheckRow(SeedRow row)
    {
        var answer = _answers[row];
        using (Assert.EnterMultipleScope())
        {
            Assert.That(answer.Decision, Is.EqualTo(row.Decision), answer.Detail);
            Assert.That(answer.Reason, Is.EqualTo(row.Reason), answer.Detail);
        }
    }

    private protected void CheckHelp(string group)
    {
        using (Assert.EnterMultipleScope())
        {
            foreach (var isRead in (bool[])[true, false])
            {
                var row = HelpRow(group, isRead);
                Assert.That(_answers[row].Decision, Is.EqualTo("allow"), _answers[row].Detail);
                Assert.That(_answers.HasRecordOf(new Uri(row.Address).Host), Is.False, "nobody sees who looked for help");
            }
        }
    }

    private protected void CheckLocked(string group)
    {
        var answer = _answers[LockedRow(group)];
        Assert.That((answer.Decision, answer.Reason), Is.EqualTo(("block", "locked")), answer.Detail);
    }

    private static SeedRow HelpRow(string group, bool isRead) =>
        new("help", group, null, isRead ? $"http://{School.HelpSites[0]}/{group}" : $"https://{School.HelpSites[^1]}/{group}", "allow", null);

    private static SeedRow LockedRow(string group) => new("locked", group, null, LockedPage, "block", "locked");
}
