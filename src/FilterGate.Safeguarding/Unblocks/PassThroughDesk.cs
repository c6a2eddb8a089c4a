using FilterGate.Matching;
using FilterGate.Policy;
using FilterGate.State;

namespace FilterGate.Safeguarding.Unblocks;

/// <summary>What became of a decision about a host whose apps take no certificate but their own, with a sentence for the person who took it.</summary>
/// <param name="Outcome">How it ended.</param>
/// <param name="Message">The sentence.</param>
/// <param name="Record">What was decided, where it was.</param>
public sealed record PassThroughResult(UnblockOutcome Outcome, string Message, PassThroughRecord? Record = null)
{
    /// <summary>The host in its one form, where it is one.</summary>
    public string? Host { get; init; }
}

/// <summary>Proposes hosts to be passed unread, and decides about them: for the command line and the site. Nothing is ever passed unread by itself.</summary>
/// <remarks>In force in a running gateway within a second of the return, and on record. A host without evidence is opened by the policy, not here. Safe from several processes.</remarks>
public sealed class PassThroughDesk(StateStore state)
{
    /// <summary>What is proposed under the policy and the lists in force: never a host that carries a locked entry, which is always read, nor one that no tier reads anyway.</summary>
    public IReadOnlyList<PassThroughProposal> Proposals(PolicySnapshot policy)
    {
        ArgumentNullException.ThrowIfNull(policy);
        return state.PassThroughProposals(host => IsBarred(policy, host));
    }

    /// <summary>The proposal of one host.</summary>
    /// <param name="host">As a person writes it.</param>
    /// <param name="policy">The policy in force.</param>
    /// <param name="outcome">What is wrong where there is none.</param>
    /// <param name="problem">The same in a sentence.</param>
    public PassThroughProposal? Find(string host, PolicySnapshot policy, out UnblockOutcome outcome, out string problem)
    {
        ArgumentNullException.ThrowIfNull(host);
        (outcome, problem) = (UnblockOutcome.BadRequest, $"'{host}' is no host.");
        if (!CanonicalUrl.TryCanonicalizeHost(host, out var canonical)) return null;
        (outcome, problem) = (UnblockOutcome.NotFound, $"{canonical} is not proposed. Without evidence a host is passed unread by the policy, under never_intercept.");
        return Proposals(policy).FirstOrDefault(p => p.Host == canonical);
    }

    /// <summary>Decides a proposal.</summary>
    /// <param name="host">The host.</param>
    /// <param name="decision">Passed unread from now on, or left as it is and proposed no more.</param>
    /// <param name="reason">Why; must not be blank.</param>
    /// <param name="actor">Who.</param>
    /// <param name="policy">The policy in force.</param>
    public PassThroughResult Decide(string host, PassThroughDecision decision, string reason, Actor actor, PolicySnapshot policy)
    {
        ArgumentNullException.ThrowIfNull(actor);
        reason = Words.Clean(reason, UnblockDesk.WordsLengthMax);
        if (reason.Length == 0) return NoReason;
        if (Find(host, policy, out var outcome, out var problem) is not { } proposal) return new(outcome, problem);
        if (state.DecidePassThrough(proposal, decision, reason, actor.Name) is not { } record) return new(UnblockOutcome.AlreadyDecided, $"{proposal.Host} has been decided meanwhile.");
        return new(UnblockOutcome.Done, decision == PassThroughDecision.Accepted ? $"{record.Host} is passed unread from now on." : $"{record.Host} stays as it is.", record);
    }

    /// <summary>Takes a decision back: the host is read again, and may be proposed again.</summary>
    public PassThroughResult End(string host, string reason, Actor actor)
    {
        ArgumentNullException.ThrowIfNull(host);
        ArgumentNullException.ThrowIfNull(actor);
        reason = Words.Clean(reason, UnblockDesk.WordsLengthMax);
        if (reason.Length == 0) return NoReason;
        if (!CanonicalUrl.TryCanonicalizeHost(host, out var canonical)) return new(UnblockOutcome.BadRequest, $"'{host}' is no host.");
        return state.EndPassThrough(canonical, reason, actor.Name) ? new(UnblockOutcome.Done, $"{canonical} is read again.") { Host = canonical } : new(UnblockOutcome.NotFound, $"Nothing was decided of {canonical}.");
    }

    private static PassThroughResult NoReason { get; } = new(UnblockOutcome.BadRequest, "Why? A reason is needed: it is kept with the decision.");

    private static bool IsBarred(PolicySnapshot policy, string host) =>
        policy.Lists.Locked.CarriesUrlEntry(host) || policy.Tiers.All(tier => policy.TlsFor(new Client(System.Net.IPAddress.Loopback, tier, Device: null, IsKnown: true), host) == TlsMode.Tunnel);
}
