namespace FilterGate.Load.Targets;

/// <summary>Something that answers the request.</summary>
/// <param name="Name">What the report calls it.</param>
/// <param name="Version">What exactly it is.</param>
/// <param name="Port">Where it listens on loopback.</param>
/// <param name="ProcessId">Whose cost is counted.</param>
internal sealed record Target(string Name, string Version, int Port, int ProcessId)
{
    /// <summary>Whom the client believes to be talking to: what listens, or the origin whose traffic the kernel redirects.</summary>
    [System.Text.Json.Serialization.JsonIgnore]
    public System.Net.IPEndPoint EndPoint { get; init; } = new(System.Net.IPAddress.Loopback, Port);
}
