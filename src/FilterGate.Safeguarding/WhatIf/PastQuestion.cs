using System.Net;
using FilterGate.Events;
using FilterGate.Matching;
using FilterGate.Policy;

namespace FilterGate.Safeguarding.WhatIf;

/// <summary>Makes of a recorded request the question that a policy can be asked again. Static and without state: safe from any thread.</summary>
public static class PastQuestion
{
    /// <summary>Who asked, as this policy sees them by what was recorded: the group where it has one of that name, else the tier. Null where it has neither.</summary>
    /// <remarks>The place is the one that the policy names for the address.</remarks>
    public static Client? ClientOf(PolicySnapshot policy, in PastRequest request)
    {
        ArgumentNullException.ThrowIfNull(policy);
        var address = AddressOf(in request);
        var group = policy.FindGroup(request.Group);
        return (group?.Tier ?? (request.Tier is { } name ? policy.FindTier(name) : null)) is { } tier
            ? new Client(address, tier, request.Device, IsKnown: true) { Person = request.Person, Group = group, Place = policy.Identify(address)?.Place }
            : null;
    }

    /// <summary>The source address; loopback where none was recorded.</summary>
    public static IPAddress AddressOf(in PastRequest request) => IPAddress.TryParse(request.Client, out var address) ? address : IPAddress.Loopback;

    /// <summary>How much of an address this client shows under this policy, and no more than was seen then: what a tunnel hid cannot be decided now.</summary>
    public static Seen SeenBy(PolicySnapshot policy, Client client, CanonicalUrl url, in PastRequest request)
    {
        ArgumentNullException.ThrowIfNull(policy);
        ArgumentNullException.ThrowIfNull(url);
        return request.Method == "CONNECT" || (url.Scheme == "https" && policy.TlsFor(client, url.Host) == TlsMode.Tunnel) ? Seen.Host : Seen.Url;
    }

    /// <summary>The question.</summary>
    /// <param name="client">Who asked.</param>
    /// <param name="url">For what.</param>
    /// <param name="seen">How much of it was seen.</param>
    /// <param name="classification">What the lists know of it.</param>
    /// <param name="request">What was recorded. A destination that was refused then, or what a connection was, is refused again: where a name led to is not recorded. A site that was new then is new.</param>
    public static Question Of(Client client, CanonicalUrl url, Seen seen, in Classification classification, in PastRequest request) =>
        new(client, url, seen, classification, request.Time)
        {
            Refusal = request.Reason is Reason.PrivateDestination or Reason.TlsPolicy or Reason.WayRound ? request.Reason : null,
            FirstSeenDays = request.Reason == Reason.NewlySeen ? 0 : null,
        };
}
