using System.Text.Json;
using Microsoft.IdentityModel.JsonWebTokens;
using TrustedDataSpace.Authority.Participants;
using TrustedDataSpace.Hosting.Storage;
using TrustedDataSpace.Protocol.Authority;
using TrustedDataSpace.Protocol.Errors;
using TrustedDataSpace.Protocol.Identity;
using TrustedDataSpace.Protocol.Json;

namespace TrustedDataSpace.Authority.Tokens;

/// <summary>The token endpoint for participants: client credentials, proven by a signed assertion (RFC 7523).</summary>
internal sealed class TokenService(
    AuthoritySettings settings,
    Database database,
    ParticipantStore participants,
    MemberKeys keys,
    TokenIssuer issuer,
    TimeProvider clock,
    ILogger<TokenService> logger)
{
    private const int MaxIdLength = 128;

    private static readonly TimeSpan MaxAssertionLifetime = TimeSpan.FromMinutes(5);

    /// <summary>Where a member asks for tokens.</summary>
    public string Endpoint => issuer.Issuer + AuthorityRoutes.Token;

    /// <summary>
    /// 1 find the client that the assertion names, 2 verify the assertion with the client's registered key, 3 use it up, 4 is the
    /// client a member now? 5 is the target one? 6 issue.
    /// </summary>
    public async Task<TokenResponse> IssueAsync(TokenRequest request)
    {
        // 1: nothing read here is proven yet.
        var unverified = ReadUnverified(request.Assertion);
        var client = Text(unverified, "iss") is { } name ? participants.Find(name) : null;
        if (client is null || (request.ClientId is { } id && id != client.Id))
        {
            throw NotProven("client_id", "the client is not registered here");
        }

        // 2
        var claims = Verify(request.Assertion, unverified, client);

        // 3 and 4 in one command: a suspension is either before it or after it.
        var current = await database.WriteAsync(unit =>
        {
            UsedAssertions.Use(unit, client.Id, claims.Id, claims.ExpiresAt);
            return ParticipantStore.Find(unit, client.Id)!;
        });
        RequireMember(current);

        // 5
        RequireTarget(request.Resource);

        // 6
        logger.Issued(client.Id, request.Resource);
        return issuer.Issue(current, request.Resource);
    }

    private JwtClaims Verify(string assertion, JsonElement unverified, ParticipantRow client)
    {
        var claims = JwtVerifier.Verify(
            assertion,
            new JwtExpectation
            {
                Type = TypeOf(assertion),
                Issuer = client.Id,
                Subject = client.Id,
                Audience = AudienceOf(unverified),
                Keys = keys.Accepted(client),
                RequireJti = true,
                MaxLifetime = MaxAssertionLifetime,
            },
            clock.GetUtcNow());
        return claims.Id.Length <= MaxIdLength ? claims : throw NotProven("jti", $"it is longer than {MaxIdLength} characters");
    }

    // RFC 7523 §3: the audience is the authorisation server, by its issuer URL or its token endpoint's.
    private string AudienceOf(JsonElement unverified) => Text(unverified, "aud") == Endpoint ? Endpoint : issuer.Issuer;

    // Stock clients send "JWT"; ours say what the token is for.
    private static string TypeOf(string assertion) =>
        new JsonWebToken(assertion).Typ == TokenTypes.Jwt ? TokenTypes.Jwt : TokenTypes.ClientAssertion;

    private void RequireMember(ParticipantRow client)
    {
        if (!client.IsActive)
        {
            throw new RefusalException(RefusalCode.Forbidden, $"The membership of {client.Id} is {client.State}: it gets no tokens.") { Term = "membership" };
        }

        if (client.CredentialEnds is not { } ends || ends <= clock.GetUtcNow().ToUnixTimeMilliseconds())
        {
            throw new RefusalException(RefusalCode.Forbidden, $"The membership credential of {client.Id} has ended.") { Term = "membership" };
        }
    }

    private void RequireTarget(string resource)
    {
        if (resource != settings.Participant.Id && participants.Find(resource)?.IsActive != true)
        {
            throw TokenRequest.Target("resource names neither this authority nor an active member of the space");
        }
    }

    private static JsonElement ReadUnverified(string assertion)
    {
        try
        {
            return ProtocolJson.Parse(Jws.ReadUnverified(assertion));
        }
        catch (RefusalException failure) when (failure.Code == RefusalCode.Malformed)
        {
            throw NotProven("client_assertion", failure.Message);
        }
    }

    private static string? Text(JsonElement claims, string name) =>
        claims.ValueKind == JsonValueKind.Object && claims.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String
            ? value.GetString()
            : null;

    private static RefusalException NotProven(string term, string why) =>
        new(RefusalCode.Unauthenticated, $"The client assertion is refused, {term}: {why}.") { Term = term };
}
