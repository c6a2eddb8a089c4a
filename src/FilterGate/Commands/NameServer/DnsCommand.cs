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

    internal static Option<string?> TierOption() => new("--tier") { HelpName = "TIER", Description = "whose safe search and YouTube; unless said, the tier of unknown devices" };

    internal static Tier TierOf(CommandContext context, PolicySnapshot policy, string? name) => name is null ? policy.UnknownClients
        : policy.FindTier(name) ?? throw new UserErrorException($"--tier: the policy has no tier '{name}'; it has {string.Join(", ", policy.Tiers.Select(t => t.Name))}");

    internal static PolicySnapshot Policy(CommandContext context)
    {
        using var state = GatewayInputs.OpenStateIfThere(context);
        return GatewayInputs.Load(context, listsFolder: null, state).Policy;
    }

    /// <summary>True where devices of the network reach a port of the gateway that they may know of.</summary>
    internal static bool HasProxyPort(GatewaySettings settings) => settings.Listen.Concat(settings.TierListen.Select(t => t.EndPoint)).Any(e => !IPAddress.IsLoopback(e.Address));

    /// <summary>An address, with a port where one is written.</summary>
    internal static IPEndPoint Server(string text, string option) =>
        IPAddress.TryParse(text, out var address) ? new IPEndPoint(address, 53)
        : IPEndPoint.TryParse(text, out var both) && both.Port > 0 ? both
        : throw new UserErrorException($"{option}: '{text}' is no address; write 10.20.0.1, 10.20.0.1:5353 or [fd00::1]:53");
}

/// <summary>The options and the making of a plan, alike for <c>show</c> and <c>write</c>.</summary>
internal abstract class DnsPlanCommand : GatewayCommand
{
    private readonly Option<string?> _tier = DnsCommand.TierOption();
    private readonly Option<string[]> _gateway = Addresses("--gateway", "an address of the box, where devices find filtergate.internal; again for IPv6", isRequired: true);
    private readonly Option<string[]> _listen = Addresses("--listen", "an address of the box that this instance answers on; none for all");
    private readonly Option<string[]> _upstream = Addresses("--upstream", "a resolver to ask; none for those of the box");
    private readonly Option<string[]> _domain = new("--domain") { HelpName = "NAME", Description = "a search domain of the school's devices, where they look for a proxy (wpad.NAME)", AllowMultipleArgumentsPerToken = false };

    /// <summary>Makes the command.</summary>
    protected DnsPlanCommand(CommandHost host, string name, string description, params IReadOnlyList<CommandExample> examples) : base(host, name, description, examples)
    {
        Options.Add(_tier);
        foreach (var option in new[] { _gateway, _listen, _upstream, _domain }) Options.Add(option);
    }

    private static Option<string[]> Addresses(string name, string says, bool isRequired = false) => new(name) { HelpName = "ADDRESS", Description = says, Required = isRequired, AllowMultipleArgumentsPerToken = false };

    /// <summary>Makes the text.</summary>
    /// <exception cref="UserErrorException">An address is none, or a safe name cannot be looked up.</exception>
    protected async Task<string> PlanAsync(CommandContext context, CancellationToken cancellationToken)
    {
        var policy = DnsCommand.Policy(context);
        var plan = new DnsmasqPlan
        {
            Tier = DnsCommand.TierOf(context, policy, context.Value(_tier)),
            Gateway = Read(context.Value(_gateway), "--gateway"),
            Listen = Read(context.Value(_listen), "--listen"),
            Upstream = [.. (context.Value(_upstream) ?? []).Select(text => DnsCommand.Server(text, "--upstream"))],
            Domains = [.. (context.Value(_domain) ?? []).Select(Domain)],
            ProxyFile = DnsCommand.HasProxyPort(context.Settings) ? $"http://{OwnPagesStage.OwnHost}{ProxyConfiguration.WpadPath}" : null,
        };
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
    }

    private static string Domain(string text) =>
        CanonicalUrl.TryCanonicalizeHost(text, out var domain) && Uri.CheckHostName(domain) == UriHostNameType.Dns ? domain : throw new UserErrorException($"--domain: '{text}' is no domain; write school.example");

    private static ImmutableArray<IPAddress> Read(string[]? texts, string option) =>
        [.. (texts ?? []).Select(text => IPAddress.TryParse(text, out var address) ? address : throw new UserErrorException($"{option}: '{text}' is no address"))];
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
    private readonly Option<FileInfo> _out = new("--out") { HelpName = "FILE", Description = "the file, such as /etc/dnsmasq.d/filtergate.conf", Required = true };

    /// <summary>Makes the command.</summary>
    public DnsWriteCommand(CommandHost host) : base(host, "write", "Write the configuration to a file, in one step, where it has changed; ends with 0 either way.",
        new CommandExample("filtergate dns write --gateway 10.20.0.1 --out /etc/dnsmasq.d/filtergate.conf && systemctl restart dnsmasq", "every night, because safe addresses change"),
        new CommandExample("filtergate dns write --tier staff --gateway 10.20.0.1 --listen 10.20.8.1 --out /etc/dnsmasq-staff.conf", "for an instance of its own")) => Options.Add(_out);

    /// <inheritdoc/>
    protected override async Task<int> RunAsync(CommandContext context, CancellationToken cancellationToken)
    {
        var text = await PlanAsync(context, cancellationToken);
        var file = context.Value(_out)!;
        try
        {
            var isChanged = !file.Exists || await File.ReadAllTextAsync(file.FullName, cancellationToken) != text;
            if (isChanged)
            {
                // dnsmasq reads every file of its folder but those that end so (conf-dir, Debian's default).
                var fresh = file.FullName + ".dpkg-new";
                await File.WriteAllTextAsync(fresh, text, cancellationToken);
                File.Move(fresh, file.FullName, overwrite: true);
            }
            if (context.Json) context.WriteJson(new { File = file.FullName, Changed = isChanged });
            else context.Output.WriteLine(isChanged ? $"{file.FullName} is written. Restart dnsmasq to have it read." : $"{file.FullName} is as it was.");
            return ExitCode.Done;
        }
        catch (Exception problem) when (problem is IOException or UnauthorizedAccessException)
        {
            throw new UserErrorException($"{file.FullName} cannot be written: {problem.Message}", inner: problem);
        }
    }
}

/// <summary><c>dns check</c>.</summary>
internal sealed class DnsCheckCommand : GatewayCommand
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(3);

    private readonly Option<string?> _tier = DnsCommand.TierOption();
    private readonly Option<string> _server = new("--server") { HelpName = "ADDRESS", Description = "the name server that devices ask", Required = true };

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
        var plan = new DnsmasqPlan { Tier = DnsCommand.TierOf(context, policy, context.Value(_tier)), Gateway = [] };
        var server = DnsCommand.Server(context.Value(_server)!, "--server");
        var isWell = true;
        try
        {
            foreach (var (name, why) in DnsmasqPlan.Canaries)
                foreach (var type in new[] { DnsMessage.A, DnsMessage.Aaaa, DnsMessage.Https })
                    await TryAsync(name, type, $"not there ({why})", reply => reply.Code == 3);
            foreach (var name in plan.EncryptedDns.Take(5)) await TryAsync(name, DnsMessage.A, "not there (encrypted DNS)", reply => reply.Code == 3);
            foreach (var name in new[] { "filtergate.internal", "adult.check.filtergate.internal" }) await TryAsync(name, DnsMessage.A, "an address of the box", reply => reply.Addresses.Count > 0);
            await TryAsync("www.google.com", DnsMessage.Https, "no HTTPS record (ECH)", reply => !reply.Types.Contains(DnsMessage.Https));
            foreach (var group in plan.SafeNames.GroupBy(n => n.Safe).Where(g => !IPAddress.TryParse(g.Key, out _)))
            {
                var safe = await DnsMessage.AskAsync(server, group.Key, DnsMessage.A, Patience, cancellationToken);
                foreach (var name in group.Select(n => n.Name).Take(4))
                    await TryAsync(name, DnsMessage.A, $"an address of {group.Key}", reply => reply.Addresses.Count > 0 && reply.Addresses.All(a => safe.Addresses.Contains(a)));
            }
        }
        catch (IOException problem)
        {
            throw new UserErrorException(problem.Message, inner: problem);
        }
        if (!context.Json) context.Output.WriteLine(isWell ? "All as it should be." : context.Paint.Bad("Not as it should be: see above. To mend it: filtergate dns write"));
        return isWell ? ExitCode.Done : ExitCode.Blocked;

        async Task TryAsync(string name, ushort type, string wanted, Func<DnsReply, bool> isRight)
        {
            var reply = await DnsMessage.AskAsync(server, name, type, Patience, cancellationToken);
            var isAsWanted = isRight(reply);
            isWell &= isAsWanted;
            var kind = type switch { DnsMessage.A => "A", DnsMessage.Aaaa => "AAAA", _ => "HTTPS" };
            var got = reply.Code == 3 ? "not there" : reply.Code != 0 ? $"code {reply.Code}" : reply.Addresses.Count > 0 ? string.Join(", ", reply.Addresses) : reply.Types.Count > 0 ? "a record" : "nothing";
            if (context.Json) context.WriteJson(new { Name = name, Type = kind, Wanted = wanted, Got = got, Ok = isAsWanted });
            else context.Output.WriteLine($"{(isAsWanted ? context.Paint.Strong("ok ") : context.Paint.Bad("BAD"))}  {name} {kind}: {got}{(isAsWanted ? "" : $"; wanted {wanted}")}");
        }
    }
}
