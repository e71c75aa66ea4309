using TrustedDataSpace.Connector.Identity;
using TrustedDataSpace.Hosting.Storage;
using TrustedDataSpace.Protocol.Credentials;
using TrustedDataSpace.Protocol.Dcp;
using TrustedDataSpace.Protocol.Identity;

namespace TrustedDataSpace.Connector.Credentials;

/// <summary>What this participant signs about itself in DCP: self-issued ID tokens (§4.3), a new one for each message because each counts once, and presentations (§5.4.2).</summary>
internal sealed class SelfIssuedSender(ParticipantKey key, ConnectorSettings settings, Ids ids, TimeProvider clock)
{
    /// <summary>How long a token is valid.</summary>
    public static readonly TimeSpan Lifetime = TimeSpan.FromMinutes(2);

    // As long as a verifier may keep what it was shown.
    private static readonly TimeSpan PresentationLifetime = TimeSpan.FromMinutes(5);

    private readonly Did me = Did.Parse(settings.Participant.Id);

    /// <summary>This participant.</summary>
    public Did Did => me;

    /// <summary>The space.</summary>
    public string Space => settings.Space.Id;

    /// <summary>The time in whole seconds, as claims have it.</summary>
    public DateTimeOffset Now => DateTimeOffset.FromUnixTimeSeconds(clock.GetUtcNow().ToUnixTimeSeconds());

    /// <summary>A token for one receiver.</summary>
    /// <param name="audience">The receiver.</param>
    /// <param name="accessToken">What it can ask for credentials with, or what it gave for asking.</param>
    /// <param name="preAuthorizedCode">The code of a request for credentials.</param>
    public string Make(Did audience, string? accessToken = null, string? preAuthorizedCode = null)
    {
        var now = Now;
        return new SelfIssuedIdToken
        {
            Issuer = me,
            Audience = audience,
            Id = ids.Next(),
            IssuedAt = now,
            ExpiresAt = now + Lifetime,
            AccessToken = accessToken,
            PreAuthorizedCode = preAuthorizedCode,
        }.Sign(key.Signing);
    }

    /// <summary>A presentation of credentials for one verifier.</summary>
    public string Present(Did verifier, IReadOnlyList<string> credentials, CredentialProfile profile)
    {
        var now = Now;
        return PresentationJwt.Sign(
            new PresentationContent
            {
                Holder = me,
                Audience = verifier,
                Id = ids.Next(),
                IssuedAt = now,
                ExpiresAt = now + PresentationLifetime,
                Credentials = credentials,
            },
            profile,
            key.Signing);
    }
}
