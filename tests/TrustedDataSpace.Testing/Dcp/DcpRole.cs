using System.Text.Json.Nodes;
using TrustedDataSpace.Protocol.Credentials;
using TrustedDataSpace.Protocol.Dcp;
using TrustedDataSpace.Protocol.Identity;
using TrustedDataSpace.Protocol.Json;

namespace TrustedDataSpace.Testing.Dcp;

/// <summary>One of the parties that a <see cref="DcpCounterpart"/> plays: a DID with a key.</summary>
public sealed class DcpRole(Did did, string address, TimeProvider clock) : IDisposable
{
    private int made;

    public Did Did { get; } = did;

    public SigningKey Key { get; } = SigningKey.Generate();

    /// <summary>What its DID document names the key for.</summary>
    public IReadOnlyList<VerificationRelationship> Uses { get; set; } =
        [VerificationRelationship.Authentication, VerificationRelationship.AssertionMethod, VerificationRelationship.CapabilityInvocation];

    /// <summary>Whether nobody can read its DID document now.</summary>
    public bool IsAway { get; set; }

    /// <summary>Further keys in its DID document.</summary>
    public List<SigningKey> MoreKeys { get; } = [];

    public string Kid => $"{Did}#{Key.Kid}";

    internal byte[] Document => ProtocolJson.Write(new DidDocument(
        Did,
        [.. MoreKeys.Prepend(Key).Select(key => new DidKey($"{Did}#{key.Kid}", key.Public, [.. Uses]))],
        [new DidService(Did + "#cs", DcpConstants.CredentialService, address), new DidService(Did + "#is", DcpConstants.IssuerService, address)]).ToJson());

    /// <summary>The claims of a good self-issued ID token.</summary>
    public JsonObject Claims(Did audience, string? accessToken = null)
    {
        var now = clock.GetUtcNow().ToUnixTimeSeconds();
        var claims = new JsonObject { ["iss"] = Did.Value, ["sub"] = Did.Value, ["aud"] = audience.Value, ["jti"] = NextId(), ["iat"] = now, ["exp"] = now + 600 };
        if (accessToken is not null)
        {
            claims["token"] = accessToken;
        }

        return claims;
    }

    /// <summary>A self-issued ID token; good unless it is changed.</summary>
    public string Token(Did audience, string? accessToken = null, Action<JsonObject>? change = null)
    {
        var claims = Claims(audience, accessToken);
        change?.Invoke(claims);
        return Sign(claims);
    }

    /// <summary>Signs what it is given, as a plain JWT of this party.</summary>
    public string Sign(JsonObject claims, SigningKey? with = null) =>
        Jws.Sign(System.Text.Encoding.UTF8.GetBytes(claims.ToJsonString()), with ?? Key, TokenTypes.Jwt, $"{Did}#{(with ?? Key).Kid}");

    /// <summary>Issues a credential.</summary>
    public string Issue(Did subject, string type, JsonObject claims, CredentialProfile profile = CredentialProfile.Vc20, Func<CredentialContent, CredentialContent>? change = null)
    {
        var now = DateTimeOffset.FromUnixTimeSeconds(clock.GetUtcNow().ToUnixTimeSeconds());
        var content = new CredentialContent
        {
            Id = "urn:uuid:" + NextId(),
            Types = [type],
            Issuer = Did,
            SubjectId = subject.Value,
            Claims = claims,
            ValidFrom = now,
            ValidUntil = now.AddHours(1),
        };
        return CredentialJwt.Sign(change?.Invoke(content) ?? content, profile, Key);
    }

    /// <summary>Presents credentials.</summary>
    public string Present(Did verifier, IReadOnlyList<string> credentials, CredentialProfile profile = CredentialProfile.Vc20, Func<PresentationContent, PresentationContent>? change = null)
    {
        var now = DateTimeOffset.FromUnixTimeSeconds(clock.GetUtcNow().ToUnixTimeSeconds());
        var content = new PresentationContent { Holder = Did, Audience = verifier, Id = NextId(), IssuedAt = now, ExpiresAt = now.AddMinutes(5), Credentials = credentials };
        return PresentationJwt.Sign(change?.Invoke(content) ?? content, profile, Key);
    }

    public void Dispose()
    {
        Key.Dispose();
        MoreKeys.ForEach(key => key.Dispose());
    }

    private string NextId() => $"{Key.Kid}-{Interlocked.Increment(ref made)}";
}
