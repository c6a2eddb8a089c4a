namespace FilterGate.EndToEnd.Tests.Seeds;

/// <summary>The founding policy S3: two levels of filtering.</summary>
[TestFixture]
[Category("Slow")]
public sealed class S3TwoLevelsTests() : SeedTests(Seed)
{
    private const string Seed = "s3-two-levels";

    private static IEnumerable<TestCaseData> Rows => RowsOf(Seed);

    private static IEnumerable<string> Groups => GroupsOf(Seed);

    [TestCaseSource(nameof(Rows))]
    public void Row_OfTheTable_IsDecidedAsItSays(SeedRow row) => CheckRow(row);

    [TestCaseSource(nameof(Groups))]
    public void HelpSite_FromEveryGroup_AnswersAndLeavesNoTrace(string group) => CheckHelp(group);

    [TestCaseSource(nameof(Groups))]
    public void LockedPage_FromEveryGroup_IsDenied(string group) => CheckLocked(group);
}
