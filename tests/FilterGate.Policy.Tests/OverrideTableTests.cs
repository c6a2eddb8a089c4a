namespace FilterGate.Policy.Tests;

public sealed class OverrideTableTests
{
    private static readonly DateTimeOffset s_start = Given.Noon;
    private static readonly DateTimeOffset s_end = Given.Noon.AddHours(1);

    private static readonly OverrideTable s_table = new(
    [
        new Override(1, "pupil", "example.com", s_start, s_end),
        new Override(2, "pupil", "deep.example.com", s_start, s_end),
        new Override(3, "pupil", "later.example", s_start, s_end),
        new Override(4, "pupil", "later.example", s_start, s_end.AddHours(1)),
        new Override(5, "pupil", "10.20.1.7", s_start, s_end),
        new Override(6, "staff", "staff.example", s_start, s_end),
        new Override(7, "pupil", "[fd00::7]", s_start, s_end),
        new Override(8, "pupil", "20.1.7", s_start, s_end),
        new Override(9, "pupil", "4you.example", s_start, s_end),
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
    public void Find(string host, long? expected) => Assert.That(s_table.Find("pupil", host, s_start)?.Id, Is.EqualTo(expected));

    [TestCase(-1, false, TestName = "Find_OneTickBeforeTheStart_IsNotInForce")]
    [TestCase(0, true, TestName = "Find_AtTheStart_IsInForce")]
    [TestCase(TimeSpan.TicksPerHour - 1, true, TestName = "Find_OneTickBeforeTheEnd_IsInForce")]
    [TestCase(TimeSpan.TicksPerHour, false, TestName = "Find_AtTheEnd_IsOver")]
    public void Find_Time(long ticks, bool expected) =>
        Assert.That(s_table.Find("pupil", "example.com", s_start.AddTicks(ticks)) is not null, Is.EqualTo(expected));

    [Test]
    public void Find_TierWithoutOverrides_IsNull() => Assert.That(s_table.Find("guest", "example.com", s_start), Is.Null);

    [Test]
    public void Find_TheLongerHostHasEnded_TheParentStillCovers()
    {
        var table = new OverrideTable([new Override(1, "pupil", "example.com", s_start, s_end.AddHours(1)), new Override(2, "pupil", "deep.example.com", s_start, s_end)]);
        Assert.That(table.Find("pupil", "deep.example.com", s_end)!.Id, Is.EqualTo(1));
    }

    [Test]
    public void Find_AnyHost_DoesNotAllocate()
    {
        _ = s_table.Find("pupil", "a.b.c.www.example.com", s_start);
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 1000; i++) s_table.Find("pupil", "a.b.c.www.example.com", s_start);
        Assert.That(GC.GetAllocatedBytesForCurrentThread() - before, Is.Zero);
    }
}
