using System.CommandLine;
using System.Globalization;
using System.Text;
using FilterGate.Commands.Lists;
using FilterGate.Commands.Policies;
using FilterGate.Policy.Documents;
using FilterGate.Proxy.Certificates;
using FilterGate.Running;
using FilterGate.Settings;
using FilterGate.Setup;
using FilterGate.State;

namespace FilterGate.Commands.Setup;

/// <summary><c>setup</c>: the first run of a box. A conversation, or a file of answers, over what the other commands do one by one.</summary>
/// <remarks>
/// Everything is checked before anything is changed. Then each step leaves a box that works, and is not done again where it was done:
/// 1. the settings are written beside their place, which shows that they can be;
/// 2. the authority is made where there is none;
/// 3. people come into the roster, and the policy into force;
/// 4. the settings take their place in one step;
/// 5. invitations are made, so that a link is shown at once.
/// A run that is cut short is run again.
/// </remarks>
internal sealed class SetupCommand : GatewayCommand
{
    /// <summary>How long an invitation works: as <c>accounts invite</c> has it.</summary>
    private static readonly TimeSpan InvitationFor = TimeSpan.FromHours(24);

    private readonly CommandHost _host;
    private readonly Option<string?> _answers = new("--answers") { HelpName = "FILE", Description = "take the answers from a file (YAML) and ask nothing; - reads standard input" };
    private readonly Option<bool> _example = new("--example") { Description = "print a file of answers to begin with" };
    private readonly Option<bool> _replacePolicy = new("--replace-policy") { Description = "the answers make a new version where the school has a policy of its own already; the history keeps the old one" };
    private readonly Option<bool> _dryRun = new("--dry-run") { Description = "check everything, say what would be done, and change nothing" };
    private readonly Confirmation _confirmation = new();

    /// <summary>Makes the command.</summary>
    public SetupCommand(CommandHost host) : base(host, "setup", "Set a box up: school, networks, keys, lists, certificate authority and first accounts. Asks, or reads its answers from a file; what is set already stays.",
        new CommandExample("sudo filtergate setup", "asks, shows what it is going to do, and does it when you say yes"),
        new CommandExample("filtergate setup --example > answers.yaml", "a file of answers to change"),
        new CommandExample("sudo filtergate setup --answers answers.yaml --dry-run", "every mistake at once; nothing is changed"),
        new CommandExample("sudo filtergate setup --answers answers.yaml --yes --json", "for a script; exit 2 with every mistake"))
    {
        _host = host;
        foreach (var option in (Option[])[_answers, _example, _replacePolicy, _dryRun]) Options.Add(option);
        _confirmation.AddTo(this);
    }

    /// <summary>The answers that <c>--example</c> prints.</summary>
    internal static string Example { get; } = ReadExample();

    /// <inheritdoc/>
    protected override async Task<int> RunAsync(CommandContext context, CancellationToken cancellationToken)
    {
        if (context.Value(_example))
        {
            if (context.Json) context.WriteJson(new { Text = Example });
            else context.Output.Write(Example);
            return ExitCode.Done;
        }
        if (context.Value(_answers) is null && !context.IsInteractive)
            throw new UserErrorException("there is no terminal to ask at. Put the answers into a file (filtergate setup --example > answers.yaml) and give it: filtergate setup --answers answers.yaml");

        var (settings, data) = Places(context);
        var found = SetupFound.Look(context, settings, data);
        if (!context.Json) SetupReport.WriteFound(context, found);
        var plan = PlanOf(context, found);
        if (!plan.Problems.IsEmpty) return await RefuseAsync(context, plan, cancellationToken);

        var next = SetupReport.Next(plan, WordsOf(context, found));
        if (!context.Json) SetupReport.WritePlan(context, plan);
        if (context.Value(_dryRun) || plan.Changes.IsEmpty)
        {
            if (context.Json) SetupReport.WriteJson(context, plan, isApplied: false, putAside: null, [], next);
            else context.Output.WriteLine(plan.Changes.IsEmpty ? context.Paint.Good("All of it is set up; nothing was changed.") : "This was a dry run: nothing was changed.");
            if (plan.Changes.IsEmpty && !context.Json) SetupReport.WriteNext(context, next);
            return ExitCode.Done;
        }
        if (!_confirmation.IsGiven(context, "Do it?")) return ExitCode.Interrupted;

        var (putAside, invitations) = Apply(context, plan);
        if (context.Json) SetupReport.WriteJson(context, plan, isApplied: true, putAside, invitations, next);
        else SetupReport.WriteDone(context, plan, putAside, invitations, next);
        return ExitCode.Done;
    }

    /// <summary>Where the settings are or are to be, and the data folder. Without an installed gateway both are in one folder, as the sample's are.</summary>
    private (string Settings, string Data) Places(CommandContext context)
    {
        if (context.Value(_host.Common.Config) is { } given)
        {
            if (!given.Exists && context.Value(_host.Common.Data) is null) throw new UserErrorException($"{given.FullName} is not there yet, and says no data folder; name it with --data DIR");
            return (given.FullName, Folder());
        }
        // Another data folder than the installed one is a trial, and changes no settings that are not named.
        var isInstalled = File.Exists(_host.InstalledSettingsPath) && (context.Value(_host.Common.Data) is not { } named || Path.TrimEndingDirectorySeparator(named.FullName) == _host.InstalledDataFolder);
        return isInstalled ? (_host.InstalledSettingsPath, Folder()) : (Path.Combine(Folder(), "settings.yaml"), Folder());

        string Folder() => Path.TrimEndingDirectorySeparator(context.DataFolder);
    }

    private SetupPlan PlanOf(CommandContext context, SetupFound found)
    {
        var replaces = context.Value(_replacePolicy);
        var (name, yaml) = context.Value(_answers) switch
        {
            null => ("the answers", new SetupConversation(context, found, asksPolicy: !found.HasOwnPolicy || replaces).Ask()),
            InputFile.Standard => ("standard input", ReadStandard(context)),
            var path => (path, TextFile.Read(Path.GetFullPath(path), "the answers")),
        };
        var problems = new List<PolicyProblem>();
        var answers = SetupAnswers.Read(yaml, name, problems) with { AreTyped = context.Value(_answers) is null };
        return SetupPlan.Make(context, found, answers, problems, replaces);
    }

    private static string ReadStandard(CommandContext context)
    {
        using var stream = context.OpenInput();
        var buffer = new byte[DocumentSource.BytesMax + 1];
        var length = stream.ReadAtLeast(buffer, buffer.Length, throwOnEndOfStream: false);
        return length <= DocumentSource.BytesMax ? Encoding.UTF8.GetString(buffer, 0, length) : throw new UserErrorException($"the answers are larger than {DocumentSource.BytesMax / 1024} KiB");
    }

    private static async Task<int> RefuseAsync(CommandContext context, SetupPlan plan, CancellationToken cancellationToken)
    {
        var isRefused = plan.Problems.Any(p => p.IsRefused);
        var isRecorded = isRefused && await LockedRefusal.RecordAsync(context, "setup with a policy that names a locked list", feed: null, cancellationToken);
        SetupReport.WriteProblems(context, plan, isRecorded);
        return isRefused ? ExitCode.Refused : ExitCode.Usage;
    }

    private static (string? PutAside, IReadOnlyList<SetupInvitation> Invitations) Apply(CommandContext context, SetupPlan plan)
    {
        var found = plan.Found;
        try
        {
            DataFolder.Make(found.Data);
            // Step 1: a folder that cannot be written ends it here.
            using var settings = plan.SettingsText is { } text ? ReplacedFile.Stage(found.SettingsPath, Encoding.UTF8.GetBytes(text), UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead | UnixFileMode.OtherRead) : null;
            // Step 2.
            using (CertificateAuthorities.Open(Path.Combine(found.Data, "ca"), context.Clock))
            {
            }
            using var state = StateStore.Open(Path.Combine(found.Data, "state.db"), context.Clock);
            // Step 3: people first; until the policy names them they change nothing.
            if (!plan.People.IsEmpty)
            {
                var diff = state.ImportPeople(plan.People, removeMissing: false, "setup", "the first run", context.Actor);
                if (diff.Clashes is [var clash, ..]) throw new UserErrorException(clash.Message);
            }
            if (plan.PolicyYaml is { } yaml) PolicyPutting.Put(context, state, yaml, $"set up from {plan.Answers.Seed}", found.PolicyNumber, "policy.apply");
            // Step 4.
            var putAside = settings?.PutInPlace("before-setup-" + context.Clock.GetUtcNow().ToString("yyyyMMdd-HHmmss", CultureInfo.InvariantCulture));
            // Step 5.
            var invitations = Invite(context, plan, state);
            state.Audit(context.Actor, "setup", string.Join("; ", plan.Changes.Select(c => c.Part)), reason: null);
            return (putAside, invitations);
        }
        catch (CertificateAuthorityException problem)
        {
            throw new UserErrorException(problem.Message, inner: problem);
        }
        catch (Exception problem) when (problem is IOException or UnauthorizedAccessException)
        {
            throw new UserErrorException($"{problem.Message} What was done until here stays and does no harm; mend this and run setup again (as root on a box where it is installed: sudo filtergate setup).", inner: problem);
        }
    }

    private static List<SetupInvitation> Invite(CommandContext context, SetupPlan plan, StateStore state)
    {
        var invitations = new List<SetupInvitation>();
        if (plan.Invite.IsEmpty) return invitations;
        var site = ReviewListener.UrlOf(plan.Settings)!;
        foreach (var person in plan.Invite)
            invitations.Add(new SetupInvitation(person, $"{site}/enrol/{state.Invite(person, InvitationFor, context.Actor)}", context.Clock.GetUtcNow() + InvitationFor, [.. plan.Document!.Approvals.RolesOf(person)]));
        return invitations;
    }

    /// <summary>What a line to copy needs so that it means this box.</summary>
    private string WordsOf(CommandContext context, SetupFound found) => found.SettingsPath == _host.InstalledSettingsPath ? "" : $" --config {found.SettingsPath}{(context.Value(_host.Common.Config) is not null && context.Value(_host.Common.Data) is { } data ? $" --data {data.FullName}" : "")}";

    private static string ReadExample()
    {
        using var stream = typeof(SetupCommand).Assembly.GetManifestResourceStream("setup/answers.yaml") ?? throw new InvalidOperationException("the program was built without its example of answers");
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd();
    }
}
