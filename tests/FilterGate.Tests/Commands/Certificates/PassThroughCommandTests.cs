using System.Net;
using FilterGate.Policy.People;

namespace FilterGate.Tests.Commands.Certificates;

/// <summary>What is proposed and decided from the command line, and which devices are said to refuse the certificate.</summary>
internal sealed class PassThroughCommandTests
{
    private StoreBox _box = null!;

    [SetUp]
    public void Open()
    {
        _box = new StoreBox();
        var today = DateOnly.FromDateTime(StoreBox.Noon.UtcDateTime);
        _box.State.AddTrust("A",
            [new("device:ipad-14", null, StoreBox.Noon, 9, 3, 48), new("device:ipad-15", StoreBox.Noon, null, 0, 0, null), new("client:10.20.1.99", null, StoreBox.Noon, 9, 4, 46)],
            [new("api.app.example", today, 12, 3, 48), new("locked.test", today, 90, 9, 48), new("gsa.apple.com", today, 90, 9, 48)]);
    }

    [TearDown]
    public async Task CloseAsync() => await _box.DisposeAsync();

    [Test]
    public void List_HasTheEvidence_AndNeitherALockedHostNorOneThatIsPassedAlready()
    {
        var rows = _box.Run("pass-through", "list", "--json").Lines;
        Assert.That(rows, Has.Length.EqualTo(1));
        Assert.That(rows[0], Does.Contain("\"host\":\"api.app.example\",\"standing\":\"proposed\"").And.Contain("12 TLS alerts (unknown authority) on 1 day").And.Contain("up to 3 devices"));
    }

    [Test]
    public void Accept_FromProposalToEnd_IsDecidedByTheSameCodeAsRequests()
    {
        Assert.That(_box.Run("pass-through", "accept", "api.app.example", "--reason", "the maths app").ExitCode, Is.Zero);
        Assert.That(_box.State.InForce(StoreBox.Noon, FilterGate.Lists.BundleFile.Shipped).PassedUnread, Is.EqualTo(new[] { "api.app.example" }));
        Assert.That(_box.Run("pass-through", "list").Output, Does.Contain("accepted by tech").And.Contain("the maths app"));
        Assert.That(_box.Run("pass-through", "accept", "api.app.example", "--reason", "again").ExitCode, Is.EqualTo(2));
        Assert.That(_box.Run("pass-through", "end", "api.app.example", "--reason", "gone").ExitCode, Is.Zero);
        Assert.That(_box.Run("pass-through", "list").Output, Does.Contain("proposed"));
    }

    [TestCase("locked.test")]
    [TestCase("never-seen.example")]
    [TestCase("sub.api.app.example")]
    [TestCase("not a host")]
    public void Accept_WhatIsNotProposed_IsRefused(string host)
    {
        var run = _box.Run("pass-through", "accept", host, "--reason", "please");
        Assert.That(run.ExitCode, Is.EqualTo(2));
        Assert.That(_box.State.PassThroughs(), Is.Empty);
    }

    [Test]
    public void DevicesList_SaysWhoRefusesTheCertificate_StrangersToo()
    {
        _box.State.ImportDevices([new Device("ipad-14") { Address = IPAddress.Parse("10.20.1.7") }, new Device("ipad-15") { Address = IPAddress.Parse("10.20.1.8") }, new Device("ipad-16") { Address = IPAddress.Parse("10.20.1.9") }], removeMissing: false, "test", null, "tech");
        var all = _box.Run("devices", "list", "--json").Lines;
        var refusing = _box.Run("devices", "list", "--untrusting").Output;
        using (Assert.EnterMultipleScope())
        {
            Assert.That(all[0], Does.Contain("\"certificate\":\"refused\""));
            Assert.That(all[1], Does.Contain("\"certificate\":\"trusted\""));
            Assert.That(all[2], Does.Contain("\"certificate\":null"));
            Assert.That(refusing, Does.Contain("ipad-14").And.Contain("10.20.1.99").And.Not.Contain("ipad-15").And.Not.Contain("ipad-16"));
        }
    }
}
