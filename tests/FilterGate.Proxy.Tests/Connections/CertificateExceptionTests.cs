using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using FilterGate.Events;
using FilterGate.Proxy.Tests.Fixtures;
using Microsoft.Extensions.Time.Testing;

namespace FilterGate.Proxy.Tests.Connections;

/// <summary>Origins over real TLS whose certificate does not hold, with the school's exception for it, for another, and after its end.</summary>
public sealed class CertificateExceptionTests
{
    private static readonly DateTimeOffset LastHalfMinute = new(2026, 12, 1, 23, 59, 30, TimeSpan.Zero);

    private readonly OriginAuthority _authority = new();

    [OneTimeTearDown]
    public void TearDown() => _authority.Dispose();

    private static string Sha256(X509Certificate2 certificate) => string.Join(':', certificate.GetCertHash(HashAlgorithmName.SHA256).Select(b => b.ToString("X2", null)));

    private static string School(string host, string fingerprint) =>
        $"{TestGateway.School}\ncertificate_exceptions:\n  - {{ host: \"{host}\", sha256: \"{fingerprint}\", until: 2026-12-01, why: the heating }}";

    private static FakeOrigin Origin(X509Certificate2 certificate) =>
        new((stream, _) => stream.WriteAsync("HTTP/1.1 200 OK\r\nContent-Length: 5\r\nConnection: close\r\n\r\nhello"u8.ToArray()).AsTask(), certificate);

    private static Task<RawAnswer> GetAsync(TestGateway gateway, string host, int port, string? named = null) =>
        TlsClient.GetAsync(gateway, "pupil", $"{host}:{port}", $"GET / HTTP/1.1\r\nHost: {named ?? host}\r\nAccept: text/html\r\nConnection: close\r\n\r\n");

    private X509Certificate2 Make(string fault, string host) => fault switch
    {
        "untrusted" => _authority.Issue(host),
        "another name" => _authority.Issue("elsewhere.test"),
        "expired" => _authority.Issue(host, daysFromNow: -1),
        "self-signed" => SelfSigned(host),
        _ => throw new ArgumentException(fault, nameof(fault)),
    };

    private static X509Certificate2 SelfSigned(string name)
    {
        using var key = RSA.Create(2048);
        var request = new CertificateRequest($"CN={name}", key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        using var certificate = request.CreateSelfSigned(DateTimeOffset.UtcNow.AddYears(-12), DateTimeOffset.UtcNow.AddYears(-2));
        return X509CertificateLoader.LoadPkcs12(certificate.Export(X509ContentType.Pfx), password: null);
    }

    /// <summary>Everything that may be wrong with one: by itself it is refused; with the exception it is believed until the school's day ends; another certificate is refused as ever.</summary>
    [Test]
    public async Task Exception_BelievesThatCertificate_UntilItsDayEnds([Values("self-signed", "untrusted", "another name", "expired")] string fault, [Values("allowed.test", "127.0.0.1")] string host)
    {
        var clock = new FakeTimeProvider(LastHalfMinute);
        using var certificate = Make(fault, host);
        await using var origin = Origin(certificate);
        await using var gateway = await TestGateway.StartAsync(trust: fault == "untrusted" ? null : _authority.Root, clock: clock);
        Assert.That((await GetAsync(gateway, host, origin.Port)).Status, Is.EqualTo(502), "by itself");

        gateway.Policy.Publish(TestGateway.Compile(School(host, Sha256(certificate))));
        var answer = await GetAsync(gateway, host, origin.Port);
        Assert.That((answer.Status, answer.Body), Is.EqualTo((200, "hello")), "with the exception");

        using var other = _authority.Issue("never-shown.test");
        gateway.Policy.Publish(TestGateway.Compile(School(host, Sha256(other))));
        Assert.That((await GetAsync(gateway, host, origin.Port)).Status, Is.EqualTo(502), "another certificate");

        gateway.Policy.Publish(TestGateway.Compile(School("other.test", Sha256(certificate))));
        Assert.That((await GetAsync(gateway, host, origin.Port)).Status, Is.EqualTo(502), "another host");

        gateway.Policy.Publish(TestGateway.Compile(School(host, Sha256(certificate))));
        clock.Advance(TimeSpan.FromMinutes(1));
        Assert.That((await GetAsync(gateway, host, origin.Port)).Status, Is.EqualTo(502), "after its end");
        Assert.That(origin.Heads, Has.Count.EqualTo(1), "nothing else was sent there");
    }

    [TestCase("ALLOWED.test")]
    [TestCase("Allowed.Test.")]
    public async Task Exception_HoldsHoweverTheHostIsWritten(string named)
    {
        using var certificate = SelfSigned("allowed.test");
        await using var origin = Origin(certificate);
        await using var gateway = await TestGateway.StartAsync(School("allowed.test", Sha256(certificate)), clock: new FakeTimeProvider(LastHalfMinute));
        Assert.That((await GetAsync(gateway, "allowed.test", origin.Port, $"{named}:{origin.Port}")).Status, Is.EqualTo(200));
    }

    /// <summary>It says whether a certificate is believed, never whether a site may be seen.</summary>
    [TestCase("locked-host.test", TestName = "Exception_OfALockedHost_OpensNothing")]
    [TestCase("adult.test", TestName = "Exception_OfWhatNothingBypasses_OpensNothing")]
    [TestCase("own-blocked.test", TestName = "Exception_OfTheSchoolsOwnBlock_OpensNothing")]
    public async Task Exception_OpensNothing(string host)
    {
        using var certificate = SelfSigned(host);
        await using var origin = Origin(certificate);
        await using var gateway = await TestGateway.StartAsync(School(host, Sha256(certificate)), clock: new FakeTimeProvider(LastHalfMinute));
        Assert.That((await GetAsync(gateway, host, origin.Port)).Status, Is.EqualTo(403));
        Assert.That(origin.ConnectionCount, Is.Zero);
    }

    [Test]
    public async Task Refused_NamesTheCertificate_ToTheTechnicianAlone()
    {
        using var certificate = _authority.Issue("allowed.test");
        await using var origin = Origin(certificate);
        await using var gateway = await TestGateway.StartAsync();
        var page = await GetAsync(gateway, "allowed.test", origin.Port);
        Assert.That(page.Body, Does.Not.Contain(Sha256(certificate)).And.Not.Contain("SHA-256"), "a pupil cannot judge it, and is not to try");
        var stored = (await gateway.EventsAsync(atLeast: 1)).Single(e => e.Kind == EventKind.Tls);
        Assert.That(stored.Rule, Is.EqualTo($"origin certificate: CertificateUntrusted, SHA-256 {Sha256(certificate)}"));
    }
}
