namespace FilterGate.Policy.People;

/// <summary>What somebody is to the school.</summary>
/// <remarks>Stored by number: add, never renumber.</remarks>
public enum PersonRole
{
    /// <summary>Learns here.</summary>
    Pupil,

    /// <summary>Works here.</summary>
    Staff,

    /// <summary>Is here for a while: a trainee, a visitor.</summary>
    Guest,
}

/// <summary>Somebody who uses the school's network.</summary>
/// <param name="Id">The school's own id, such as <c>p123</c>; never a name, because it stands in audits and events. See <see cref="RosterIds"/>.</param>
/// <param name="Name">The name, for those who may see it.</param>
/// <param name="Group">The name of a group of the policy (a class, a department), or null.</param>
/// <param name="Role">What he or she is to the school.</param>
public sealed record Person(string Id, string Name, string? Group, PersonRole Role)
{
    /// <summary>The log-in name as the school writes it, or null. Compared as <see cref="AccountName.Normalise"/> says.</summary>
    public string? Account { get; init; }

    /// <summary>Access begins at this instant; null for always.</summary>
    public DateTimeOffset? From { get; init; }

    /// <summary>Access ends just before this instant; null for never.</summary>
    public DateTimeOffset? Until { get; init; }

    /// <summary>True when the person's time has come and is not over.</summary>
    public bool IsCurrent(DateTimeOffset time) => !(time < From) && !(time >= Until);
}
