using TrustedDataSpace.Connector.Identity;
using TrustedDataSpace.Connector.Policies;
using TrustedDataSpace.Protocol.Credentials;
using TrustedDataSpace.Protocol.Dcp;
using TrustedDataSpace.Protocol.Errors;
using TrustedDataSpace.Protocol.Identity;

namespace TrustedDataSpace.Connector.Credentials;

/// <summary>
/// What is asked of callers, and what their credentials must be beyond well signed: believed, in force, as their schemas say. One that is not says
/// nothing, and takes nothing from the others: what must be shown must be among the rest.
/// </summary>
internal sealed class CredentialChecks(
    IPeerAdmission admission, StatusLists statuses, CredentialSchemas schemas, SpaceTrust trust, ConnectorSettings settings, ILogger<CredentialChecks> logger)
{
    /// <summary>What is asked for.</summary>
    public IReadOnlyList<string> Scopes { get; } = [.. admission.Required.Concat(settings.Credentials.Asked).Distinct().Select(DcpScope.ForType)];

    /// <summary>Another number: whom the space believes, or how a credential stands, may have changed.</summary>
    public long Epoch => statuses.Epoch + trust.Epoch;

    /// <summary>Another number: whom the space believes may have changed.</summary>
    public long TrustEpoch => trust.Epoch;

    /// <summary>Until when that is known.</summary>
    public DateTimeOffset TrustedUntil => trust.Until;

    public bool Knows(Did issuer) => admission.Knows(issuer);

    public bool Trusts(VerifiableCredential credential) => admission.Trusts(credential);

    /// <summary>What credentials that hold say of their holder.</summary>
    public SubjectClaims? ClaimsOf(IReadOnlyList<VerifiableCredential> credentials) => admission.ClaimsOf(credentials);

    /// <summary>How a credential stands; its list is fetched anew before it is over.</summary>
    public Task<CredentialStanding> LookAsync(VerifiableCredential credential, CancellationToken cancellation) => statuses.LookAsync(credential, ahead: true, cancellation);

    /// <summary>Those of the credentials that keep to their schemas.</summary>
    /// <param name="holder">Who shows them.</param>
    /// <param name="credentials">Those that could be verified.</param>
    /// <param name="texts">All that it shows, as it was signed.</param>
    /// <param name="cancellation">Ends the calls.</param>
    /// <exception cref="RefusalException">Unauthenticated: one that must be shown was not, or does not.</exception>
    public async Task<ShownCredentials> KeepAsync(Did holder, IReadOnlyList<VerifiableCredential> credentials, HashSet<string> texts, CancellationToken cancellation)
    {
        var kept = new List<VerifiableCredential>();
        RefusalException? required = null;
        foreach (var credential in credentials)
        {
            try
            {
                await schemas.RequireKeptAsync(credential, cancellation);
                kept.Add(credential);
            }
            catch (RefusalException refusal) when (refusal.Code == RefusalCode.Unauthenticated)
            {
                logger.CredentialLeftOut(holder.Value, credential.Issuer.Value, refusal.Message);
                required ??= IsRequired(credential) ? refusal : null;

                // A schema that cannot be had now says nothing of a credential that has kept to it before.
                if (refusal.InnerException is not RefusalException { Code: RefusalCode.Unavailable or RefusalCode.NotFound })
                {
                    texts.Remove(credential.SignedText!);
                }
            }
        }

        return Missing(kept) is null ? new ShownCredentials(holder, kept) { Texts = texts } : throw required ?? NotShown(holder, Missing(kept)!);
    }

    /// <summary>The peer that those of the credentials make that hold now: at once, as long as all status lists are here and all hold.</summary>
    /// <exception cref="RefusalException">Unauthenticated: they make none.</exception>
    public ValueTask<Peer> PeerAsync(ShownCredentials shown, CancellationToken cancellation)
    {
        foreach (var credential in shown.Credentials)
        {
            if (!statuses.IsKnownToHold(credential))
            {
                return new ValueTask<Peer>(OfThoseThatHoldAsync(shown, cancellation));
            }
        }

        return ValueTask.FromResult(shown.Whole ??= admission.Admit(shown.Holder, shown.Credentials));
    }

    private async Task<Peer> OfThoseThatHoldAsync(ShownCredentials shown, CancellationToken cancellation)
    {
        var holding = new List<VerifiableCredential>();
        string? required = null;
        foreach (var credential in shown.Credentials)
        {
            if (await statuses.FaultAsync(credential, cancellation) is not { } fault)
            {
                holding.Add(credential);
                continue;
            }

            logger.CredentialLeftOut(shown.Holder.Value, credential.Issuer.Value, fault);
            required ??= IsRequired(credential) ? fault : null;
        }

        return Missing(holding) is not { } missing
            ? admission.Admit(shown.Holder, holding)
            : throw (required is null ? NotShown(shown.Holder, missing) : new RefusalException(RefusalCode.Unauthenticated, required) { Term = "credentialStatus", Remedy = $"present a {missing} that holds" });
    }

    /// <summary>Whether it is of a type that must be shown.</summary>
    public bool IsRequired(VerifiableCredential credential) => admission.Required.Any(credential.Is);

    private string? Missing(List<VerifiableCredential> credentials) => admission.Required.FirstOrDefault(type => !credentials.Exists(credential => credential.Is(type)));

    private static RefusalException NotShown(Did holder, string type) =>
        new(RefusalCode.Unauthenticated, $"{holder} presents no {type} of an issuer that is believed here.") { Term = "presentation", Remedy = $"present a {type}" };
}

/// <summary>What a holder has shown, verified but for whether it holds now.</summary>
internal sealed record ShownCredentials(Did Holder, List<VerifiableCredential> Credentials)
{
    /// <summary>What it has shown as it was signed, with what could not be verified now; without what is known not to keep to its schema.</summary>
    public IReadOnlySet<string> Texts { get; init; } = new HashSet<string>();

    /// <summary>The peer that all of them make; null: not asked for yet.</summary>
    public Peer? Whole { get; set; }
}
