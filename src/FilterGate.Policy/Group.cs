namespace FilterGate.Policy;

/// <summary>What a group is in the life of a school.</summary>
public enum GroupKind
{
    /// <summary>A phase, from nursery to key stage 4.</summary>
    Phase,
    /// <summary>A year.</summary>
    Year,
    /// <summary>A class: what a lesson and a class session are for.</summary>
    Class,
    /// <summary>Teachers and others who work with children.</summary>
    Staff,
    /// <summary>The office.</summary>
    Office,
    /// <summary>Visitors and trainees.</summary>
    Guest,
}

/// <summary>A set of people or devices, mapped to a tier. A class lies within a year, a year within a phase: what holds for one holds for those within it. Immutable.</summary>
/// <param name="Name">Its name, such as <c>4b</c>.</param>
/// <param name="Kind">What it is.</param>
/// <param name="Title">Its name for people, such as <c>Class 4B</c>.</param>
/// <param name="Parent">The group that it lies within, or null.</param>
/// <param name="Tier">Its tier, with the settings of the group and of those around it laid over.</param>
public sealed record Group(string Name, GroupKind Kind, string Title, Group? Parent, Tier Tier)
{
    /// <summary>True for this group's own name and those of the groups around it. No allocation; cost by the depth.</summary>
    public bool IsWithin(string name)
    {
        for (var group = this; group is not null; group = group.Parent)
            if (group.Name == name) return true;
        return false;
    }

    /// <inheritdoc/>
    public override string ToString() => Name;
}
