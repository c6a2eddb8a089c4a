using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using FilterGate.Proxy.Certificates;
using FilterGate.Running;
using FilterGate.Settings;
using FilterGate.Testing;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace FilterGate.Tests.Running;

public sealed class ReviewListenerTests
{
    [TestCase("127.0.0.1:8090", false)]
    [TestCase("127.0.0.2:8090", false)]
    [TestCase("[::1]:8090", false)]
    [TestCase("0.0.0.0:8090", true)]
    [TestCase("[::]:8090", true)]
    [TestCase("10.20.0.1:8090", true)]
    public void NeedsSignIn(string endPoint, bool expected) => Assert.That(ReviewListener.NeedsSignIn(IPEndPoint.Parse(endPoint)), Is.EqualTo(expected));

    [TestCase("", "http://localhost:8090")]
    [TestCase("review_listen: 127.0.0.1:9000", "http://localhost:9000")]
    [TestCase("review_listen: 10.20.0.1:8443", "https://10.20.0.1:8443")]
    [TestCase("review_listen: '[fd00::1]:8443'", "https://[fd00::1]:8443")]
    [TestCase("review_listen: 10.20.0.1:443", "https://10.20.0.1")]
    [TestCase("review_listen: 0.0.0.0:8443", null)]
    [TestCase("{review_listen: 0.0.0.0:8443, review_names: [Review.School.example, other.example]}", "https://review.school.example:8443")]
    public void UrlOf(string settings, string? expected) => Assert.That(ReviewListener.UrlOf(GatewaySettings.Parse(settings, "/etc/filtergate.yaml")), Is.EqualTo(expected));

    /// <summary>As a process and an account of its own the site shows what the gateway has signed, and has no authority to sign with.</summary>
    [TestCase(false)]
    [TestCase(true)]
    public async Task Configure_OffLoopback_ShowsACertificateOfTheSchoolForOurNamesAlone(bool isApart)
    {
        using var folder = new TempFolder();
        using var authority = CertificateAuthority.Open(folder["ca"], TimeProvider.System);
        using var root = X509CertificateLoader.LoadCertificate(authority.CertificateDer);
        if (isApart)
        {
            await SignAsync(folder.Path);
            Directory.Delete(folder["ca"], recursive: true);
        }

        using var listener = ReviewListener.Open(new IPEndPoint(IPAddress.Any, 0), ["review.school.example"], folder.Path, isApart, TimeProvider.System);
        await using var app = await StartAsync(listener);

        foreach (var (asked, name) in new[] { ("review.school.example", "review.school.example"), ("REVIEW.school.example", "review.school.example"), ("127.0.0.1", "127.0.0.1"), ("bank.example", "127.0.0.1") })
        {
            using var tcp = new TcpClient();
            await tcp.ConnectAsync(IPAddress.Loopback, new Uri(app.Urls.Single()).Port);
            // A device that trusts the school's authority is content, whatever it was told the name is; the name is checked below.
            await using var tls = new SslStream(tcp.GetStream(), leaveInnerStreamOpen: false, (_, certificate, _, _) => IsOf(root, certificate));
            await tls.AuthenticateAsClientAsync(asked);
            using var shown = new X509Certificate2(tls.RemoteCertificate!);
            Assert.That(shown.MatchesHostname(name), Is.True, asked);
            Assert.That(shown.MatchesHostname("bank.example"), Is.False, "never a foreign name");
        }
    }

    /// <summary>A site with nothing on it, on a port of loopback.</summary>
    internal static async Task<WebApplication> StartAsync(ReviewListener listener)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseKestrelHttpsConfiguration().ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0, listener.Configure));
        var app = builder.Build();
        await app.StartAsync();
        return app;
    }

    /// <summary>As the gateway does it.</summary>
    internal static async Task SignAsync(string dataFolder)
    {
        using var authorities = CertificateAuthorities.Open(Path.Combine(dataFolder, "ca"), TimeProvider.System);
        await using var loop = new ReviewCertificateLoop(authorities, dataFolder, ["review.school.example"], new IPEndPoint(IPAddress.Any, 0), TimeProvider.System, NullLogger.Instance);
        for (var tries = 0; tries < 200 && !(File.Exists(Path.Combine(dataFolder, "review-tls", "127.0.0.1.pem")) && File.Exists(Path.Combine(dataFolder, "review-tls", "review.school.example.pem"))); tries++) await Task.Delay(50);
    }

    private static bool IsOf(X509Certificate2 root, X509Certificate? certificate)
    {
        using var chain = new X509Chain { ChainPolicy = { TrustMode = X509ChainTrustMode.CustomRootTrust, CustomTrustStore = { root }, RevocationMode = X509RevocationMode.NoCheck } };
        using var shown = new X509Certificate2(certificate!);
        return chain.Build(shown);
    }

    [Test]
    public void Open_OnLoopback_NeedsNoAuthority()
    {
        using var folder = new TempFolder();
        using var listener = ReviewListener.Open(new IPEndPoint(IPAddress.Loopback, 0), [], folder.Path, isApart: false, TimeProvider.System);
        Assert.That((listener.Site.IsSecure, Directory.Exists(folder["ca"])), Is.EqualTo((false, false)));
    }
}
