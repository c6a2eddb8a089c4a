using FilterGate.Policy;

namespace FilterGate.Proxy;

/// <summary>The policy snapshot in force, swapped whole. Reading is one volatile read; safe from any thread.</summary>
/// <remarks>A request reads it once per decision and never keeps it, so that an hour-long stream pins no old policy.</remarks>
public sealed class CurrentPolicy(PolicySnapshot initial)
{
    private PolicySnapshot _snapshot = initial;

    /// <summary>The snapshot in force at this instant.</summary>
    public PolicySnapshot Snapshot => Volatile.Read(ref _snapshot);

    /// <summary>Raised after another snapshot is in force, on the publisher's thread.</summary>
    public event EventHandler? Published;

    /// <summary>Puts a new snapshot in force. Requests that have been decided keep their decision.</summary>
    public void Publish(PolicySnapshot snapshot)
    {
        Volatile.Write(ref _snapshot, snapshot);
        Published?.Invoke(this, EventArgs.Empty);
    }
}
