using System.Collections.Frozen;
using System.Collections.Immutable;

namespace FilterGate.Policy.People;

/// <summary>Access taken from a person or a device, from <paramref name="Start"/> until just before <paramref name="End"/>. Help sites still answer.</summary>
/// <param name="Id">Its number in <c>state.db</c>, from 1; 0 where the roster itself says that somebody's time has not come or is over.</param>
/// <param name="Person">The id of a person; null where a device is meant.</param>
/// <param name="Device">The name of a device; null where a person is meant.</param>
/// <param name="Start">From this instant.</param>
/// <param name="End">Until this instant; null until somebody restores it.</param>
/// <param name="Reason">Why, in the words of whoever did it: for staff, never for a block page.</param>
public sealed record Withdrawal(long Id, string? Person, string? Device, DateTimeOffset Start, DateTimeOffset? End, string Reason)
{
    /// <summary>True when it is in force at this instant.</summary>
    public bool IsLive(DateTimeOffset time) => Start <= time && !(time >= End);
}

/// <summary>Whose access is withdrawn (step 4 of the order of decisions). Immutable; judged at the question's time, so that one with an end ends by itself. Safe from any thread.</summary>
public sealed class WithdrawalTable
{
    private readonly FrozenDictionary<string, Withdrawal[]> _byPerson;
    private readonly FrozenDictionary<string, Withdrawal[]> _byDevice;

    /// <summary>Makes a table; the order does not matter.</summary>
    /// <param name="withdrawals">What people have withdrawn.</param>
    /// <param name="roster">Whose time has not come or is over has no access either: somebody who left keeps none on a device still on loan.</param>
    public WithdrawalTable(IEnumerable<Withdrawal> withdrawals, Roster roster)
    {
        ArgumentNullException.ThrowIfNull(roster);
        All = [.. withdrawals];
        var all = All.Concat(roster.People.SelectMany(OutsideTerm)).ToList();
        _byPerson = Index(all, w => w.Person);
        _byDevice = Index(all, w => w.Device);
    }

    /// <summary>No withdrawals.</summary>
    public static WithdrawalTable Empty { get; } = new([], Roster.Empty);

    /// <summary>What people have withdrawn, also what is not in force yet or no longer.</summary>
    public ImmutableArray<Withdrawal> All { get; }

    /// <summary>The withdrawal in force for this client, or null: its person's, else its device's; of several the one that ends last. Does not allocate.</summary>
    public Withdrawal? Find(Client client, DateTimeOffset time)
    {
        ArgumentNullException.ThrowIfNull(client);
        return Live(_byPerson, client.Person, time) ?? Live(_byDevice, client.Device, time);
    }

    /// <summary>The withdrawal in force for this person, or null.</summary>
    public Withdrawal? FindPerson(string id, DateTimeOffset time) => Live(_byPerson, id, time);

    /// <summary>The withdrawal in force for this device, or null.</summary>
    public Withdrawal? FindDevice(string name, DateTimeOffset time) => Live(_byDevice, name, time);

    private static Withdrawal? Live(FrozenDictionary<string, Withdrawal[]> index, string? key, DateTimeOffset time)
    {
        if (key is null || !index.TryGetValue(key, out var withdrawals)) return null;
        foreach (var withdrawal in withdrawals)
            if (withdrawal.IsLive(time)) return withdrawal;
        return null;
    }

    private static IEnumerable<Withdrawal> OutsideTerm(Person person)
    {
        if (person.From is { } from) yield return new Withdrawal(0, person.Id, null, DateTimeOffset.MinValue, from, "access has not begun");
        if (person.Until is { } until) yield return new Withdrawal(0, person.Id, null, until, null, "access has ended");
    }

    private static FrozenDictionary<string, Withdrawal[]> Index(IEnumerable<Withdrawal> all, Func<Withdrawal, string?> key) =>
        all.Where(w => key(w) is not null).GroupBy(w => key(w)!, RosterIds.Comparer)
            .ToFrozenDictionary(g => g.Key, g => g.OrderByDescending(w => w.End ?? DateTimeOffset.MaxValue).ThenBy(w => w.Id).ToArray(), RosterIds.Comparer);
}
