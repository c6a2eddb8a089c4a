using System.Collections.Immutable;

namespace FilterGate.Lists.Sources;

/// <summary>What came of an update of one source.</summary>
public enum SourceOutcome
{
    /// <summary>A new version is in force.</summary>
    Updated,

    /// <summary>The publisher has nothing newer.</summary>
    NotModified,

    /// <summary>An older version was put in force again.</summary>
    RolledBack,

    /// <summary>Left alone: a person rolled it back, and only a person who names it brings it forward.</summary>
    Held,

    /// <summary>Fetched and kept aside: it differs so much that a person has to agree first.</summary>
    Refused,

    /// <summary>Fetched and kept aside, as was asked, to be looked at before it takes force.</summary>
    Waiting,

    /// <summary>Could not be fetched or used. What was in force stays.</summary>
    Failed,

    /// <summary>Another process updates it just now.</summary>
    Busy,
}

/// <summary>Whose fault a failure is.</summary>
public enum SourceFailure
{
    /// <summary>There is none.</summary>
    None,

    /// <summary>The line, the server, or what it sent.</summary>
    World,

    /// <summary>A fault of ours.</summary>
    Ours,
}

/// <summary>What came of one source.</summary>
/// <param name="Id">The source.</param>
/// <param name="Outcome">How it ended.</param>
/// <param name="Message">The same in plain words, with what to do where there is something.</param>
/// <param name="Version">The version in force now, or null when there is none.</param>
/// <param name="Entries">Its entries, or null.</param>
/// <param name="EntriesBefore">Entries of the version that was in force before, or null when there was none.</param>
/// <param name="Failure">Whose fault a failure is.</param>
public sealed record SourceResult(string Id, SourceOutcome Outcome, string Message, string? Version = null, long? Entries = null, long? EntriesBefore = null, SourceFailure Failure = SourceFailure.None)
{
    /// <summary>What was left out on purpose, such as links in an archive.</summary>
    public ImmutableArray<string> Notes { get; init; } = [];

    /// <summary>True when something else is in force than before.</summary>
    public bool IsChange => Outcome is SourceOutcome.Updated or SourceOutcome.RolledBack;
}

/// <summary>How far the update of a source is.</summary>
/// <param name="Id">The source.</param>
/// <param name="Bytes">Bytes fetched so far.</param>
/// <param name="BytesTotal">Bytes there are to fetch, or null when the server does not say.</param>
/// <param name="IsFetched">True once it is being unpacked and checked.</param>
public readonly record struct SourceProgress(string Id, long Bytes, long? BytesTotal, bool IsFetched);

/// <summary>One source as it stands.</summary>
/// <param name="Source">The source.</param>
/// <param name="IsInUse">Whether its lists are in force.</param>
/// <param name="State">What is known of it; an empty state when it was never fetched.</param>
/// <param name="IsStale">In use, and no update has succeeded for three times its cadence.</param>
public sealed record SourceStatus(CatalogueSource Source, bool IsInUse, SourceState State, bool IsStale);

/// <summary>Versions took force on disk, and could not be compiled: the matcher still has what it had. The next update compiles again.</summary>
/// <param name="results">What came of each source.</param>
/// <param name="problem">Why.</param>
public sealed class ListsNotCompiledException(IReadOnlyList<SourceResult> results, ListLoadException problem)
    : Exception($"The lists were fetched but could not be compiled, so the old ones still decide; the next update tries it again. {problem.Message}", problem)
{
    /// <summary>What came of each source.</summary>
    public IReadOnlyList<SourceResult> Results { get; } = results;
}

/// <summary>A source that cannot be fetched or used. Its message is for people and names no file of theirs.</summary>
/// <param name="message">What is wrong.</param>
/// <param name="isTransient">Whether trying again soon may help.</param>
/// <param name="retryAfter">How long the server asks us to wait, or null.</param>
/// <param name="inner">What it came from.</param>
internal sealed class SourceException(string message, bool isTransient = false, TimeSpan? retryAfter = null, Exception? inner = null) : Exception(message, inner)
{
    public bool IsTransient { get; } = isTransient;

    public TimeSpan? RetryAfter { get; } = retryAfter;
}
