namespace FilterGate.State;

/// <summary>What came of an act. Stored: add, never renumber.</summary>
public enum Conclusion : byte
{
    /// <summary>What was concluded is taken back: the act is open again.</summary>
    None = 0,
    /// <summary>Looked at, and nothing to do.</summary>
    NoConcern = 1,
    /// <summary>Somebody talks with the child.</summary>
    Talk = 2,
    /// <summary>A concern: it goes the school's own way from here.</summary>
    Concern = 3,
}

/// <summary>A conclusion about an act, with who, when and a note.</summary>
public sealed record ActReview(long Id, Guid Act, DateTimeOffset ActTime, Conclusion Conclusion, string? Note, long Batch, DateTimeOffset At, string By);

/// <summary>How many acts of a period were concluded how; each by its newest conclusion.</summary>
/// <param name="NoConcern">Nothing to do.</param>
/// <param name="Talk">Talk.</param>
/// <param name="Concern">Concerns.</param>
/// <param name="Reviewers">Who concluded them, by id, the one with the most first.</param>
public sealed record ReviewCounts(long NoConcern, long Talk, long Concern, IReadOnlyList<string> Reviewers)
{
    /// <summary>All of them.</summary>
    public long Total => NoConcern + Talk + Concern;
}

/// <summary>A day that somebody called done.</summary>
/// <param name="Day">By the school's clock.</param>
/// <param name="At">When.</param>
/// <param name="By">Who.</param>
/// <param name="Reviewed">Acts concluded that day.</param>
/// <param name="Open">Items that were left.</param>
public sealed record DoneDay(DateOnly Day, DateTimeOffset At, string By, int Reviewed, int Open);

/// <summary>A term that somebody has signed, with what stood there then.</summary>
public sealed record TermSignature(long Id, DateOnly Since, DateOnly Until, ReviewCounts Counts, int DaysDone, string Note, DateTimeOffset At, string By);

/// <summary>A choice of a page that somebody keeps under a name.</summary>
public sealed record SavedView(long Id, string Name, string Query);
