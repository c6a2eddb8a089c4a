using System.Collections.Immutable;
using System.Globalization;

namespace FilterGate.Policy.People;

/// <summary>Somebody or something that is to be kept differently from now on.</summary>
/// <param name="Before">As it is.</param>
/// <param name="After">As it will be.</param>
public sealed record RosterChange<T>(T Before, T After);

/// <summary>Why a person or a device cannot be kept as asked.</summary>
/// <param name="Id">The id of the person or the name of the device that was asked for.</param>
/// <param name="Message">What is in the way, without a name of a person, and what to do.</param>
public sealed record RosterClash(string Id, string Message);

/// <summary>What keeping these people (or devices) would change. Immutable.</summary>
/// <param name="Added">Not there yet.</param>
/// <param name="Changed">There, but different.</param>
/// <param name="Missing">There, and not among those asked for; of people only those whose role is among them: a file of pupils says nothing about staff.</param>
/// <param name="Unchanged">How many are there just so.</param>
/// <param name="Clashes">What is in the way: with any, nothing is applied.</param>
public sealed record RosterDiff<T>(ImmutableArray<T> Added, ImmutableArray<RosterChange<T>> Changed, ImmutableArray<T> Missing, int Unchanged, ImmutableArray<RosterClash> Clashes);

/// <summary>Compares the roster with what a file or a command asks for.</summary>
/// <remarks>Those asked for are in order by themselves: no id, log-in name or address among them twice. Cost by the number of both.</remarks>
public static class RosterDiff
{
    /// <summary>What keeping these people would change.</summary>
    /// <param name="roster">As it is.</param>
    /// <param name="wanted">As asked.</param>
    /// <param name="removeMissing">Whether those missing will be gone, so that their log-in names are free.</param>
    public static RosterDiff<Person> OfPeople(Roster roster, IReadOnlyCollection<Person> wanted, bool removeMissing)
    {
        ArgumentNullException.ThrowIfNull(roster);
        ArgumentNullException.ThrowIfNull(wanted);
        var roles = wanted.Select(p => p.Role).ToHashSet();
        var (asked, added, changed, unchanged) = Sort(wanted, p => p.Id, roster.FindPerson);
        ImmutableArray<Person> missing = [.. roster.People.Where(p => !asked.Contains(p.Id) && roles.Contains(p.Role))];
        var staying = roster.People.Where(p => !asked.Contains(p.Id)).Except(removeMissing ? missing : []);
        var taken = Owners(staying, p => p.Account is null ? null : AccountName.Normalise(p.Account), p => p.Id, StringComparer.Ordinal);
        return new RosterDiff<Person>(added, changed, missing, unchanged,
        [
            .. wanted.Where(p => p.Account is not null && taken.ContainsKey(AccountName.Normalise(p.Account)))
                .Select(p => new RosterClash(p.Id, $"the log-in name of {p.Id} is {taken[AccountName.Normalise(p.Account!)]}'s already; give each person one of their own")),
        ]);
    }

    /// <summary>What keeping these devices would change.</summary>
    /// <param name="roster">As it is.</param>
    /// <param name="wanted">As asked.</param>
    /// <param name="removeMissing">Whether those missing will be gone, so that their addresses are free.</param>
    public static RosterDiff<Device> OfDevices(Roster roster, IReadOnlyCollection<Device> wanted, bool removeMissing)
    {
        ArgumentNullException.ThrowIfNull(roster);
        ArgumentNullException.ThrowIfNull(wanted);
        var (asked, added, changed, unchanged) = Sort(wanted, d => d.Name, roster.FindDeviceByName);
        ImmutableArray<Device> missing = [.. roster.Devices.Where(d => !asked.Contains(d.Name))];
        var staying = removeMissing ? [] : missing;
        var addresses = Owners(staying, d => d.Address?.ToString(), d => d.Name, StringComparer.Ordinal);
        var macs = Owners(staying, d => d.Mac?.ToString(), d => d.Name, StringComparer.Ordinal);
        var clashes = ImmutableArray.CreateBuilder<RosterClash>();
        foreach (var device in wanted)
        {
            if (device.Address is { } address && addresses.TryGetValue(address.ToString(), out var other))
                clashes.Add(new RosterClash(device.Name, $"{address} is the address of {other} already; correct one of the two, or remove {other} first"));
            if (device.Mac is { } mac && macs.TryGetValue(mac.ToString(), out other))
                clashes.Add(new RosterClash(device.Name, $"{MacAddress.Spell(mac)} is the hardware address of {other} already; correct one of the two, or remove {other} first"));
            if (device.Person is { } person && roster.FindPerson(person) is null)
                clashes.Add(new RosterClash(device.Name, $"it is on loan to '{person}', who is not among the people; import the people first, or correct the id"));
        }
        return new RosterDiff<Device>(added, changed, missing, unchanged, clashes.ToImmutable());
    }

    /// <summary>What differs between two states of one person.</summary>
    public static ImmutableArray<(string Field, string? Before, string? After)> Fields(RosterChange<Person> change)
    {
        ArgumentNullException.ThrowIfNull(change);
        var (before, after) = (change.Before, change.After);
        return Differing(
            ("name", before.Name, after.Name), ("group", before.Group, after.Group), ("role", Word(before.Role), Word(after.Role)), ("account", before.Account, after.Account),
            ("from", Spell(before.From), Spell(after.From)), ("until", Spell(before.Until), Spell(after.Until)));
    }

    /// <summary>What differs between two states of one device.</summary>
    public static ImmutableArray<(string Field, string? Before, string? After)> Fields(RosterChange<Device> change)
    {
        ArgumentNullException.ThrowIfNull(change);
        var (before, after) = (change.Before, change.After);
        return Differing(
            ("address", before.Address?.ToString(), after.Address?.ToString()), ("mac", MacAddress.Spell(before.Mac), MacAddress.Spell(after.Mac)), ("group", before.Group, after.Group),
            ("person", before.Person, after.Person), ("trolley", before.IsTrolley ? "yes" : "no", after.IsTrolley ? "yes" : "no"));
    }

    /// <summary>The word for a role, as files and the command line have it.</summary>
    public static string Word(PersonRole role) => role switch
    {
        PersonRole.Pupil => "pupil",
        PersonRole.Staff => "staff",
        PersonRole.Guest => "guest",
        _ => throw new System.Diagnostics.UnreachableException(),
    };

    private static (HashSet<string> Asked, ImmutableArray<T> Added, ImmutableArray<RosterChange<T>> Changed, int Unchanged) Sort<T>(IReadOnlyCollection<T> wanted, Func<T, string> id, Func<string, T?> find)
        where T : class
    {
        var asked = new HashSet<string>(RosterIds.Comparer);
        var (added, changed, unchanged) = (ImmutableArray.CreateBuilder<T>(), ImmutableArray.CreateBuilder<RosterChange<T>>(), 0);
        foreach (var item in wanted)
        {
            asked.Add(id(item));
            if (find(id(item)) is not { } there) added.Add(item);
            else if (there.Equals(item)) unchanged++;
            else changed.Add(new RosterChange<T>(there, item));
        }
        return (asked, added.ToImmutable(), changed.ToImmutable(), unchanged);
    }

    private static Dictionary<string, string> Owners<T>(IEnumerable<T> items, Func<T, string?> key, Func<T, string> id, StringComparer comparer)
    {
        var owners = new Dictionary<string, string>(comparer);
        foreach (var item in items)
            if (key(item) is { Length: > 0 } found) owners.TryAdd(found, id(item));
        return owners;
    }

    private static ImmutableArray<(string, string?, string?)> Differing(params ReadOnlySpan<(string Field, string? Before, string? After)> fields)
    {
        var differing = ImmutableArray.CreateBuilder<(string, string?, string?)>();
        foreach (var field in fields)
            if (field.Before != field.After) differing.Add(field);
        return differing.ToImmutable();
    }

    private static string? Spell(DateTimeOffset? time) => time?.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);
}
