using System.Net;
using System.Net.Sockets;
using FilterGate.Commands;
using FilterGate.Proxy.Connections;

namespace FilterGate.Network;

/// <summary>Tells which of the tries that the kernel remembers are new, and hands those to the gateway: of one client and port one a minute, whatever it tries to reach there.</summary>
/// <remarks>The kernel forgets a try after <see cref="NftRules.TriesKept"/>; one that goes on is there again, and counts again. Not for several threads at once.</remarks>
internal sealed class TriesWatch(TriesSpool spool, TimeProvider clock)
{
    private HashSet<RefusedTry> _there = [];
    private readonly Dictionary<(IPAddress Client, ProtocolType Protocol, int Port), DateTimeOffset> _noted = [];

    /// <summary>Why the last tries could not be handed over; null when all is well.</summary>
    public string? Problem { get; private set; }

    /// <summary>Looks at what the kernel remembers now.</summary>
    public void See(IReadOnlyList<RefusedTry> there)
    {
        if (there.Count == 0 && _there.Count == 0) return;
        var now = clock.GetUtcNow();
        foreach (var (key, time) in _noted)
            if (now - time >= NftRules.TriesKept || time > now) _noted.Remove(key);
        RefusedTry[] fresh = [.. there.Where(t => !_there.Contains(t) && _noted.TryAdd((t.Client, t.Protocol, t.Port), now))];
        _there = [.. there];
        if (fresh.Length == 0) return;
        try
        {
            Problem = spool.Add(new RefusedBatch(now, fresh)) ? null : $"{TriesSpool.WaitingMax} files of refused tries wait for the gateway, and newer ones are lost; is it running?";
        }
        catch (Exception problem) when (problem is IOException or UnauthorizedAccessException or UserErrorException)
        {
            Problem = $"what the rules refuse cannot be handed to the gateway, and is not on record: {problem.Message}";
        }
    }
}
