using System.Text.Json;
using FilterGate.Testing;

namespace FilterGate.EndToEnd.Tests.Fixtures;

/// <summary>A gateway with the sample school's policy, one port per tier, and an origin that holds every site a test asks for. Needs root.</summary>
internal sealed class School : IAsyncDisposable
{
    /// <summary>In no list: a pupil may see it.</summary>
    public const string Open = "allowed.test";

    /// <summary>An auction: blocked for pupils, allowed for staff.</summary>
    public const string Auction = "ebay.co.uk";

    /// <summary>A work of reference: allowed for guests too.</summary>
    public const string Encyclopaedia = "wikipedia.org";

    private readonly TempFolder _folder;
    private readonly Place _place;

    private School(TempFolder folder, NginxOrigin origin, Place place)
    {
        (_folder, Origin, _place) = (folder, origin, place);
    }

    /// <summary>The sites.</summary>
    public NginxOrigin Origin { get; }

    /// <summary>The gateway that runs now.</summary>
    public GatewayProcess Gateway { get; private set; } = null!;

    /// <summary>A client on this computer.</summary>
    public Curl Curl { get; } = new(Place.Here);

    /// <summary>The gateway's data folder.</summary>
    public string Data => _folder["data"];

    /// <summary>The gateway's authority as <c>certificates export</c> gave it.</summary>
    public string Authority => _folder["exported-ca.crt"];

    /// <summary>The hosts of the shipped list of help sites, wherever the tests were started.</summary>
    public static IReadOnlyList<string> HelpSites { get; } = ReadHelpSites();

    /// <summary>Starts both.</summary>
    public static async Task<School> OpenAsync()
    {
        Programs.RequireRoot("test names are given to the gateway in a mount namespace of its own");
        var address = NginxOrigin.LoopbackOfItsOwn();
        string[] names = [Open, Auction, Encyclopaedia, "www." + Auction, "locked.test", "sub." + Open, "reddit.com", .. HelpSites];
        var origin = await NginxOrigin.StartAsync(Place.Here, address, names);
        var folder = new TempFolder();
        var school = new School(folder, origin, Place.WithNames(folder, names.Select(name => (name, address))));
        try
        {
            await school.StartGatewayAsync();
            var exported = await school.CommandAsync("certificates", "export", "--out", school.Authority);
            Assert.That(exported.ExitCode, Is.Zero, exported.Error);
        }
        catch
        {
            await school.DisposeAsync();
            throw;
        }

        return school;
    }

    /// <summary>Starts the gateway on its data folder, again where it has ended.</summary>
    /// <param name="more">More of the command line.</param>
    public async Task StartGatewayAsync(params IEnumerable<string> more)
    {
        if (Gateway is not null) await Gateway.DisposeAsync();
        Gateway = await GatewayProcess.StartAsync(_place, environment: null,
            ["--data", Data, "--tier-listen", "pupil=127.0.0.1:0", "--tier-listen", "staff=127.0.0.1:0", "--tier-listen", "guest=127.0.0.1:0", "--listen", "127.0.0.1:0", "--review-listen", "127.0.0.1:0",
            "--allow-private", $"{Origin.Address}/32", "--trust-ca", Origin.Certificates.AuthorityPath, .. more]);
    }

    /// <summary>Asks as a client of a tier, or with none as whoever the policy and the roster know by the address (<c>--interface</c>), that trusts the gateway's authority and no other.</summary>
    public Task<Answer> GetAsync(string tier, string url, params IEnumerable<string> more) => Curl.GetAsync(url, Gateway.Address(tier), Authority, more);

    /// <summary>Sends the form of a block page as a browser does.</summary>
    public Task<Answer> AskAsync(string tier, string site, string reference, string note) =>
        GetAsync(tier, $"{site}/.well-known/filtergate/request", "--data-urlencode", $"reference={reference}", "--data-urlencode", $"note={note}");

    /// <summary>Runs a command of the executable beside the gateway, on its data.</summary>
    public Task<Ended> CommandAsync(params IEnumerable<string> arguments) => GatewayProcess.CommandAsync([.. arguments, "--data", Data]);

    /// <summary>Runs a command at a terminal of its own, where somebody types these lines. What it prints comes as one, as on a screen.</summary>
    public Task<Ended> AtATerminalAsync(IReadOnlyList<string> typed, params IEnumerable<string> arguments)
    {
        Programs.Require("script", "bsdutils");
        var command = string.Join(' ', new[] { GatewayProcess.Executable }.Concat(arguments).Concat(["--data", Data]).Select(Quoted));
        return Programs.RunAsync(["sh", "-c", $"printf '%s\\n' {string.Join(' ', typed.Select(Quoted))} | script -qec {Quoted(command)} /dev/null"], new Dictionary<string, string> { ["TERM"] = "dumb" });

        static string Quoted(string word) => $"'{word.Replace("'", "'\\''", StringComparison.Ordinal)}'";
    }

    /// <summary>Events as <c>events search --json</c> prints them, oldest first.</summary>
    public async Task<IReadOnlyList<JsonElement>> EventsAsync(params IEnumerable<string> filter)
    {
        var found = await CommandAsync(["events", "search", "--since", "1h", "--json", .. filter]);
        Assert.That(found.ExitCode, Is.Zero, found.Error);
        return [.. found.Lines.Select(line => JsonElement.Parse(line))];
    }

    private static IReadOnlyList<string> ReadHelpSites()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            var path = Path.Combine(folder.FullName, "blocklists", "protected-help", "domains");
            if (File.Exists(path)) return [.. File.ReadLines(path).Where(line => line.Length > 0 && line[0] != '#')];
        }

        throw new InvalidOperationException("blocklists/protected-help/domains is not above the tests.");
    }

    public async ValueTask DisposeAsync()
    {
        if (Gateway is not null) await Gateway.DisposeAsync();
        await Origin.DisposeAsync();
        _folder.Dispose();
    }
}
