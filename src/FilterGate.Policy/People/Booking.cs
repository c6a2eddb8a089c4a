namespace FilterGate.Policy.People;

/// <summary>A trolley that a class has for a time: its devices are that class's until then.</summary>
/// <param name="Id">Its number.</param>
/// <param name="Trolley">The trolley: the name of a device, or what the names of its devices begin with before a hyphen (<c>ipad</c> for <c>ipad-01</c> to <c>ipad-30</c>).</param>
/// <param name="Class">A group of the policy.</param>
/// <param name="Start">From this instant.</param>
/// <param name="End">Until just before this instant.</param>
public sealed record Booking(long Id, string Trolley, string Class, DateTimeOffset Start, DateTimeOffset End)
{
    /// <summary>True for a device of the trolley. No allocation.</summary>
    public bool Has(Device device)
    {
        ArgumentNullException.ThrowIfNull(device);
        return device.IsTrolley && IsIn(device.Name, Trolley);
    }

    /// <summary>True when a device of this name belongs to a trolley of that name, in any case.</summary>
    public static bool IsIn(string device, string trolley)
    {
        ArgumentNullException.ThrowIfNull(device);
        ArgumentNullException.ThrowIfNull(trolley);
        return device.StartsWith(trolley, StringComparison.OrdinalIgnoreCase) && (device.Length == trolley.Length || device[trolley.Length] == '-');
    }
}
