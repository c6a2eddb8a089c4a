using System.Globalization;
using FilterGate.Events;
using FilterGate.Lists;
using FilterGate.Matching;
using FilterGate.Policy;
using FilterGate.Safeguarding.Unblocks;
using FilterGate.State;

namespace FilterGate.Safeguarding.Blocks;

/// <summary>What became of an emergency block, with a sentence for the person who took the step.</summary>
/// <param name="Outcome">How it ended.</param>
/// <param name="Message">The sentence.</param>
/// <param name="Block">The block, where there is one.</param>
public sealed record EmergencyResult(UnblockOutcome Outcome, string Message, EmergencyBlockRecord? Block = null)
{
    /// <summary>The overrides that it ended.</summary>
    public IReadOnlyList<OverrideRecord> Ended { get; init; } = [];
}

/// <summary>Closes a site for everybody at once, and opens it again. Needs no key: closing is safe, and every step is on record.</summary>
/// <remarks>In force in a running gateway within a second of the return. Ends the live overrides of the site in the same transaction. Never closes a site where a child finds help. Safe from several processes.</remarks>
public sealed class EmergencyDesk(StateStore state, EventStore events, TimeProvider clock, string gateway = "gateway")
{
    /// <summary>Closes a site.</summary>
    /// <param name="address">A host (with what is below it), or an address: then that part of the host.</param>
    /// <param name="reason">Why; must not be blank.</param>
    /// <param name="nature">What kind of content it is, for a report; or null.</param>
    /// <param name="actor">Who.</param>
    /// <param name="policy">The policy in force.</param>
    /// <param name="cancellationToken">Ends the wait for the events; the block stands.</param>
    public async Task<EmergencyResult> BlockAsync(string address, string reason, string? nature, Actor actor, PolicySnapshot policy, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(address);
        ArgumentNullException.ThrowIfNull(actor);
        ArgumentNullException.ThrowIfNull(policy);
        reason = Words.Clean(reason, UnblockDesk.WordsLengthMax);
        nature = Words.Clean(nature, UnblockDesk.WordsLengthMax) is { Length: > 0 } said ? said : null;
        if (reason.Length == 0) return new EmergencyResult(UnblockOutcome.BadRequest, "Why? A reason is needed: it is kept with the block.");
        if (!CanonicalUrl.TryParse(address.Trim(), out var url, out var error)) return new EmergencyResult(UnblockOutcome.BadRequest, error);
        var site = Site.ForUrl(url);
        // Neither kept nor said: what is on such a list is closed already, and its address is written down nowhere.
        if ((policy.Lists.Locked.Find(url, Seen.Url) ?? policy.Lists.Locked.Find(CanonicalUrl.ForHost(url.Scheme, url.Host, url.Port), Seen.Host)) is { } locked)
        {
            state.Audit(actor.Name, "block.locked", $"{locked.List} {locked.EntryId}", reason);
            return new EmergencyResult(UnblockOutcome.AlreadyDecided, "This address is on an illegal-content list and closed for everybody already.");
        }
        if (policy.Lists.ProtectedHelp.TryFindMostSpecific(url, Seen.Url, out _) || (site.Path is null && !url.IsIpLiteral && BroadEntry.WhyRefused(url.Host) is not null))
        {
            state.Audit(actor.Name, "block.refused", url.Host, reason);
            return new EmergencyResult(UnblockOutcome.RefusedByRule, "This would close a site where a child finds help, or every site of a country or kind. Name the site itself.");
        }
        if (state.EmergencyBlocks().FirstOrDefault(b => b.Site == site) is { } there)
            return new EmergencyResult(UnblockOutcome.AlreadyDecided, $"{site} is blocked already: emergency block {there.Id}, by {there.Actor} at {Iso(there.Start)}.", there);

        var (block, ended) = state.Block(site, reason, nature, actor.Name);
        var problem = await RecordAsync(Event(block.Site, policy) with { Rule = $"emergency block {block.Id} by {actor.Name}: {reason}" }, cancellationToken);
        foreach (var one in ended)
        {
            problem = await RecordAsync(
                Event(one.Site, policy) with { Kind = EventKind.Override, Tier = one.Audience.TierName, Rule = $"override {one.Id} revoked by {actor.Name}: emergency block {block.Id}" }, cancellationToken);
        }
        var tunnels = site.Path is null ? "" : " Where HTTPS passes unread only the host is seen, and this part is not closed: block the host to close it there.";
        var endings = ended.Count == 0 ? "" : $" Ended: {string.Join(", ", ended.Select(o => $"override {o.Id} ({o.Site} for {o.Audience.LabelUnnamed}, by {o.Actor})"))}.";
        return new EmergencyResult(UnblockOutcome.Done, $"{site} is closed for everybody (emergency block {block.Id}).{endings}{tunnels}{problem}", block) { Ended = ended };
    }

    /// <summary>Lifts a block: the policy decides about the site again. Overrides that it ended stay ended.</summary>
    public async Task<EmergencyResult> LiftAsync(long id, string reason, Actor actor, PolicySnapshot policy, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(actor);
        ArgumentNullException.ThrowIfNull(policy);
        reason = Words.Clean(reason, UnblockDesk.WordsLengthMax);
        if (reason.Length == 0) return new EmergencyResult(UnblockOutcome.BadRequest, "Why? A reason is needed: it is kept with the block.");
        if (state.FindBlock(id) is not { } block) return new EmergencyResult(UnblockOutcome.NotFound, $"There is no emergency block {id}. See: filtergate block list");
        if (!state.LiftBlock(id, reason, actor.Name)) return new EmergencyResult(UnblockOutcome.AlreadyDecided, $"Emergency block {id} has been lifted already.", state.FindBlock(id));
        var problem = await RecordAsync(Event(block.Site, policy) with { Rule = $"emergency block {id} lifted by {actor.Name}: {reason}" }, cancellationToken);
        return new EmergencyResult(UnblockOutcome.Done, $"Emergency block {id} is lifted: the policy decides about {block.Site} again." + problem, state.FindBlock(id));
    }

    private FilterEvent Event(Site site, PolicySnapshot policy) => new()
    {
        Time = clock.GetUtcNow(), Gateway = gateway, Kind = EventKind.Audit, Reason = Reason.EmergencyBlock, Host = site.Host.Length > 0 ? site.Host : null, PolicyVersion = policy.Version, ListsVersion = policy.Lists.Version,
    };

    private async Task<string> RecordAsync(FilterEvent filterEvent, CancellationToken cancellationToken)
    {
        try
        {
            await events.CommitAsync(filterEvent, giveReference: false, cancellationToken);
            return "";
        }
        catch (EventStoreException e)
        {
            return $" It could not be written to the events: {e.Message} The audit has it.";
        }
    }

    private static string Iso(DateTimeOffset time) => time.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);
}
