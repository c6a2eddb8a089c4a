using FilterGate.Events;
using FilterGate.Lists.Locked;
using FilterGate.Policy;
using FilterGate.Settings;

namespace FilterGate.Commands.Lists;

/// <summary>What every attempt to turn an illegal-content list off comes to: it is on record, and it is refused.</summary>
internal static class LockedRefusal
{
    /// <summary>What is said to whoever tried.</summary>
    public const string Why = "illegal-content lists are in force for everybody, always: nothing removes them, turns them off or puts an older one back";

    /// <summary>Records an attempt.</summary>
    /// <param name="context">The run.</param>
    /// <param name="what">What was tried, without an address: <c>lists locked remove iwf-csam</c>.</param>
    /// <param name="feed">The feed that was meant, or null for all.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>Whether it could be recorded: a box that has never run keeps no records.</returns>
    public static async Task<bool> RecordAsync(CommandContext context, string what, LockedFeedKind? feed, CancellationToken cancellationToken)
    {
        if (!Directory.Exists(context.DataFolder)) return false;
        await using var events = EventStore.Open(GatewayInputs.EventsFolder(context), context.Clock);
        await events.CommitAsync(
            new FilterEvent
            {
                Time = context.Clock.GetUtcNow(), Kind = EventKind.Audit, Reason = Reason.Locked, Category = feed?.Category, List = feed?.List, Rule = $"refused to {context.Actor}: {what}",
            },
            giveReference: false, cancellationToken);
        return true;
    }

    /// <summary>Records an attempt, and gives the refusal to throw.</summary>
    public static async Task<UserErrorException> OfAsync(CommandContext context, string what, LockedFeedKind? feed, CancellationToken cancellationToken)
    {
        var isRecorded = await RecordAsync(context, what, feed, cancellationToken);
        return new UserErrorException($"{what}: {Why}.{(isRecorded ? " This attempt is on record." : "")}", ExitCode.Refused);
    }
}
