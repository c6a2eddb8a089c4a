using System.CommandLine;
using System.Globalization;
using FilterGate.Matching;
using FilterGate.Policy;
using FilterGate.Policy.Documents;
using FilterGate.Settings;

namespace FilterGate.Commands.Policies;

/// <summary><c>policy show</c>: the policy in force, or that of a day. As text it is the document itself, so that it can be kept in a file.</summary>
internal sealed class PolicyShowCommand : GatewayCommand
{
    private readonly Option<string?> _at = PolicyCommand.AtOption();
    private readonly Option<DirectoryInfo?> _lists = PolicyCommand.ListsOption();

    /// <summary>Makes the command.</summary>
    public PolicyShowCommand(CommandHost host) : base(host, "show", "Print the policy in force, now or at a time that has passed.",
        new CommandExample("filtergate policy show > policy.yaml", "a copy of the document"),
        new CommandExample("filtergate policy show --json | jq '.tiers[0].blocked'", "what the strictest tier blocks, defaults included"),
        new CommandExample("filtergate policy show --at 2026-11-23T14:00", "what was in force then, since when, until when, and who put it there"))
    {
        Options.Add(_at);
        Options.Add(_lists);
    }

    /// <inheritdoc/>
    protected override Task<int> RunAsync(CommandContext context, CancellationToken cancellationToken)
    {
        using var state = GatewayInputs.OpenStateIfThere(context);
        var text = context.Value(_at) is { } at && NamedPolicy.InForceAt(context, state, at) is { } then ? new PolicyText(PolicySource.State, then.Name, then.Yaml) : GatewayInputs.ReadPolicy(context, state);
        if (!context.Json)
        {
            context.Error.WriteLine($"# version {PolicyDocument.VersionOf(text.Yaml)}, from {text.Name}");
            context.Output.Write(text.Yaml);
            return Task.FromResult(ExitCode.Done);
        }
        var taxonomy = PolicyCommand.TaxonomyFor(context, _lists);
        var document = GatewayInputs.Parse(text, taxonomy, out _);
        var policy = PolicySnapshot.Compile(document, new ListSet { Taxonomy = taxonomy, Version = "none" }, OverrideTable.Empty);
        context.WriteJson(new
        {
            policy.School,
            policy.Version,
            Source = text.Source,
            File = text.Name,
            Networks = document.Networks.Select(n => n.ToString()),
            UnknownClients = policy.UnknownClients.Name,
            Tiers = policy.Tiers.Select(t => new
            {
                t.Name,
                t.Tls,
                OtherProtocols = t.PassesOtherProtocols ? "allow" : "block",
                Uncategorised = t.Uncategorised.Code(),
                NewlySeen = t.NewlySeen?.Code(),
                t.NewlySeenDays,
                Addresses = t.Addresses?.Code(),
                t.EmbeddedUrls,
                Blocked = taxonomy.Slugs(t.Blocked),
                Warned = taxonomy.Slugs(t.Warned),
                Logged = taxonomy.Slugs(t.Logged),
                OwnBlock = document.Tiers.Single(d => d.Name == t.Name).OwnBlock.Select(e => e.Text),
                OwnAllow = document.Tiers.Single(d => d.Name == t.Name).OwnAllow.Select(e => e.Text),
                Bundles = t.Bundles.Select(b => b.Name),
            }),
            Clients = document.Clients.Select(c => new { Range = c.Network.ToString(), c.Tier, c.Device }),
            NeverIntercept = document.NeverIntercept.Select(e => e.Text),
            NeverRecord = document.NeverRecord.Select(e => e.Text),
            PrivateDestinations = document.PrivateDestinations.Select(n => n.ToString()),
            CertificateExceptions = document.CertificateExceptions.Select(e => new { e.Host, Sha256 = e.Fingerprint, Until = e.Until.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture), e.Why }),
        });
        return Task.FromResult(ExitCode.Done);
    }
}
