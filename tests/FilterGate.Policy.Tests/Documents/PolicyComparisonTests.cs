using FilterGate.Policy.Documents;

namespace FilterGate.Policy.Tests.Documents;

public sealed class PolicyComparisonTests
{
    private const string Tiers = "tiers: { pupil: { block: [games], own_allow: [a.example] } }";

    [TestCase("school: A", "school: A", "", TestName = "Of_SameText_SaysNothing")]
    [TestCase("school: A", "# a note\nschool:   \"A\"\n", "", TestName = "Of_CommentsAndQuotes_SayNothing")]
    [TestCase("school: A\nnetworks: []", "school: A", "", TestName = "Of_EmptyListGone_SaysNothing")]
    [TestCase("a: 1\nb: 2", "b: 2\na: 1", "", TestName = "Of_OrderOfKeys_SaysNothing")]
    [TestCase("school: A", "school: B", "school ~ A>B", TestName = "Of_Scalar_IsChanged")]
    [TestCase("school: A", "school: A\ntimetable: { zone: Europe/London }", "timetable + >{ zone: Europe/London }", TestName = "Of_KeyThatNobodyKnowsHere_IsAdded")]
    [TestCase("networks: [10.1.0.0/16, 10.2.0.0/16]", "networks: [10.2.0.0/16, 10.3.0.0/16]", "networks - 10.1.0.0/16:10.1.0.0/16>|networks + 10.3.0.0/16:>10.3.0.0/16", TestName = "Of_List_IsToldEntryByEntry")]
    [TestCase("networks: [10.1.0.0/16, 10.2.0.0/16]", "networks: [10.2.0.0/16, 10.1.0.0/16]", "", TestName = "Of_OrderOfEntries_SaysNothing")]
    [TestCase("school: A", "school: A\nnetworks: [10.1.0.0/16]", "networks + 10.1.0.0/16:>10.1.0.0/16", TestName = "Of_NewList_IsToldEntryByEntry")]
    [TestCase(Tiers, "tiers: { pupil: { warn: [games], own_allow: [a.example] } }", "tiers.pupil.categories ~ games:block>warn", TestName = "Of_CategoryInAnotherList_IsOneChange")]
    [TestCase(Tiers, "tiers: { pupil: { own_allow: [a.example] } }", "tiers.pupil.categories - games:block>", TestName = "Of_CategoryGone_IsRemoved")]
    [TestCase(Tiers, "tiers: { pupil: { block: [games, chat], own_allow: [a.example] } }", "tiers.pupil.categories + chat:>block", TestName = "Of_CategoryNew_IsAdded")]
    [TestCase(Tiers, "tiers: { pupil: { quota: { games: 60m }, own_allow: [a.example] } }", "tiers.pupil.categories ~ games:block>quota 60m", TestName = "Of_CategoryWithMinutes_ShowsThem")]
    [TestCase(Tiers, "tiers: { pupil: { block: [games], own_allow: [b.example] } }", "tiers.pupil.own_allow - a.example:a.example>|tiers.pupil.own_allow + b.example:>b.example", TestName = "Of_OwnEntries_AreToldOneByOne")]
    [TestCase(Tiers, "tiers: { pupil: { block: [games], own_allow: [a.example] }, guest: {} }", "tiers.guest + >{}", TestName = "Of_TierWithEveryDefault_IsAdded")]
    [TestCase("tiers: { pupil:, guest: }", "tiers: { pupil: }", "tiers.guest - nothing>", TestName = "Of_TierWithEveryDefault_IsRemoved")]
    [TestCase("tiers: { pupil: }", "tiers: { pupil: {} }", "", TestName = "Of_TierWrittenAnotherWay_SaysNothing")]
    [TestCase("clients: [{ address: 10.1.1.1, tier: pupil }]", "clients: [{ tier: staff, address: 10.1.1.1 }]", "clients[10.1.1.1].tier ~ pupil>staff", TestName = "Of_ClientWithAnotherTier_IsOneChange")]
    [TestCase("clients: [{ address: 10.1.1.1, tier: pupil }]", "clients: [{ address: 10.1.1.2, tier: pupil }]", "clients - 10.1.1.1:{ address: 10.1.1.1, tier: pupil }>|clients + 10.1.1.2:>{ address: 10.1.1.2, tier: pupil }", TestName = "Of_AnotherClient_IsRemovedAndAdded")]
    [TestCase("tiers: { pupil: { tls: tunnel } }", "tiers: { pupil: [tunnel] }", "tiers.pupil ~ { tls: tunnel }>[tunnel]", TestName = "Of_AnotherShape_IsChangedWhole")]
    [TestCase("groups: { 4b: { tier: pupil } }", "groups: { 4b: { tier: staff } }", "groups.4b.tier ~ pupil>staff", TestName = "Of_Group_IsToldByItsKey")]
    [TestCase(Tiers, "tiers: { pupil: { block: [{ category: games, why: loud }], own_allow: [a.example] } }", "", TestName = "Of_CategoryWithAReason_IsTheSameCategory")]
    [TestCase(Tiers, "tiers: { pupil: { block: [games], own_allow: [{ site: a.example, why: maths }] } }", "tiers.pupil.own_allow ~ a.example:a.example>{ site: a.example, why: maths }", TestName = "Of_EntryWithAReason_IsChanged")]
    [TestCase("approvals: { block: [a] }", "approvals: { warn: [a] }", "approvals.warn + a:>a|approvals.block - a:a>", TestName = "Of_ListsOfTheSameNameElsewhere_AreNoCategories")]
    public void Of(string before, string after, string expected) => Assert.That(string.Join('|', PolicyComparison.Of(before, after)!.Value.Select(Show)), Is.EqualTo(expected));

    [TestCase("school: [", "school: A")]
    [TestCase("school: A", "")]
    public void Of_NoYaml_IsNull(string before, string after) => Assert.That(PolicyComparison.Of(before, after), Is.Null);

    [Test]
    public void Of_Swapped_TellsTheOpposite()
    {
        const string a = "school: A\ntiers: { pupil: { block: [games], own_block: [x.example] } }", b = "school: B\nnetworks: [10.0.0.0/8]\ntiers: { pupil: { allow: [games] }, staff: }";
        var (there, back) = (PolicyComparison.Of(a, b)!.Value, PolicyComparison.Of(b, a)!.Value);
        var turned = back.Select(c => c with
        {
            Before = c.After, After = c.Before, Kind = c.Kind switch { PolicyChangeKind.Added => PolicyChangeKind.Removed, PolicyChangeKind.Removed => PolicyChangeKind.Added, _ => c.Kind },
        });
        Assert.That(there, Is.Not.Empty);
        Assert.That(turned, Is.EquivalentTo(there));
    }

    private static string Show(PolicyChange change) =>
        $"{change.Key} {change.Kind switch { PolicyChangeKind.Added => '+', PolicyChangeKind.Removed => '-', _ => '~' }} {(change.Item is null ? "" : change.Item + ":")}{change.Before}>{change.After}";
}
