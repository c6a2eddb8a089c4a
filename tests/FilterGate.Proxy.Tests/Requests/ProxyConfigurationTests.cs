using FilterGate.Proxy.Tests.Fixtures;

namespace FilterGate.Proxy.Tests.Requests;

/// <summary>The file by which browsers find the proxy by themselves.</summary>
internal sealed class ProxyConfigurationTests
{
    [TestCase("http://filtergate.internal/proxy.pac", "pupil")]
    [TestCase("http://filtergate.internal/wpad.dat", "staff")]
    [TestCase("http://wpad/wpad.dat", "guest")]
    [TestCase("http://wpad.school.example/wpad.dat", "pupil")]
    [TestCase("http://WPAD.com./wpad.dat", "pupil")]
    public async Task Get_NamesThePortThatWasAsked_AndNoSecondWay(string url, string tier)
    {
        await using var gateway = await TestGateway.StartAsync();
        var answer = await gateway.AskAsync($"GET {url} HTTP/1.1\r\nHost: {new Uri(url).Host}\r\n\r\n", tier);
        var port = gateway.Gateway.EndPoints.First(e => e.Tier == tier).EndPoint.Port;
        using (Assert.EnterMultipleScope())
        {
            Assert.That((answer.Status, answer["Content-Type"], answer["Cache-Control"]), Is.EqualTo((200, "application/x-ns-proxy-autoconfig", "no-store")));
            Assert.That(answer.Body, Does.Contain("function FindProxyForURL(url, host)").And.Contain($"return \"PROXY 127.0.0.1:{port}\";"));
            Assert.That(answer.Body, Does.Not.Contain("; DIRECT"));
        }
    }

    [TestCase("http://wpad/proxy.pac", TestName = "Get_OtherFileOfThatName_IsNotOurs")]
    [TestCase("http://wpad.school.example/proxy.pac", TestName = "Get_OtherFileOfThatNameInADomain_IsNotOurs")]
    [TestCase("http://wpadx.example/wpad.dat", TestName = "Get_NameThatBeginsAlike_IsNotOurs")]
    [TestCase("http://www.wpad.example/wpad.dat", TestName = "Get_NameWithItWithin_IsNotOurs")]
    [TestCase("http://games.example/proxy.pac", TestName = "Get_FileOfThatNameElsewhere_IsNotOurs")]
    public async Task Get_Elsewhere(string url)
    {
        await using var gateway = await TestGateway.StartAsync();
        var answer = await gateway.AskAsync($"GET {url} HTTP/1.1\r\nHost: {new Uri(url).Host}\r\n\r\n", "pupil");
        Assert.That(answer.Body, Does.Not.Contain("FindProxyForURL"));
    }
}
