using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using Dapper;
using Microsoft.Data.Sqlite;

namespace FilterGate.State;

/// <content>Accounts of the site: invitations, passwords with codes, passkeys, sessions.</content>
public sealed partial class StateStore
{
    /// <summary>Longest that an invitation can be used: 7 days.</summary>
    public static TimeSpan LongestInvitation { get; } = TimeSpan.FromDays(7);

    /// <summary>Tries in a row, password or code, after which an account is locked. NIST SP 800-63B §3.2.2 allows at most 100; five with a pause stops guessing and spares people.</summary>
    public const int FailuresMax = 5;

    /// <summary>How long it is locked: 15 minutes.</summary>
    public static TimeSpan LockOut { get; } = TimeSpan.FromMinutes(15);

    /// <summary>A session ends when no page was asked for this long: 20 minutes.</summary>
    public static TimeSpan SessionIdle { get; } = TimeSpan.FromMinutes(20);

    /// <summary>A session ends after this, used or not: 12 hours, longer than a school day.</summary>
    public static TimeSpan SessionLifetime { get; } = TimeSpan.FromHours(12);

    /// <summary>Live sessions of one person; the oldest ends when there would be more.</summary>
    public const int SessionsMax = 10;

    /// <summary>Passkeys of one person.</summary>
    public const int PasskeysMax = 10;

    /// <summary>Bytes of a token, a session's or an invitation's: 256 bits, beyond guessing.</summary>
    private const int TokenBytes = 32;

    /// <summary>Bytes of a TOTP secret: 160 bits, as RFC 4226 §4 recommends.</summary>
    private const int TotpSecretBytes = 20;

    /// <summary>A session is written down as seen at most this often: each write makes the gateway read its state again.</summary>
    private static readonly TimeSpan SeenEvery = TimeSpan.FromMinutes(1);

    private const string AccountColumns = """
        a.person, a.password_hash, a.totp_secret, a.locked_until, a.created_at, a.last_sign_in_at,
        (SELECT count(*) FROM account_passkeys p WHERE p.person = a.person) AS passkeys,
        (SELECT count(*) FROM account_sessions s WHERE s.person = a.person AND s.started_at > @sessionStart AND s.last_seen_at > @sessionSeen) AS sessions
        """;

    private const string PasskeyColumns = "credential_id, person, public_key, sign_count, transports, is_user_verified, is_backup_eligible, is_backed_up, attestation, client_data, created_at, last_used_at";

    private const string AccountSessionColumns = "id, person, method, address, started_at, last_seen_at";

    /// <summary>Invites a person to enrol, or to enrol anew; an earlier invitation of theirs ends.</summary>
    /// <param name="person">Id of the roster.</param>
    /// <param name="validFor">Over zero, at most <see cref="LongestInvitation"/>.</param>
    /// <param name="actor">Who invites.</param>
    /// <returns>The token of the link, 43 characters of base64url; only its hash is kept.</returns>
    public string Invite(string person, TimeSpan validFor, string actor)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(person);
        ArgumentException.ThrowIfNullOrWhiteSpace(actor);
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(validFor, TimeSpan.Zero);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(validFor, LongestInvitation);
        var (token, secret, expires) = (NewToken(), RandomNumberGenerator.GetBytes(TotpSecretBytes), _clock.GetUtcNow() + validFor);
        Change(connection =>
        {
            connection.Execute("DELETE FROM account_invitations WHERE person = @person OR expires_at <= @now", new { person, now = Now() });
            connection.Execute(
                "INSERT INTO account_invitations (token_hash, person, totp_secret, created_at, created_by, expires_at) VALUES (@hash, @person, @secret, @now, @actor, @expires)",
                new { hash = Hash(token), person, secret, now = Now(), actor, expires = Milliseconds(expires) });
            WriteAudit(connection, actor, "account.invite", $"account of {person}, until {expires:O}", reason: null);
            return (true, true);
        });
        return token;
    }

    /// <summary>The invitation of a token that is still good, or null.</summary>
    public InvitationRecord? FindInvitation(string token) => Read(connection => FindInvitation(connection, token));

    /// <summary>Invitations that can still be used, by person.</summary>
    public IReadOnlyDictionary<string, DateTimeOffset> Invitations() => Read(connection => (IReadOnlyDictionary<string, DateTimeOffset>)connection
        .Query<InvitationRow>("SELECT person, totp_secret, created_by, expires_at FROM account_invitations WHERE expires_at > @now ORDER BY person", new { now = Now() })
        .ToDictionary(row => row.Person, row => Time(row.ExpiresAt), StringComparer.Ordinal));

    /// <summary>Makes the account of an invitation, which is then used up. An account that was there loses its password, code, passkeys and sessions: who lost a phone starts afresh.</summary>
    /// <param name="token">The invitation's.</param>
    /// <param name="passwordHash">With a password: its hash. The code's secret is the invitation's.</param>
    /// <param name="totpStep">With a password: the step of the code that showed the authenticator works, which is thereby used.</param>
    /// <param name="passkey">Without a password: the passkey.</param>
    /// <returns>The person, or null when the invitation is used or over.</returns>
    public string? Enrol(string token, string? passwordHash, long totpStep, PasskeyRecord? passkey)
    {
        if (passwordHash is null == passkey is null) throw new ArgumentException("An account is made with a password or with a passkey.", nameof(passkey));
        return Change<string?>(connection =>
        {
            if (FindInvitation(connection, token) is not { } invitation) return (false, null);
            var person = invitation.Person;
            connection.Execute("DELETE FROM account_invitations WHERE person = @person", new { person });
            connection.Execute("DELETE FROM accounts WHERE person = @person", new { person });
            connection.Execute(
                "INSERT INTO accounts (person, password_hash, totp_secret, totp_step, created_at) VALUES (@person, @passwordHash, @secret, @totpStep, @now)",
                new { person, passwordHash, secret = passwordHash is null ? null : invitation.TotpSecret, totpStep, now = Now() });
            if (passkey is not null) Insert(connection, person, passkey);
            WriteAudit(connection, person, "account.enrol", $"account of {person}, invited by {invitation.CreatedBy}: {(passkey is null ? "password and code" : "passkey")}", reason: null);
            return (true, person);
        });
    }

    /// <summary>All accounts, by person.</summary>
    public IReadOnlyList<AccountRecord> Accounts() => Read<IReadOnlyList<AccountRecord>>(connection =>
        [.. connection.Query<AccountRow>($"SELECT {AccountColumns} FROM accounts a ORDER BY a.person", new { sessionStart = OldestStart(), sessionSeen = OldestSeen() }).Select(row => row.ToRecord())]);

    /// <summary>A person's account, or null.</summary>
    public AccountRecord? FindAccount(string person) => Read(connection => connection.QueryFirstOrDefault<AccountRow>(
        $"SELECT {AccountColumns} FROM accounts a WHERE a.person = @person", new { person, sessionStart = OldestStart(), sessionSeen = OldestSeen() })?.ToRecord());

    /// <summary>Removes an account with its sessions, passkeys and any invitation. False when the person has neither account nor invitation.</summary>
    public bool RemoveAccount(string person, string reason, string actor)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(reason);
        ArgumentException.ThrowIfNullOrWhiteSpace(actor);
        return Change(connection =>
        {
            var removed = connection.Execute("DELETE FROM accounts WHERE person = @person", new { person })
                + connection.Execute("DELETE FROM account_invitations WHERE person = @person", new { person }) > 0;
            if (removed) WriteAudit(connection, actor, "account.remove", $"account of {person}", reason);
            return (removed, removed);
        });
    }

    /// <summary>Counts a try to sign in with a password before it is looked at, so that many at once are not more tries. The fifth in a row locks the account, unless it succeeds.</summary>
    /// <returns>False when the account is locked or not there: the try fails whatever was typed. Writes one row either way, so that the time it takes does not tell the two apart.</returns>
    /// <remarks>What was typed for a name is not kept: people type passwords there.</remarks>
    public bool BeginSignIn(string person, string address) => Change(connection =>
    {
        var now = Now();
        var counted = connection.Execute(
            """
            UPDATE accounts SET
              locked_until = CASE WHEN failures + 1 >= @FailuresMax THEN @until ELSE NULL END,
              failures     = CASE WHEN failures + 1 >= @FailuresMax THEN 0 ELSE failures + 1 END
            WHERE person = @person AND (locked_until IS NULL OR locked_until <= @now)
            """,
            new { person, now, FailuresMax, until = now + (long)LockOut.TotalMilliseconds }) == 1;
        var known = counted || connection.ExecuteScalar<bool>("SELECT EXISTS (SELECT 1 FROM accounts WHERE person = @person)", new { person });
        WriteAudit(connection, known ? person : "unknown", "account.try", known ? $"account of {person} from {address}{(counted ? "" : ", locked")}" : $"no such account, from {address}", reason: null);
        return (true, counted);
    });

    /// <summary>Starts a session after everything was right, and forgets failed tries.</summary>
    /// <param name="person">Who.</param>
    /// <param name="method">How.</param>
    /// <param name="address">From where.</param>
    /// <param name="totpStep">The step of the code, or null for a passkey.</param>
    /// <returns>The session's token, 43 characters of base64url; null when the code or a later one was used before, or the account is gone.</returns>
    public string? StartAccountSession(string person, SignInMethod method, string address, long? totpStep)
    {
        var token = NewToken();
        return Change<string?>(connection =>
        {
            var now = Now();
            // Two sign-ins with one code: this row says which was first.
            if (connection.Execute(
                    "UPDATE accounts SET failures = CASE WHEN @totpStep IS NULL THEN failures ELSE 0 END, locked_until = CASE WHEN @totpStep IS NULL THEN locked_until END, totp_step = coalesce(@totpStep, totp_step), last_sign_in_at = @now WHERE person = @person AND (@totpStep IS NULL OR totp_step < @totpStep)",
                    new { person, totpStep, now }) == 0) return (false, null);
            connection.Execute(
                """
                DELETE FROM account_sessions WHERE started_at <= @start OR last_seen_at <= @seen;
                DELETE FROM account_sessions WHERE person = @person AND id NOT IN (SELECT id FROM account_sessions WHERE person = @person ORDER BY started_at DESC, id DESC LIMIT @others);
                INSERT INTO account_sessions (token_hash, person, method, address, started_at, last_seen_at) VALUES (@hash, @person, @method, @address, @now, @now);
                """,
                new { person, start = OldestStart(), seen = OldestSeen(), others = SessionsMax - 1, hash = Hash(token), method, address, now });
            WriteAudit(connection, person, "account.sign-in", $"account of {person} from {address}: {(method == SignInMethod.Passkey ? "passkey" : "password and code")}", reason: null);
            return (true, token);
        });
    }

    /// <summary>The live session of a token, noted as seen now; null when it has ended.</summary>
    public AccountSession? ContinueSession(string token)
    {
        var (hash, start, seen) = (Hash(token), OldestStart(), OldestSeen());
        var found = Read(connection => connection.QueryFirstOrDefault<AccountSessionRow>(
            $"SELECT {AccountSessionColumns} FROM account_sessions WHERE token_hash = @hash AND started_at > @start AND last_seen_at > @seen", new { hash, start, seen }))?.ToRecord();
        if (found is null || Math.Abs((_clock.GetUtcNow() - found.LastSeenAt).TotalMilliseconds) < SeenEvery.TotalMilliseconds) return found;
        try
        {
            Change(connection => (true, connection.Execute("UPDATE account_sessions SET last_seen_at = @now WHERE token_hash = @hash", new { now = Now(), hash })));
        }
        catch (StateStoreException)
        {
            // On a full disk it is not kept alive, and ends the sooner; what the page may show is for the page to say.
        }
        return found;
    }

    /// <summary>Live sessions, newest first; of one person, or of all with null.</summary>
    public IReadOnlyList<AccountSession> AccountSessions(string? person) => Read<IReadOnlyList<AccountSession>>(connection =>
        [.. connection.Query<AccountSessionRow>(
            $"SELECT {AccountSessionColumns} FROM account_sessions WHERE (@person IS NULL OR person = @person) AND started_at > @start AND last_seen_at > @seen ORDER BY id DESC LIMIT 1000",
            new { person, start = OldestStart(), seen = OldestSeen() }).Select(row => row.ToRecord())]);

    /// <summary>Ends one session of a person, or with null all of them. The number that ended.</summary>
    public int EndAccountSessions(string person, long? id, string actor)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(actor);
        return Change(connection =>
        {
            var ended = connection.Execute("DELETE FROM account_sessions WHERE person = @person AND (@id IS NULL OR id = @id)", new { person, id });
            if (ended > 0) WriteAudit(connection, actor, "account.sign-out", $"account of {person}, {ended} session{(ended == 1 ? "" : "s")}", reason: null);
            return (ended > 0, ended);
        });
    }

    /// <summary>A person's passkeys, oldest first.</summary>
    public IReadOnlyList<PasskeyRecord> Passkeys(string person) => Read<IReadOnlyList<PasskeyRecord>>(connection =>
        [.. connection.Query<PasskeyRow>($"SELECT {PasskeyColumns} FROM account_passkeys WHERE person = @person ORDER BY created_at, rowid", new { person }).Select(row => row.ToRecord())]);

    /// <summary>Whose passkey this is, or null.</summary>
    public string? FindPasskeyOwner(byte[] credentialId) => Read(connection =>
        connection.ExecuteScalar<string?>("SELECT person FROM account_passkeys WHERE credential_id = @credentialId", new { credentialId }));

    /// <summary>Adds a passkey to an account. False when there are <see cref="PasskeysMax"/> already, the passkey is known, or the account is gone.</summary>
    public bool AddPasskey(string person, PasskeyRecord passkey)
    {
        ArgumentNullException.ThrowIfNull(passkey);
        return Change(connection =>
        {
            if (connection.ExecuteScalar<int>("SELECT count(*) FROM account_passkeys WHERE person = @person", new { person }) >= PasskeysMax
                || connection.ExecuteScalar<int>("SELECT count(*) FROM accounts WHERE person = @person", new { person }) == 0
                || connection.ExecuteScalar<int>("SELECT count(*) FROM account_passkeys WHERE credential_id = @CredentialId", new { passkey.CredentialId }) > 0) return (false, false);
            Insert(connection, person, passkey);
            WriteAudit(connection, person, "account.passkey-add", $"account of {person}", reason: null);
            return (true, true);
        });
    }

    /// <summary>Notes a use of a passkey: its counter, and whether it is backed up now.</summary>
    public void NotePasskeyUse(byte[] credentialId, uint signCount, bool isBackedUp) => Change(connection => (true, connection.Execute(
        "UPDATE account_passkeys SET sign_count = @signCount, is_backed_up = @isBackedUp, last_used_at = @now WHERE credential_id = @credentialId",
        new { credentialId, signCount = (long)signCount, isBackedUp, now = Now() })));

    /// <summary>Removes one of a person's passkeys. False when it is not theirs, or when it is the last way to sign in.</summary>
    public bool RemovePasskey(string person, byte[] credentialId, string actor) => Change(connection =>
    {
        var removed = connection.Execute(
            """
            DELETE FROM account_passkeys WHERE person = @person AND credential_id = @credentialId
              AND (EXISTS (SELECT 1 FROM accounts WHERE person = @person AND password_hash IS NOT NULL) OR (SELECT count(*) FROM account_passkeys WHERE person = @person) > 1)
            """,
            new { person, credentialId }) == 1;
        if (removed) WriteAudit(connection, actor, "account.passkey-remove", $"account of {person}", reason: null);
        return (removed, removed);
    });

    private InvitationRecord? FindInvitation(SqliteConnection connection, string token) => connection.QueryFirstOrDefault<InvitationRow>(
        "SELECT person, totp_secret, created_by, expires_at FROM account_invitations WHERE token_hash = @hash AND expires_at > @now", new { hash = Hash(token), now = Now() })?.ToRecord();

    private static void Insert(SqliteConnection connection, string person, PasskeyRecord passkey) => connection.Execute(
        $"INSERT INTO account_passkeys ({PasskeyColumns}) VALUES (@CredentialId, @person, @PublicKey, @signCount, @transports, @IsUserVerified, @IsBackupEligible, @IsBackedUp, @Attestation, @ClientData, @createdAt, NULL)",
        new
        {
            passkey.CredentialId, person, passkey.PublicKey, signCount = (long)passkey.SignCount, transports = string.Join(' ', passkey.Transports), passkey.IsUserVerified, passkey.IsBackupEligible, passkey.IsBackedUp,
            passkey.Attestation, passkey.ClientData, createdAt = Milliseconds(passkey.CreatedAt),
        });

    private long OldestStart() => Milliseconds(_clock.GetUtcNow() - SessionLifetime);

    private long OldestSeen() => Milliseconds(_clock.GetUtcNow() - SessionIdle);

    private static string NewToken() => Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(TokenBytes));

    /// <summary>A token is 256 random bits, so one round of SHA-256 hides it; salt and rounds are for passwords.</summary>
    private static byte[] Hash(string token) => SHA256.HashData(Encoding.UTF8.GetBytes(token));

#pragma warning disable CA1812 // Made by Dapper.
    private sealed class AccountRow
    {
        public string Person { get; init; } = "";
        public string? PasswordHash { get; init; }
        public byte[]? TotpSecret { get; init; }
        public long? LockedUntil { get; init; }
        public long CreatedAt { get; init; }
        public long? LastSignInAt { get; init; }
        public long Passkeys { get; init; }
        public long Sessions { get; init; }

        public AccountRecord ToRecord() => new()
        {
            Person = Person, PasswordHash = PasswordHash, TotpSecret = TotpSecret, LockedUntil = Time(LockedUntil), CreatedAt = Time(CreatedAt), LastSignInAt = Time(LastSignInAt),
            Passkeys = (int)Passkeys, Sessions = (int)Sessions,
        };
    }

    private sealed class InvitationRow
    {
        public string Person { get; init; } = "";
        public byte[] TotpSecret { get; init; } = [];
        public string CreatedBy { get; init; } = "";
        public long ExpiresAt { get; init; }

        public InvitationRecord ToRecord() => new() { Person = Person, TotpSecret = TotpSecret, CreatedBy = CreatedBy, ExpiresAt = Time(ExpiresAt) };
    }

    private sealed class PasskeyRow
    {
        public byte[] CredentialId { get; init; } = [];
        public byte[] PublicKey { get; init; } = [];
        public long SignCount { get; init; }
        public string Transports { get; init; } = "";
        public bool IsUserVerified { get; init; }
        public bool IsBackupEligible { get; init; }
        public bool IsBackedUp { get; init; }
        public byte[] Attestation { get; init; } = [];
        public byte[] ClientData { get; init; } = [];
        public long CreatedAt { get; init; }
        public long? LastUsedAt { get; init; }

        public PasskeyRecord ToRecord() => new(
            CredentialId, PublicKey, (uint)SignCount, Transports.Split(' ', StringSplitOptions.RemoveEmptyEntries), IsUserVerified, IsBackupEligible, IsBackedUp, Attestation, ClientData, Time(CreatedAt))
        {
            LastUsedAt = Time(LastUsedAt),
        };
    }

    private sealed class AccountSessionRow
    {
        public long Id { get; init; }
        public string Person { get; init; } = "";
        public SignInMethod Method { get; init; }
        public string Address { get; init; } = "";
        public long StartedAt { get; init; }
        public long LastSeenAt { get; init; }

        public AccountSession ToRecord() => new(Id, Person, Method, Address, Time(StartedAt), Time(LastSeenAt));
    }
#pragma warning restore CA1812
}
