using System.Net;
using FilterGate.Matching;
using FilterGate.Policy.People;
using FilterGate.Policy.WaysRound;

namespace FilterGate.Policy;

/// <summary>Who asks, as far as the gateway knows.</summary>
/// <param name="Address">Source address; an IPv4-mapped one is already plain IPv4.</param>
/// <param name="Tier">The tier that applies.</param>
/// <param name="Device">The device that the policy names for the address, or null.</param>
/// <param name="IsKnown">False when no client entry named the address: the tier is <c>unknown_clients</c>.</param>
public sealed record Client(IPAddress Address, Tier Tier, string? Device, bool IsKnown)
{
    /// <summary>The address as events and audiences spell it.</summary>
    public string AddressText { get; } = Address.ToString();

    /// <summary>The school's own id of the person, or null where only a device or a place is known.</summary>
    public string? Person { get; init; }

    /// <summary>The group of the person or the device, or null.</summary>
    public Group? Group { get; init; }

    /// <summary>The place: a room, a network or a port that the policy names; null for none.</summary>
    public Place? Place { get; init; }

    /// <summary>Whom minutes a day and warnings gone past are kept for: the person, else the device, else the address. No allocation.</summary>
    public Audience PassKey => Person is not null ? Audience.ForPerson(Person) : Device is not null ? Audience.ForDevice(Device) : Audience.ForClient(AddressText);

    /// <summary>True when something for this audience is for this client. No allocation.</summary>
    public bool IsIn(in Audience audience) => audience.Kind switch
    {
        AudienceKind.Everyone => true,
        AudienceKind.Tier => audience.Name == Tier.Name,
        AudienceKind.Group => Group?.IsWithin(audience.Name) == true,
        AudienceKind.Person => Person is not null && RosterIds.Comparer.Equals(audience.Name, Person),
        AudienceKind.Device => Device is not null && RosterIds.Comparer.Equals(audience.Name, Device),
        AudienceKind.Client => audience.Name == AddressText,
        _ => false,
    };
}

/// <summary>One request, as the policy sees it.</summary>
/// <param name="Client">Who asks.</param>
/// <param name="Url">For what, in canonical form.</param>
/// <param name="Seen">Whether the whole URL was seen or the host alone.</param>
/// <param name="Classification">What the lists know of it, from the same snapshot.</param>
/// <param name="Time">When: overrides and timetables are judged at this instant.</param>
public readonly record struct Question(Client Client, CanonicalUrl Url, Seen Seen, Classification Classification, DateTimeOffset Time)
{
    /// <summary>A refusal straight after the locked lists that the asker knows of, such as a private destination; null for none.</summary>
    public Reason? Refusal { get; init; }

    /// <summary>What the connection or the request shows itself to be, where that is not simply the web.</summary>
    public ConnectionSign? Sign { get; init; }

    /// <summary>For a host in no list: days since this gateway first met it, 0 for today. Null where nobody knows: then it is no newly seen one.</summary>
    public int? FirstSeenDays { get; init; }

    /// <summary>The page that this request is embedded in, or loaded by, where the browser says so; null for one that a person opened, and where nobody knows. Across sites only its host is known.</summary>
    public CanonicalUrl? EmbeddedIn { get; init; }

    /// <summary>True for a page within <see cref="EmbeddedIn"/> (a frame), false for what a page loads.</summary>
    public bool IsFrame { get; init; }

    /// <summary>For a call of YouTube's player: the video that its body names; null where it names none that could be read.</summary>
    public string? PlayerVideo { get; init; }
}
