namespace FilterGate.State;

/// <summary>How somebody signed in. Stored by number: add, never renumber.</summary>
public enum SignInMethod
{
    /// <summary>Password and a code of an authenticator.</summary>
    PasswordAndCode = 0,
    /// <summary>A passkey that verified its user.</summary>
    Passkey = 1,
}

/// <summary>A person's account on the site. A class and not a record, so that nothing prints its secrets by accident.</summary>
public sealed class AccountRecord
{
    /// <summary>The person's id of the roster.</summary>
    public required string Person { get; init; }
    /// <summary>The password as ASP.NET Core Identity's hasher writes it, or null when there are passkeys alone.</summary>
    public string? PasswordHash { get; init; }
    /// <summary>What codes are computed from (20 bytes), or null without a password.</summary>
    public byte[]? TotpSecret { get; init; }
    /// <summary>Until when a password is not looked at, or null. A passkey works all the same: nobody guesses one.</summary>
    public DateTimeOffset? LockedUntil { get; init; }
    /// <summary>When it was made.</summary>
    public DateTimeOffset CreatedAt { get; init; }
    /// <summary>The last sign-in, or null.</summary>
    public DateTimeOffset? LastSignInAt { get; init; }
    /// <summary>How many passkeys it has.</summary>
    public int Passkeys { get; init; }
    /// <summary>How many sessions are live.</summary>
    public int Sessions { get; init; }

    /// <inheritdoc/>
    public override string ToString() => $"account of {Person}";
}

/// <summary>An invitation to enrol: opened by its token, once.</summary>
public sealed class InvitationRecord
{
    /// <summary>Whom it is for.</summary>
    public required string Person { get; init; }
    /// <summary>The secret that the enrolment page offers to an authenticator (20 bytes).</summary>
    public required byte[] TotpSecret { get; init; }
    /// <summary>Who invited.</summary>
    public required string CreatedBy { get; init; }
    /// <summary>Until when it can be used.</summary>
    public DateTimeOffset ExpiresAt { get; init; }

    /// <inheritdoc/>
    public override string ToString() => $"invitation of {Person}";
}

/// <summary>A passkey: what WebAuthn needs to check an assertion. Nothing in it is secret.</summary>
public sealed record PasskeyRecord(
    byte[] CredentialId, byte[] PublicKey, uint SignCount, IReadOnlyList<string> Transports, bool IsUserVerified, bool IsBackupEligible, bool IsBackedUp, byte[] Attestation, byte[] ClientData, DateTimeOffset CreatedAt)
{
    /// <summary>When it last signed in, or null.</summary>
    public DateTimeOffset? LastUsedAt { get; init; }
}

/// <summary>Somebody signed in somewhere.</summary>
/// <param name="Id">For people to name it; opens nothing.</param>
/// <param name="Person">Who.</param>
/// <param name="Method">How they signed in.</param>
/// <param name="Address">The address it was started from.</param>
/// <param name="StartedAt">When.</param>
/// <param name="LastSeenAt">When a page was last asked for, to the minute.</param>
public sealed record AccountSession(long Id, string Person, SignInMethod Method, string Address, DateTimeOffset StartedAt, DateTimeOffset LastSeenAt);
