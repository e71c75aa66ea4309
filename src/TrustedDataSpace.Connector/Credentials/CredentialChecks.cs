using TrustedDataSpace.Connector.Identity;
using TrustedDataSpace.Protocol.Credentials;
using TrustedDataSpace.Protocol.Dcp;
using TrustedDataSpace.Protocol.Errors;
using TrustedDataSpace.Protocol.Identity;

namespace TrustedDataSpace.Connector.Credentials;

/// <summary>What is asked of callers, and what their credentials must be beyond well signed: believed, complete, in force, as their schemas say.</summary>
internal sealed class CredentialChecks(IPeerAdmission admission, StatusLists statuses, CredentialSchemas schemas, ConnectorSettings settings)
{
    /// <summary>What is asked for.</summary>
    public IReadOnlyList<string> Scopes { get; } = [.. admission.Required.Concat(settings.Credentials.Asked).Distinct().Select(DcpScope.ForType)];

    public bool Trusts(VerifiableCredential credential) => admission.Trusts(credential);

    /// <summary>The peer that the credentials make of their holder.</summary>
    /// <exception cref="RefusalException">Unauthenticated.</exception>
    public async Task<Peer> AdmitAsync(Did holder, IReadOnlyList<VerifiableCredential> credentials, CancellationToken cancellation)
    {
        if (admission.Required.FirstOrDefault(type => !credentials.Any(credential => credential.Is(type))) is { } missing)
        {
            throw new RefusalException(RefusalCode.Unauthenticated, $"{holder} presents no {missing} of an issuer that is believed here.") { Term = "presentation", Remedy = $"present a {missing}" };
        }

        foreach (var credential in credentials)
        {
            await schemas.RequireKeptAsync(credential, cancellation);
        }

        await RequireHoldAsync(credentials, cancellation);
        return admission.Admit(holder, credentials);
    }

    /// <summary>Refuses when one of the credentials was revoked or suspended: at once, as long as all lists are here.</summary>
    /// <exception cref="RefusalException">Unauthenticated.</exception>
    public ValueTask RequireHoldAsync(IReadOnlyList<VerifiableCredential> credentials, CancellationToken cancellation)
    {
        for (var i = 0; i < credentials.Count; i++)
        {
            var holds = statuses.RequireHoldsAsync(credentials[i], cancellation);
            if (!holds.IsCompletedSuccessfully)
            {
                return RestAsync(holds, credentials, i + 1, cancellation);
            }
        }

        return ValueTask.CompletedTask;
    }

    private async ValueTask RestAsync(ValueTask first, IReadOnlyList<VerifiableCredential> credentials, int next, CancellationToken cancellation)
    {
        await first;
        for (var i = next; i < credentials.Count; i++)
        {
            await statuses.RequireHoldsAsync(credentials[i], cancellation);
        }
    }
}
