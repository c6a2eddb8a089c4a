namespace FilterGate.EndToEnd.Tests.Seeds;

/// <summary>The founding policy S2: an infant and nursery school.</summary>
[TestFixture]
public sealed class S2InfantNurseryTests() : SeedTests(Seed)
{
    private const string Seed = "s2-infant-nursery";

    [TestCaseSource(typeof(SeedTests), nameof(RowsOf), [Seed])]
    public void Row_OfTheTable_IsDecidedAsItSays(SeedRow row) => CheckRow(row);

    [TestCaseSource(typeof(SeedTests), nameof(GroupsOf), [Seed])]
    public void HelpSite_FromEveryGroup_AnswersAndLeavesNoTrace(string group) => CheckHelp(group);

    [TestCaseSource(typeof(SeedTests), nameof(GroupsOf), [Seed])]
    public void LockedPage_FromEveryGroup_IsDenied(string group) => CheckLocked(group);
}
