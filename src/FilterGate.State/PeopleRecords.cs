using FilterGate.Policy.People;

namespace FilterGate.State;

/// <summary>A person to be kept, with what the record of access says.</summary>
/// <param name="Person">The person.</param>
public sealed record PersonEntry(Person Person)
{
    /// <summary>The day on which the agreement on acceptable use was signed; null leaves what is known.</summary>
    public DateOnly? Agreement { get; init; }

    /// <summary>The id of whoever let a guest in; null leaves what is known.</summary>
    public string? AuthorisedBy { get; init; }
}

/// <summary>One line of the record of everybody granted access.</summary>
/// <param name="Id">Its number, from 1.</param>
/// <param name="Person">The id of the person.</param>
/// <param name="Name">The name, for those who may see it.</param>
/// <param name="Group">The group, or null.</param>
/// <param name="Role">What he or she is to the school.</param>
/// <param name="GrantedAt">When access was granted.</param>
/// <param name="GrantedBy">The account that granted it.</param>
public sealed record AccessRecord(long Id, string Person, string Name, string? Group, PersonRole Role, DateTimeOffset GrantedAt, string GrantedBy)
{
    /// <summary>The first instant of the person's time, or null.</summary>
    public DateTimeOffset? From { get; init; }

    /// <summary>The instant at which it ends by itself, or null.</summary>
    public DateTimeOffset? Until { get; init; }

    /// <summary>The day on which the agreement was signed, or null: nobody has said.</summary>
    public DateOnly? Agreement { get; init; }

    /// <summary>Who let a guest in, or null.</summary>
    public string? AuthorisedBy { get; init; }

    /// <summary>When the person left the record, or null.</summary>
    public DateTimeOffset? EndedAt { get; init; }

    /// <summary>The account that ended it.</summary>
    public string? EndedBy { get; init; }

    /// <summary>Why.</summary>
    public string? EndReason { get; init; }
}

/// <summary>A withdrawal as stored, with who, when and why.</summary>
public sealed record WithdrawalRecord(
    long Id, string? Person, string? Device, DateTimeOffset Start, DateTimeOffset? End, string Reason, string Actor, DateTimeOffset? RestoredAt, string? RestoredBy, string? RestoreReason);
