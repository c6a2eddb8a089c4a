using System.Globalization;
using System.Net;
using System.Text;
using System.Text.Json;
using FilterGate.EndToEnd.Tests.Fixtures;
using FilterGate.Policy.Documents;
using FilterGate.Policy.People;
using FilterGate.Policy.Timetables;
using FilterGate.State;
using FilterGate.Testing;

namespace FilterGate.EndToEnd.Tests.Seeds;

/// <summary>What became of one request.</summary>
/// <param name="Decision">As <c>check</c> spells it, or <c>refused</c>.</param>
/// <param name="Reason">The reason on record; null where nothing was recorded.</param>
/// <param name="Detail">What else is known, for the message of a test that fails.</param>
internal sealed record SeedAnswer(string Decision, string? Reason, string Detail);

/// <summary>Asks every question of a seed once: its policy, as it stands, in a real gateway within a network of its own, where every address of that school is to be had.</summary>
/// <remarks>
/// All of the questions about now go through one gateway by one curl, each from an address of its group; what the gateway recorded says why. Questions about a time go to <c>check --at</c> beside it, with the same data. Needs root.
/// </remarks>
internal sealed class SeedAnswers
{
    /// <summary>Where the sites are: in no school's network.</summary>
    private static readonly IPAddress Internet = IPAddress.Parse("198.51.100.10");

    /// <summary>Lets two <c>check</c> run at a time: each is a program of its own.</summary>
    private const int ChecksAtOnce = 2;

    /// <summary>Where the gateway goes for search engines and videos in their safe modes.</summary>
    private static readonly string[] SafeModes = ["forcesafesearch.google.com", "strict.bing.com", "restrict.youtube.com", "restrictmoderate.youtube.com"];

    private readonly Dictionary<SeedRow, SeedAnswer> _answers = [];
    private readonly Dictionary<string, IPAddress> _addressOf = new(StringComparer.Ordinal);
    private readonly HashSet<string> _recordedHosts = [];

    /// <summary>What became of a question.</summary>
    public SeedAnswer this[SeedRow row] => _answers[row];

    /// <summary>True when the gateway recorded anything that names this host.</summary>
    public bool HasRecordOf(string host) => _recordedHosts.Contains(host);

    /// <summary>Asks them all.</summary>
    public static async Task<SeedAnswers> AskAsync(string seed, IReadOnlyCollection<SeedRow> rows)
    {
        Programs.Require("curl", "curl");
        var document = SeedFiles.Policy(seed);
        var answers = new SeedAnswers();
        using var folder = new TempFolder();
        // What stands as an address is not looked up; everything else leads to the one origin.
        string[] names = [.. rows.Select(r => new Uri(r.Address).Host).Where(host => !IPAddress.TryParse(host, out _)).Concat(SafeModes).Distinct(StringComparer.Ordinal)];
        await using var net = await NetworkNamespace.MakeAsync("seed", names.Select(name => (name, Internet)));
        var gateway = Address(document, 0, 1);
        answers.GiveAddresses(document, rows);
        foreach (var address in answers._addressOf.Values.Append(gateway).Append(Internet).Distinct()) await net.IpAsync("addr", "add", $"{address}/32", "dev", "lo");

        Directory.CreateDirectory(folder["data"]);
        answers.ImportRoster(folder["data"], rows);
        await File.WriteAllTextAsync(folder["settings.yaml"], $"policy: {SeedFiles.PathOf($"{seed}/policy.yaml")}\n");
        await using var origin = await NginxOrigin.StartAsync(net.Place, Internet, names);
        string[] common = ["--config", folder["settings.yaml"], "--data", folder["data"]];
        int[] ports = [8080, .. document.Places.SelectMany(p => p.Ports)];
        await using var process = await GatewayProcess.StartAsync(net.Place, environment: null,
            [.. common, .. ports.SelectMany(port => (string[])["--listen", $"{gateway}:{port}"]), "--allow-private", $"{Internet}/32", "--trust-ca", origin.Certificates.AuthorityPath]);

        var checks = answers.CheckAsync([.. rows.Where(r => r.At is not null)], common);
        await answers.AskGatewayAsync([.. rows.Where(r => r.At is null)], gateway, net.Place, folder, origin, common);
        await checks;
        return answers;
    }

    private static IPAddress Address(PolicyDocument document, int third, int fourth)
    {
        var bytes = document.Networks[0].BaseAddress.GetAddressBytes();
        return new IPAddress([bytes[0], bytes[1], (byte)third, (byte)fourth]);
    }

    /// <summary>Groups, people and ports get an address each from a corner of the school's first network that no seed gives a place.</summary>
    private void GiveAddresses(PolicyDocument document, IEnumerable<SeedRow> rows)
    {
        foreach (var who in rows.Select(r => r.Who).Distinct(StringComparer.Ordinal))
            _addressOf.Add(who, IPAddress.TryParse(who, out var address) ? address : Address(document, 250, _addressOf.Count + 2));
    }

    /// <summary>A device for each group, and one on loan to each person.</summary>
    private void ImportRoster(string data, IEnumerable<SeedRow> rows)
    {
        var people = new List<PersonEntry>();
        var devices = new List<Device>();
        foreach (var who in rows.Select(r => r.Who).Distinct(StringComparer.Ordinal))
        {
            if (IPAddress.TryParse(who, out _) || who.StartsWith("port:", StringComparison.Ordinal)) continue;
            if (!who.StartsWith("person:", StringComparison.Ordinal)) devices.Add(new Device($"of-{who}") { Address = _addressOf[who], Group = who });
            else
            {
                var (id, group) = who["person:".Length..].Split('@') is [var first, var second] ? (first, second) : throw new FormatException($"'{who}' is no person:ID@GROUP");
                people.Add(new PersonEntry(new Person(id, id, group, PersonRole.Staff)));
                devices.Add(new Device($"of-{id}") { Address = _addressOf[who], Person = id });
            }
        }

        using var state = StateStore.Open(Path.Combine(data, "state.db"), TimeProvider.System);
        Assert.That(state.ImportPeople(people, removeMissing: false, "the test", why: null, "test").Clashes, Is.Empty);
        Assert.That(state.ImportDevices(devices, removeMissing: false, "the test", why: null, "test").Clashes, Is.Empty);
    }

    private async Task AskGatewayAsync(IReadOnlyList<SeedRow> rows, IPAddress gateway, Fixtures.Place place, TempFolder folder, NginxOrigin origin, string[] common)
    {
        var trusted = folder["both.crt"];
        await File.WriteAllTextAsync(trusted, await File.ReadAllTextAsync(Path.Combine(folder["data"], "ca", "ca.crt")) + "\n" + await File.ReadAllTextAsync(origin.Certificates.AuthorityPath));
        var config = new StringBuilder();
        for (var i = 0; i < rows.Count; i++)
        {
            var port = rows[i].Who.StartsWith("port:", StringComparison.Ordinal) ? rows[i].Who[5..] : "8080";
            config.Append(CultureInfo.InvariantCulture, $"""
                {(i == 0 ? "" : "next")}
                url = "{rows[i].Address}"
                proxy = "http://{gateway}:{port}"
                interface = "{_addressOf[rows[i].Who]}"
                cacert = "{trusted}"
                output = "{folder[$"body-{i}"]}"
                dump-header = "{folder[$"head-{i}"]}"
                write-out = "%{"{http_code}"} %{"{http_connect}"} %{"{exitcode}"}\n"
                max-time = 20
                silent
                suppress-connect-headers

                """);
        }

        await File.WriteAllTextAsync(folder["curl.conf"], config.ToString());
        var ended = await Programs.RunAsync(place.Command("curl", "-q", "-K", folder["curl.conf"]));
        Assert.That(ended.Lines, Has.Length.EqualTo(rows.Count), ended.Error);
        var events = await EventsAsync(common);
        for (var i = 0; i < rows.Count; i++)
        {
            var (head, body) = (Read(folder[$"head-{i}"]), Read(folder[$"body-{i}"]));
            _answers.Add(rows[i], Judge(rows[i], ended.Lines[i], head, body, events));
        }

        static string Read(string path) => File.Exists(path) ? File.ReadAllText(path) : "";
    }

    private SeedAnswer Judge(SeedRow row, string line, string head, string body, IReadOnlyList<JsonElement> events)
    {
        var detail = $"curl: {line}";
        var (status, connect, exit) = line.Split(' ') is [var s, var c, var e] ? (s, c, e) : throw new FormatException(line);
        if (head.Contains("nginx", StringComparison.OrdinalIgnoreCase)) return new SeedAnswer("allow", Find()?.GetProperty("reason").GetString(), detail);
        if (status == "000" && connect is "000" && exit != "0") return new SeedAnswer("refused", null, detail);
        var stored = References.In(body).FirstOrDefault() is { } reference ? events.FirstOrDefault(x => x.GetProperty("reference").GetString() == reference) : Find() ?? default;
        return stored.ValueKind == JsonValueKind.Undefined
            ? new SeedAnswer("nothing on record", null, detail)
            : new SeedAnswer(stored.GetProperty("decision").GetString() ?? "?", stored.GetProperty("reason").GetString(), $"{detail} {stored}");

        JsonElement? Find()
        {
            var address = _addressOf[row.Who].ToString();
            var url = new Uri(row.Address);
            // What a tunnel hides has no path, and a query is masked.
            foreach (var x in events)
            {
                if (x.GetProperty("client").GetString() != address || x.GetProperty("host").GetString() != url.Host) continue;
                if (x.GetProperty("url").GetString() is { } told && new Uri(told) is var seen && seen.AbsolutePath != url.AbsolutePath && seen.AbsolutePath != "/") continue;
                return x;
            }

            return null;
        }
    }

    private async Task<IReadOnlyList<JsonElement>> EventsAsync(string[] common)
    {
        // What was let through is written in the background, within a second.
        await Task.Delay(TimeSpan.FromSeconds(1.5));
        var found = await GatewayProcess.CommandAsync(["events", "search", "--since", "1h", "--limit", "10000", "--json", .. common]);
        Assert.That(found.ExitCode, Is.Zero, found.Error);
        JsonElement[] events = [.. found.Lines.Select(line => JsonElement.Parse(line))];
        foreach (var stored in events)
            if (stored.GetProperty("host").GetString() is { } host) _recordedHosts.Add(host);
        return events;
    }

    private async Task CheckAsync(IReadOnlyList<SeedRow> rows, string[] common)
    {
        var zone = TimeZoneInfo.FindSystemTimeZoneById(Timetable.ZoneDefault);
        var found = new SeedAnswer[rows.Count];
        await Parallel.ForAsync(0, rows.Count, new ParallelOptions { MaxDegreeOfParallelism = ChecksAtOnce }, async (i, _) =>
        {
            var utc = TimeZoneInfo.ConvertTimeToUtc(DateTime.Parse(rows[i].At!, CultureInfo.InvariantCulture), zone);
            var ended = await GatewayProcess.CommandAsync(["check", rows[i].Address, "--client", _addressOf[rows[i].Who].ToString(), "--at", $"{utc:yyyy-MM-ddTHH:mm:ss}Z", "--json", .. common]);
            if (ended.Lines is not [var line]) throw new InvalidOperationException($"check {rows[i]}: {ended.Error}");
            var result = JsonElement.Parse(line);
            found[i] = new SeedAnswer(result.GetProperty("decision").GetString()!, result.GetProperty("reason").GetString(), line);
        });
        for (var i = 0; i < rows.Count; i++) _answers.Add(rows[i], found[i]);
    }
}
