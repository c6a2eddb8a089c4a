using FilterGate.Commands.Network;
using FilterGate.Commands.Policies;
using FilterGate.Lists;
using FilterGate.Setup;

namespace FilterGate.Commands.Setup;

/// <summary>A link with which a person makes an account; shown once.</summary>
/// <param name="Person">The person's id.</param>
/// <param name="Link">The link.</param>
/// <param name="Until">When it ends.</param>
/// <param name="Roles">What the person is by the policy.</param>
internal sealed record SetupInvitation(string Person, string Link, DateTimeOffset Until, IReadOnlyList<string> Roles);

/// <summary>Says what setup found, what it is going to do, what it did, and what comes next. Ids only, never names.</summary>
internal static class SetupReport
{
    private const int PartWidth = 12;

    /// <summary>What is on the box.</summary>
    public static void WriteFound(CommandContext context, SetupFound found)
    {
        context.Output.WriteLine(context.Paint.Strong("On this box"));
        foreach (var (part, says) in Rows(found)) Row(context, part, says);
    }

    /// <summary>What is going to be done, and what stays.</summary>
    public static void WritePlan(CommandContext context, SetupPlan plan)
    {
        Heading(context, "Stays", plan.Kept);
        if (!plan.Kept.IsEmpty)
            foreach (var step in plan.Kept) Row(context, step.Part, step.Says);
        Heading(context, "Is going to be done", plan.Changes);
        foreach (var step in plan.Changes) Row(context, step.Part, step.Says);
        if (plan.PolicyChanges is { } changes) PolicyChanges.Write(context, context.Output, changes);
        foreach (var warning in plan.Warnings) context.Error.WriteLine($"filtergate: warning: {warning}");
        context.Output.WriteLine();
    }

    /// <summary>Every mistake.</summary>
    public static void WriteProblems(CommandContext context, SetupPlan plan, bool isRecorded)
    {
        if (context.Json) WriteJson(context, plan, isApplied: false, putAside: null, [], []);
        context.Error.WriteLine("filtergate: nothing was changed; the answers have mistakes:");
        foreach (var problem in plan.Problems) context.Error.WriteLine($"  {plan.Answers.Name}{(problem.Line is { } line ? $":{line}" : "")}{(problem.Column is { } column ? $":{column}" : "")}: {problem.Message}");
        if (plan.Answers.AreTyped)
        {
            // Nobody types all of it again for one mistake.
            context.Error.WriteLine("What you answered; put it into a file, correct it there, and give it with --answers FILE:\n");
            context.Error.Write(plan.Answers.Sections.Text);
        }
        if (isRecorded) context.Error.WriteLine("Naming a locked list in a policy is on record.");
    }

    /// <summary>What was done.</summary>
    public static void WriteDone(CommandContext context, SetupPlan plan, string? putAside, IReadOnlyList<SetupInvitation> invitations, IReadOnlyList<string> next)
    {
        context.Output.WriteLine(context.Paint.Good("Done."));
        if (putAside is not null) context.Output.WriteLine($"The settings that were there: {putAside}");
        if (invitations.Count > 0) context.Output.WriteLine("\nGive each link to that person alone: whoever opens it first makes the account. It is shown this once.");
        foreach (var invitation in invitations) context.Output.WriteLine($"  {invitation.Person}  {invitation.Link}  until {UnblockCommand.Local(context, invitation.Until)}");
        WriteNext(context, next);
    }

    /// <summary>What to do next.</summary>
    public static void WriteNext(CommandContext context, IReadOnlyList<string> next)
    {
        context.Output.WriteLine();
        context.Output.WriteLine(context.Paint.Strong("Next"));
        for (var i = 0; i < next.Count; i++) context.Output.WriteLine($"  {i + 1}. {next[i]}");
    }

    /// <summary>All of it as one object.</summary>
    public static void WriteJson(CommandContext context, SetupPlan plan, bool isApplied, string? putAside, IReadOnlyList<SetupInvitation> invitations, IReadOnlyList<string> next) => context.WriteJson(new
    {
        Applied = isApplied,
        Settings = plan.Found.SettingsPath,
        PutAside = putAside,
        Data = plan.Found.Data,
        Found = Rows(plan.Found).Select(row => new { row.Part, row.Says }),
        plan.Changes,
        plan.Kept,
        PolicyChanges = PolicyChanges.Rows(plan.PolicyChanges),
        plan.Problems,
        plan.Warnings,
        Invitations = invitations.Select(i => new { i.Person, i.Link, Until = UnblockCommand.Iso(i.Until), i.Roles }),
        Next = next,
    });

    /// <summary>What is left to do, each as a line to read and to copy from.</summary>
    /// <param name="plan">What holds now.</param>
    /// <param name="words">What each command needs so that it means this box; empty for the installed one.</param>
    public static IReadOnlyList<string> Next(SetupPlan plan, string words)
    {
        var (isInstalled, found, next) = (words.Length == 0, plan.Found, new List<string>());
        if (plan.PolicyYaml is not null) next.Add($"read the policy through, above all timetable and own_allow: filtergate policy export -o policy.yaml{words}, then filtergate policy apply policy.yaml --reason TEXT{words}");
        next.Add($"bring in people and devices from the school's records, teachers above all, who see first what pupils ask for: {Sudo()}filtergate people import FILE{words}; {Sudo()}filtergate devices import FILE{words}");
        if (!File.Exists(new ListFolder(Path.Combine(found.Data, "lists")).InForce)) next.Add($"fetch the lists, which takes some minutes: {Sudo()}filtergate lists update{words}");
        next.Add(isInstalled ? "let the gateway read its settings: sudo systemctl restart filtergate filtergate-review" : $"start the gateway: filtergate run{words}");
        if (!plan.Settings.Network.Lan.IsEmpty) next.Add(NetworkCommand.NextStep(words, isInstalled));
        if (!plan.Settings.Network.Lan.IsEmpty && plan.Settings.Network.DnsPort is not null)
        {
            next.Add($"have dnsmasq answer the devices: write name_server: {{ file: /etc/dnsmasq.d/filtergate.conf, gateway: [ADDRESS OF THE BOX] }} into the settings, then {Sudo()}filtergate dns write --restart dnsmasq{words}{(isInstalled ? "; and each night: sudo systemctl enable --now filtergate-names.timer" : "")}");
        }
        next.Add($"give the certificate to every device by device management: {Sudo()}filtergate certificates profile --out filtergate.mobileconfig{words} for iPads, certificates export --out filtergate-ca.crt for all others (docs/devices.md)");
        next.Add($"look the box over: {Sudo()}filtergate doctor{words}. The illegal-content lists are red until they are imported, and are given to members: filtergate lists locked import --help");
        next.Add("begin with one class: open http://filtergate.internal/ on one of its devices, watch a lesson (filtergate watch DEVICE --reason TEXT), and only then bring the others. While the present filter is still in front, shadow mode says what would be blocked: filtergate run --help, filtergate shadow --help");
        next.Add($"back the box up each night: {Sudo()}filtergate backup --to DIR{words}");
        return next;

        string Sudo() => isInstalled ? "sudo " : "";
    }

    private static IEnumerable<(string Part, string Says)> Rows(SetupFound found)
    {
        yield return ("settings", found.SettingsText is null ? $"{found.SettingsPath} is not there yet" : found.SettingsPath);
        yield return ("data", Directory.Exists(found.Data) ? found.Data : $"{found.Data} is not there yet");
        foreach (var at in found.Interfaces) yield return ("interface", $"{at.Name} {(at.Addresses.Count == 0 ? "without an address" : string.Join(", ", at.Addresses))}{(at.IsToTheLine ? ", to the line" : "")}");
        yield return ("policy", found.HasOwnPolicy ? $"{found.Policy.Name}, the school's own" : "none of the school's own");
        yield return ("authority", found.HasAuthority ? "there is one" : "none");
        yield return ("people", found.Roster.People.Length == 0 ? "nobody" : $"{found.Roster.People.Length} in the roster");
        yield return ("accounts", found.Accounts.Count == 0 ? "none" : string.Join(", ", found.Accounts.Order(StringComparer.Ordinal)));
    }

    private static void Heading(CommandContext context, string text, IReadOnlyCollection<SetupStep> steps)
    {
        if (steps.Count == 0) return;
        context.Output.WriteLine();
        context.Output.WriteLine(context.Paint.Strong(text));
    }

    private static void Row(CommandContext context, string part, string says) => context.Output.WriteLine($"  {part.PadRight(PartWidth)} {says}");
}
