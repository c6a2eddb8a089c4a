using FilterGate.Matching;

namespace FilterGate.Policy.Tests;

/// <summary>What the policy says of recording; what the gateway makes of it is <c>RecordedActsTests</c>.</summary>
internal sealed class RecordTests
{
    [TestCase("", RecordRule.Blocks)]
    [TestCase("record: blocks", RecordRule.Blocks)]
    [TestCase("record: acts", RecordRule.Acts)]
    [TestCase("record: everything", RecordRule.Everything)]
    public void Record(string key, RecordRule rule) =>
        Assert.That(Given.Policy($"{{ school: S, tiers: {{ pupil: {{ {key} }} }} }}").FindTier("pupil")!.Record, Is.EqualTo(rule));

    [Test]
    public void Record_OfAGroup_IsLaidOverItsTier()
    {
        var policy = Given.Policy("{ school: S, tiers: { pupil: { record: everything } }, groups: { 4b: { kind: class, tier: pupil, record: acts } } }");
        Assert.That((policy.FindTier("pupil")!.Record, policy.FindGroup("4b")!.Tier.Record), Is.EqualTo((RecordRule.Everything, RecordRule.Acts)));
    }

    [TestCase("https://payroll.example/", true)]
    [TestCase("https://www.payroll.example/slip?id=1", true)]
    [TestCase("https://mypayroll.example/", false)]
    [TestCase("https://exact.example/", true)]
    [TestCase("https://sub.exact.example/", false)]
    public void NeverRecord(string address, bool isNever)
    {
        var policy = Given.Policy("{ school: S, tiers: { pupil: }, never_record: [payroll.example, { site: =exact.example, why: private }] }");
        Assert.That(CanonicalUrl.TryParse(address, out var url, out _));
        Assert.That((policy.IsNeverRecordedHere(url!), policy.IsNeverRecorded(url!, Seen.Url)), Is.EqualTo((isNever, isNever)));
    }
}
