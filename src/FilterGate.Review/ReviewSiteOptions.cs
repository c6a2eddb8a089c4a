using FilterGate.Policy;
using FilterGate.Safeguarding.Health;
using FilterGate.Safeguarding.Keeping;
using FilterGate.Safeguarding.Unblocks;
using FilterGate.Safeguarding.WhatIf;
using FilterGate.State;

namespace FilterGate.Review;

/// <summary>Where the site is and for whom.</summary>
public sealed record ReviewSiteOptions
{
    /// <summary>True behind TLS, off loopback: everything needs sign-in, the log too, and cookies go over TLS alone. Default false: plain HTTP for the person at this computer.</summary>
    public bool IsSecure { get; init; }

    /// <summary>DNS names that the site answers to when <see cref="IsSecure"/>, beside the address it listens on. Passkeys need a name. Default none.</summary>
    public IReadOnlyList<string> Names { get; init; } = [];

    /// <summary>Folder (made 0700) for the keys that seal cookies and forms, so that a restart signs nobody out; null keeps them in memory.</summary>
    public string? KeysFolder { get; init; }

    /// <summary>True where school, people and traffic are invented (the <c>sample</c> command): every page says so, and on loopback everything may be looked at. Default false.</summary>
    public bool IsInvented { get; init; }

    /// <summary>What the running gateway knows beside the policy, so that an address checked here gets the gateway's own answer. Default nothing.</summary>
    public GatewayMemory Memory { get; init; } = GatewayMemory.None;

    /// <summary>The lists of the box. Default none: the page says that they are not known here.</summary>
    public BoxLists? Lists { get; init; }

    /// <summary>What the last daily round of keeping the records found. Default nothing.</summary>
    public Func<KeepingStatus?> Keeping { get; init; } = () => null;

    /// <summary>Since when the web of staff passes the box unfiltered, because the gateway is down and the school chose so (<c>network: when_down</c>): every page says so. Null while it does not. Default null.</summary>
    public Func<DateTimeOffset?> StaffPastSince { get; init; } = () => null;

    /// <summary>Reads a requested page for the other hosts that it needs, within seconds and by itself bounded. Default nobody does: whoever answers names them by hand.</summary>
    public Func<UnblockRequest, PolicySnapshot, CancellationToken, Task<PageNeeds>>? Needs { get; init; }

    /// <summary>Work factor of a password's hash (PBKDF2 with HMAC-SHA-512), <see href="https://cheatsheetseries.owasp.org/cheatsheets/Password_Storage_Cheat_Sheet.html">as OWASP advises</see>; about 0.1 s a try. Tests take less.</summary>
    internal int PasswordIterations { get; init; } = 210_000;
}
