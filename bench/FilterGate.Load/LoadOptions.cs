namespace FilterGate.Load;

/// <summary>What to compare and for how long.</summary>
internal sealed record LoadOptions
{
    /// <summary>How long one target is measured in one round. Default 5 s; 1 to 600.</summary>
    public required TimeSpan Window { get; init; }

    /// <summary>How often each target is measured. Default 5; 1 to 100. The report shows medians over the rounds.</summary>
    public required int Rounds { get; init; }

    /// <summary>Connections that each wait for one answer at a time. Default 32; 1 to 512, which is what the gateway keeps to one origin.</summary>
    public required int Connections { get; init; }

    /// <summary>The least time a target is driven before its first round, and the least number of requests. Default 10 s: what runs hot is compiled again, for what it was seen to do, and beside a busy load that takes some seconds.</summary>
    public required TimeSpan WarmUp { get; init; }

    /// <summary>As <see cref="WarmUp"/>, in requests.</summary>
    public int WarmUpRequests { get; init; } = 30_000;

    /// <summary>Another proxy to compare: a shell command in which <c>{port}</c> stands for the loopback port it must listen on and <c>{data}</c> for a folder it may use. Null for none.</summary>
    public string? PeerCommand { get; init; }

    /// <summary>The gateway's executable; null builds this tree's.</summary>
    public string? GatewayFile { get; init; }

    /// <summary>Targets to measure (<c>direct</c>, <c>gateway</c>, <c>redirect</c>, <c>squid</c>, <c>peer</c>); empty for all.</summary>
    public IReadOnlyList<string> Targets { get; init; } = [];

    /// <summary>Measures redirected traffic beside explicit, in a network of the bench's own.</summary>
    public bool Redirect { get; init; }

    /// <summary>Where the results go; null writes none.</summary>
    public string? JsonFile { get; init; }

    /// <summary>True when this target is asked for.</summary>
    public bool Wants(string target) => Targets.Count == 0 || Targets.Contains(target, StringComparer.Ordinal);
}
