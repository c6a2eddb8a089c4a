namespace FilterGate.Safeguarding.Unblocks;

/// <summary>Which other hosts a requested page needs, found by reading it. What scripts load afterwards is not found.</summary>
/// <param name="Problem">Why the page could not be read, or null.</param>
/// <param name="IsPartial">True when the page, or a style sheet of it, is longer than is read, or there are more style sheets.</param>
/// <param name="Hosts">The hosts, closed ones first.</param>
/// <param name="HostsLeftOut">How many more there are.</param>
public sealed record PageNeeds(string? Problem, bool IsPartial, IReadOnlyList<DependentHost> Hosts, int HostsLeftOut)
{
    /// <summary>Hosts that are closed and could be opened with the page.</summary>
    public IReadOnlyList<string> Also => [.. Hosts.Where(h => h.IsBlocked && h.IsOverridable).Select(h => h.Host).Take(UnblockDesk.AlsoMax)];

    /// <summary>What is loaded from a host, in words; nothing for a host of the way to the page.</summary>
    public static IReadOnlyList<string> Say(PartKinds kinds) => [.. Enum.GetValues<PartKinds>().Where(kind => kind != PartKinds.None && kinds.HasFlag(kind)).Select(kind => kind.ToString().ToLowerInvariant())];
}
