using TrustedDataSpace.Protocol.Identity;

namespace TrustedDataSpace.Protocol.Credentials;

/// <summary>Finds a key of a DID that its document names for that use.</summary>
/// <param name="did">Whose key.</param>
/// <param name="kid">Its name, as the signed text gives it: <c>DID#fragment</c>.</param>
/// <param name="use">What it must be named for.</param>
/// <param name="cancellation">Ends the wait.</param>
/// <returns>The key, under the name that was asked for.</returns>
/// <exception cref="Errors.RefusalException">Unauthenticated: the DID has no such key for that use; Unavailable and others: the DID cannot be resolved now.</exception>
public delegate Task<PublicKey> KeyResolver(Did did, string kid, VerificationRelationship use, CancellationToken cancellation);
