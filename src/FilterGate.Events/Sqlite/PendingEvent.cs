namespace FilterGate.Events.Sqlite;

/// <summary>An event on its way to the disk.</summary>
/// <param name="filterEvent">As the caller gave it.</param>
/// <param name="giveReference">True when the writer draws a reference for it.</param>
/// <param name="enqueued">When it was queued, as a timestamp of the store's clock.</param>
/// <param name="committed">Completed with the event as stored; null when nobody waits.</param>
internal sealed class PendingEvent(FilterEvent filterEvent, bool giveReference, long enqueued, TaskCompletionSource<FilterEvent>? committed)
{
    internal FilterEvent Event { get; } = filterEvent;

    internal EventFile File { get; } = EventFile.Of(filterEvent);

    internal bool GiveReference { get; } = giveReference;

    internal long Enqueued { get; } = enqueued;

    internal bool HasWaiter => committed is not null;

    /// <summary>Drawn once and kept over repeated attempts, so that a commit whose answer was lost is recognised.</summary>
    internal Reference? Reference { get; set; } = Events.Reference.TryParse(filterEvent.Reference, out var given) ? given : null;

    internal void Complete() => committed?.TrySetResult(GiveReference ? Event with { Reference = Reference?.ToString() } : Event);

    internal void Fail(Exception exception) => committed?.TrySetException(exception);
}
