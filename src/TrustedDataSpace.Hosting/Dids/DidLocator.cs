using TrustedDataSpace.Protocol.Identity;

namespace TrustedDataSpace.Hosting.Dids;

/// <summary>Where the document of a DID is, for those whose place is known from a better source than the host that the DID names.</summary>
/// <param name="did">The DID.</param>
/// <param name="cancellation">Ends the wait.</param>
/// <returns>The address of the document; null: where did:web looks for it.</returns>
/// <exception cref="Protocol.Errors.RefusalException">Nobody can tell now.</exception>
public delegate ValueTask<Uri?> DidLocator(Did did, CancellationToken cancellation);
