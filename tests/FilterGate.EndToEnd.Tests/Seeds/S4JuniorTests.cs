namespace FilterGate.EndToEnd.Tests.Seeds;

/// <summary>The founding policy S4: a junior school.</summary>
/// <remarks>Slow: the seeds are asked by `--all`.</remarks>
[TestFixture]
[Category("Slow")]
public sealed class S4JuniorTests() : SeedTests(Seed)
{
    private const string Seed = "s4-junior";

    private static IEnumerable<TestCaseData> Rows => RowsOf(Seed);

    private static IEnumerable<string> Groups => GroupsOf(Seed);

    [TestCaseSource(nameof(Rows))]
    public void Row_OfTheTable_IsDecidedAsItSays(SeedRow row) => CheckRow(row);

    [TestCaseSource(nameof(Groups))]
    public void HelpSite_FromEveryGroup_AnswersAndLeavesNoTrace(string group) => CheckHelp(group);

    [TestCaseSource(nameof(Groups))]
    public void LockedPage_FromEveryGroup_IsDenied(string group) => CheckLocked(group);
}
