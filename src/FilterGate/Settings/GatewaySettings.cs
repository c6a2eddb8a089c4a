using System.Collections.Immutable;
using System.Globalization;
using System.Net;
using System.Text;
using FilterGate.Commands;
using FilterGate.Devices;
using FilterGate.Lists.Locked;
using FilterGate.NameServer;
using FilterGate.Policy.Documents;

namespace FilterGate.Settings;

/// <summary>The gateway's settings: what belongs to the box and not to the policy. Flags beat settings, settings beat defaults. Immutable.</summary>
internal sealed record GatewaySettings
{
    /// <summary>The keys of a settings file.</summary>
    internal static readonly string[] Keys = ["listen", "tier_listen", "review_listen", "review_names", "lookup_listen", "data", "limits", "upstream", "policy", "lists", "locked", "transparent_listen", "network", "devices", "name_server"];

    /// <summary>The file they come from, absolute, or null for the defaults.</summary>
    public string? Path { get; init; }

    /// <summary>Ports whose tier the policy's clients decide.</summary>
    public ImmutableArray<IPEndPoint> Listen { get; init; } = [];

    /// <summary>Ports whose tier is fixed.</summary>
    public ImmutableArray<TierListen> TierListen { get; init; } = [];

    /// <summary>Ports for traffic that the box's rules bring here, and for no other.</summary>
    public ImmutableArray<IPEndPoint> TransparentListen { get; init; } = [];

    /// <summary>The network around the box, for its rules.</summary>
    public NetworkSettings Network { get; init; } = new();

    /// <summary>Where hardware addresses are learnt from.</summary>
    public DeviceSettings Devices { get; init; } = new();

    /// <summary>Where the review site listens, or null.</summary>
    public IPEndPoint? ReviewListen { get; init; }

    /// <summary>DNS names of the review site, for when it listens off loopback. The first is the one that invitations name.</summary>
    public ImmutableArray<string> ReviewNames { get; init; } = [];

    /// <summary>Where the look-up service listens, or null.</summary>
    public IPEndPoint? LookupListen { get; init; }

    /// <summary>The data folder, absolute, or null for the default.</summary>
    public string? Data { get; init; }

    /// <summary>The policy document, absolute, or null for the one in <c>state.db</c>.</summary>
    public string? Policy { get; init; }

    /// <summary>Bounds of the gateway that differ from their defaults.</summary>
    public LimitSettings Limits { get; init; } = new();

    /// <summary>Which lists the school fetches, and when.</summary>
    public ListSettings Lists { get; init; } = new();

    /// <summary>Where feeds of illegal-content lists are put by their supplier's client. What is in force stays so whatever stands here.</summary>
    public ImmutableArray<LockedFeedSource> Locked { get; init; } = [];

    /// <summary>The box's name server.</summary>
    public NameServerSettings NameServer { get; init; } = new();

    /// <summary>Authorities trusted for origins beside the system's: PEM files, absolute. For a school behind a provider that reads TLS itself.</summary>
    public ImmutableArray<string> UpstreamTrustCa { get; init; } = [];

    /// <summary>Reads a settings file.</summary>
    /// <param name="path">The file; paths within it are relative to its folder.</param>
    /// <exception cref="UserErrorException">It cannot be read, or has mistakes: every one as <c>file:line:column: message</c>.</exception>
    public static GatewaySettings Read(string path)
    {
        var full = System.IO.Path.GetFullPath(path);
        return Parse(TextFile.Read(full, "the settings"), full);
    }

    /// <summary>Reads settings from text.</summary>
    /// <param name="yaml">The text.</param>
    /// <param name="path">The file it comes from, absolute.</param>
    /// <exception cref="UserErrorException">It has mistakes.</exception>
    public static GatewaySettings Parse(string yaml, string path)
    {
        var problems = new List<PolicyProblem>();
        var settings = Parse(yaml, path, problems);
        return problems.Count == 0 ? settings : throw new UserErrorException(Describe(path, problems, "the settings have mistakes"));
    }

    /// <summary>As <see cref="Parse(string, string)"/>, for somebody who says in their own words what is wrong.</summary>
    /// <param name="yaml">The text.</param>
    /// <param name="path">The file it comes from, absolute.</param>
    /// <param name="problems">Gets the mistakes; with one the result must not be used.</param>
    internal static GatewaySettings Parse(string yaml, string path, List<PolicyProblem> problems)
    {
        var settings = new GatewaySettings { Path = path };
        var unread = new List<PolicyProblem>();
        var root = DocumentSource.Read(yaml, unread);
        var reader = new SettingsReader(problems, System.IO.Path.GetDirectoryName(path)!);
        // An empty file is a file with every default; the problem that says it is empty is for policies.
        if (root is null && string.IsNullOrWhiteSpace(WithoutComments(yaml))) return settings;
        problems.AddRange(unread);
        if (root is { IsNull: false })
        {
            foreach (var (key, value) in reader.Entries(root, Keys, "settings"))
            {
                settings = key.Text switch
                {
                    "listen" => settings with { Listen = reader.EndPoints(value) },
                    "tier_listen" => settings with { TierListen = reader.TierEndPoints(value) },
                    "transparent_listen" => settings with { TransparentListen = reader.EndPoints(value) },
                    "network" => settings with { Network = NetworkSettings.Read(reader, value) },
                    "devices" => settings with { Devices = DeviceSettings.Read(reader, value) },
                    "name_server" => settings with { NameServer = NameServerSettings.Read(reader, value) },
                    "review_listen" => settings with { ReviewListen = reader.EndPoint(value) },
                    "review_names" => settings with { ReviewNames = reader.HostNames(value) },
                    "lookup_listen" => settings with { LookupListen = reader.EndPoint(value) },
                    "data" => settings with { Data = reader.Path(value) },
                    "limits" => settings with { Limits = LimitSettings.Read(reader, value) },
                    "upstream" => ReadUpstream(settings, reader, value),
                    "policy" => settings with { Policy = reader.Path(value) },
                    "lists" => settings with { Lists = ListSettings.Read(reader, value) },
                    "locked" => settings with { Locked = LockedSettings.Read(reader, value) },
                    _ => throw new System.Diagnostics.UnreachableException(key.Text),
                };
            }
        }
        return settings;
    }

    /// <summary>Mistakes for a person: a heading, then one a line as compilers write them.</summary>
    public static string Describe(string path, IEnumerable<PolicyProblem> problems, string heading)
    {
        var text = new StringBuilder(heading).Append(':');
        foreach (var problem in problems.OrderBy(p => p.Line).ThenBy(p => p.Column))
            text.AppendLine().Append(CultureInfo.InvariantCulture, $"  {path}:{problem.Line}:{problem.Column}: {(problem.IsWarning ? "warning: " : "")}{problem.Message}");
        return text.ToString();
    }

    private static GatewaySettings ReadUpstream(GatewaySettings settings, SettingsReader reader, DocumentNode value)
    {
        foreach (var (_, trusted) in reader.Entries(value, ["trust_ca"], "upstream"))
            settings = settings with { UpstreamTrustCa = reader.Paths(trusted) };
        return settings;
    }

    private static string WithoutComments(string yaml) =>
        string.Join('\n', yaml.Split('\n').Where(line => !line.TrimStart().StartsWith('#') && line.Trim() is not "---"));
}
