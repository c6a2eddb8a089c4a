using System.Collections.Immutable;
using System.Net;
using System.Security.Cryptography;
using System.Text;
using FilterGate.Matching;
using FilterGate.Policy.Timetables;
using FilterGate.Policy.WaysRound;
using FilterGate.Policy.TwoKeys;

namespace FilterGate.Policy.Documents;

/// <summary>A mistake in a policy document, with its place.</summary>
/// <param name="Line">From 1.</param>
/// <param name="Column">From 1.</param>
/// <param name="Message">What is wrong and what to write instead.</param>
/// <param name="IsWarning">True when the document can still be used.</param>
public sealed record PolicyProblem(int Line, int Column, string Message, bool IsWarning = false)
{
    /// <summary>True for a document that reaches for an illegal-content list: that is refused and put on record, not merely a mistake.</summary>
    public bool IsRefused { get; init; }
}

/// <summary>One of the school's own entries, as written.</summary>
/// <param name="Text">The entry: <c>example.com</c>, <c>=example.com</c>, <c>*.example.com</c> or <c>example.com/path</c>.</param>
/// <param name="Line">Its line in the document, from 1.</param>
public sealed record OwnEntry(string Text, int Line);

/// <summary>A tier as the document has it: only what differs from the taxonomy's default.</summary>
public sealed record TierDocument
{
    /// <summary>Its name: <c>pupil</c>, <c>staff</c>, <c>guest</c> or a finer one, such as <c>pupil-ks1</c>.</summary>
    public required string Name { get; init; }

    /// <summary>Slugs of categories that it blocks.</summary>
    public ImmutableArray<string> Block { get; init; } = [];

    /// <summary>Slugs of categories that it allows.</summary>
    public ImmutableArray<string> Allow { get; init; } = [];

    /// <summary>Slugs of categories that warn first.</summary>
    public ImmutableArray<string> Warn { get; init; } = [];

    /// <summary>Slugs of categories that it allows and records.</summary>
    public ImmutableArray<string> Log { get; init; } = [];

    /// <summary>Categories with minutes a day.</summary>
    public ImmutableArray<QuotaDocument> Quota { get; init; } = [];

    /// <summary>What is done with single lists or folders of lists, instead of what is done with their categories.</summary>
    public ImmutableDictionary<string, Verdict> Lists { get; init; } = ImmutableDictionary<string, Verdict>.Empty;

    /// <summary>For how many minutes a warning that somebody went past is not shown again; null for <see cref="Tier.ContinueMinutesDefault"/>.</summary>
    public int? ContinueMinutes { get; init; }

    /// <summary>The school's own block entries.</summary>
    public ImmutableArray<OwnEntry> OwnBlock { get; init; } = [];

    /// <summary>The school's own allow entries.</summary>
    public ImmutableArray<OwnEntry> OwnAllow { get; init; } = [];

    /// <summary>The services that it opens whole.</summary>
    public ImmutableArray<Bundle> Bundles { get; init; } = [];

    /// <summary>What is done with TLS; null for the default: tunnel for guests, whose devices do not trust the school's CA, intercept for everybody else.</summary>
    public TlsMode? Tls { get; init; }

    /// <summary>True when what is neither HTTP nor TLS may pass unread; null for the default of <see cref="Tier.PassesOtherProtocols"/>.</summary>
    public bool? OtherProtocols { get; init; }

    /// <summary>What is done with a site in no list; null for the taxonomy's default of the category <c>uncategorised</c>.</summary>
    public Verdict? Uncategorised { get; init; }

    /// <summary>What is done with a site in no list that the gateway has only just met; null for the same as with any other in no list.</summary>
    public Verdict? NewlySeen { get; init; }

    /// <summary>For how many days a site is newly seen; null for <see cref="Tier.NewlySeenDaysDefault"/>.</summary>
    public int? NewlySeenDays { get; init; }

    /// <summary>What is done with an address of the internet instead of a name, in no list; null for the same as with any site in no list.</summary>
    public Verdict? Addresses { get; init; }

    /// <summary>What is done with an address that stands in another one; null for the default, <see cref="EmbeddedRule.Block"/>.</summary>
    public EmbeddedRule? EmbeddedUrls { get; init; }

    /// <summary>Search, video, embedded content and sign-in.</summary>
    public SearchDocument Search { get; init; } = SearchDocument.Empty;

    /// <summary>True when only approved sites are open; null for the default, false.</summary>
    public bool? IsApprovedOnly { get; init; }

    /// <summary>What is recorded; null for the default, <see cref="RecordRule.Blocks"/>.</summary>
    public RecordRule? Record { get; init; }

    /// <summary>Why the tier is as it is, for those who read the policy; null for nothing.</summary>
    public string? Why { get; init; }

    /// <summary>Reasons that the document gives, by category or own entry as written.</summary>
    public ImmutableDictionary<string, string> Rationale { get; init; } = ImmutableDictionary<string, string>.Empty;

    /// <summary>These settings laid over others, as a group's are laid over its tier's: what is said here holds, what is not said stays, own entries and bundles come together. The name stays that of the others.</summary>
    /// <returns><paramref name="under"/> itself when nothing is said here.</returns>
    /// <remarks>Whoever adds a setting adds it here.</remarks>
    public TierDocument LaidOver(TierDocument under)
    {
        ArgumentNullException.ThrowIfNull(under);
        if (this == new TierDocument { Name = Name }) return under;
        var said = Block.Concat(Allow).Concat(Warn).Concat(Log).Concat(Quota.Select(q => q.Category)).ToHashSet(StringComparer.Ordinal);
        ImmutableArray<string> Over(ImmutableArray<string> own, ImmutableArray<string> below) => [.. below.Where(slug => !said.Contains(slug)), .. own];
        return under with
        {
            Block = Over(Block, under.Block),
            Allow = Over(Allow, under.Allow),
            Warn = Over(Warn, under.Warn),
            Log = Over(Log, under.Log),
            Quota = [.. under.Quota.Where(q => !said.Contains(q.Category)), .. Quota],
            Lists = under.Lists.SetItems(Lists),
            ContinueMinutes = ContinueMinutes ?? under.ContinueMinutes,
            OwnBlock = under.OwnBlock.AddRange(OwnBlock),
            OwnAllow = under.OwnAllow.AddRange(OwnAllow),
            Bundles = [.. under.Bundles.Union(Bundles)],
            Tls = Tls ?? under.Tls,
            OtherProtocols = OtherProtocols ?? under.OtherProtocols,
            Uncategorised = Uncategorised ?? under.Uncategorised,
            NewlySeen = NewlySeen ?? under.NewlySeen,
            NewlySeenDays = NewlySeenDays ?? under.NewlySeenDays,
            Addresses = Addresses ?? under.Addresses,
            EmbeddedUrls = EmbeddedUrls ?? under.EmbeddedUrls,
            Search = Search.LaidOver(under.Search),
            IsApprovedOnly = IsApprovedOnly ?? under.IsApprovedOnly,
            Record = Record ?? under.Record,
            Why = Why ?? under.Why,
            // Why a category is closed is no reason to open it.
            Rationale = under.Rationale.RemoveRange(said.Where(slug => WordFor(slug) != under.WordFor(slug))).SetItems(Rationale),
        };
    }

    /// <summary>What is said of a category here; null for nothing.</summary>
    private Verdict? WordFor(string slug) =>
        Block.Contains(slug) ? Verdict.Block : Allow.Contains(slug) ? Verdict.Allow : Warn.Contains(slug) ? Verdict.Warn : Log.Contains(slug) ? Verdict.LogOnly : Quota.Any(q => q.Category == slug) ? Verdict.Quota : null;
}

/// <summary>A group as the document has it.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Kind">What it is.</param>
/// <param name="Title">Its name for people, or null for the same.</param>
/// <param name="Tier">Its tier, or null for that of the group around it.</param>
/// <param name="Within">The group around it, or null.</param>
/// <param name="Settings">What differs from its tier; <see cref="TierDocument.Name"/> is the group's.</param>
/// <param name="Line">Its line in the document, from 1.</param>
public sealed record GroupDocument(string Name, GroupKind Kind, string? Title, string? Tier, string? Within, TierDocument Settings, int Line);

/// <summary>A place as the document has it.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Title">Its name for people, or null for the same.</param>
/// <param name="Networks">Its ranges.</param>
/// <param name="Ports">Ports of the gateway.</param>
/// <param name="Vlan">The number of its VLAN, or null.</param>
/// <param name="Tier">The tier of clients there that nothing else names, or null.</param>
/// <param name="Group">The group of clients there that nothing else names, or null.</param>
/// <param name="Line">Its line in the document, from 1.</param>
public sealed record PlaceDocument(string Name, string? Title, ImmutableArray<IPNetwork> Networks, ImmutableArray<int> Ports, int? Vlan, string? Tier, string? Group, int Line);

/// <summary>Which tier or group a range or an address has.</summary>
/// <param name="Network">The range; an address is a range of one.</param>
/// <param name="Tier">The tier's name; null where a group is named, which has one.</param>
/// <param name="Device">The device's name, or null.</param>
/// <param name="Group">The group's name, or null.</param>
public sealed record ClientEntry(IPNetwork Network, string? Tier, string? Device, string? Group = null);

/// <summary>A policy document that was read without a mistake. Immutable.</summary>
public sealed record PolicyDocument
{
    /// <summary>The keys of a document.</summary>
    public static ImmutableArray<string> Keys { get; } = [.. PolicyReader.RootKeys];

    /// <summary>The school's name.</summary>
    public required string School { get; init; }

    /// <summary>The school's networks: sources outside these are refused. Loopback always belongs.</summary>
    public ImmutableArray<IPNetwork> Networks { get; init; } = [];

    /// <summary>The tier of clients that no entry names; null for the strictest.</summary>
    public string? UnknownClients { get; init; }

    /// <summary>The tiers, in the order of the document; at least one.</summary>
    public required ImmutableArray<TierDocument> Tiers { get; init; }

    /// <summary>The groups, in the order of the document.</summary>
    public ImmutableArray<GroupDocument> Groups { get; init; } = [];

    /// <summary>The places, in the order of the document.</summary>
    public ImmutableArray<PlaceDocument> Places { get; init; } = [];

    /// <summary>The rules, in the order of the document.</summary>
    public ImmutableArray<RuleDocument> Rules { get; init; } = [];

    /// <summary>The uses that somebody has approved by name.</summary>
    public ImmutableArray<ApprovedUseDocument> ApprovedUses { get; init; } = [];

    /// <summary>The bundles that the document could name; overrides and class sessions name them too.</summary>
    public BundleCatalogue KnownBundles { get; init; } = BundleCatalogue.Empty;

    /// <summary>Which client has which tier.</summary>
    public ImmutableArray<ClientEntry> Clients { get; init; } = [];

    /// <summary>Hosts that are never intercepted, added to the shipped list.</summary>
    public ImmutableArray<OwnEntry> NeverIntercept { get; init; } = [];

    /// <summary>Hosts whose allowed requests are never recorded, whatever a tier records.</summary>
    public ImmutableArray<OwnEntry> NeverRecord { get; init; } = [];

    /// <summary>Private networks that clients may reach.</summary>
    public ImmutableArray<IPNetwork> PrivateDestinations { get; init; } = [];

    /// <summary>Who may open what.</summary>
    public Approvals Approvals { get; init; } = Approvals.Unwritten;

    /// <summary>The school's periods, terms and holidays.</summary>
    public Timetable Timetable { get; init; } = Timetable.Empty;

    /// <summary>How long what happened is kept.</summary>
    public Retention Retention { get; init; } = Retention.Default;

    /// <summary>The school's own programs that are told by their ClientHello, beside the shipped ones.</summary>
    public ImmutableArray<TlsProgram> TlsPrograms { get; init; } = [];

    /// <summary>Certificates of origins that are believed although they do not hold by themselves, in the order of the document.</summary>
    public ImmutableArray<CertificateException> CertificateExceptions { get; init; } = [];

    /// <summary>The text it was read from, to keep and to export.</summary>
    public required string Text { get; init; }

    /// <summary>A short name of exactly this text: the first 12 hex digits of the SHA-256 of its UTF-8 bytes.</summary>
    public required string Version { get; init; }

    /// <summary>Reads a document and reports every mistake at once.</summary>
    /// <param name="yaml">The text; at most <see cref="DocumentSource.BytesMax"/> bytes.</param>
    /// <param name="taxonomy">The categories it may name.</param>
    /// <param name="problems">Every mistake and warning, in order of place.</param>
    /// <param name="bundles">The bundles it may name; none when null.</param>
    /// <returns>The document, or null when there is a mistake.</returns>
    public static PolicyDocument? Parse(string yaml, Taxonomy taxonomy, out ImmutableArray<PolicyProblem> problems, BundleCatalogue? bundles = null)
    {
        ArgumentNullException.ThrowIfNull(yaml);
        ArgumentNullException.ThrowIfNull(taxonomy);
        var reader = new PolicyReader(taxonomy, bundles ?? BundleCatalogue.Empty);
        var document = reader.Read(yaml);
        problems = [.. reader.Problems.OrderBy(p => p.Line).ThenBy(p => p.Column)];
        return problems.Any(p => !p.IsWarning) ? null : document;
    }

    /// <summary>The version that a text has.</summary>
    public static string VersionOf(string yaml) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(yaml)).AsSpan(0, 6));
}
