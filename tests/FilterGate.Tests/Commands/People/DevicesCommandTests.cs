using System.Net;
using System.Text.Json;
using FilterGate.Commands;
using FilterGate.Policy.People;

namespace FilterGate.Tests.Commands.People;

public sealed class DevicesCommandTests
{
    private const string Header = "name,address,mac,group,person,trolley\n";

    private SchoolBox _box = null!;

    [SetUp]
    public void SetUp()
    {
        _box = new SchoolBox();
        _box.People("p123,Sam Sample,4b,pupil,,,,,\nt-hill,Terry Hill,teachers,staff,,,,,\n");
    }

    [TearDown]
    public async Task TearDown() => await _box.DisposeAsync();

    [Test]
    public void Import_NewDevices_AreInTheRoster()
    {
        var run = _box.Run("devices", "import", _box.File("Device,IP address,MAC,Class,Assigned to,Shared\nipad-14,10.20.1.7,A4-83-E7-00-00-01,4B,,yes\nlaptop-3,10.20.8.3,,,T-HILL,no\nmac-only,,a483e7000002,,,\nv6,fd00::7,,,,\n"));
        Assert.That(run.ExitCode, Is.EqualTo(ExitCode.Done), run.Error);
        Assert.That(run.Lines, Is.EqualTo(new[] { "+ ipad-14  10.20.1.7 in 4b", "+ laptop-3  10.20.8.3, on loan to t-hill", "+ mac-only  a4:83:e7:00:00:02", "+ v6  fd00::7", "4 added, 0 changed, 0 removed, 0 as before." }));
        var device = _box.State.CurrentRoster().FindDevice(IPAddress.Parse("10.20.1.7"))!;
        Assert.That((device.Group, MacAddress.Spell(device.Mac), device.IsTrolley), Is.EqualTo(("4b", "a4:83:e7:00:00:01", true)));
        Assert.That(_box.State.CurrentRoster().FindDeviceByName("laptop-3")!.Person, Is.EqualTo("t-hill"), "the spelling of the roster");
    }

    [Test]
    public void Import_AddressOfADeviceThatStays_IsNamedWithItsLine()
    {
        _box.Devices("ipad-14,10.20.1.7,,,,\n");
        Assert.That(_box.Run("devices", "import", _box.File(Header + "ipad-15,10.20.1.7,,,,\n")).Error, Does.Contain(":2: mistake: 10.20.1.7 is the address of ipad-14 already"));
        Assert.That(_box.Run("devices", "import", _box.File(Header + "ipad-15,10.20.1.7,,,,\n"), "--remove-missing").Lines, Is.EqualTo(new[] { "+ ipad-15  10.20.1.7", "- ipad-14", "1 added, 0 changed, 1 removed, 0 as before." }));
    }

    [Test]
    public void AddChangeRemove_OneDevice()
    {
        Assert.That(_box.Run("devices", "add", "ipad-15", "--address", "10.20.1.8", "--group", "4b", "--trolley", "yes").Output, Is.EqualTo("ipad-15 is added: 10.20.1.8 in 4b.\n"));
        Assert.That(_box.Run("devices", "change", "IPAD-15", "--trolley", "no", "--person", "p123").Output, Is.EqualTo("ipad-15 is changed: person none → p123, trolley yes → no.\n"));
        Assert.That(_box.Run("devices", "add", "ipad-15", "--address", "10.20.1.9").Error, Does.Contain("there already"));
        Assert.That(_box.Run("devices", "add", "ipad-16", "--address", "10.20.1.8").Error, Does.Contain("10.20.1.8 is the address of ipad-15 already"));
        Assert.That(_box.Run("devices", "change", "ipad-1", "--group", "5b").Error, Does.Contain("did you mean 'ipad-15'?"));
        Assert.That(_box.Run("devices", "remove", "ipad-15", "--reason", "broken").Output, Is.EqualTo("ipad-15 is removed.\n"));
    }

    [Test]
    public void List_Json_HasEveryKey()
    {
        _box.Devices("ipad-14,10.20.1.7,,4b,,yes\nlaptop-3,10.20.8.3,,,t-hill,\n");
        _box.Run("access", "withdraw", "t-hill", "--reason", "why");
        var rows = _box.Run("devices", "list", "--json").Lines.Select(l => JsonDocument.Parse(l).RootElement).ToList();
        Assert.That(rows[0].EnumerateObject().Select(p => p.Name), Is.EqualTo((string[])["name", "address", "mac", "group", "person", "trolley", "access", "certificate"]));
        Assert.That(rows.Select(r => r.GetProperty("access").GetString()), Is.EqualTo(new[] { "granted", "withdrawn" }));
        Assert.That(_box.Run("devices", "list", "--group", "4b").Lines.Single(), Does.Contain("ipad-14").And.Contain("trolley"));
    }

    [Test]
    public void Export_ThenImport_ChangesNothing()
    {
        _box.Devices("ipad-14,10.20.1.7,a4:83:e7:00:00:01,4b,,yes\nlaptop-3,fd00::3,,,t-hill,\n");
        var again = _box.Run("devices", "import", _box.File(_box.Run("devices", "export").Output));
        Assert.That(again.Output, Is.EqualTo("0 added, 0 changed, 0 removed, 2 as before.\n"), again.Error);
    }
}
