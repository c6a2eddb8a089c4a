namespace FilterGate.Events;

/// <summary>What a person did, to which many requests may belong. Stored: add, never renumber.</summary>
public enum ActKind : byte
{
    /// <summary>Looked at a page, by a link or a form.</summary>
    PageView = 1,
    /// <summary>Searched for something.</summary>
    Search = 2,
    /// <summary>Went to an address that was typed, or kept as a bookmark.</summary>
    TypedAddress = 3,
    /// <summary>Asked for a page that was refused.</summary>
    BlockedAct = 4,
    /// <summary>Used what an override opened.</summary>
    OverrideUse = 5,
    /// <summary>Tried to get round the filter.</summary>
    Circumvention = 6,
}

/// <summary>How somebody came to it, as far as the request shows. Stored: add, never renumber.</summary>
public enum Intent : byte
{
    /// <summary>No person asked for it: a page or a program did.</summary>
    Background = 1,
    /// <summary>By a link or a form.</summary>
    Clicked = 2,
    /// <summary>By the results of a search, or by searching.</summary>
    Searched = 3,
    /// <summary>The address was typed or kept as a bookmark.</summary>
    Typed = 4,
}
