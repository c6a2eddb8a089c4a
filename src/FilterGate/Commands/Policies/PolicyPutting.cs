using System.Collections.Immutable;
using FilterGate.Commands.Lists;
using FilterGate.Lists;
using FilterGate.Policy.Documents;
using FilterGate.Settings;
using FilterGate.State;

namespace FilterGate.Commands.Policies;

/// <summary>Puts a policy in force from the command line: what <c>apply</c> and <c>rollback</c> have in common.</summary>
internal static class PolicyPutting
{
    /// <summary>Where the settings name a file, that file decides, and whatever stands in <c>state.db</c> would be passed over.</summary>
    /// <param name="context">The run.</param>
    /// <param name="instead">What to do about it, as the beginning of a sentence.</param>
    /// <exception cref="UserErrorException">They do (exit 2).</exception>
    public static void RequireNoFile(CommandContext context, Func<string, string> instead)
    {
        if (context.Settings.Policy is not { } path) return;
        throw new UserErrorException(
            $"the settings name a policy file, {path}: a running gateway follows it, and takes in what is written there within a second. {instead(path)}, or take 'policy:' out of the settings to keep policies in state.db.");
    }

    /// <summary>Reads a document as the running gateway would; where that cannot be, everything that is wrong is said and nothing is changed.</summary>
    /// <exception cref="UserErrorException">It has mistakes (exit 2), or reaches for an illegal-content list (exit 4, and on record).</exception>
    public static async Task<PolicyDocument> ValidateAsync(CommandContext context, string name, string yaml, CancellationToken cancellationToken)
    {
        if (PolicyDocument.Parse(yaml, PolicyCommand.TaxonomyInForce(context), out var problems, BundleFile.Shipped) is { } document)
        {
            foreach (var warning in problems.Concat(ApprovalWarnings.Of(document, context)).Concat(RecordWarnings.Of(document)).Concat(CertificateWarnings.Of(document, context.Clock))) context.Error.WriteLine($"{name}:{warning.Line}:{warning.Column}: warning: {warning.Message}");
            return document;
        }
        var isRefused = problems.Any(p => p.IsRefused);
        var isRecorded = isRefused && await LockedRefusal.RecordAsync(context, $"a policy that names a locked list ({name})", feed: null, cancellationToken);
        throw new UserErrorException(
            GatewaySettings.Describe(name, problems, "the policy has mistakes, and the one in force stays") + (isRecorded ? "\nNaming a locked list in a policy is on record." : ""),
            isRefused ? ExitCode.Refused : ExitCode.Usage);
    }

    /// <summary>Puts it in force, unless somebody else was quicker, and says so.</summary>
    /// <exception cref="UserErrorException">Another version was put in force since this one was compared (exit 2).</exception>
    public static void Put(CommandContext context, StateStore state, string yaml, string why, long startedFrom, string action, ImmutableArray<PolicyChange>? changes)
    {
        var put = Put(context, state, yaml, why, startedFrom, action);
        if (context.Json) context.WriteJson(new { put.Number, put.Version, Before = startedFrom, Changes = PolicyChanges.Rows(changes) });
        else context.Output.WriteLine($"{context.Paint.Good($"Policy {put.Number} ({put.Version}) is in force")}; a running gateway takes it within a second. To undo: filtergate policy rollback --reason TEXT");
    }

    /// <summary>Puts it in force, unless somebody else was quicker.</summary>
    /// <exception cref="UserErrorException">Another version was put in force since this one was compared (exit 2).</exception>
    public static PolicyVersion Put(CommandContext context, StateStore state, string yaml, string why, long startedFrom, string action)
    {
        if (state.PutPolicyInForce(PolicyDocument.VersionOf(yaml), yaml, context.Actor, why, startedFrom, action) is { } put) return put;
        var other = state.CurrentPolicy()!;
        throw new UserErrorException($"policy {other.Number} was put in force meanwhile, by {other.Actor} ({other.Why}); nothing was changed. Look at what it did (filtergate policy diff), and try again.");
    }
}
