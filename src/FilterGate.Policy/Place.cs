using System.Collections.Immutable;
using System.Net;

namespace FilterGate.Policy;

/// <summary>Where a client is: a room, a network, a VLAN's range or a port of the gateway. Immutable.</summary>
/// <param name="Name">Its name, such as <c>ict-suite</c>.</param>
/// <param name="Title">Its name for people.</param>
/// <param name="Networks">Its ranges; a VLAN is known by the range that it has.</param>
/// <param name="Ports">Ports of the gateway whose clients are there.</param>
/// <param name="Vlan">The VLAN's number, for people; the gateway sees addresses, not tags.</param>
public sealed record Place(string Name, string Title, ImmutableArray<IPNetwork> Networks, ImmutableArray<int> Ports, int? Vlan)
{
    /// <inheritdoc/>
    public bool Equals(Place? other) => ReferenceEquals(this, other);

    /// <inheritdoc/>
    public override int GetHashCode() => System.Runtime.CompilerServices.RuntimeHelpers.GetHashCode(this);
}
