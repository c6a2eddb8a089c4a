using FilterGate.State;
using Microsoft.AspNetCore.Identity;

namespace FilterGate.Review.Accounts;

/// <summary>What ASP.NET Core Identity needs of our accounts to check passkeys, over <c>state.db</c>. It reads alone: passkeys are written by <see cref="SignInDesk"/> in transactions with their audit rows.</summary>
/// <remarks>Identity makes one a request. The methods are asynchronous by contract and answer at once: a look-up by key in a local file.</remarks>
internal sealed class AccountStore(StateStore state) : IUserPasskeyStore<AccountRecord>
{
    /// <inheritdoc/>
    public Task<string> GetUserIdAsync(AccountRecord user, CancellationToken cancellationToken) => Task.FromResult(user.Person);

    /// <inheritdoc/>
    public Task<string?> GetUserNameAsync(AccountRecord user, CancellationToken cancellationToken) => Task.FromResult<string?>(user.Person);

    /// <inheritdoc/>
    public Task<string?> GetNormalizedUserNameAsync(AccountRecord user, CancellationToken cancellationToken) => Task.FromResult<string?>(user.Person);

    /// <inheritdoc/>
    public Task<AccountRecord?> FindByIdAsync(string userId, CancellationToken cancellationToken) => Task.FromResult(state.FindAccount(userId));

    /// <inheritdoc/>
    public Task<AccountRecord?> FindByNameAsync(string normalizedUserName, CancellationToken cancellationToken) => Task.FromResult(state.FindAccount(normalizedUserName));

    /// <inheritdoc/>
    public Task<IList<UserPasskeyInfo>> GetPasskeysAsync(AccountRecord user, CancellationToken cancellationToken) =>
        Task.FromResult<IList<UserPasskeyInfo>>([.. state.Passkeys(user.Person).Select(ToIdentity)]);

    /// <inheritdoc/>
    public Task<AccountRecord?> FindByPasskeyIdAsync(byte[] credentialId, CancellationToken cancellationToken) =>
        Task.FromResult(state.FindPasskeyOwner(credentialId) is { } person ? state.FindAccount(person) : null);

    /// <inheritdoc/>
    public Task<UserPasskeyInfo?> FindPasskeyAsync(AccountRecord user, byte[] credentialId, CancellationToken cancellationToken) =>
        Task.FromResult(state.Passkeys(user.Person).FirstOrDefault(passkey => passkey.CredentialId.AsSpan().SequenceEqual(credentialId)) is { } found ? ToIdentity(found) : null);

    /// <inheritdoc/>
    public Task AddOrUpdatePasskeyAsync(AccountRecord user, UserPasskeyInfo passkey, CancellationToken cancellationToken) => throw ReadsAlone();

    /// <inheritdoc/>
    public Task RemovePasskeyAsync(AccountRecord user, byte[] credentialId, CancellationToken cancellationToken) => throw ReadsAlone();

    /// <inheritdoc/>
    public Task SetUserNameAsync(AccountRecord user, string? userName, CancellationToken cancellationToken) => throw ReadsAlone();

    /// <inheritdoc/>
    public Task SetNormalizedUserNameAsync(AccountRecord user, string? normalizedName, CancellationToken cancellationToken) => throw ReadsAlone();

    /// <inheritdoc/>
    public Task<IdentityResult> CreateAsync(AccountRecord user, CancellationToken cancellationToken) => throw ReadsAlone();

    /// <inheritdoc/>
    public Task<IdentityResult> UpdateAsync(AccountRecord user, CancellationToken cancellationToken) => throw ReadsAlone();

    /// <inheritdoc/>
    public Task<IdentityResult> DeleteAsync(AccountRecord user, CancellationToken cancellationToken) => throw ReadsAlone();

    /// <inheritdoc/>
    public void Dispose()
    {
        // The state outlives requests.
    }

    /// <summary>As the state keeps it.</summary>
    public static PasskeyRecord ToRecord(UserPasskeyInfo passkey) => new(
        passkey.CredentialId, passkey.PublicKey, passkey.SignCount, passkey.Transports ?? [], passkey.IsUserVerified, passkey.IsBackupEligible, passkey.IsBackedUp, passkey.AttestationObject, passkey.ClientDataJson, passkey.CreatedAt);

    private static UserPasskeyInfo ToIdentity(PasskeyRecord passkey) => new(
        passkey.CredentialId, passkey.PublicKey, passkey.CreatedAt, passkey.SignCount, [.. passkey.Transports], passkey.IsUserVerified, passkey.IsBackupEligible, passkey.IsBackedUp, passkey.Attestation, passkey.ClientData);

    private static NotSupportedException ReadsAlone() => new("Accounts are changed through StateStore, each change with its audit row.");
}
