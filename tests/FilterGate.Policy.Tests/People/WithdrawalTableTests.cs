using FilterGate.Policy.People;

namespace FilterGate.Policy.Tests.People;

public sealed class WithdrawalTableTests
{
    private static readonly DateTimeOffset Start = Given.Noon;
    private static readonly DateTimeOffset End = Given.Noon.AddHours(1);
    private static readonly Client Anybody = Given.ClientOf(Given.Policy("school: S\ntiers: { pupil: {} }"), "pupil");

    private static readonly Roster School = new(
        [
            new Person("left", "Left", null, PersonRole.Staff) { Until = Start },
            new Person("coming", "Coming", null, PersonRole.Guest) { From = End, Until = End.AddHours(1) },
            new Person("here", "Here", null, PersonRole.Pupil) { From = Start.AddYears(-1), Until = Start.AddYears(1) },
        ],
        []);

    private static readonly WithdrawalTable Table = new(
        [
            new Withdrawal(1, "p123", null, Start, End, "until the bell"),
            new Withdrawal(2, "p124", null, Start, null, "until restored"),
            new Withdrawal(3, null, "ipad-14", Start, End, "a device"),
            new Withdrawal(4, "p125", null, Start, End, "the shorter"),
            new Withdrawal(5, "p125", null, Start, null, "the longer"),
            new Withdrawal(6, "p126", null, Start, End, "ends first"),
            new Withdrawal(7, "p126", null, End, End.AddHours(1), "comes after"),
            new Withdrawal(8, "ipad-15", null, Start, null, "a person with the name of a device"),
        ],
        School);

    [TestCase("p123", null, 1, TestName = "Find_Person_IsWithdrawn")]
    [TestCase("P123", null, 1, TestName = "Find_PersonInOtherCase_IsWithdrawn")]
    [TestCase("p124", null, 2, TestName = "Find_WithoutAnEnd_IsWithdrawn")]
    [TestCase(null, "ipad-14", 3, TestName = "Find_Device_IsWithdrawn")]
    [TestCase("p999", "IPAD-14", 3, TestName = "Find_AnybodyOnAWithdrawnDevice_IsWithdrawn")]
    [TestCase("p123", "ipad-14", 1, TestName = "Find_PersonAndDevice_ThePersonsIsNamed")]
    [TestCase("p125", null, 5, TestName = "Find_TwoOfOnePerson_TheOneThatEndsLastIsNamed")]
    [TestCase("p126", null, 6, TestName = "Find_ALaterOneHasNotBegun_TheOneInForceIsNamed")]
    [TestCase("left", null, 0, TestName = "Find_SomebodyWhoLeft_IsWithdrawn")]
    [TestCase("coming", null, 0, TestName = "Find_SomebodyWhoseTimeHasNotCome_IsWithdrawn")]
    [TestCase("here", null, null, TestName = "Find_SomebodyWithinTheTerm_IsNot")]
    [TestCase("p12", null, null, TestName = "Find_BeginningOfAnId_IsNot")]
    [TestCase("p999", "ipad-1", null, TestName = "Find_Others_AreNot")]
    [TestCase(null, "p123", null, TestName = "Find_DeviceWithTheIdOfAPerson_IsNot")]
    [TestCase(null, "ipad-15", null, TestName = "Find_PersonWithTheNameOfADevice_DoesNotWithdrawTheDevice")]
    [TestCase(null, null, null, TestName = "Find_NobodyKnown_IsNot")]
    public void Find(string? person, string? device, int? expected) =>
        Assert.That(Table.Find(Anybody with { Person = person, Device = device }, Start)?.Id, Is.EqualTo(expected));

    [TestCase("p123", -1, false, TestName = "Find_OneTickBeforeTheStart_IsNotInForce")]
    [TestCase("p123", 0, true, TestName = "Find_AtTheStart_IsInForce")]
    [TestCase("p123", TimeSpan.TicksPerHour - 1, true, TestName = "Find_OneTickBeforeTheEnd_IsInForce")]
    [TestCase("p123", TimeSpan.TicksPerHour, false, TestName = "Find_AtTheEnd_IsOver")]
    [TestCase("p126", TimeSpan.TicksPerHour, true, TestName = "Find_OneEndsAsTheNextBegins_IsInForce")]
    [TestCase("p124", TimeSpan.TicksPerDay * 3650, true, TestName = "Find_WithoutAnEnd_HoldsForYears")]
    [TestCase("left", -1, false, TestName = "Find_OneTickBeforeLeaving_IsNotInForce")]
    [TestCase("left", 0, true, TestName = "Find_AtLeaving_IsInForce")]
    [TestCase("coming", TimeSpan.TicksPerHour, false, TestName = "Find_AtComing_IsNotInForce")]
    [TestCase("coming", TimeSpan.TicksPerHour * 2, true, TestName = "Find_GuestsTimeIsOver_IsInForce")]
    public void Find_Time(string person, long ticks, bool expected) =>
        Assert.That(Table.FindPerson(person, Start.AddTicks(ticks)) is not null, Is.EqualTo(expected));

    [Test]
    public void All_HoldsWhatPeopleWithdrew_NotWhatTheRosterSays() => Assert.That(Table.All.Select(w => w.Id), Is.EqualTo((long[])[1, 2, 3, 4, 5, 6, 7, 8]));

    [Test]
    public void Find_AnyClient_DoesNotAllocate()
    {
        var (hit, miss) = (Anybody with { Person = "p125", Device = "ipad-14" }, Anybody with { Person = "p999", Device = "ipad-99" });
        _ = Table.Find(hit, Start);
        Assert.That(Testing.Allocations.Of(() =>
        {
            for (var i = 0; i < 1000; i++)
            {
                Table.Find(hit, Start);
                Table.Find(miss, Start);
            }
        }), Is.Zero);
    }
}
