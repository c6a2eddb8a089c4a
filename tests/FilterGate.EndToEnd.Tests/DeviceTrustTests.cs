using FilterGate.EndToEnd.Tests.Fixtures;

namespace FilterGate.EndToEnd.Tests;

/// <summary>A real device without the authority: curl says why it hangs up, and the gateway keeps who, not where.</summary>
[TestFixture]
[Category("EndToEnd")]
[Category("Slow")]
public sealed class DeviceTrustTests
{
    [Test]
    public async Task ADeviceThatTrustsAnother_IsListed_AndOneThatTrustsUsIsNot()
    {
        await using var school = await School.OpenAsync();
        var strange = school.Origin.Certificates.AuthorityPath;
        // Of the six alerts one or two may meet their connection's reset before they are read; a device is listed from its second site on.
        foreach (var host in new[] { School.Open, School.Encyclopaedia, "sub." + School.Open })
            for (var i = 0; i < 2; i++) Assert.That((await school.Curl.GetAsync($"https://{host}/", school.Gateway.Address("pupil"), strange)).ExitCode, Is.EqualTo(60));
        await school.Gateway.StopAsync();
        var refusing = (await school.CommandAsync("devices", "list", "--untrusting", "--json")).Lines;

        Assert.That(refusing, Has.Length.EqualTo(1));
        Assert.That(refusing[0], Does.Contain("\"address\":\"127.0.0.1\"").And.Contain("\"certificate\":\"refused\""));

        await school.StartGatewayAsync();
        Assert.That((await school.GetAsync("pupil", $"https://{School.Open}/")).Status, Is.EqualTo(200));
        await school.Gateway.StopAsync();
        Assert.That((await school.CommandAsync("devices", "list", "--untrusting", "--json")).Lines, Is.Empty);
    }
}
