using FilterGate.Events;
using FilterGate.Policy;
using FilterGate.Policy.People;
using FilterGate.Policy.TwoKeys;
using FilterGate.Review.Accounts;

namespace FilterGate.Review.Site;

/// <summary>Whose act something is.</summary>
public enum Subject
{
    /// <summary>A pupil's, or of a device that nobody knows: it is filtered as a pupil's, and reviewed as one.</summary>
    Pupil,
    /// <summary>A guest's.</summary>
    Guest,
    /// <summary>Of a member of staff.</summary>
    Staff,
    /// <summary>The head's own.</summary>
    Head,
}

/// <summary>Whose acts somebody may see. Pupils' and guests': lead, deputies and head. Staff's: the head, and the lead where the policy says so. The head's own: the chair of governors alone. Nobody sees their own.</summary>
/// <remarks>Immutable, for one page: policy and roster as they are now. A page of acts asks for each; what nobody may see is left out and never counted.</remarks>
public sealed class Sight
{
    private readonly PolicySnapshot _policy;
    private readonly Approvals _approvals;
    private readonly string? _self, _head;

    private Sight(PolicySnapshot policy, Standing? standing, SiteRole roles)
    {
        (_policy, _approvals, _self) = (policy, policy.Approvals, standing?.Person);
        _head = _approvals.Keys.FirstOrDefault(key => key.Role == Roles.Head)?.Holder;
        var isLead = (roles & (SiteRole.Lead | SiteRole.Deputy)) != SiteRole.Nobody;
        var isHead = roles.HasFlag(SiteRole.Head);
        SeesPupils = isLead || isHead || roles.HasFlag(SiteRole.Trial);
        SeesStaff = isHead || roles.HasFlag(SiteRole.Trial) || (isLead && _approvals.StaffActsSeenBy.Contains(Roles.Lead, StringComparer.Ordinal));
        SeesHead = roles.HasFlag(SiteRole.Chair) || roles.HasFlag(SiteRole.Trial);
    }

    /// <summary>True where pupils' and guests' acts are seen.</summary>
    public bool SeesPupils { get; }

    /// <summary>True where acts of staff are seen.</summary>
    public bool SeesStaff { get; }

    /// <summary>True where the head's acts are seen.</summary>
    public bool SeesHead { get; }

    /// <summary>The one person whose acts are all that is seen, or null: a search then asks for that person alone.</summary>
    public string? OnlyPerson => SeesHead && !SeesPupils && !SeesStaff ? _head : null;

    /// <summary>What a viewer sees under a policy.</summary>
    public static Sight Of(Viewer viewer, PolicySnapshot policy)
    {
        ArgumentNullException.ThrowIfNull(viewer);
        ArgumentNullException.ThrowIfNull(policy);
        return new Sight(policy, viewer.Standing, viewer.Roles);
    }

    /// <summary>True when this event may be seen.</summary>
    public bool Sees(FilterEvent filterEvent)
    {
        ArgumentNullException.ThrowIfNull(filterEvent);
        return Sees(filterEvent.Person, filterEvent.Device, filterEvent.Group, filterEvent.Tier);
    }

    /// <summary>True when what this person did may be seen; also for somebody whom the roster no longer has.</summary>
    public bool SeesPerson(string person) => Sees(person, device: null, group: null, tier: null);

    /// <summary>True when what a device did may be seen.</summary>
    public bool SeesDevice(string device) => Sees(person: null, device, group: null, tier: null);

    /// <summary>True for a <see cref="FilterEvent.Who"/>: <c>person:p123</c>, <c>device:ipad-14</c>, <c>client:10.20.1.7</c>; in an address's case the tier says whose it is.</summary>
    public bool SeesWho(string? who, string? group, string? tier) => who?.Split(':', 2) switch
    {
        ["person", var id] => Sees(id, device: null, group, tier),
        ["device", var name] => Sees(person: null, name, group, tier),
        _ => Sees(person: null, device: null, group, tier),
    };

    /// <summary>Whose something is.</summary>
    public Subject Of(string? person, string? device, string? group, string? tier)
    {
        // A device on loan is its person's, also where an event was written before it was lent.
        person ??= device is null ? null : _policy.InForce.Roster.FindDeviceByName(device)?.Person;
        if (person is not null)
        {
            if (_head is not null && RosterIds.Comparer.Equals(person, _head)) return Subject.Head;
            if (_policy.InForce.Roster.FindPerson(person) is { } known)
                return known.Role switch { PersonRole.Staff => Subject.Staff, PersonRole.Guest => Subject.Guest, _ => Subject.Pupil };
            if (!_approvals.RolesOf(person).IsEmpty) return Subject.Staff;
        }
        group ??= device is null ? null : _policy.InForce.Roster.FindDeviceByName(device)?.Group;
        return _policy.FindGroup(group)?.Kind switch
        {
            GroupKind.Staff or GroupKind.Office => Subject.Staff,
            GroupKind.Guest => Subject.Guest,
            not null => Subject.Pupil,
            null when tier?.StartsWith("staff", StringComparison.OrdinalIgnoreCase) == true => Subject.Staff,
            null when tier?.StartsWith("guest", StringComparison.OrdinalIgnoreCase) == true => Subject.Guest,
            null => Subject.Pupil,
        };
    }

    private bool Sees(string? person, string? device, string? group, string? tier)
    {
        var owner = person ?? (device is null ? null : _policy.InForce.Roster.FindDeviceByName(device)?.Person);
        if (owner is not null && RosterIds.Comparer.Equals(owner, _self)) return false;
        return Of(person, device, group, tier) switch
        {
            Subject.Pupil or Subject.Guest => SeesPupils,
            Subject.Staff => SeesStaff,
            Subject.Head => SeesHead,
            _ => throw new System.Diagnostics.UnreachableException(),
        };
    }
}
