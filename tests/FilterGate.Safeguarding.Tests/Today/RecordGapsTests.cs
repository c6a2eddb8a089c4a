using FilterGate.Lists;
using FilterGate.Matching;
using FilterGate.Policy;
using FilterGate.Policy.Documents;
using FilterGate.Safeguarding.Today;

namespace FilterGate.Safeguarding.Tests.Today;

/// <summary>Of whom a search that was answered is on no record.</summary>
internal sealed class RecordGapsTests
{
    [TestCase("{}", "{}", "{}", "pupil", TestName = "Of_NothingSaid_IsTheWholeTier")]
    [TestCase("{ record: acts }", "{}", "{}", "", TestName = "Of_TierThatRecordsActs_IsNobody")]
    [TestCase("{ record: everything }", "{}", "{ record: blocks }", "Class 4B", TestName = "Of_ClassThatDoesNot_IsNamed")]
    [TestCase("{ record: acts }", "{ record: blocks }", "{}", "Year 4", TestName = "Of_YearThatDoesNot_IsNamedWithoutItsClass")]
    [TestCase("{}", "{ record: acts }", "{}", "pupil (outside its groups)", TestName = "Of_YearThatDoes_LeavesTheRestOfItsTier")]
    [TestCase("{}", "{ record: acts }", "{ record: blocks }", "pupil (outside its groups), Class 4B", TestName = "Of_YearThatDoesButForAClass_LeavesBoth")]
    public void Of(string tier, string year, string ofClass, string expected)
    {
        static string Within(string start, string settings) => settings == "{}" ? $"{{ {start} }}" : $"{{ {start}, {settings[1..]}";
        var document = PolicyDocument.Parse(
            $"school: Test\nnetworks: [10.0.0.0/8]\ntiers:\n  pupil: {tier}\ngroups:\n  y4: {Within("kind: year, tier: pupil, title: Year 4", year)}\n  4b: {Within("kind: class, within: y4, title: Class 4B", ofClass)}\n", ListLoader.ShippedTaxonomy, out var problems);
        Assert.That(document, Is.Not.Null, string.Join('\n', problems));
        var policy = PolicySnapshot.Compile(document!, new ListSet { Taxonomy = ListLoader.ShippedTaxonomy, Version = "test" }, OverrideTable.Empty);
        Assert.That(string.Join(", ", RecordGaps.Of(policy)), Is.EqualTo(expected));
    }
}
