using FilterGate.Policy;

namespace FilterGate.Events;

/// <summary>What an event says of a request, as far as it is needed to decide it again. Names are as in <see cref="FilterEvent"/>.</summary>
/// <param name="Time">When.</param>
/// <param name="Decision">What the policy said then, also where shadow mode did not carry it out.</param>
/// <param name="Reason">Which step decided then.</param>
/// <param name="Url">The address, canonical; events of illegal content have none and are not among these.</param>
public readonly record struct PastRequest(DateTimeOffset Time, Verdict Decision, Reason Reason, string Url)
{
    /// <summary>Source address, or null.</summary>
    public string? Client { get; init; }

    /// <summary>Device, or null.</summary>
    public string? Device { get; init; }

    /// <summary>Id of the person, or null.</summary>
    public string? Person { get; init; }

    /// <summary>Group, or null.</summary>
    public string? Group { get; init; }

    /// <summary>Tier, or null.</summary>
    public string? Tier { get; init; }

    /// <summary>HTTP method; <c>CONNECT</c> for a tunnel, of which only the host was seen.</summary>
    public string? Method { get; init; }

    /// <summary>The request that an event records; null where it records something else, or a locked hit.</summary>
    public static PastRequest? Of(FilterEvent e)
    {
        ArgumentNullException.ThrowIfNull(e);
        return e is { Decision: { } decision, Reason: { } reason, Url: { } url }
            ? new PastRequest(e.Time, e.Lifted ?? decision, reason, url) { Client = e.Client, Device = e.Device, Person = e.Person, Group = e.Group, Tier = e.Tier, Method = e.Method }
            : null;
    }
}

/// <summary>Takes one request after another. What it keeps of one it copies.</summary>
public delegate void PastRequestVisitor(in PastRequest request);
