namespace FilterGate.Commands;

/// <summary>What a command's exit code says to a script. A change here is a change of a public interface.</summary>
internal static class ExitCode
{
    /// <summary>Done; for a decision: allowed or log-only.</summary>
    public const int Done = 0;

    /// <summary>Our fault: a bug, never the caller's.</summary>
    public const int OurFault = 1;

    /// <summary>For <c>works</c>: a site could not be reached, and the policy is not in the way. Nobody's fault here, but not done.</summary>
    public const int NotReached = 1;

    /// <summary>Usage, configuration or environment: the message says what to change. Parse errors too.</summary>
    public const int Usage = 2;

    /// <summary>A decision other than allow: blocked, warned or over quota.</summary>
    public const int Blocked = 3;

    /// <summary>A rule of the house refuses it: a locked list, a category that nothing bypasses, one's own request.</summary>
    public const int Refused = 4;

    /// <summary>Stopped by the caller (Ctrl-C) before it was done: what a shell shows for SIGINT.</summary>
    public const int Interrupted = 130;
}
