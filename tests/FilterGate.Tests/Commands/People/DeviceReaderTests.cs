using System.Text;
using FilterGate.Commands.People;
using FilterGate.Policy.People;

namespace FilterGate.Tests.Commands.People;

/// <summary>What is said of a file of devices that is wrong.</summary>
public sealed class DeviceReaderTests
{
    [TestCase("ipad-1,,,,,", "address: neither an address nor a hardware address", TestName = "Read_NothingToKnowItBy_IsRefused")]
    [TestCase("ipad 1,10.20.1.7,,,,", "name: 'ipad 1' cannot name a device", TestName = "Read_NameWithABlank_IsRefused")]
    [TestCase("ipad-1,10.20.1.7,,,,\nIPAD-1,10.20.1.8,,,,", ":3: mistake: name: 'IPAD-1' is in line 2 already", TestName = "Read_NameTwice_IsRefused")]
    [TestCase("ipad-1,10.20.1.7,,,,\nipad-2,10.20.1.7,,,,", ":3: mistake: address: 10.20.1.7 is in line 2 already", TestName = "Read_AddressTwice_IsRefused")]
    [TestCase("ipad-1,fd00::7,,,,\nipad-2,fd00:0:0::7,,,,", ":3: mistake: address: fd00::7 is in line 2 already", TestName = "Read_AddressTwiceInOtherSpelling_IsRefused")]
    [TestCase("ipad-1,10.20.1.7,,,,\nipad-2,::ffff:10.20.1.7,,,,", "10.20.1.7 is in line 2 already", TestName = "Read_AddressTwiceAsMapped_IsRefused")]
    [TestCase("ipad-1,,a4:83:e7:00:00:01,,,\nipad-2,,A483E7000001,,,", "a4:83:e7:00:00:01 is in line 2 already", TestName = "Read_HardwareAddressTwice_IsRefused")]
    [TestCase("ipad-1,10.20.300.7,,,,", "'10.20.300.7' is no address", TestName = "Read_NoAddress_IsRefused")]
    [TestCase("ipad-1,10.20.1,,,,", "'10.20.1' is no address", TestName = "Read_ShortAddress_IsNotGuessedAt")]
    [TestCase("ipad-1,010.020.1.7,,,,", "without zeros in front", TestName = "Read_OctalAddress_IsNotGuessedAt")]
    [TestCase("ipad-1,10.99.0.1,,,,", "10.99.0.1 is outside the school's networks (10.20.0.0/16, fd00::/64)", TestName = "Read_AddressElsewhere_IsRefused")]
    [TestCase("ipad-1,10.20.0.0,,,,", "the address of a network", TestName = "Read_AddressOfTheNetwork_IsRefused")]
    [TestCase("ipad-1,10.20.255.255,,,,", "the address of a network", TestName = "Read_AddressOfEverybody_IsRefused")]
    [TestCase("ipad-1,,a4:83:e7,,,", "'a4:83:e7' is no hardware address", TestName = "Read_NoHardwareAddress_IsRefused")]
    [TestCase("ipad-1,10.20.1.7,,4c,,", "'4c' is no group of the policy; did you mean '4b'?", TestName = "Read_UnknownGroup_IsRefused")]
    [TestCase("ipad-1,10.20.1.7,,,p999,", "'p999' is not among the people", TestName = "Read_UnknownPerson_IsRefused")]
    [TestCase("ipad-1,10.20.1.7,,,Sam Sample,", "'…' is not among the people", TestName = "Read_NameOfAPerson_IsNotShown")]
    [TestCase("ipad-1,10.20.1.7,,,p123,yes", "a device of a trolley is on loan to nobody", TestName = "Read_TrolleyOnLoan_IsRefused")]
    [TestCase("ipad-1,10.20.1.7,,,,perhaps", "'perhaps' is neither yes nor no", TestName = "Read_NeitherYesNorNo_IsRefused")]
    [TestCase("ipad-1,10.20.1.7,\"=1+1\"x,,,", "text behind a closing quote", TestName = "Read_TextBehindAQuote_IsRefused")]
    public void Read_Mistake(string rows, string message)
    {
        var (_, problems) = Read(rows);
        Assert.That(problems.Single(), Does.Contain(message).And.Contain("mistake: "));
    }

    [TestCase("ipad-1,10.20.1.99,,,,", "the policy calls 10.20.1.99 'projector'", TestName = "Read_AddressThatThePolicyNames_Warns")]
    [TestCase("ipad-1,,a6:83:e7:00:00:01,,,", "is one that the device made up and will change", TestName = "Read_PrivateWirelessAddress_Warns")]
    public void Read_Odd(string rows, string message)
    {
        var (devices, problems) = Read(rows);
        Assert.That(devices, Has.Count.EqualTo(1));
        Assert.That(problems.Single(), Does.Contain(message).And.Contain("warning: "));
    }

    [Test]
    public void Read_Formula_IsRefused() => Assert.That(Read("=ipad,10.20.1.7,,,,").Problems, Has.One.Contains("name: begins with '='"));

    private static (IReadOnlyList<Device> Devices, IReadOnlyList<string> Problems) Read(string rows)
    {
        var problems = new InputProblems();
        using var stream = new MemoryStream(Encoding.UTF8.GetBytes("name,address,mac,group,person,trolley\n" + rows + "\n"));
        var read = CsvTable.Read(stream, DeviceReader.Columns, ["name"], problems);
        var records = SchoolBox.Records(new Person("p123", "Sam Sample", "4b", PersonRole.Pupil));
        return (new DeviceReader(records).ReadAll(read, problems), [.. problems.Select(SchoolBox.Say)]);
    }
}
