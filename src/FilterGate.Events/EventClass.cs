namespace FilterGate.Events;

/// <summary>How long an event is kept is decided by its class; each class of a month has a file of its own, so that forgetting is dropping files.</summary>
public enum EventClass : byte
{
    /// <summary>What somebody should see: blocks, warnings, what would have been either but for shadow mode, searches, attempts to get round the filter, trouble with TLS.</summary>
    Attention = 1,
    /// <summary>What was allowed: pages and their parts, where the policy keeps them.</summary>
    Allowed = 2,
    /// <summary>What people did about the filter: overrides, changes, checks of devices, looks at somebody's history.</summary>
    Audit = 3,
}

/// <summary>The class of an event, and its part of a file's name.</summary>
internal static class EventClasses
{
    /// <summary>Every class.</summary>
    internal static readonly EventClass[] All = Enum.GetValues<EventClass>();

    /// <summary>The class of a kind.</summary>
    internal static EventClass Of(EventKind kind) => kind switch
    {
        EventKind.Allow => EventClass.Allowed,
        EventKind.Override or EventKind.Audit or EventKind.Check => EventClass.Audit,
        _ => EventClass.Attention,
    };

    /// <summary>What stands between month and <c>.db</c>: nothing for what needs attention, which is what every file was called before there were classes.</summary>
    internal static string Suffix(this EventClass eventClass) => eventClass switch
    {
        EventClass.Attention => "",
        EventClass.Allowed => ".allowed",
        _ => ".audit",
    };
}
