using System.Collections.Immutable;
using System.CommandLine;
using System.Net;
using System.Net.Sockets;
using FilterGate.Matching;
using FilterGate.NameServer;
using FilterGate.Policy;
using FilterGate.Proxy.Requests;
using FilterGate.Settings;

namespace FilterGate.Commands.NameServer;

/// <summary><c>dns</c>: what dnsmasq on the box answers.</summary>
internal static class DnsCommand
{
    /// <summary>Makes the command with what is below it.</summary>
    public static Command Make(CommandHost host) =>
        new CommandGroup("dns", "Make the configuration of dnsmasq on the box, and try what a name server answers.",
            new CommandExample("filtergate dns show --gateway 10.20.0.1", "what it would be for unknown devices"),
            new CommandExample("filtergate dns check --server 10.20.0.1", "does the server answer as it should?"))
        {
            new DnsShowCommand(host), new DnsWriteCommand(host), new DnsCheckCommand(host),
        };

    internal static Option<string?> TierOption() => new("--tier") { HelpName = "TIER", Description = "whose safe search and YouTube; unless said, what the settings say (name_server), else the tier of unknown devices" };

    internal static Tier TierOf(CommandContext context, PolicySnapshot policy, string? name) => (name ?? context.Settings.NameServer.Tier) is not { } said ? policy.UnknownClients
        : policy.FindTier(said) ?? throw new UserErrorException($"{(name is null ? "name_server: tier" : "--tier")}: the policy has no tier '{said}'; it has {string.Join(", ", policy.Tiers.Select(t => t.Name))}");

    internal static PolicySnapshot Policy(CommandContext context)
    {
        using var state = GatewayInputs.OpenStateIfThere(context);
        return GatewayInputs.Load(context, listsFolder: null, state).Policy;
    }

    /// <summary>True where devices of the network reach a port of the gateway that they may know of.</summary>
    internal static bool HasProxyPort(GatewaySettings settings) => settings.Listen.Concat(settings.TierListen.Select(t => t.EndPoint)).Any(e => !IPAddress.IsLoopback(e.Address));

    /// <summary>An address, with a port where one is written.</summary>
    internal static IPEndPoint Server(string text, string option) =>
        NameServerSettings.ServerOf(text) ?? throw new UserErrorException($"{option}: '{text}' is no address; write 10.20.0.1, 10.20.0.1:5353 or [fd00::1]:53");
}

/// <summary>The options and the making of a plan, alike for <c>show</c> and <c>write</c>.</summary>
internal abstract class DnsPlanCommand : GatewayCommand
{
    private readonly Option<string?> _tier = DnsCommand.TierOption();
    private readonly Option<string[]> _gateway = Addresses("--gateway", "an address of the box, where devices find filtergate.internal; again for IPv6");
    private readonly Option<string[]> _listen = Addresses("--listen", "an address of the box that this instance answers on; none for all");
    private readonly Option<string[]> _upstream = Addresses("--upstream", "a resolver to ask; none for those of the box");
    private readonly Option<string[]> _domain = new("--domain") { HelpName = "NAME", Description = "a search domain of the school's devices, where they look for a proxy (wpad.NAME)", AllowMultipleArgumentsPerToken = false };

    /// <summary>Makes the command.</summary>
    protected DnsPlanCommand(CommandHost host, string name, string description, params IReadOnlyList<CommandExample> examples) : base(host, name, description, examples)
    {
        Options.Add(_tier);
        foreach (var option in new[] { _gateway, _listen, _upstream, _domain }) Options.Add(option);
    }

    private static Option<string[]> Addresses(string name, string says) => new(name) { HelpName = "ADDRESS", Description = says, AllowMultipleArgumentsPerToken = false };

    /// <summary>Makes the text.</summary>
    /// <exception cref="UserErrorException">An address is none, or a safe name cannot be looked up.</exception>
    protected async Task<string> PlanAsync(CommandContext context, CancellationToken cancellationToken)
    {
        var (policy, settings) = (DnsCommand.Policy(context), context.Settings.NameServer);
        var plan = new DnsmasqPlan
        {
            Tier = DnsCommand.TierOf(context, policy, context.Value(_tier)),
            Gateway = Said(_gateway, text => Address(text, "--gateway"), settings.Gateway),
            Listen = Said(_listen, text => Address(text, "--listen"), settings.Listen),
            Upstream = Said(_upstream, text => DnsCommand.Server(text, "--upstream"), settings.Upstream),
            Domains = Said(_domain, Domain, settings.Domains),
            EncryptedDns = DnsmasqPlan.EncryptedDnsOf(policy.Lists),
            ProxyFile = DnsCommand.HasProxyPort(context.Settings) ? $"http://{OwnPagesStage.OwnHost}{ProxyConfiguration.WpadPath}" : null,
        };
        if (plan.Gateway.IsEmpty) throw new UserErrorException("where do devices find the gateway? Give --gateway 10.20.0.1, or write name_server: { gateway: [10.20.0.1] } into the settings");
        var addresses = new Dictionary<string, IPAddress[]>(StringComparer.Ordinal);
        foreach (var name in plan.ToLookUp)
        {
            try
            {
                addresses[name] = await context.LookUp(name, cancellationToken);
            }
            catch (SocketException problem)
            {
                throw new UserErrorException($"{name} cannot be looked up: {problem.Message}. Its addresses hold searches to their safe mode, so there is no configuration without them; try again when the line is up.", inner: problem);
            }
        }
        // A place with the same settings as this tier may share the instance.
        var places = policy.Places.Select(place =>
        {
            var entry = policy.Document.Places.FirstOrDefault(p => p.Name == place.Name);
            var tier = policy.FindGroup(entry?.Group)?.Tier ?? (entry?.Tier is { } name ? policy.FindTier(name) : null) ?? policy.UnknownClients;
            var isAlike = tier.Search.IsSafeSearchForced == plan.Tier.Search.IsSafeSearchForced && tier.Search.YouTube == plan.Tier.Search.YouTube;
            return $"place {place.Name} ({string.Join(", ", place.Networks)}): tier {tier.Name}, {(isAlike ? "alike: this instance may answer it" : "other settings: needs an instance of its own")}";
        }).ToList();
        return plan.Write(addresses, places);

        // An option says all of its kind: what the settings have is not added to it.
        ImmutableArray<T> Said<T>(Option<string[]> option, Func<string, T> read, ImmutableArray<T> settled) => context.Value(option) is { Length: > 0 } texts ? [.. texts.Select(read)] : settled;
    }

    private static string Domain(string text) =>
        CanonicalUrl.TryCanonicalizeHost(text, out var domain) && Uri.CheckHostName(domain) == UriHostNameType.Dns ? domain : throw new UserErrorException($"--domain: '{text}' is no domain; write school.example");

    private static IPAddress Address(string text, string option) => NameServerSettings.AddressOf(text) ?? throw new UserErrorException($"{option}: '{text}' is no address");
}

/// <summary><c>dns show</c>.</summary>
internal sealed class DnsShowCommand(CommandHost host) : DnsPlanCommand(host, "show", "Print the configuration.",
    new CommandExample("filtergate dns show --gateway 10.20.0.1", "for unknown devices"),
    new CommandExample("filtergate dns show --tier staff --gateway 10.20.0.1 --listen 10.20.8.1", "an instance for the staff's network"))
{
    /// <inheritdoc/>
    protected override async Task<int> RunAsync(CommandContext context, CancellationToken cancellationToken)
    {
        var text = await PlanAsync(context, cancellationToken);
        if (context.Json) context.WriteJson(new { Configuration = text });
        else context.Output.Write(text);
        return ExitCode.Done;
    }
}

/// <summary><c>dns write</c>.</summary>
internal sealed class DnsWriteCommand : DnsPlanCommand
{
    private readonly Option<FileInfo?> _out = new("--out") { HelpName = "FILE", Description = "the file, such as /etc/dnsmasq.d/filtergate.conf; unless said, what the settings say (name_server: file)" };
    private readonly Option<string?> _restart = new("--restart") { HelpName = "UNIT", Description = "have systemd restart this unit, such as dnsmasq, if it runs and the file has changed" };

    /// <summary>Makes the command.</summary>
    public DnsWriteCommand(CommandHost host) : base(host, "write", "Write the configuration to a file, in one step, where it has changed and dnsmasq takes it; ends with 0 either way. The time of the file says when it was last made.",
        new CommandExample("filtergate dns write --gateway 10.20.0.1 --out /etc/dnsmasq.d/filtergate.conf --restart dnsmasq", "every night, because safe addresses change"),
        new CommandExample("filtergate dns write --tier staff --gateway 10.20.0.1 --listen 10.20.8.1 --out /etc/dnsmasq-staff.conf", "for an instance of its own"))
    {
        Options.Add(_out);
        Options.Add(_restart);
    }

    /// <inheritdoc/>
    protected override async Task<int> RunAsync(CommandContext context, CancellationToken cancellationToken)
    {
        var path = context.Value(_out)?.FullName ?? context.Settings.NameServer.File
            ?? throw new UserErrorException("where to? Give --out /etc/dnsmasq.d/filtergate.conf, or write name_server: { file: /etc/dnsmasq.d/filtergate.conf, gateway: [10.20.0.1] } into the settings");
        var text = await PlanAsync(context, cancellationToken);
        bool isChanged;
        try
        {
            isChanged = !File.Exists(path) || await File.ReadAllTextAsync(path, cancellationToken) != text;
            if (isChanged) await ReplaceAsync(context, path, text, cancellationToken);
            File.SetLastWriteTimeUtc(path, context.Clock.GetUtcNow().UtcDateTime);
        }
        catch (Exception problem) when (problem is IOException or UnauthorizedAccessException)
        {
            throw new UserErrorException($"{path} cannot be written: {problem.Message}", inner: problem);
        }

        var isRestarted = isChanged && await RestartAsync(context, cancellationToken);
        if (context.Json) context.WriteJson(new { File = path, Changed = isChanged, Restarted = isRestarted });
        else context.Output.WriteLine(!isChanged ? $"{path} is as it was." : $"{path} is written. {(isRestarted ? "dnsmasq has it." : "Restart dnsmasq to have it read.")}");
        return ExitCode.Done;
    }

    /// <summary>The old file stays where dnsmasq does not take the new one: without its configuration it would not start, and no device would find any site.</summary>
    private static async Task ReplaceAsync(CommandContext context, string path, string text, CancellationToken cancellationToken)
    {
        // dnsmasq reads every file of its folder but those that end so (conf-dir, Debian's default).
        var fresh = path + ".dpkg-new";
        await File.WriteAllTextAsync(fresh, text, cancellationToken);
        if (await context.Box.Run(["dnsmasq", "--test", "-C", fresh], "", cancellationToken) is { ExitCode: not 0 } refused)
        {
            File.Delete(fresh);
            throw new UserErrorException($"dnsmasq does not take the configuration, and {path} stays as it was: {refused.Error.Trim()}");
        }
        File.Move(fresh, path, overwrite: true);
    }

    private async Task<bool> RestartAsync(CommandContext context, CancellationToken cancellationToken)
    {
        if (context.Value(_restart) is not { } unit) return false;
        var ended = await context.Box.Run(["systemctl", "try-restart", "--", unit], "", cancellationToken);
        return ended is { ExitCode: 0 } ? true : throw new UserErrorException($"{unit} could not be restarted, and answers as before: {ended?.Error.Trim() ?? "there is no systemctl here"}");
    }
}

/// <summary><c>dns check</c>.</summary>
internal sealed class DnsCheckCommand : GatewayCommand
{
    private readonly Option<string?> _tier = DnsCommand.TierOption();
    private readonly Option<string?> _server = new("--server") { HelpName = "ADDRESS", Description = "the name server that devices ask; unless said, that of the settings (name_server)" };

    /// <summary>Makes the command.</summary>
    public DnsCheckCommand(CommandHost host) : base(host, "check", "Ask a name server what devices ask, and say what is not as it should be (code 3).",
        new CommandExample("filtergate dns check --server 10.20.0.1", "each answer in a line"),
        new CommandExample("filtergate dns check --server 10.20.8.1 --tier staff --json", "of another instance"))
    {
        Options.Add(_tier);
        Options.Add(_server);
    }

    /// <inheritdoc/>
    protected override async Task<int> RunAsync(CommandContext context, CancellationToken cancellationToken)
    {
        var policy = DnsCommand.Policy(context);
        var plan = new DnsmasqPlan { Tier = DnsCommand.TierOf(context, policy, context.Value(_tier)), Gateway = [], EncryptedDns = DnsmasqPlan.EncryptedDnsOf(policy.Lists) };
        var server = context.Value(_server) is { } said ? DnsCommand.Server(said, "--server") : context.Settings.NameServer.Server(context.Settings.Network.DnsPort)
            ?? throw new UserErrorException("which name server? Give --server 10.20.0.1, or write name_server: { gateway: [10.20.0.1] } into the settings");
        var isWell = true;
        try
        {
            await foreach (var answer in NameServerCheck.AskAsync(server, plan, cancellationToken))
            {
                isWell &= answer.IsRight;
                if (context.Json) context.WriteJson(new { answer.Name, Type = answer.Kind, answer.Wanted, answer.Got, Ok = answer.IsRight });
                else context.Output.WriteLine($"{(answer.IsRight ? context.Paint.Strong("ok ") : context.Paint.Bad("BAD"))}  {answer.Name} {answer.Kind}: {answer.Got}{(answer.IsRight ? "" : $"; wanted {answer.Wanted}")}");
            }
        }
        catch (IOException problem)
        {
            throw new UserErrorException(problem.Message, inner: problem);
        }
        if (!context.Json) context.Output.WriteLine(isWell ? "All as it should be." : context.Paint.Bad("Not as it should be: see above. To mend it: filtergate dns write"));
        return isWell ? ExitCode.Done : ExitCode.Blocked;
    }
}
