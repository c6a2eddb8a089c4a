using System.Buffers.Text;
using System.Security.Cryptography;

namespace FilterGate.Review.Accounts;

/// <summary>Challenges that wait for a passkey's answer: each is answered once, within five minutes.</summary>
/// <remarks>Kept here and not in a cookie, as Identity's own sign-in does, so that an answer cannot be sent twice. In memory: after a restart one presses the button again. Safe from any thread.</remarks>
internal sealed class PasskeyCeremonies(TimeProvider clock)
{
    /// <summary>Challenges at once; beyond it the oldest is forgotten.</summary>
    public const int CountMax = 1_000;

    /// <summary>How long an answer is awaited.</summary>
    public static TimeSpan Lifetime { get; } = TimeSpan.FromMinutes(5);

    private readonly Lock _waiting = new();
    private readonly Dictionary<string, (string State, DateTimeOffset End)> _states = new(StringComparer.Ordinal);
    private readonly Queue<string> _oldestFirst = new();

    /// <summary>Keeps what Identity wants to see again with the answer.</summary>
    /// <returns>The name to ask for it by.</returns>
    public string Keep(string state)
    {
        var id = Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(16));
        lock (_waiting)
        {
            while (_oldestFirst.Count >= CountMax) _states.Remove(_oldestFirst.Dequeue());
            _states[id] = (state, clock.GetUtcNow() + Lifetime);
            _oldestFirst.Enqueue(id);
        }
        return id;
    }

    /// <summary>Gives it back, once; null when it is unknown, used or too old.</summary>
    public string? Take(string id)
    {
        lock (_waiting) return _states.Remove(id, out var kept) && clock.GetUtcNow() < kept.End ? kept.State : null;
    }
}
