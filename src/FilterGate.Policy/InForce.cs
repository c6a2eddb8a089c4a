using System.Collections.Frozen;
using FilterGate.Policy.Passes;
using FilterGate.Policy.People;

namespace FilterGate.Policy;

/// <summary>Everything beside the document and the lists that decides: what people have opened, closed, given and withdrawn. Read from <c>state.db</c> and swapped whole. Immutable.</summary>
public sealed record InForce
{
    /// <summary>Nothing: a new box.</summary>
    public static InForce Nothing { get; } = new();

    /// <summary>The people and devices of the school.</summary>
    public Roster Roster { get; init; } = Roster.Empty;

    /// <summary>Whose access is withdrawn (step 4).</summary>
    public WithdrawalTable Withdrawals { get; init; } = WithdrawalTable.Empty;

    /// <summary>Overrides (step 6).</summary>
    public OverrideTable Overrides { get; init; } = OverrideTable.Empty;

    /// <summary>Emergency blocks (step 3).</summary>
    public EmergencyBlockTable EmergencyBlocks { get; init; } = EmergencyBlockTable.Empty;

    /// <summary>Class sessions (step 7).</summary>
    public SessionTable Sessions { get; init; } = SessionTable.Empty;

    /// <summary>Hosts whose HTTPS a technician has let pass unread, canonical: each by itself, without its sub-domains.</summary>
    public FrozenSet<string> PassedUnread { get; init; } = FrozenSet<string>.Empty;

    /// <summary>Warnings gone past, slices that run, and minutes used (steps 9 and 12).</summary>
    public PassTable Passes { get; init; } = PassTable.Empty;
}
