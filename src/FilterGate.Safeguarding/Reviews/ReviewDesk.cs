using FilterGate.Policy.People;
using FilterGate.Policy.Timetables;
using FilterGate.State;

namespace FilterGate.Safeguarding.Reviews;

/// <summary>What people say of acts: conclusions, days that are done, terms that are signed. Whose acts somebody may see has been asked before.</summary>
public sealed class ReviewDesk(StateStore state)
{
    /// <summary>Concludes acts.</summary>
    /// <param name="acts">Ids and times.</param>
    /// <param name="conclusion">What came of them.</param>
    /// <param name="note">A note, perhaps blank.</param>
    /// <param name="person">Who.</param>
    /// <param name="batch">The number with which it is taken back.</param>
    /// <returns>What is wrong, or null when it is done.</returns>
    public string? Conclude(IReadOnlyCollection<(Guid Act, DateTimeOffset Time)> acts, Conclusion conclusion, string? note, string person, out long batch)
    {
        ArgumentNullException.ThrowIfNull(acts);
        batch = 0;
        note = string.IsNullOrWhiteSpace(note) ? null : note.Trim();
        if (acts.Count == 0) return "Choose at least one act.";
        if (conclusion is not (Conclusion.NoConcern or Conclusion.Talk or Conclusion.Concern)) return "No concern, talk or concern? Nothing was changed.";
        if (note?.Length > StateStore.ReviewNoteMax) return $"A note has at most {StateStore.ReviewNoteMax} characters; this one has {note.Length}. What is more belongs in the record of the incident.";
        batch = state.ConcludeActs(acts, conclusion, note, person);
        return null;
    }

    /// <summary>Signs a term: what was concluded in it, as it stands now.</summary>
    /// <remarks>Whoever reviewed all of it alone does not sign it: a second pair of eyes is what a signature is for.</remarks>
    /// <returns>What is wrong, or null when it is signed.</returns>
    public string? Sign(DateOnly since, DateOnly until, string? note, string person, Timetable times, DateTimeOffset now)
    {
        ArgumentNullException.ThrowIfNull(times);
        note = note?.Trim() ?? "";
        if (until < since) return "The last day is before the first. Choose the term's first and last day.";
        if (since > times.DayOf(now)) return "That time has not begun yet.";
        if (until.DayNumber - since.DayNumber > 370) return "That is over a year. Sign term by term.";
        if (note.Length > StateStore.ReviewNoteMax) return $"A note has at most {StateStore.ReviewNoteMax} characters; this one has {note.Length}.";
        return state.SignTerm((since, until), (times.StartOf(since), times.StartOf(until.AddDays(1))), note, person, counts => WhyNotSign(counts, person));
    }

    /// <summary>Why this person may not sign what stands there, or null.</summary>
    public static string? WhyNotSign(ReviewCounts counts, string person)
    {
        ArgumentNullException.ThrowIfNull(counts);
        return counts.Reviewers is [var only] && RosterIds.Comparer.Equals(only, person)
            ? "You reviewed everything in this time yourself, and nobody signs their own work alone. Ask the head, a senior colleague or the chair of governors to sign it."
            : null;
    }
}
