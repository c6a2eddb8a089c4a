using System.CommandLine;
using System.Globalization;
using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using FilterGate.Lists;
using FilterGate.Matching;
using FilterGate.Policy;
using FilterGate.Policy.Documents;
using FilterGate.Proxy;
using FilterGate.Settings;
using FilterGate.Watching;

namespace FilterGate.Commands.Works;

/// <summary><c>works SERVICE</c>: would it work for this tier? Every host of the service's bundle is put to the policy and tried over the network.</summary>
internal sealed class WorksCommand : GatewayCommand
{
    /// <summary>Hosts tried at once: a bundle has at most some dozens, and most of the time is waiting.</summary>
    private const int AtOnce = 8;

    private readonly Argument<string> _service = new("SERVICE") { Description = "a service, as filtergate lists bundles names it" };
    private readonly Option<string?> _tier = new("--tier") { HelpName = "TIER", Description = "for this tier" };
    private readonly Option<string?> _group = new("--group") { HelpName = "GROUP", Description = "for this group: a class, a year, the office" };
    private readonly Option<bool> _offline = new("--offline") { Description = "ask the policy alone; nothing is looked up and nothing connected" };
    private readonly Option<IPNetwork[]> _allowPrivate = new("--allow-private")
    {
        HelpName = "CIDR", Description = "for trials: as run takes it",
        CustomParser = result =>
        {
            var networks = new List<IPNetwork>();
            foreach (var token in result.Tokens)
            {
                if (IPNetwork.TryParse(token.Value, out var network)) networks.Add(network);
                else result.AddError($"'{token.Value}' is not a network; write it as 10.20.0.0/16");
            }

            return [.. networks];
        },
    };

    private readonly Option<FileInfo[]> _trustCa = new("--trust-ca") { HelpName = "FILE", Description = "for trials: as run takes it" };
    private readonly CommandHost _host;

    /// <summary>Makes the command.</summary>
    public WorksCommand(CommandHost host) : base(host, "works", "Try every host of a service, and say what is in the way: the policy, a name, the network, TLS.",
        new CommandExample("filtergate works zoom --tier pupil", "exit code 0 all fine, 3 the policy is in the way, 1 the network is"),
        new CommandExample("filtergate works class-dojo --group 4b --offline", "what the policy says, without a look at the network"),
        new CommandExample("filtergate works microsoft-365 --tier staff --json | jq 'select(.trouble) | {host, cause, mend}'", "for a script: one object a host"))
    {
        _host = host;
        Arguments.Add(_service);
        foreach (var option in (Option[])[_tier, _group, _offline, _allowPrivate, _trustCa]) Options.Add(option);
        Validators.Add(result =>
        {
            if ((result.GetResult(_tier) is { Implicit: false }) == (result.GetResult(_group) is { Implicit: false })) result.AddError("say for whom: --tier TIER or --group GROUP, one of them");
        });
        _service.CompletionSources.Add(_ => BundleFile.Shipped.All.Select(b => new System.CommandLine.Completions.CompletionItem(b.Name)));
    }

    /// <inheritdoc/>
    protected override async Task<int> RunAsync(CommandContext context, CancellationToken cancellationToken)
    {
        var name = context.Value(_service)!;
        var names = BundleFile.Shipped.All.Select(b => b.Name).ToList();
        var bundle = BundleFile.Shipped.Find(name)
            ?? throw new UserErrorException($"'{name}' is no service that has a bundle{Nearest.Suggestion(name, names)} (known: {string.Join(", ", names)}). For a single site: filtergate check {name}");
        using var state = GatewayInputs.OpenStateIfThere(context);
        var inputs = GatewayInputs.Load(context, listsFolder: null, state);
        var client = WhoAsks(context, inputs);
        var options = new GatewayOptions { EndPoints = [], AllowedPrivate = [.. context.Value(_allowPrivate) ?? []], TrustedAuthorities = ReadAuthorities(context), LookUp = _host.LookUp };

        using var trial = new HostTrial(inputs.Policy, client, bundle, options, _host.HttpsPort, context.Clock);
        var isOffline = context.Value(_offline);
        var results = await ProgressBar.RunAsync(context, $"Trying {bundle.Title}", progress => TryAllAsync(trial, bundle, isOffline, progress, cancellationToken));

        foreach (var result in results)
        {
            if (context.Json) context.WriteJson(result);
            else Print(context, result);
        }

        (context.Json ? context.Error : context.Output).WriteLine(Summary(bundle, client, results, isOffline));
        if (results.Any(r => r.IsPolicys)) return ExitCode.Blocked;
        return results.Any(r => r.Trouble is not null) ? ExitCode.NotReached : ExitCode.Done;
    }

    private static async Task<HostResult[]> TryAllAsync(HostTrial trial, Bundle bundle, bool isOffline, IProgress<double>? progress, CancellationToken cancellationToken)
    {
        var results = new HostResult[bundle.Entries.Length];
        var done = 0;
        await Parallel.ForAsync(0, results.Length, new ParallelOptions { MaxDegreeOfParallelism = AtOnce, CancellationToken = cancellationToken }, async (i, token) =>
        {
            results[i] = await trial.RunAsync(bundle.Entries[i], isOffline, token);
            progress?.Report(Interlocked.Increment(ref done) / (double)results.Length);
        });
        return results;
    }

    private Client WhoAsks(CommandContext context, GatewayInputs inputs)
    {
        if (context.Value(_tier) is { } tier) return new Client(IPAddress.Loopback, inputs.Tier(tier, "--tier"), null, IsKnown: true);
        var name = context.Value(_group)!;
        var groups = inputs.Policy.Groups.Select(g => g.Name).ToList();
        var group = inputs.Policy.FindGroup(name)
            ?? throw new UserErrorException($"--group: '{name}' is no group of the policy {inputs.Text.Name}{Nearest.Suggestion(name, groups)} (groups: {string.Join(", ", groups)})");
        return new Client(IPAddress.Loopback, group.Tier, null, IsKnown: true) { Group = group };
    }

    private X509Certificate2Collection ReadAuthorities(CommandContext context)
    {
        var authorities = new X509Certificate2Collection();
        foreach (var file in (string[])[.. context.Settings.UpstreamTrustCa, .. (context.Value(_trustCa) ?? []).Select(f => f.FullName)])
        {
            try
            {
                authorities.ImportFromPemFile(file);
            }
            catch (Exception problem) when (problem is IOException or UnauthorizedAccessException or CryptographicException)
            {
                throw new UserErrorException($"{file} cannot be read as PEM certificates: {problem.Message}", inner: problem);
            }
        }

        return authorities;
    }

    private static void Print(CommandContext context, HostResult result)
    {
        var (output, paint) = (context.Output, context.Paint);
        var mark = result switch { { Trouble: not null } => paint.Bad("no"), { Tried: false } => paint.Careful("--"), _ => paint.Good("ok") };
        var came = result switch
        {
            { Trouble: not null } => result.Cause!,
            { Status: { } status } => string.Create(CultureInfo.InvariantCulture, $"answers {status} after {result.TookMs} ms"),
            { Entry: ['*', ..] } => "the policy lets it pass; names below it are not known, so none was tried",
            _ => "the policy lets it pass; not tried",
        };
        output.WriteLine($"{mark}  {result.Host,-32}  {WatchWords.Tls(result.Tls),-10}  {came}");
        if (result.Trouble is null) return;
        output.WriteLine($"      {result.Explanation}");
        if (result.Mend is not null) output.WriteLine($"      {paint.Careful("to mend it")}: {result.Mend}{(result.Command is null ? "" : $"  {paint.Strong(result.Command)}")}");
    }

    private static string Summary(Bundle bundle, Client client, HostResult[] results, bool isOffline)
    {
        var who = client.Group is { } group ? $"the group {group.Name}" : $"the tier {client.Tier.Name}";
        var (policy, network, untried) = (results.Count(r => r.IsPolicys), results.Count(r => r.Trouble is not null && !r.IsPolicys), results.Count(r => r is { Trouble: null, Tried: false }));
        var said = (policy, network) switch
        {
            (0, 0) when isOffline => "the policy is not in the way; the network was not tried",
            (0, 0) => "nothing is in the way",
            (_, 0) => $"the policy is in the way of {policy}",
            (0, _) => $"the policy is not in the way, but {network} could not be reached",
            _ => $"the policy is in the way of {policy}, and {network} more could not be reached",
        };
        return string.Create(CultureInfo.InvariantCulture, $"{bundle.Title} for {who}: {said} ({results.Length} host{(results.Length == 1 ? "" : "s")}{(untried > 0 && !isOffline ? $", {untried} of them not tried" : "")}).");
    }
}
