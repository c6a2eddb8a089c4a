namespace FilterGate.Policy.Tests;

public sealed class OverrideTableTests
{
    private static readonly DateTimeOffset Start = Given.Noon;
    private static readonly DateTimeOffset End = Given.Noon.AddHours(1);

    private static readonly OverrideTable Table = new(
    [
        new Override(1, "pupil", "example.com", Start, End),
        new Override(2, "pupil", "deep.example.com", Start, End),
        new Override(3, "pupil", "later.example", Start, End),
        new Override(4, "pupil", "later.example", Start, End.AddHours(1)),
        new Override(5, "pupil", "10.20.1.7", Start, End),
        new Override(6, "staff", "staff.example", Start, End),
        new Override(7, "pupil", "[fd00::7]", Start, End),
        new Override(8, "pupil", "20.1.7", Start, End),
        new Override(9, "pupil", "4you.example", Start, End),
    ]);

    [TestCase("example.com", 1, TestName = "Find_TheHost_IsCovered")]
    [TestCase("www.example.com", 1, TestName = "Find_SubDomain_IsCovered")]
    [TestCase("x.deep.example.com", 2, TestName = "Find_TwoCover_TheLongerHostWins")]
    [TestCase("later.example", 4, TestName = "Find_TwoOfOneHost_TheLaterEndWins")]
    [TestCase("10.20.1.7", 5, TestName = "Find_Address_IsCoveredWhole")]
    [TestCase("[fd00::7]", 7, TestName = "Find_Ipv6Address_IsCoveredWhole")]
    [TestCase("www.4you.example", 9, TestName = "Find_LabelWithADigit_IsAName")]
    [TestCase("ample.com", null, TestName = "Find_TailOfALabel_IsNotCovered")]
    [TestCase("myexample.com", null, TestName = "Find_LongerLabel_IsNotCovered")]
    [TestCase("com", null, TestName = "Find_Parent_IsNotCovered")]
    [TestCase("example.com.evil.example", null, TestName = "Find_HostInFront_IsNotCovered")]
    [TestCase("99.20.1.7", null, TestName = "Find_AddressWithTheSameTail_IsNotCovered")]
    [TestCase("staff.example", null, TestName = "Find_OtherTiersOverride_IsNotCovered")]
    [TestCase("", null, TestName = "Find_EmptyHost_IsNotCovered")]
    public void Find(string host, long? expected) => Assert.That(Table.Find("pupil", host, Start)?.Id, Is.EqualTo(expected));

    [TestCase(-1, false, TestName = "Find_OneTickBeforeTheStart_IsNotInForce")]
    [TestCase(0, true, TestName = "Find_AtTheStart_IsInForce")]
    [TestCase(TimeSpan.TicksPerHour - 1, true, TestName = "Find_OneTickBeforeTheEnd_IsInForce")]
    [TestCase(TimeSpan.TicksPerHour, false, TestName = "Find_AtTheEnd_IsOver")]
    public void Find_Time(long ticks, bool expected) =>
        Assert.That(Table.Find("pupil", "example.com", Start.AddTicks(ticks)) is not null, Is.EqualTo(expected));

    [Test]
    public void Find_TierWithoutOverrides_IsNull() => Assert.That(Table.Find("guest", "example.com", Start), Is.Null);

    [Test]
    public void Find_TheLongerHostHasEnded_TheParentStillCovers()
    {
        var table = new OverrideTable([new Override(1, "pupil", "example.com", Start, End.AddHours(1)), new Override(2, "pupil", "deep.example.com", Start, End)]);
        Assert.That(table.Find("pupil", "deep.example.com", End)!.Id, Is.EqualTo(1));
    }

    [Test]
    public void Find_AnyHost_DoesNotAllocate()
    {
        _ = Table.Find("pupil", "a.b.c.www.example.com", Start);
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 1000; i++) Table.Find("pupil", "a.b.c.www.example.com", Start);
        Assert.That(GC.GetAllocatedBytesForCurrentThread() - before, Is.Zero);
    }
}
