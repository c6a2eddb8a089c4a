using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json;
using FilterGate.Commands;
using FilterGate.Policy;
using FilterGate.Testing;

namespace FilterGate.Tests.Commands;

/// <summary>Services are tried against sites on this computer, with the gateway's own dialler and its judgement of certificates.</summary>
public sealed class WorksCommandTests
{
    /// <summary>Zoom is open to staff by its bundle; pupils have it closed; one tier reads what Zoom's app wants unread, and one opens nothing that is in no list.</summary>
    private const string Policy = """
        school: Test Primary
        networks: [10.20.0.0/16]
        unknown_clients: pupil
        tiers:
          pupil: { own_block: [zoom.us, cpoms.net], tls: intercept, uncategorised: allow }
          staff: { bundles: [zoom, cpoms, class-dojo], tls: intercept, uncategorised: allow }
          reads: { tls: intercept, uncategorised: allow }
          strict: { tls: tunnel, uncategorised: block }
        groups:
          office: { kind: office, tier: staff }
        """;

    private TempFolder _folder = null!;
    private Sites _sites = null!;

    [SetUp]
    public void Make()
    {
        _folder = new TempFolder();
        File.WriteAllText(_folder["policy.yaml"], Policy);
        File.WriteAllText(_folder["settings.yaml"], "policy: policy.yaml\ndata: data\n");
        _sites = new Sites(_folder["ca.pem"], "zoom.us", "zoom.com", "cpoms.co.uk", "classdojo.com");
    }

    [TearDown]
    public async Task DropAsync()
    {
        await _sites.DisposeAsync();
        _folder.Dispose();
    }

    private readonly HashSet<string> _lookedUp = [];

    private CommandRun Run(Func<string, IPAddress[]> lookUp, params string[] arguments)
    {
        _lookedUp.Clear();
        var host = new CommandHost
        {
            Variable = _ => null, InstalledSettingsPath = "/nonexistent/filtergate.yaml", OutputIsTerminal = () => false, IsInteractive = () => false, HttpsPort = _sites.Port,
            LookUp = (name, _) =>
            {
                lock (_lookedUp) _lookedUp.Add(name);
                return Task.FromResult(lookUp(name));
            },
        };
        return CommandRun.Of(host, ["works", .. arguments, "--config", _folder["settings.yaml"], "--allow-private", "127.0.0.0/8", "--trust-ca", _folder["ca.pem"]]);
    }

    private static IPAddress[] Here(string name) => [IPAddress.Loopback];

    private static JsonElement[] Rows(CommandRun run) => [.. run.Lines.Select(line => JsonDocument.Parse(line).RootElement)];

    [TestCase("--tier", "staff")]
    [TestCase("--group", "office")]
    public void Service_OpenAndReachable_IsFine(string option, string value)
    {
        var run = Run(Here, "zoom", option, value);
        Assert.That(run.ExitCode, Is.EqualTo(ExitCode.Done), run.Output + run.Error);
        Assert.That(run.Output, Does.Contain("zoom.us").And.Contain("never read").And.Contain("answers 204").And.Contain("nothing is in the way (2 hosts)."));
        Assert.That(_sites.Asked, Has.Some.StartsWith("HEAD / HTTP/1.1\r\nHost: zoom.us\r\n"));
    }

    [Test]
    public void Json_EveryHost_HasEveryKey()
    {
        var rows = Rows(Run(Here, "zoom", "--tier", "staff", "--json"));
        Assert.That(rows.Select(r => r.GetProperty("host").GetString()), Is.EqualTo(new[] { "zoom.us", "zoom.com" }));
        Assert.That(rows[0].EnumerateObject().Select(p => p.Name), Is.EqualTo(new[]
        {
            "service", "entry", "host", "tier", "tried", "decision", "reason", "category", "rule", "tls", "connected", "verified", "status", "took_ms", "cause", "trouble", "explanation", "mend", "command",
        }));
        Assert.That((rows[0].GetProperty("tls").GetString(), rows[0].GetProperty("rule").GetString(), rows[0].GetProperty("status").GetInt32()), Is.EqualTo(("exempt", "bundle zoom: zoom.us", 204)));
    }

    [Test]
    public void Host_ThatThePolicyRefuses_IsNotDialled()
    {
        var run = Run(Here, "zoom", "--tier", "pupil", "--json");
        var rows = Rows(run);
        Assert.That(run.ExitCode, Is.EqualTo(ExitCode.Blocked));
        Assert.That((rows[0].GetProperty("cause").GetString(), rows[0].GetProperty("reason").GetString(), rows[0].GetProperty("tried").GetBoolean()), Is.EqualTo(("policy", "own-block", false)));
        Assert.That(rows[0].GetProperty("command").GetString(), Does.StartWith("filtergate unblock grant zoom.us --tier pupil"));
        Assert.That(_lookedUp, Does.Not.Contain("zoom.us"));
    }

    [Test]
    public void Service_ClosedAsUncategorised_IsOpenedWhole()
    {
        var rows = Rows(Run(Here, "zoom", "--tier", "strict", "--json"));
        Assert.That(rows.Select(r => r.GetProperty("mend").GetString()), Is.All.Contains("bundles: [zoom] under the tier strict"));
    }

    [Test]
    public void PinnedHost_ThatTheTierReads_IsInTheWay()
    {
        var run = Run(Here, "zoom", "--tier", "reads", "--json");
        Assert.That(run.ExitCode, Is.EqualTo(ExitCode.Blocked), "the policy mends it");
        Assert.That(Rows(run).Select(r => (r.GetProperty("cause").GetString(), r.GetProperty("decision").GetString(), r.GetProperty("status").GetInt32())), Is.All.EqualTo(("pinned-app", "allow", 204)));
        Assert.That(Rows(run)[0].GetProperty("mend").GetString(), Does.Contain("bundles: [zoom]"));
    }

    [Test]
    public void NameWithoutAddress_IsTheNetworksMatter()
    {
        var run = Run(name => name == "zoom.com" ? throw new SocketException((int)SocketError.HostNotFound) : Here(name), "zoom", "--tier", "staff", "--json");
        Assert.That(run.ExitCode, Is.EqualTo(ExitCode.NotReached));
        Assert.That(Rows(run).Select(r => r.GetProperty("trouble").GetString()), Is.EqualTo(new[] { null, "name-not-found" }));
        Assert.That(run.Error, Does.Contain("the policy is not in the way, but 1 could not be reached (2 hosts)"));
    }

    [Test]
    public void CertificateOfAnother_IsTheSitesMatter()
    {
        _sites.Certify("elsewhere.test");
        var rows = Rows(Run(Here, "zoom", "--tier", "staff", "--json"));
        Assert.That(rows.Select(r => (r.GetProperty("trouble").GetString(), r.GetProperty("connected").GetBoolean(), r.GetProperty("verified").GetBoolean())), Is.All.EqualTo(("origin-certificate-name", true, false)));
        Assert.That(rows[0].GetProperty("mend").GetString(), Does.Contain($"{{ host: zoom.us, sha256: \"{_sites.Fingerprint}\""));

        File.AppendAllText(_folder["policy.yaml"], $"\ncertificate_exceptions: [{{ host: zoom.us, sha256: \"{_sites.Fingerprint}\", until: 2199-12-31, why: a test }}]\n");
        rows = Rows(Run(Here, "zoom", "--tier", "staff", "--json"));
        Assert.That(rows.Select(r => (r.GetProperty("host").GetString(), r.GetProperty("trouble").GetString())), Is.EqualTo(new[] { ("zoom.us", null), ("zoom.com", "origin-certificate-name") }), "as the gateway judges it");
    }

    [Test]
    public async Task NothingListens_IsSaid()
    {
        await _sites.DisposeAsync();
        var run = Run(Here, "zoom", "--tier", "staff", "--json");
        Assert.That(run.ExitCode, Is.EqualTo(ExitCode.NotReached));
        Assert.That(Rows(run).Select(r => r.GetProperty("trouble").GetString()), Is.All.EqualTo("origin-refused"));
    }

    [Test]
    public void AddressOfTheSchool_IsRefusedAsTheGatewayRefusesIt()
    {
        var run = Run(_ => [IPAddress.Parse("10.20.0.9")], "zoom", "--tier", "staff", "--json");
        Assert.That(run.ExitCode, Is.EqualTo(ExitCode.Blocked));
        Assert.That(Rows(run).Select(r => r.GetProperty("trouble").GetString()), Is.All.EqualTo("private-destination"));
    }

    [Test]
    public void Wildcard_IsNotTriedAndSaysSo()
    {
        var run = Run(Here, "cpoms", "--tier", "staff");
        Assert.That(run.ExitCode, Is.EqualTo(ExitCode.Done), run.Output + run.Error);
        Assert.That(run.Output, Does.Contain("*.cpoms.net").And.Contain("names below it are not known, so none was tried").And.Contain("not tried)."));
        Assert.That(_lookedUp, Is.EqualTo(new[] { "cpoms.co.uk" }));
        Assert.That(Rows(Run(Here, "cpoms", "--tier", "pupil", "--json"))[0].GetProperty("cause").GetString(), Is.EqualTo("policy"), "the policy is asked all the same");
    }

    [Test]
    public void Offline_AsksThePolicyAlone()
    {
        var run = Run(Here, "zoom", "--tier", "staff", "--offline");
        Assert.That(run.ExitCode, Is.EqualTo(ExitCode.Done));
        Assert.That(run.Output, Does.Contain("the policy is not in the way; the network was not tried"));
        Assert.That((_lookedUp.Count, _sites.Asked.Count), Is.EqualTo((0, 0)));
    }

    [TestCase("zoon --tier staff", "did you mean")]
    [TestCase("zoom --tier nobody", "is no tier of the policy")]
    [TestCase("zoom --group nobody", "is no group of the policy")]
    [TestCase("zoom", "say for whom")]
    [TestCase("zoom --tier staff --group office", "say for whom")]
    public void Mistake_IsSaid(string arguments, string message)
    {
        var run = Run(Here, arguments.Split(' '));
        Assert.That((run.ExitCode, run.Output), Is.EqualTo((ExitCode.Usage, "")));
        Assert.That(run.Error, Does.Contain(message).IgnoreCase);
    }

    /// <summary>Sites on one port of this computer, with a certificate of an authority of the test's own.</summary>
    private sealed class Sites : IAsyncDisposable
    {
        private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
        private readonly X509Certificate2 _authority;
        private readonly ECDsa _authorityKey = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        private readonly Task _serving;
        private X509Certificate2 _certificate = null!;

        public Sites(string authorityFile, params string[] names)
        {
            var request = new CertificateRequest("CN=Sites of the test", _authorityKey, HashAlgorithmName.SHA256);
            request.CertificateExtensions.Add(new X509BasicConstraintsExtension(certificateAuthority: true, hasPathLengthConstraint: false, pathLengthConstraint: 0, critical: true));
            _authority = request.CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(9));
            File.WriteAllText(authorityFile, _authority.ExportCertificatePem());
            Certify(names);
            _listener.Start();
            Port = ((IPEndPoint)_listener.LocalEndpoint).Port;
            _serving = ServeAsync();
        }

        public int Port { get; }

        /// <summary>SHA-256 of their certificate, as people compare it.</summary>
        public string Fingerprint => CertificateExceptions.Format(_certificate.GetCertHash(HashAlgorithmName.SHA256));

        /// <summary>What was asked of them.</summary>
        public List<string> Asked { get; } = [];

        /// <summary>Gives them a certificate for these names.</summary>
        public void Certify(params string[] names)
        {
            using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
            var request = new CertificateRequest("CN=sites", key, HashAlgorithmName.SHA256);
            var alternatives = new SubjectAlternativeNameBuilder();
            foreach (var name in names) alternatives.AddDnsName(name);
            request.CertificateExtensions.Add(alternatives.Build());
            request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([new Oid("1.3.6.1.5.5.7.3.1")], critical: false));
            using var bare = request.Create(_authority, DateTimeOffset.UtcNow.AddHours(-1), DateTimeOffset.UtcNow.AddDays(5), RandomNumberGenerator.GetBytes(8));
            using var certificate = bare.CopyWithPrivateKey(key);
            _certificate = X509CertificateLoader.LoadPkcs12(certificate.Export(X509ContentType.Pfx), password: null);
        }

        private async Task ServeAsync()
        {
            var answering = new List<Task>();
            try
            {
                while (true) answering.Add(AnswerAsync(await _listener.AcceptTcpClientAsync()));
            }
            catch (Exception stopped) when (stopped is SocketException or ObjectDisposedException or InvalidOperationException)
            {
                await Task.WhenAll(answering);
            }
        }

        private async Task AnswerAsync(TcpClient client)
        {
            using (client)
            {
                try
                {
                    await using var tls = new SslStream(client.GetStream());
                    await tls.AuthenticateAsServerAsync(_certificate);
                    var buffer = new byte[4096];
                    var count = await tls.ReadAsync(buffer);
                    lock (Asked) Asked.Add(Encoding.ASCII.GetString(buffer, 0, count));
                    await tls.WriteAsync("HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n"u8.ToArray());
                }
                catch (Exception gone) when (gone is IOException or System.Security.Authentication.AuthenticationException)
                {
                    // The client did not like us, as some tests want.
                }
            }
        }

        public async ValueTask DisposeAsync()
        {
            _listener.Stop();
            await _serving;
            _certificate.Dispose();
            _authority.Dispose();
        }
    }
}
