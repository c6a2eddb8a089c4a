namespace FilterGate.EndToEnd.Tests.Seeds;

/// <summary>The founding policy S1: a trust of three academies.</summary>
[TestFixture]
public sealed class S1TrustTests() : SeedTests(Seed)
{
    private const string Seed = "s1-trust";

    [TestCaseSource(typeof(SeedTests), nameof(RowsOf), [Seed])]
    public void Row_OfTheTable_IsDecidedAsItSays(SeedRow row) => CheckRow(row);

    [TestCaseSource(typeof(SeedTests), nameof(GroupsOf), [Seed])]
    public void HelpSite_FromEveryGroup_AnswersAndLeavesNoTrace(string group) => CheckHelp(group);

    [TestCaseSource(typeof(SeedTests), nameof(GroupsOf), [Seed])]
    public void LockedPage_FromEveryGroup_IsDenied(string group) => CheckLocked(group);
}
