using System.Net;
using FilterGate.Testing;

namespace FilterGate.EndToEnd.Tests.Fixtures;

/// <summary>Tests of a whole box: devices, gateway with its rules, and an internet with a site or two, each test with a data folder and a gateway of its own. Needs root.</summary>
public abstract class BoxTests
{
    private static readonly (string Name, IPAddress Address)[] Names = [.. new[] { School.Open, School.Auction }.SelectMany(name => new[] { (name, BoxNetwork.Internet4), (name, BoxNetwork.Internet6) })];

    /// <summary>The policy: that of every box, and a site that this school closes for its staff too.</summary>
    protected static string Policy { get; } = BoxNetwork.Policy.Replace("staff: { tls: intercept,", $"staff: {{ own_block: [{School.Auction}], tls: intercept,", StringComparison.Ordinal);

    /// <summary>Settings, policy and data folder of the running test.</summary>
    private protected TempFolder Folder { get; private set; } = null!;

    private protected BoxNetwork Network { get; private set; } = null!;

    private protected NginxOrigin Origin { get; private set; } = null!;

    private protected GatewayProcess? Gateway { get; set; }

    private KeeperProcess? _keeper;

    /// <summary>The gateway's own authority, which devices trust.</summary>
    protected string Authority => Path.Combine(Data, "ca", "ca.crt");

    /// <summary>The gateway's data folder.</summary>
    protected string Data => Folder["data"];

    [OneTimeSetUp]
    public async Task MakeAsync()
    {
        Network = await BoxNetwork.MakeAsync(Names);
        Origin = await NginxOrigin.StartAsync(Network.Internet.Place, BoxNetwork.Internet4, Names.Select(n => n.Name).Distinct(), also: BoxNetwork.Internet6);
    }

    [OneTimeTearDown]
    public async Task EndAsync()
    {
        if (Origin is not null) await Origin.DisposeAsync();
        if (Network is not null) await Network.DisposeAsync();
    }

    [SetUp]
    public void Begin()
    {
        Folder = new TempFolder();
        Directory.CreateDirectory(Data);
    }

    [TearDown]
    public async Task StopAsync()
    {
        if (_keeper is not null) await _keeper.DisposeAsync();
        _keeper = null;
        if (Gateway is not null) await Gateway.DisposeAsync();
        Gateway = null;
        Folder.Dispose();
    }

    /// <summary>Writes settings and policy.</summary>
    /// <param name="network">More of the settings' <c>network</c>.</param>
    protected async Task WriteAsync(string network = "mode: redirect")
    {
        await File.WriteAllTextAsync(Folder["policy.yaml"], Policy);
        await File.WriteAllTextAsync(Folder["settings.yaml"], $$"""
            policy: policy.yaml
            transparent_listen: "[::]:8129"
            network: { lan: [lan0, lan0.50], dns: off, {{network}} }
            """);
    }

    /// <summary>Puts the rules of the settings in place.</summary>
    protected async Task ApplyAsync()
    {
        var applied = await CommandAsync("network", "apply");
        Assert.That(applied.ExitCode, Is.Zero, applied.Error);
    }

    /// <summary>Starts the gateway.</summary>
    /// <param name="environment">Variables of its environment.</param>
    protected async Task StartGatewayAsync(IReadOnlyDictionary<string, string>? environment = null) =>
        Gateway = await GatewayProcess.StartAsync(Network.Box.Place, environment, [.. Options, "--allow-private", "10.77.2.0/24", "--allow-private", "fd77:2::/64", "--trust-ca", Origin.Certificates.AuthorityPath]);

    /// <summary>Starts <c>network keep</c>: the rules of the settings are in place, and stay so until the test ends.</summary>
    protected async Task StartKeeperAsync() => _keeper = await KeeperProcess.StartAsync(Network.Box.Place, Options);

    /// <summary>What a pupil gets.</summary>
    private protected Task<Answer> PadAsync(string url, params string[] more) => new Curl(Network.Pad.Place).GetAsync(url, proxy: null, trusted: File.Exists(Authority) ? Authority : null, more);

    /// <summary>What <c>doctor</c> says of a point.</summary>
    protected async Task<string> DoctorAsync(string point) => (await CommandAsync("doctor", "--only", point)).Output;

    /// <summary>Runs a command on the box.</summary>
    private protected Task<Ended> CommandAsync(params string[] arguments) => Programs.RunAsync([.. Network.Box.Place.Command([GatewayProcess.Executable, .. arguments, .. Options])]);

    /// <summary>Settings and data folder.</summary>
    protected string[] Options => ["--config", Folder["settings.yaml"], "--data", Data];
}
