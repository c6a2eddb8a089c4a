using System.Net;
using System.Net.NetworkInformation;
using FilterGate.Policy.People;

namespace FilterGate.Policy.Tests.People;

/// <summary>Devices known by their hardware address, and trolleys that classes have.</summary>
public sealed class WhoIsBehindAnAddressTests
{
    private const string School = """
        school: Sample Primary
        networks: [10.20.0.0/16]
        unknown_clients: pupil-ks1
        tiers:
          pupil-ks1: { uncategorised: block }
          pupil: { uncategorised: allow }
          staff: { uncategorised: allow }
        groups:
          4b: { kind: class, tier: pupil }
          5a: { kind: class, tier: pupil }
          ipads: { kind: class, tier: pupil-ks1 }
          teachers: { kind: staff, tier: staff }
        """;

    private static readonly PhysicalAddress First = PhysicalAddress.Parse("A483E7000001"), Second = PhysicalAddress.Parse("A483E7000002"), Strange = PhysicalAddress.Parse("0200000000FF");

    private static Client Identify(Device[] devices, (string Address, PhysicalAddress Mac)[] seen, string address, params Booking[] bookings) =>
        Given.Policy(School).With(InForce.Nothing with
        {
            Roster = new Roster([], devices), Bookings = [.. bookings],
            Addresses = new AddressBook(seen.Select(s => KeyValuePair.Create(IPAddress.Parse(s.Address), s.Mac))),
        }).Identify(IPAddress.Parse(address))!;

    private static IEnumerable<TestCaseData> Addresses()
    {
        var byMac = new Device("ipad-14") { Mac = First, Group = "4b" };
        var byBoth = new Device("laptop-3") { Address = IPAddress.Parse("10.20.8.3"), Mac = Second, Group = "teachers" };
        var byAddress = new Device("printer") { Address = IPAddress.Parse("10.20.8.9"), Group = "4b" };
        yield return Case("TheMacIsSeen_IsTheDevice", "10.20.1.50", "ipad-14", ("10.20.1.50", First));
        yield return Case("TheMacIsSeenUnderVersion6Mapped_IsTheDevice", "10.20.1.50", "ipad-14", ("::ffff:10.20.1.50", First));
        yield return Case("TheMacIsSeenElsewhere_IsUnknown", "10.20.1.50", null, ("10.20.1.51", First));
        yield return Case("NothingIsSeen_IsUnknown", "10.20.1.50", null);
        yield return Case("AddressAndMacAgree_IsTheDevice", "10.20.8.3", "laptop-3", ("10.20.8.3", Second));
        yield return Case("AddressOfARecordWhoseMacIsNotSeen_IsTheDevice", "10.20.8.3", "laptop-3");
        yield return Case("AddressTakenByAStranger_IsUnknown", "10.20.8.3", null, ("10.20.8.3", Strange));
        yield return Case("AddressTakenByAnotherDevice_IsThatOne", "10.20.8.3", "ipad-14", ("10.20.8.3", First));
        yield return Case("AddressOfARecordWithoutAMac_IsTheDevice", "10.20.8.9", "printer", ("10.20.8.9", Strange));

        TestCaseData Case(string name, string address, string? device, params (string, PhysicalAddress)[] seen) =>
            new TestCaseData(new[] { byMac, byBoth, byAddress }, seen, address, device).SetName("Device_" + name);
    }

    [TestCaseSource(nameof(Addresses))]
    public void Device(Device[] devices, (string, PhysicalAddress)[] seen, string address, string? expected)
    {
        var client = Identify(devices, seen, address);
        Assert.That((client.Device, client.IsKnown), Is.EqualTo((expected, expected is not null)));
        if (expected is null) Assert.That(client.Tier.Name, Is.EqualTo("pupil-ks1"), "an unknown device has the policy of the youngest");
    }

    private static Booking Booked(string trolley, string @class) => new(1, trolley, @class, Given.Noon, Given.Noon.AddHours(1));

    private static IEnumerable<TestCaseData> Trolleys()
    {
        yield return new TestCaseData("ipad-14", true, new[] { Booked("ipad", "4b") }, "4b").SetName("Trolley_OfTheDevice_IsTheClassThatHasIt");
        yield return new TestCaseData("IPAD-14", true, new[] { Booked("ipad", "4b") }, "4b").SetName("Trolley_InAnyCase");
        yield return new TestCaseData("ipad-14", true, new[] { Booked("ipad-14", "5a") }, "5a").SetName("Trolley_OneDeviceOfIt");
        yield return new TestCaseData("ipad-14", true, new[] { Booked("ipad-1", "4b") }, "ipads").SetName("Trolley_ThatTheNameOnlyBeginsWith_IsAnother");
        yield return new TestCaseData("ipad-14", false, new[] { Booked("ipad", "4b") }, "ipads").SetName("Trolley_DeviceThatClassesDoNotBorrow_StaysWhatItIs");
        yield return new TestCaseData("ipad-14", true, new[] { Booked("ipad", "9z") }, "ipads").SetName("Trolley_ClassThatIsGone_SaysNothing");
        yield return new TestCaseData("ipad-14", true, new[] { Booked("ipad", "teachers") }, "ipads").SetName("Trolley_GroupOfStaff_OpensNothing");
        yield return new TestCaseData("ipad-14", true, Array.Empty<Booking>(), "ipads").SetName("Trolley_NobodyHasIt");
    }

    [TestCaseSource(nameof(Trolleys))]
    public void Trolley(string device, bool isTrolley, Booking[] bookings, string group)
    {
        var client = Identify([new Device(device) { Address = IPAddress.Parse("10.20.1.7"), Group = "ipads", IsTrolley = isTrolley }], [], "10.20.1.7", bookings);
        Assert.That((client.Group!.Name, client.Device), Is.EqualTo((group, device)));
    }
}
