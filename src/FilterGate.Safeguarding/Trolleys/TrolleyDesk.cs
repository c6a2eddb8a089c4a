using System.Globalization;
using FilterGate.Policy;
using FilterGate.Policy.Documents;
using FilterGate.Policy.People;
using FilterGate.Policy.TwoKeys;
using FilterGate.Safeguarding.Unblocks;
using FilterGate.State;

namespace FilterGate.Safeguarding.Trolleys;

/// <summary>Devices that classes borrow together.</summary>
/// <param name="Name">What the names of its devices begin with before a hyphen; the whole name of one that has none.</param>
/// <param name="Devices">How many there are.</param>
public sealed record Trolley(string Name, int Devices);

/// <summary>What became of giving a trolley to a class, with a sentence for the person who did it.</summary>
/// <param name="Outcome">How it ended.</param>
/// <param name="Message">The sentence.</param>
public sealed record TrolleyResult(UnblockOutcome Outcome, string Message);

/// <summary>Gives trolleys to classes for a lesson: a teacher on the site. The command line has the same limits, and may do it for single devices and times to come.</summary>
/// <remarks>In force in a running gateway within a second of the return, and on record. Safe from several processes.</remarks>
public sealed class TrolleyDesk(StateStore state, TimeProvider clock)
{
    /// <summary>Longer than this is no booking but a move: then the devices' group is changed.</summary>
    public static TimeSpan Longest { get; } = TimeSpan.FromDays(7);

    /// <summary>The trolleys of a roster, by name.</summary>
    public static IReadOnlyList<Trolley> Of(Roster roster)
    {
        ArgumentNullException.ThrowIfNull(roster);
        return [.. roster.Devices.Where(d => d.IsTrolley).GroupBy(d => d.Name.LastIndexOf('-') is var hyphen and > 0 ? d.Name[..hyphen] : d.Name, RosterIds.Comparer).Select(g => new Trolley(g.Key, g.Count())).OrderBy(t => t.Name, RosterIds.Comparer)];
    }

    /// <summary>True for a group that a trolley of pupils' devices may be given to: never one of staff, whose policy the devices would have.</summary>
    public static bool IsForPupils(Group group)
    {
        ArgumentNullException.ThrowIfNull(group);
        return !CategoryRules.IsOf(group.Tier.Name, "staff");
    }

    /// <summary>Who has each trolley now, or has it next.</summary>
    public static IReadOnlyDictionary<string, BookingRecord> Holders(StateStore state, DateTimeOffset now)
    {
        ArgumentNullException.ThrowIfNull(state);
        return state.Bookings(now).Where(b => b.EndedAt is null && b.Booking.End > now)
            .GroupBy(b => b.Booking.Trolley, RosterIds.Comparer).ToDictionary(g => g.Key, g => g.MinBy(b => b.Booking.Start)!, RosterIds.Comparer);
    }

    /// <summary>Gives a trolley to a class from now on.</summary>
    /// <param name="trolley">One of <see cref="Of"/>.</param>
    /// <param name="className">A class of the policy.</param>
    /// <param name="end">Until when; null for the bell.</param>
    /// <param name="personId">A teacher.</param>
    /// <param name="policy">The policy in force.</param>
    public TrolleyResult Give(string trolley, string className, DateTimeOffset? end, string personId, PolicySnapshot policy)
    {
        ArgumentNullException.ThrowIfNull(policy);
        if (!policy.Approvals.May(personId, Roles.Teacher)) return new(UnblockOutcome.RefusedByRule, "Only a teacher gives a trolley to a class here.");
        if (policy.FindGroup(className) is not { Kind: GroupKind.Class } group || !IsForPupils(group)) return new(UnblockOutcome.BadRequest, $"The policy has no class of pupils {className}.");
        if (Of(policy.InForce.Roster).FirstOrDefault(t => RosterIds.Comparer.Equals(t.Name, trolley)) is not { } found) return new(UnblockOutcome.BadRequest, "There is no such trolley.");
        var start = clock.GetUtcNow();
        if ((end ?? policy.Timetable.Bell(start)) is not { } until) return new(UnblockOutcome.BadRequest, "No lesson runs now, so there is no bell to end it. Choose a time.");
        if (until <= start) return new(UnblockOutcome.BadRequest, "The end is past. Choose a later time.");
        if (until - start > Longest) return new(UnblockOutcome.RefusedByRule, $"A trolley is given for {Longest.TotalDays.ToString(CultureInfo.InvariantCulture)} days at most.");
        var (booking, isTaken) = state.Book(found.Name, group.Name, start, until, reason: null, personId);
        return isTaken
            ? new(UnblockOutcome.AlreadyDecided, $"{policy.FindGroup(booking.Booking.Class)?.Title ?? booking.Booking.Class} has {booking.Booking.Trolley} from {Say(booking.Booking.Start)} until {Say(booking.Ends)}. When it is back, that class's teacher says so here.")
            : new(UnblockOutcome.Done, $"{group.Title} has {found.Name}.");

        string Say(DateTimeOffset time) => policy.Timetable.ToLocal(time) is var local && local.Date == policy.Timetable.ToLocal(start).Date ? local.ToString("HH:mm", CultureInfo.InvariantCulture) : local.ToString("d MMMM, HH:mm", CultureInfo.InvariantCulture);
    }

    /// <summary>A class gives a trolley back before its time: its own bookings of it end now, and nobody else's.</summary>
    public TrolleyResult TakeBack(string trolley, string className, string personId, PolicySnapshot policy)
    {
        ArgumentNullException.ThrowIfNull(policy);
        if (!policy.Approvals.May(personId, Roles.Teacher)) return new(UnblockOutcome.RefusedByRule, "Only a teacher takes a trolley back here.");
        if (string.IsNullOrWhiteSpace(trolley) || string.IsNullOrWhiteSpace(className)) return new(UnblockOutcome.BadRequest, "Which trolley, and of which class?");
        return state.EndBookings(trolley, reason: null, personId, className).Count > 0 ? new(UnblockOutcome.Done, $"{trolley} is back.") : new(UnblockOutcome.NotFound, "That class does not have it.");
    }
}
