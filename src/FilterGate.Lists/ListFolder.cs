namespace FilterGate.Lists;

/// <summary>Where the lists of a box are: <c>lists/</c> in its data folder.</summary>
/// <param name="Root">The folder, absolute.</param>
/// <remarks>
/// <code>
/// lists/
///   locked.key            the box's key for locked entries (0600)
///   locked/FEED.fgk       keyed hashes of one feed; FEED.json its state
///   sources/SOURCE/       what was fetched: a folder a version, and state.json
///   compiled/             compiled lists (.fgl) with their provenance (.fgp)
///   in-force.json         which of them are in force; replaced whole
///   past/                 what was in force before, to explain a past page with
/// </code>
/// </remarks>
public sealed record ListFolder(string Root)
{
    /// <summary>Keyed hashes of the locked feeds.</summary>
    public string Locked => Path.Combine(Root, "locked");

    /// <summary>The box's key for locked entries.</summary>
    public string LockedKey => Path.Combine(Root, "locked.key");

    /// <summary>What was fetched, a folder a source.</summary>
    public string Sources => Path.Combine(Root, "sources");

    /// <summary>Compiled lists.</summary>
    public string Compiled => Path.Combine(Root, "compiled");

    /// <summary>What was in force before.</summary>
    public string Past => Path.Combine(Root, "past");

    /// <summary>Names the compiled lists in force. Its time of change tells a running gateway to look.</summary>
    public string InForce => Path.Combine(Root, "in-force.json");
}
