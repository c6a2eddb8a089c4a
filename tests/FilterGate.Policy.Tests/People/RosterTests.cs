using System.Net;
using FilterGate.Policy.People;

namespace FilterGate.Policy.Tests.People;

public sealed class RosterTests
{
    private static readonly Roster School = new(
        [
            new Person("p123", "Sam Sample", "4b", PersonRole.Pupil) { Account = "S.Sample" },
            new Person("T-Hill", "Terry Hill", null, PersonRole.Staff) { Account = "t.hill" },
            new Person("p124", "Same Account", "4b", PersonRole.Pupil) { Account = "s.sample " },
            new Person("p125", "No Account", "4b", PersonRole.Pupil),
            new Person("p126", "Invisible Account", "4b", PersonRole.Pupil) { Account = "\u200b" },
        ],
        [
            new Device("ipad-14") { Address = IPAddress.Parse("10.20.1.7"), Group = "4b", IsTrolley = true },
            new Device("laptop-3") { Address = IPAddress.Parse("::ffff:10.20.8.3"), Person = "t-hill" },
            new Device("netbook-1") { Address = IPAddress.Parse("fd00::1") },
            new Device("by-mac-only"),
        ]);

    [TestCase("p123", "p123", TestName = "FindPerson_Id_IsFound")]
    [TestCase("P123", "p123", TestName = "FindPerson_OtherCase_IsFound")]
    [TestCase("t-hill", "T-Hill", TestName = "FindPerson_OtherCase_KeepsTheSchoolsSpelling")]
    [TestCase("p12", null, TestName = "FindPerson_BeginningOfAnId_IsNobody")]
    [TestCase("Sam Sample", null, TestName = "FindPerson_Name_IsNobody")]
    [TestCase("", null, TestName = "FindPerson_Nothing_IsNobody")]
    public void FindPerson(string id, string? expected) => Assert.That(School.FindPerson(id)?.Id, Is.EqualTo(expected));

    [TestCase("s.sample", "p123", TestName = "FindByAccount_OfTwoAlike_TheFirstCounts")]
    [TestCase(" S.SAMPLE", "p123", TestName = "FindByAccount_OtherSpelling_IsFound")]
    [TestCase("ｔ.hill", "T-Hill", TestName = "FindByAccount_FullWidthLetter_IsFound")]
    [TestCase("t.hill2", null, TestName = "FindByAccount_LongerName_IsNobody")]
    [TestCase("", null, TestName = "FindByAccount_Nothing_IsNobody")]
    [TestCase("\u200b", null, TestName = "FindByAccount_NothingToSee_IsNobody")]
    public void FindByAccount(string name, string? expected) => Assert.That(School.FindByAccount(name)?.Id, Is.EqualTo(expected));

    [TestCase("10.20.1.7", "ipad-14", TestName = "FindDevice_Address_IsFound")]
    [TestCase("::ffff:10.20.1.7", "ipad-14", TestName = "FindDevice_MappedAddress_IsFound")]
    [TestCase("10.20.8.3", "laptop-3", TestName = "FindDevice_NamedByAMappedAddress_IsFound")]
    [TestCase("fd00::1", "netbook-1", TestName = "FindDevice_Ipv6_IsFound")]
    [TestCase("10.20.1.70", null, TestName = "FindDevice_Neighbour_IsUnknown")]
    public void FindDevice(string address, string? expected) => Assert.That(School.FindDevice(IPAddress.Parse(address))?.Name, Is.EqualTo(expected));

    [TestCase("IPAD-14", "ipad-14", TestName = "FindDeviceByName_OtherCase_IsFound")]
    [TestCase("by-mac-only", "by-mac-only", TestName = "FindDeviceByName_WithoutAddress_IsFound")]
    [TestCase("ipad-1", null, TestName = "FindDeviceByName_BeginningOfAName_IsUnknown")]
    public void FindDeviceByName(string name, string? expected) => Assert.That(School.FindDeviceByName(name)?.Name, Is.EqualTo(expected));

    [Test]
    public void Empty_AnyQuestion_FindsNothing() => Assert.Multiple(() =>
    {
        Assert.That(Roster.Empty.FindPerson("p123"), Is.Null);
        Assert.That(Roster.Empty.FindByAccount("s.sample"), Is.Null);
        Assert.That(Roster.Empty.FindDevice(IPAddress.Loopback), Is.Null);
        Assert.That(Roster.Empty.FindDeviceByName("ipad-14"), Is.Null);
    });

    [Test]
    public void FindDevice_AnyAddress_DoesNotAllocate()
    {
        var (known, unknown) = (IPAddress.Parse("10.20.1.7"), IPAddress.Parse("10.20.1.8"));
        _ = School.FindDevice(known);
        Assert.That(Testing.Allocations.Of(() =>
        {
            for (var i = 0; i < 1000; i++)
            {
                School.FindDevice(known);
                School.FindDevice(unknown);
                School.FindPerson("p123");
            }
        }), Is.Zero);
    }

    [TestCase("p123", true, TestName = "IsValid_LettersAndDigits_IsAnId")]
    [TestCase("A.b-c_9", true, TestName = "IsValid_DotHyphenUnderscore_IsAnId")]
    [TestCase("9", true, TestName = "IsValid_OneDigit_IsAnId")]
    [TestCase("", false, TestName = "IsValid_Nothing_IsNone")]
    [TestCase(null, false, TestName = "IsValid_Null_IsNone")]
    [TestCase("-p1", false, TestName = "IsValid_HyphenFirst_IsNone")]
    [TestCase("=p1", false, TestName = "IsValid_Formula_IsNone")]
    [TestCase("p 1", false, TestName = "IsValid_Blank_IsNone")]
    [TestCase("p:1", false, TestName = "IsValid_Colon_IsNone")]
    [TestCase("p/1", false, TestName = "IsValid_Slash_IsNone")]
    [TestCase("pé", false, TestName = "IsValid_NotAscii_IsNone")]
    public void IsValid(string? text, bool expected) => Assert.That(RosterIds.IsValid(text), Is.EqualTo(expected));

    [Test]
    public void IsValid_Length_IsBound() => Assert.Multiple(() =>
    {
        Assert.That(RosterIds.IsValid(new string('a', RosterIds.CharactersMax)), Is.True);
        Assert.That(RosterIds.IsValid(new string('a', RosterIds.CharactersMax + 1)), Is.False);
    });
}
