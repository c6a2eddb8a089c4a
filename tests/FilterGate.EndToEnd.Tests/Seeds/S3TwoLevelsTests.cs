namespace FilterGate.EndToEnd.Tests.Seeds;

/// <summary>The founding policy S3: two levels of filtering.</summary>
[TestFixture]
public sealed class S3TwoLevelsTests() : SeedTests(Seed)
{
    private const string Seed = "s3-two-levels";

    [TestCaseSource(typeof(SeedTests), nameof(RowsOf), [Seed])]
    public void Row_OfTheTable_IsDecidedAsItSays(SeedRow row) => CheckRow(row);

    [TestCaseSource(typeof(SeedTests), nameof(GroupsOf), [Seed])]
    public void HelpSite_FromEveryGroup_AnswersAndLeavesNoTrace(string group) => CheckHelp(group);

    [TestCaseSource(typeof(SeedTests), nameof(GroupsOf), [Seed])]
    public void LockedPage_FromEveryGroup_IsDenied(string group) => CheckLocked(group);
}
