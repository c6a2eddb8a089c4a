using FilterGate.Commands;
using Microsoft.Extensions.Time.Testing;

namespace FilterGate.Tests.Commands;

/// <summary>A folder of its own for one test: settings, a policy, lists in UT1 layout, and a data folder that need not exist.</summary>
internal sealed class Workbench : IDisposable
{
    private const string Policy = """
        school: Test Primary
        networks: [10.20.0.0/16]
        unknown_clients: pupil
        tiers:
          pupil:
            own_block: [time-waster.example]
            own_allow: [games.example/maths]
            log: [news]
            tls: intercept
            uncategorised: allow
          staff: { warn: [social-networks], tls: intercept, uncategorised: allow }
          guest: { tls: tunnel, uncategorised: warn }
        clients:
          - { range: 10.20.0.0/16, tier: pupil }
          - { address: 10.20.8.1, device: office, tier: staff }
          - { range: 10.20.16.0/24, tier: guest }
        """;

    public Workbench(string policy = Policy)
    {
        Directory.CreateDirectory(Root);
        Write("policy.yaml", policy);
        Write("settings.yaml", "policy: policy.yaml\ndata: data\n");
        Write("lists/games/domains", "games.example\n# a note\nplay.games.example\n");
        Write("lists/games/urls", "mixed.example/games\n");
        Write("lists/social_networks/domains", "chatter.example\n");
        Write("lists/press/domains", "news.example\n");
        Write("lists/vpn/domains", "vpn.example\n");
        Write("lists/examen_pix/domains", "school.example\n");
    }

    /// <summary>One whose settings name a list source of the school's own, <c>own</c>, in the category of games.</summary>
    public static Workbench WithSource()
    {
        var bench = new Workbench();
        bench.Write("settings.yaml", """
            policy: policy.yaml
            data: data
            lists:
              sources: [own]
              own: [{ id: own, name: Ours, address: "https://lists.example/own.txt", category: games }]

            """);
        return bench;
    }

    public string Root { get; } = Path.Combine(Path.GetTempPath(), "filtergate-tests", Guid.NewGuid().ToString("N"));

    public string Data => Path.Combine(Root, "data");

    /// <summary>Monday, noon UTC, in a school that keeps UTC.</summary>
    public FakeTimeProvider Clock { get; } = new(new DateTimeOffset(2026, 11, 23, 12, 0, 0, TimeSpan.Zero));

    public CommandHost Host => HostWith(static () => null);

    private CommandHost HostWith(Func<HttpMessageHandler?> lists, Stream? input = null) => new()
    {
        OpenInput = () => input ?? Stream.Null, Clock = Clock, Variable = _ => null, Account = () => "tech", IsRoot = () => false, OutputIsTerminal = () => false, InstalledSettingsPath = "/nonexistent/filtergate.yaml", ListTransport = lists,
    };

    public string Write(string name, string text)
    {
        var path = Path.Combine(Root, name);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllText(path, text);
        return path;
    }

    /// <summary>Runs a command with this bench's settings.</summary>
    public CommandRun Run(params string[] arguments) => CommandRun.Of(Host, [.. arguments, "--config", Path.Combine(Root, "settings.yaml")]);

    /// <summary>The same, with a publisher of lists that answers from this.</summary>
    public CommandRun Run(HttpMessageHandler lists, params string[] arguments) => CommandRun.Of(HostWith(() => lists), [.. arguments, "--config", Path.Combine(Root, "settings.yaml")]);

    /// <summary>The same, with something on standard input.</summary>
    public CommandRun RunWith(Stream input, params string[] arguments) => CommandRun.Of(HostWith(static () => null, input), [.. arguments, "--config", Path.Combine(Root, "settings.yaml")]);

    /// <summary>What a command of this bench sees.</summary>
    public CommandContext Context(params string[] arguments)
    {
        var host = Host;
        return new CommandContext(host, CommandLine.Build(host).Parse([.. arguments, "--config", Path.Combine(Root, "settings.yaml")]));
    }

    /// <summary>Runs <c>check</c> with this bench's settings and lists.</summary>
    public CommandRun Check(params string[] arguments) => Run(["check", "--lists", Path.Combine(Root, "lists"), .. arguments]);

    public void Dispose() => Directory.Delete(Root, recursive: true);
}
