using FilterGate.Events;
using FilterGate.Policy;

namespace FilterGate.Safeguarding.WhatIf;

/// <summary>Questions that somebody asks about an address on an illegal-content list: each answer is on record before it is shown, and there are few of them in a minute, whoever asks and wherever.</summary>
public static class LockedQuestions
{
    /// <summary>Answers that one box gives in <see cref="Window"/>: enough to show that a list works, too few to find out what is on it.</summary>
    public const int AnswersMax = 10;

    /// <summary>What they are counted in.</summary>
    public static TimeSpan Window { get; } = TimeSpan.FromMinutes(1);

    /// <summary>The record of an answer: who asked, and which entry, but never the address.</summary>
    /// <param name="question">What was asked.</param>
    /// <param name="policy">What decided.</param>
    /// <param name="decision">The answer, a locked hit.</param>
    /// <param name="asked">Who asked and where: <c>check by office</c>.</param>
    /// <param name="now">When.</param>
    public static FilterEvent EventOf(in Question question, PolicySnapshot policy, in Decision decision, string asked, DateTimeOffset now)
    {
        ArgumentNullException.ThrowIfNull(policy);
        var locked = decision.Locked ?? throw new ArgumentException("The answer is no locked hit.", nameof(decision));
        return new FilterEvent
        {
            Time = now, Kind = EventKind.Audit, Decision = decision.Verdict, Reason = decision.Reason, Tier = question.Client.Tier.Name, Category = decision.Category?.Slug, List = locked.List, EntryId = locked.EntryId,
            Rule = asked, PolicyVersion = policy.Version, ListsVersion = policy.Lists.Version,
        };
    }

    /// <summary>Writes the record; false, and nothing is written, when there were too many answers just now: then nothing may be shown.</summary>
    /// <exception cref="EventStoreException">It cannot be written: then nothing may be shown either.</exception>
    public static async Task<bool> TryRecordAsync(EventStore events, FilterEvent record, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(events);
        ArgumentNullException.ThrowIfNull(record);
        var recent = events.Search(new EventQuery { Since = record.Time - Window, Kinds = [EventKind.Audit], Limit = 1000 });
        if (recent.Events.Count(e => e.Reason == Reason.Locked) >= AnswersMax) return false;
        await events.CommitAsync(record, giveReference: false, cancellationToken);
        return true;
    }
}
