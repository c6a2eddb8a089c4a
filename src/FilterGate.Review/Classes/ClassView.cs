using System.Net;
using FilterGate.Policy;
using FilterGate.Policy.TwoKeys;
using FilterGate.Review.Accounts;
using FilterGate.Safeguarding.Trolleys;
using FilterGate.State;

namespace FilterGate.Review.Classes;

/// <summary>What a teacher's page shows of one class.</summary>
public sealed record ClassView
{
    /// <summary>Requests shown at once.</summary>
    public const int RequestsMax = 50;

    /// <summary>Every class of the policy, to choose from.</summary>
    public required IReadOnlyList<Group> Classes { get; init; }

    /// <summary>The class chosen, or null.</summary>
    public required Group? Class { get; init; }

    /// <summary>Its live sessions, newest first.</summary>
    public IReadOnlyList<SessionRecord> Sessions { get; init; } = [];

    /// <summary>Pupils' requests that wait for a teacher: those of this class, and those whose class nobody knows.</summary>
    public IReadOnlyList<UnblockRequest> Requests { get; init; } = [];

    /// <summary>The school's trolleys, each with who has it now or has it next.</summary>
    public IReadOnlyList<(Trolley Trolley, BookingRecord? Holder)> Trolleys { get; init; } = [];

    /// <summary>What this device may look at just now.</summary>
    public IReadOnlyList<OverrideRecord> Previews { get; init; } = [];

    /// <summary>For how many minutes a look may be asked for: thirds of the longest.</summary>
    public IReadOnlyList<int> PreviewMinutes => [.. Enumerable.Range(1, 3).Select(third => Math.Max(1, (int)Policy.Approvals.PreviewLongest.TotalMinutes * third / 3)).Distinct()];

    /// <summary>The address of this device.</summary>
    public required string Device { get; init; }

    /// <summary>When the lesson that runs now ends, or null.</summary>
    public required DateTimeOffset? Bell { get; init; }

    /// <summary>The policy, for names.</summary>
    public required PolicySnapshot Policy { get; init; }

    /// <summary>Now.</summary>
    public required DateTimeOffset Now { get; init; }

    /// <summary>Gathers it.</summary>
    /// <param name="person">The teacher.</param>
    /// <param name="chosen">The class that was chosen, or nothing: then the teacher's own, where the roster has one, or the only one.</param>
    /// <param name="device">The address of the teacher's device.</param>
    /// <param name="state">The state.</param>
    /// <param name="policy">The policy.</param>
    /// <param name="now">Now.</param>
    public static ClassView Of(Standing person, string? chosen, IPAddress device, StateStore state, PolicySnapshot policy, DateTimeOffset now)
    {
        ArgumentNullException.ThrowIfNull(person);
        ArgumentNullException.ThrowIfNull(device);
        ArgumentNullException.ThrowIfNull(state);
        ArgumentNullException.ThrowIfNull(policy);
        var classes = policy.Groups.Where(g => g.Kind == GroupKind.Class).ToList();
        var own = policy.InForce.Roster.FindPerson(person.Person)?.Group;
        var found = classes.Find(g => g.Name == chosen) ?? (string.IsNullOrEmpty(chosen) ? classes.Find(g => g.Name == own) ?? (classes.Count == 1 ? classes[0] : null) : null);
        var audience = Audience.ForClient((device.IsIPv4MappedToIPv6 ? device.MapToIPv4() : device).ToString());
        var view = new ClassView
        {
            Classes = classes, Class = found, Device = audience.Name, Bell = policy.Timetable.Bell(now), Policy = policy, Now = now,
            Previews = [.. state.Overrides(500).Where(o => o.Audience == audience && o.RevokedAt is null && o.End > now)],
        };
        if (found is null) return view;
        var holders = TrolleyDesk.Holders(state, now);
        return view with
        {
            Trolleys = [.. TrolleyDesk.Of(policy.InForce.Roster).Select(t => (t, holders.GetValueOrDefault(t.Name)))],
            Sessions = [.. state.LiveSessions(now).Where(s => s.Class == found.Name).OrderByDescending(s => s.Id)],
            Requests =
            [
                .. state.OpenRequests().Where(r => r.Route == RequestRoute.Pupil && (r.Class is null || policy.FindGroup(r.Class)?.IsWithin(found.Name) == true))
                    .Where(r => policy.Approvals.WhyNot(KeyStep.PassOn, person.Person, r.Keys) is null).Take(RequestsMax),
            ],
        };
    }
}
