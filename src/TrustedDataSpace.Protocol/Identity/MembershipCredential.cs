using System.Text.Json;
using System.Text.Json.Nodes;
using TrustedDataSpace.Protocol.Errors;
using TrustedDataSpace.Protocol.Json;

namespace TrustedDataSpace.Protocol.Identity;

/// <summary>The authority's word that somebody is a member of a space: a W3C Verifiable Credential 2.0, secured as <c>vc+jwt</c>.</summary>
public sealed record MembershipCredential
{
    private const string CredentialsContext = "https://www.w3.org/ns/credentials/v2";
    private const string CredentialType = "MembershipCredential";

    /// <summary>The authority.</summary>
    public required Did Issuer { get; init; }

    /// <summary>The member.</summary>
    public required Did Subject { get; init; }

    /// <summary>The member's name.</summary>
    public required string Name { get; init; }

    /// <summary>The space.</summary>
    public required string Space { get; init; }

    /// <summary>The code of the member's region.</summary>
    public required string Region { get; init; }

    /// <summary>The member's roles in the space.</summary>
    public required IReadOnlyList<string> Roles { get; init; }

    /// <summary>When membership begins; whole seconds.</summary>
    public required DateTimeOffset ValidFrom { get; init; }

    /// <summary>When it ends; whole seconds.</summary>
    public required DateTimeOffset ValidUntil { get; init; }

    /// <summary>The name of the credential, a URI.</summary>
    public required string CredentialId { get; init; }

    /// <summary>Signs the credential.</summary>
    public string ToJwt(SigningKey key)
    {
        var claims = new JsonObject
        {
            ["iss"] = Issuer.Value,
            ["sub"] = Subject.Value,
            ["jti"] = CredentialId,
            ["iat"] = ValidFrom.ToUnixTimeSeconds(),
            ["nbf"] = ValidFrom.ToUnixTimeSeconds(),
            ["exp"] = ValidUntil.ToUnixTimeSeconds(),
            ["@context"] = new JsonArray(CredentialsContext),
            ["type"] = new JsonArray("VerifiableCredential", CredentialType),
            ["id"] = CredentialId,
            ["issuer"] = Issuer.Value,
            ["credentialSubject"] = JsonSerializer.SerializeToNode(new SubjectClaims(Subject, Name, Space, Region, Roles), ProtocolJson.Options),
        };
        return Jwt.Sign(claims, key, TokenTypes.Credential);
    }

    /// <summary>Verifies a credential that should be about one subject.</summary>
    /// <exception cref="RefusalException">Unauthenticated; <see cref="RefusalException.Term"/> names the claim.</exception>
    public static MembershipCredential Verify(string jwt, Did issuer, Did expectedSubject, IReadOnlyCollection<PublicKey> keys, DateTimeOffset now)
    {
        var claims = JwtVerifier.Verify(jwt, new JwtExpectation
        {
            Type = TokenTypes.Credential,
            Issuer = issuer.Value,
            Subject = expectedSubject.Value,
            Audience = null,
            Keys = keys,
            RequireJti = true,
        }, now);
        var content = Read(claims);
        if (!content.Type.Contains(CredentialType) || !content.Context.Contains(CredentialsContext))
        {
            throw Refuse("type", "it is not a membership credential");
        }

        if (content.CredentialSubject.Id != expectedSubject)
        {
            throw Refuse("credentialSubject.id", "it is about somebody else");
        }

        return new MembershipCredential
        {
            Issuer = issuer,
            Subject = expectedSubject,
            Name = content.CredentialSubject.Name,
            Space = content.CredentialSubject.Space,
            Region = content.CredentialSubject.Region,
            Roles = content.CredentialSubject.Roles,
            ValidFrom = DateTimeOffset.FromUnixTimeSeconds(content.Nbf),
            ValidUntil = claims.ExpiresAt,
            CredentialId = claims.Id,
        };
    }

    private static Content Read(JwtClaims claims)
    {
        try
        {
            return ProtocolJson.Read<Content>(claims.Payload);
        }
        catch (RefusalException e)
        {
            throw Refuse(e.Where ?? "payload", e.Message, e);
        }
    }

    private static RefusalException Refuse(string claim, string why, Exception? inner = null) =>
        new(RefusalCode.Unauthenticated, $"The credential is refused, {claim}: {why}.", inner) { Term = claim };

    private sealed record SubjectClaims(Did Id, string Name, string Space, string Region, IReadOnlyList<string> Roles);

    private sealed record Content(
        [property: System.Text.Json.Serialization.JsonPropertyName("@context")] IReadOnlyList<string> Context,
        IReadOnlyList<string> Type,
        long Nbf,
        SubjectClaims CredentialSubject);
}
