namespace FilterGate.Matching;

/// <summary>How much of an address the gateway could see.</summary>
public enum Seen
{
    /// <summary>The whole URL: plain HTTP, or HTTPS that the gateway reads.</summary>
    Url,

    /// <summary>The host alone: a tunnel. Rules with a path find nothing.</summary>
    Host,
}
