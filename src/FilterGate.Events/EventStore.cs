namespace FilterGate.Events;

/// <summary>Limits of the event writer.</summary>
public sealed record EventStoreOptions
{
    /// <summary>Events that may wait to be written. When it is full the request that brings the next one waits: nothing is dropped. Default 10,000.</summary>
    public int QueueMax { get; init; } = 10_000;
    /// <summary>How long a batch collects before it is committed. Default 50 ms.</summary>
    public TimeSpan BatchTime { get; init; } = TimeSpan.FromMilliseconds(50);
    /// <summary>Rows in one commit at most. Default 5,000.</summary>
    public int BatchMax { get; init; } = 5_000;
}

/// <summary>The events: one SQLite file per month under one folder, one writer thread, <c>synchronous=FULL</c>. Safe from several threads; several processes may write.</summary>
public sealed class EventStore : IAsyncDisposable
{
    /// <summary>Opens the folder, making or migrating this month's file.</summary>
    /// <exception cref="EventStoreException">The folder or a file cannot be used: says what to do.</exception>
    public static EventStore Open(string folder, TimeProvider clock, EventStoreOptions? options = null) => throw new NotImplementedException();

    /// <summary>Puts an event in the queue and returns when it is there; it waits while the queue is full or its oldest event is over a second old.</summary>
    public ValueTask EnqueueAsync(FilterEvent filterEvent, CancellationToken cancellationToken = default) => throw new NotImplementedException();

    /// <summary>Writes an event and returns once it is committed to disk: what a page shows is on record. With <paramref name="giveReference"/> it returns the event with its reference.</summary>
    /// <exception cref="EventStoreException">It could not be written; the caller refuses the request rather than go on unrecorded.</exception>
    public Task<FilterEvent> CommitAsync(FilterEvent filterEvent, bool giveReference, CancellationToken cancellationToken = default) => throw new NotImplementedException();

    /// <summary>Events that match, a page at a time.</summary>
    public EventPage Search(EventQuery query) => throw new NotImplementedException();

    /// <summary>The event with this reference (any spelling), or null.</summary>
    public FilterEvent? FindByReference(string reference) => throw new NotImplementedException();

    /// <summary>Writes what waits and closes.</summary>
    public ValueTask DisposeAsync() => throw new NotImplementedException();
}

/// <summary>Which events to find. Null means any.</summary>
public sealed record EventQuery
{
    /// <summary>From this instant on.</summary>
    public DateTimeOffset? Since { get; init; }
    /// <summary>Before this instant.</summary>
    public DateTimeOffset? Until { get; init; }
    /// <summary>Only this tier.</summary>
    public string? Tier { get; init; }
    /// <summary>Only this category.</summary>
    public string? Category { get; init; }
    /// <summary>Only this host and its sub-domains.</summary>
    public string? Host { get; init; }
    /// <summary>Only this source address.</summary>
    public string? Client { get; init; }
    /// <summary>Only this person.</summary>
    public string? Person { get; init; }
    /// <summary>Only these kinds; empty for every kind.</summary>
    public IReadOnlyList<EventKind> Kinds { get; init; } = [];
    /// <summary>Events older than this id (keyset paging, newest first), or null from the newest.</summary>
    public Guid? Before { get; init; }
    /// <summary>Events newer than this id: what came since, for <c>tail</c>.</summary>
    public Guid? After { get; init; }
    /// <summary>At most so many. Default 100.</summary>
    public int Limit { get; init; } = 100;
}

/// <summary>A page of events, newest first.</summary>
/// <param name="Events">The events.</param>
/// <param name="HasMore">True when older ones match too: ask again with <see cref="EventQuery.Before"/> the last id.</param>
/// <param name="Problems">Month files that could not be read, in plain words; the others are.</param>
public sealed record EventPage(IReadOnlyList<FilterEvent> Events, bool HasMore, IReadOnlyList<string> Problems);

/// <summary>The event store cannot be used; the message says what to do.</summary>
public sealed class EventStoreException(string message, Exception? inner = null) : Exception(message, inner);
