using System.Collections.Frozen;

namespace FilterGate.Policy.Passes;

/// <summary>Who has gone past which warning, whose slices run, and who has used how many minutes. Immutable; safe from any thread. Judged at the question's time, so a pass ends by itself without a swap.</summary>
public sealed class PassTable
{
    /// <summary>A client has a handful of passes at a time (the state bounds them): a walk. The one that ends last stands first.</summary>
    private readonly FrozenDictionary<Audience, Pass[]> _byClient;

    private readonly FrozenDictionary<Audience, QuotaUse[]> _usesByClient;

    /// <summary>Makes a table; the order does not matter.</summary>
    public PassTable(IEnumerable<Pass> passes, IEnumerable<QuotaUse> uses)
    {
        _byClient = passes.GroupBy(p => p.Client).ToFrozenDictionary(c => c.Key, c => c.OrderByDescending(p => p.End).ThenBy(p => p.Id).ToArray());
        _usesByClient = uses.GroupBy(u => u.Client).ToFrozenDictionary(c => c.Key, c => c.ToArray());
    }

    /// <summary>Nobody has gone past anything.</summary>
    public static PassTable Empty { get; } = new([], []);

    /// <summary>The live pass by which a client has gone past the warning about this host; null for none. Does not allocate.</summary>
    public Pass? FindWarning(Client client, string canonicalHost, DateTimeOffset time)
    {
        ArgumentNullException.ThrowIfNull(client);
        ArgumentNullException.ThrowIfNull(canonicalHost);
        if (_byClient.Count == 0 || !_byClient.TryGetValue(client.PassKey, out var passes)) return null;
        foreach (var pass in passes)
            if (pass.Kind == PassKind.Warning && pass.IsLive(time) && Pass.Covers(pass.Subject, canonicalHost)) return pass;
        return null;
    }

    /// <summary>The slice of a category that runs for a client; null for none. Does not allocate.</summary>
    /// <param name="client">Who.</param>
    /// <param name="category">Slug.</param>
    /// <param name="time">When.</param>
    public Pass? FindSlice(Client client, string category, DateTimeOffset time)
    {
        ArgumentNullException.ThrowIfNull(client);
        ArgumentNullException.ThrowIfNull(category);
        if (_byClient.Count == 0 || !_byClient.TryGetValue(client.PassKey, out var passes)) return null;
        foreach (var pass in passes)
            if (pass.Kind == PassKind.Slice && pass.Subject == category && pass.IsLive(time)) return pass;
        return null;
    }

    /// <summary>Minutes of a category that a client has used on a local day.</summary>
    public int UsedMinutes(Client client, string category, DateOnly day)
    {
        ArgumentNullException.ThrowIfNull(client);
        ArgumentNullException.ThrowIfNull(category);
        if (!_usesByClient.TryGetValue(client.PassKey, out var uses)) return 0;
        foreach (var use in uses)
            if (use.Day == day && use.Category == category) return use.Minutes;
        return 0;
    }
}
