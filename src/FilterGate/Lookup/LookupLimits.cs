namespace FilterGate.Lookup;

/// <summary>Bounds of the look-up service.</summary>
internal sealed record LookupLimits
{
    /// <summary>Most addresses in one request. 1,000 take a few milliseconds.</summary>
    public int AddressesMax { get; init; } = 1_000;

    /// <summary>Largest body, in bytes: 1 MiB, a thousand bytes an address.</summary>
    public long BodyBytesMax { get; init; } = 1 << 20;

    /// <summary>Addresses that one caller may ask about at once after a rest.</summary>
    public int Burst { get; init; } = 10_000;

    /// <summary>Addresses that one caller may go on asking about in each <see cref="Period"/>. A caller with more to ask has <c>categorise</c>.</summary>
    public int PerPeriod { get; init; } = 1_000;

    /// <summary>How often the allowance grows. Default 1 s.</summary>
    public TimeSpan Period { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>Most connections at once.</summary>
    public int ConnectionsMax { get; init; } = 100;

    /// <summary>How long a caller may take for the head of a request. Default 10 s.</summary>
    public TimeSpan HeadTimeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>How long an idle connection is kept. Default 30 s.</summary>
    public TimeSpan IdleTimeout { get; init; } = TimeSpan.FromSeconds(30);
}
