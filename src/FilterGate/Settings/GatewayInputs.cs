using System.Collections.Immutable;
using System.Security.Cryptography;
using FilterGate.Commands;
using FilterGate.Commands.Lists;
using FilterGate.Lists;
using FilterGate.Lists.Locked;
using FilterGate.Matching;
using FilterGate.Policy;
using FilterGate.Policy.Documents;
using FilterGate.State;

namespace FilterGate.Settings;

/// <summary>Where the policy in force comes from.</summary>
internal enum PolicySource
{
    /// <summary>The file that the settings name.</summary>
    File,

    /// <summary>The version in force in <c>state.db</c>.</summary>
    State,

    /// <summary>The sample school inside the program: a fresh clone runs without a file.</summary>
    Sample,
}

/// <summary>The text of a policy and where it comes from.</summary>
/// <param name="Source">Where it comes from.</param>
/// <param name="Name">The same for people: a path, <c>state.db</c>, or <c>sample-school/policy.yaml</c>.</param>
/// <param name="Yaml">The text.</param>
internal sealed record PolicyText(PolicySource Source, string Name, string Yaml);

/// <summary>What a gateway decides with: policy, lists and overrides, loaded together. <c>run</c> and <c>check</c> load them here, so they decide alike.</summary>
internal sealed record GatewayInputs
{
    /// <summary>Policy, lists and overrides.</summary>
    public required PolicySnapshot Policy { get; init; }

    /// <summary>The document that the policy was compiled from.</summary>
    public required PolicyDocument Document { get; init; }

    /// <summary>Where that document comes from.</summary>
    public required PolicyText Text { get; init; }

    /// <summary>What a technician should know and nothing stops at: warnings of the document and of the lists.</summary>
    public ImmutableArray<string> Warnings { get; init; } = [];

    /// <summary>Loads everything that decides.</summary>
    /// <param name="context">The run: settings, data folder and clock.</param>
    /// <param name="listsFolder">A folder in UT1 layout instead of the starter lists, or null.</param>
    /// <param name="state">The open <c>state.db</c>, or null on a box that has none yet.</param>
    /// <param name="time">The instant whose overrides count; null for now.</param>
    /// <exception cref="UserErrorException">Settings, policy or key cannot be used: file, line, column and fix.</exception>
    /// <exception cref="ListLoadException">The list folder cannot be read.</exception>
    /// <exception cref="StateStoreException"><c>state.db</c> cannot be read.</exception>
    public static GatewayInputs Load(CommandContext context, string? listsFolder, StateStore? state, DateTimeOffset? time = null) =>
        Load(context, LoadLists(context, listsFolder), state, time);

    /// <summary>Loads the lists in force: the folder given, else what this box has compiled, else the starter lists; and always the locked ones.</summary>
    /// <exception cref="ListLoadException">They cannot be opened: what to do.</exception>
    public static ListSet LoadLists(CommandContext context, string? listsFolder) => LoadLists(context, listsFolder, out _);

    /// <summary>As <see cref="LoadLists(CommandContext, string?)"/>, and says what came of each list.</summary>
    public static ListSet LoadLists(CommandContext context, string? listsFolder, out ListLoadReport report)
    {
        var key = LockedKeyOf(context);
        return ListLoader.Load(ListsOf(context), listsFolder, key, LockedFeeds.Open(ListsOf(context), key, ListLoader.ShippedTaxonomy), out report);
    }

    /// <summary>The lists that were in force before those of now, or null where they are no longer kept.</summary>
    public static ListSet? LoadPreviousLists(CommandContext context)
    {
        var key = LockedKeyOf(context);
        return ListLoader.LoadPrevious(ListsOf(context), key, LockedFeeds.Open(ListsOf(context), key, ListLoader.ShippedTaxonomy));
    }

    /// <summary>The lists that an event names, where they are kept or can be made again from what was fetched; else null.</summary>
    public static ListSet? LoadKeptLists(CommandContext context, string version)
    {
        var key = LockedKeyOf(context);
        return ListLoader.LoadKept(ListsOf(context), version, key, LockedFeeds.Open(ListsOf(context), key, ListLoader.ShippedTaxonomy));
    }

    /// <summary>As <see cref="Load(CommandContext, string?, StateStore?, DateTimeOffset?)"/>, with lists that are loaded already: a change of the policy does not touch them.</summary>
    public static GatewayInputs Load(CommandContext context, ListSet lists, StateStore? state, DateTimeOffset? time = null) => Load(context, ReadPolicy(context, state), lists, state, time);

    /// <summary>As <see cref="Load(CommandContext, string?, StateStore?, DateTimeOffset?)"/>, for what cannot wait until a policy file is mended: while it cannot be used, this goes by the last version that was in force, as a running gateway does, and says so. A gateway that starts does the same: a restart is no worse than going on.</summary>
    /// <exception cref="UserErrorException">There is no such version, or it cannot be used either.</exception>
    public static GatewayInputs LoadLastGood(CommandContext context, string? listsFolder, StateStore state)
    {
        var lists = LoadLists(context, listsFolder);
        try
        {
            return Load(context, lists, state);
        }
        catch (UserErrorException problem) when (context.Settings.Policy is not null && state.CurrentPolicy() is not null)
        {
            var last = state.CurrentPolicy()!;
            context.Error.WriteLine($"filtergate: {problem.Message}");
            context.Error.WriteLine($"filtergate: {context.Settings.Policy} cannot be used just now; policy {last.Number}, the last good one, is in force (filtergate policy validate)");
            return Load(context, new PolicyText(PolicySource.State, StatePath(context), last.Yaml), lists, state, time: null);
        }
    }

    private static GatewayInputs Load(CommandContext context, PolicyText text, ListSet lists, StateStore? state, DateTimeOffset? time)
    {
        PolicyDocument document;
        ImmutableArray<PolicyProblem> problems;
        try
        {
            document = Parse(text, lists.Taxonomy, out problems);
        }
        catch (UserErrorException problem) when (problem.ExitCode == ExitCode.Refused)
        {
            // Rare, and on record before anybody is told; every caller has a thread to wait on.
            LockedRefusal.RecordAsync(context, $"a policy that names a locked list ({text.Name})", feed: null, CancellationToken.None).GetAwaiter().GetResult();
            throw;
        }
        var policy = PolicySnapshot.Compile(document, lists, InForce(context, state, time));
        return new GatewayInputs
        {
            Policy = policy,
            Document = document,
            Text = text,
            Warnings = [.. problems.Select(p => $"{text.Name}:{p.Line}:{p.Column}: {p.Message}"), .. policy.UnknownLists.Select(name => $"{text.Name}: lists: '{name}' is no list in force, and what is said of it does nothing; see: filtergate lists status"), .. lists.Warnings],
        };
    }

    /// <summary>What people have opened, closed, given and withdrawn; at a time that has passed, as it was then.</summary>
    public static InForce InForce(CommandContext context, StateStore? state, DateTimeOffset? time = null) =>
        (time is { } then && then < context.Clock.GetUtcNow() ? state?.WasInForce(then, then, BundleFile.Shipped) : state?.InForce(time ?? context.Clock.GetUtcNow(), BundleFile.Shipped)) ?? FilterGate.Policy.InForce.Nothing;

    /// <summary>The key that entries of locked lists are hashed with: the box's own, made on first use; a box without a data folder gets one for this run.</summary>
    /// <exception cref="ListLoadException">The key file cannot be used.</exception>
    public static byte[] LockedKeyOf(CommandContext context)
    {
        if (!Directory.Exists(context.DataFolder)) return RandomNumberGenerator.GetBytes(LockedKey.Length);
        var folder = ListsOf(context);
        try
        {
            Directory.CreateDirectory(folder.Root);
        }
        catch (Exception problem) when (problem is IOException or UnauthorizedAccessException)
        {
            throw new UserErrorException($"The folder {folder.Root} cannot be made: {problem.Message} Run this as the account that owns the data folder, or name another with --data DIR.", inner: problem);
        }

        return LockedKey.ReadOrMake(folder.LockedKey);
    }

    /// <summary>Where the lists of this box are.</summary>
    public static ListFolder ListsOf(CommandContext context) => new(Path.Combine(context.DataFolder, "lists"));

    /// <summary>Where <c>state.db</c> is.</summary>
    public static string StatePath(CommandContext context) => Path.Combine(context.DataFolder, "state.db");

    /// <summary>The folder of the event store.</summary>
    public static string EventsFolder(CommandContext context) => Path.Combine(context.DataFolder, "events");

    /// <summary>Opens <c>state.db</c> when it is there; a command that only looks makes none.</summary>
    public static StateStore? OpenStateIfThere(CommandContext context) =>
        File.Exists(StatePath(context)) ? StateStore.Open(StatePath(context), context.Clock) : null;

    /// <summary>The text of the policy in force: the settings' file, else the version in <c>state.db</c>, else the sample school.</summary>
    public static PolicyText ReadPolicy(CommandContext context, StateStore? state)
    {
        if (context.Settings.Policy is { } path) return new PolicyText(PolicySource.File, path, TextFile.Read(path, "the policy"));
        return state?.CurrentPolicy() is { } version ? new PolicyText(PolicySource.State, StatePath(context), version.Yaml) : Sample;
    }

    /// <summary>The sample school.</summary>
    public static PolicyText Sample { get; } = new(PolicySource.Sample, "sample-school/policy.yaml", SeedPolicies.Read("sample-school"));

    /// <summary>True for a version that is the sample school's: a gateway without a policy of its own imports it at its first start.</summary>
    public static bool IsSample(PolicyVersion version) => version.Yaml == Sample.Yaml || version.Why == ReadAtStart(Sample);

    /// <summary>Why a version is in force that a gateway found at its start.</summary>
    public static string ReadAtStart(PolicyText text) => $"read from {text.Name} when the gateway started";

    /// <summary>Reads a document, or says everything that is wrong with it.</summary>
    /// <param name="text">The text.</param>
    /// <param name="taxonomy">The categories it may name.</param>
    /// <param name="warnings">What is odd but no mistake.</param>
    /// <exception cref="UserErrorException">It has mistakes: every one as <c>file:line:column: message</c>.</exception>
    public static PolicyDocument Parse(PolicyText text, Taxonomy taxonomy, out ImmutableArray<PolicyProblem> warnings)
    {
        if (PolicyDocument.Parse(text.Yaml, taxonomy, out warnings, BundleFile.Shipped) is { } document) return document;
        throw new UserErrorException(GatewaySettings.Describe(text.Name, warnings, "the policy has mistakes, and the one in force stays"), warnings.Any(p => p.IsRefused) ? ExitCode.Refused : ExitCode.Usage);
    }

    /// <summary>The tier of this name in the policy in force.</summary>
    /// <param name="name">The name.</param>
    /// <param name="where">Who names it, for the message: <c>--tier</c>.</param>
    /// <exception cref="UserErrorException">There is none.</exception>
    public Tier Tier(string name, string where)
    {
        var names = Policy.Tiers.Select(t => t.Name);
        return Policy.FindTier(name)
            ?? throw new UserErrorException($"{where}: '{name}' is no tier of the policy {Text.Name}{Nearest.Suggestion(name, names)} (tiers: {string.Join(", ", names)})");
    }
}
