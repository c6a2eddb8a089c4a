using System.Net.NetworkInformation;
using FilterGate.Policy.People;

namespace FilterGate.Policy.Tests.People;

public sealed class MacAddressTests
{
    [TestCase("a4:83:e7:00:00:01", TestName = "TryParse_Colons_IsRead")]
    [TestCase("A4-83-E7-00-00-01", TestName = "TryParse_Hyphens_IsRead")]
    [TestCase("a483.e700.0001", TestName = "TryParse_DotsBetweenPairs_IsRead")]
    [TestCase("a483e7000001", TestName = "TryParse_DigitsAlone_IsRead")]
    [TestCase(" a4:83:e7:00:00:01 ", TestName = "TryParse_BlanksAround_AreDropped")]
    public void TryParse(string text)
    {
        Assert.That(MacAddress.TryParse(text, out var mac), Is.True);
        Assert.That(MacAddress.Spell(mac), Is.EqualTo("a4:83:e7:00:00:01"));
    }

    [TestCase("", TestName = "TryParse_Nothing_IsNone")]
    [TestCase("a4:83:e7:00:00", TestName = "TryParse_FiveBytes_IsNone")]
    [TestCase("a4:83:e7:00:00:01:02", TestName = "TryParse_SevenBytes_IsNone")]
    [TestCase("a4:83:e7:00:00:01:", TestName = "TryParse_MarkAtTheEnd_IsNone")]
    [TestCase(":a4:83:e7:00:00:01", TestName = "TryParse_MarkAtTheBeginning_IsNone")]
    [TestCase("a:483:e7:00:00:01", TestName = "TryParse_MarkWithinAByte_IsNone")]
    [TestCase("g4:83:e7:00:00:01", TestName = "TryParse_NoDigit_IsNone")]
    [TestCase("00:00:00:00:00:00", TestName = "TryParse_AllZeros_IsNone")]
    [TestCase("ff:ff:ff:ff:ff:ff", TestName = "TryParse_Broadcast_IsNone")]
    [TestCase("10.20.1.7", TestName = "TryParse_AnIpAddress_IsNone")]
    public void TryParse_Malformed(string text) => Assert.That(MacAddress.TryParse(text, out _), Is.False);

    [TestCase("a4:83:e7:00:00:01", false, TestName = "IsMadeUp_OfAManufacturer_IsNot")]
    [TestCase("a6:83:e7:00:00:01", true, TestName = "IsMadeUp_PrivateWirelessAddress_Is")]
    public void IsMadeUp(string text, bool expected) => Assert.That(MacAddress.IsMadeUp(PhysicalAddress.Parse(text)), Is.EqualTo(expected));

    [Test]
    public void Spell_Null_IsNull() => Assert.That(MacAddress.Spell(null), Is.Null);
}
