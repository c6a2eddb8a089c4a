using System.Net;
using FilterGate.Review.Accounts;
using Microsoft.Extensions.Time.Testing;

namespace FilterGate.Review.Tests.Accounts;

public sealed class AddressLimitTests
{
    private readonly FakeTimeProvider _clock = new(RunningSite.Now);

    [TestCase("10.0.0.1", "10.0.0.1", true)]
    [TestCase("10.0.0.1", "::ffff:10.0.0.1", true)]
    [TestCase("fd00:0:0:1::1", "fd00:0:0:1:ffff::2", true, TestName = "TryCount_OneNetworkOfIPv6_CountsTogether")]
    [TestCase("10.0.0.1", "10.0.0.2", false)]
    [TestCase("fd00:0:0:1::1", "fd00:0:0:2::1", false)]
    public void TryCount_AfterTheMostFromOneAddress(string first, string second, bool isOne)
    {
        var limit = new AddressLimit(_clock);
        for (var i = 0; i < AddressLimit.TriesMax; i++) Assert.That(limit.TryCount(IPAddress.Parse(first)), Is.True);
        Assert.That(limit.TryCount(IPAddress.Parse(second)), Is.EqualTo(!isOne));
    }

    [Test]
    public void TryCount_AfterTheWindow_CountsAnew()
    {
        var limit = new AddressLimit(_clock);
        for (var i = 0; i <= AddressLimit.TriesMax; i++) limit.TryCount(IPAddress.Loopback);
        _clock.Advance(AddressLimit.Window - TimeSpan.FromTicks(1));
        Assert.That(limit.TryCount(IPAddress.Loopback), Is.False);
        _clock.Advance(TimeSpan.FromTicks(1));
        Assert.That(limit.TryCount(IPAddress.Loopback), Is.True);
    }

    [Test]
    public void TryCount_TooManyAddresses_RefusesNewOnesUntilOldOnesLapse()
    {
        var limit = new AddressLimit(_clock);
        for (var i = 0; i < AddressLimit.AddressesMax; i++) Assert.That(limit.TryCount(new IPAddress(0x0A00_0000L + i)), Is.True);
        Assert.That(limit.TryCount(IPAddress.Loopback), Is.False);
        Assert.That(limit.TryCount(new IPAddress(0x0A00_0000L)), Is.True, "one that is known goes on");
        _clock.Advance(AddressLimit.Window);
        Assert.That(limit.TryCount(IPAddress.Loopback), Is.True);
    }
}
