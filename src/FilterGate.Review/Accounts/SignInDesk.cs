using System.Net;
using System.Security.Cryptography;
using FilterGate.Review.Site;
using FilterGate.State;
using Microsoft.AspNetCore.Identity;

namespace FilterGate.Review.Accounts;

/// <summary>Checks who somebody is: password with code, or passkey; and makes accounts out of invitations.</summary>
/// <remarks>
/// A failed try has one answer, whether the name, the password or the code was wrong, the account is locked or the person has left; and it does the same work, so that neither words nor time tell which names exist.
/// Safe from any thread.
/// </remarks>
/// <param name="state">Where accounts are.</param>
/// <param name="hasher">Identity's.</param>
/// <param name="standing">What a person is; null when they are nobody (any more).</param>
/// <param name="limit">Tries by address.</param>
/// <param name="clock">The time of codes.</param>
internal sealed class SignInDesk(StateStore state, IPasswordHasher<AccountRecord> hasher, Func<string, Standing?> standing, AddressLimit limit, TimeProvider clock)
{
    /// <summary>The one answer to a failed try.</summary>
    public const string Failed = "That did not work. Check the name, the password and the code; a code works once. After five failures an account pauses for 15 minutes; a passkey still works then.";

    /// <summary>The answer to an address with too many tries.</summary>
    public const string TooMany = "There were too many tries from this device or network. Please wait 15 minutes.";

    /// <summary>Longest name looked at.</summary>
    private const int PersonLengthMax = 64;

    // What an account that is not there is checked against.
    private static readonly AccountRecord Nobody = new() { Person = "" };
    private readonly string _decoyHash = hasher.HashPassword(Nobody, Convert.ToHexString(RandomNumberGenerator.GetBytes(16)));
    private readonly byte[] _decoySecret = RandomNumberGenerator.GetBytes(20);

    /// <summary>Counts a try from an address; false when there were too many.</summary>
    public bool MayTry(IPAddress? address) => limit.TryCount(address);

    /// <summary>Signs in with password and code.</summary>
    /// <returns>The new session's token, or null.</returns>
    public string? SignIn(string person, string password, string code, string address)
    {
        person = person.Trim();
        if (person.Length > PersonLengthMax) person = "";
        var account = state.FindAccount(person);
        var mayTry = state.BeginSignIn(person, address);

        // A password longer than any can be is cut: it stays wrong, and costs no more than another.
        if (password.Length > PasswordRules.LengthMax) password = password[..PasswordRules.LengthMax] + "\0";
        var isRight = hasher.VerifyHashedPassword(account ?? Nobody, account?.PasswordHash ?? _decoyHash, PasswordRules.Normalise(password)) != PasswordVerificationResult.Failed;
        var step = Totp.FindStep(account?.TotpSecret ?? _decoySecret, code.Length > 16 ? "" : code, clock.GetUtcNow());
        return mayTry && isRight && account is { PasswordHash: not null } && step is { } used && standing(person) is not null
            ? state.StartAccountSession(person, SignInMethod.PasswordAndCode, address, used)
            : null;
    }

    /// <summary>Signs in with a passkey that Identity has checked.</summary>
    /// <returns>The new session's token, or null when the person has left.</returns>
    public string? SignIn(AccountRecord account, UserPasskeyInfo passkey, string address)
    {
        if (!passkey.IsUserVerified || standing(account.Person) is null) return null;
        state.NotePasskeyUse(passkey.CredentialId, passkey.SignCount, passkey.IsBackedUp);
        return state.StartAccountSession(account.Person, SignInMethod.Passkey, address, totpStep: null);
    }

    /// <summary>Enrols with a password and the first code of the authenticator.</summary>
    /// <returns>A sentence that says what to do, in the language of the page, or null when it is done.</returns>
    public string? Enrol(string token, InvitationRecord invitation, string password, string again, string code, Tongue tongue)
    {
        password = PasswordRules.Normalise(password);
        if (PasswordRules.WhyNot(password, invitation.Person, tongue) is { } why) return why;
        if (password != PasswordRules.Normalise(again)) return tongue["The two passwords differ. Please type them again."];
        if (Totp.FindStep(invitation.TotpSecret, code, clock.GetUtcNow()) is not { } step)
            return tongue["That is not the code that your authenticator shows now. Check that the phone's clock is set by the network, and type the newest code."];
        return state.Enrol(token, hasher.HashPassword(new AccountRecord { Person = invitation.Person }, password), step, passkey: null) is null ? tongue[Gone] : null;
    }

    /// <summary>Enrols with a passkey that Identity has checked.</summary>
    /// <returns>A sentence that says what to do, in the language of the page, or null when it is done.</returns>
    public string? Enrol(string token, UserPasskeyInfo passkey, Tongue tongue)
    {
        if (!passkey.IsUserVerified) return tongue["The passkey did not check that it was you. Choose one that asks for a fingerprint, a face or a PIN."];
        return state.Enrol(token, passwordHash: null, totpStep: 0, AccountStore.ToRecord(passkey)) is null ? tongue[Gone] : null;
    }

    private const string Gone = "This invitation has been used or is over. Ask your technician for a new one.";
}
