using System.Collections.Concurrent;
using System.Text;
using System.Text.Json.Nodes;
using TrustedDataSpace.Hosting.Http;
using TrustedDataSpace.Hosting.Storage;
using TrustedDataSpace.Protocol.Authority;
using TrustedDataSpace.Protocol.Errors;
using TrustedDataSpace.Protocol.Identity;

namespace TrustedDataSpace.Connector.Identity;

/// <summary>Access tokens for calling others: one per audience, asked for with the participant's key (RFC 7523) and kept until shortly before they end.</summary>
internal sealed class AccessTokens(JsonClient client, ParticipantKey key, ConnectorSettings settings, Ids ids, TimeProvider clock) : IPeerTokens, IDisposable
{
    private const string AssertionType = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
    private static readonly TimeSpan Reserve = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan AssertionLifetime = TimeSpan.FromMinutes(1);

    private readonly ConcurrentDictionary<string, Kept> tokens = new();
    private readonly SemaphoreSlim asking = new(1);

    /// <summary>A token that the audience accepts.</summary>
    /// <param name="audienceDid">The peer, or the authority.</param>
    /// <param name="cancellation">Ends the wait.</param>
    /// <exception cref="RefusalException">
    /// Always <see cref="RefusalCode.Unavailable"/>: the authority is away, or gives none because this participant is not active now; both pass.
    /// </exception>
    public async Task<string> ForAsync(string audienceDid, CancellationToken cancellation)
    {
        if (Find(audienceDid) is { } known)
        {
            return known;
        }

        await asking.WaitAsync(cancellation);
        try
        {
            return Find(audienceDid) ?? await AskAsync(audienceDid, cancellation);
        }
        finally
        {
            asking.Release();
        }
    }

    async Task<string?> IPeerTokens.ForAsync(string did, CancellationToken cancellation) => await ForAsync(did, cancellation);

    public void Dispose() => asking.Dispose();

    private string? Find(string audience) =>
        tokens.TryGetValue(audience, out var kept) && clock.GetUtcNow() is var now && now >= kept.From && now < kept.Until ? kept.Token : null;

    private async Task<string> AskAsync(string audience, CancellationToken cancellation)
    {
        var now = clock.GetUtcNow();
        var url = settings.Authority.Base + AuthorityRoutes.Token;
        try
        {
            var answer = await client.SendAsync(HttpMethod.Post, url, Form(audience, url, now), null, cancellation, "application/x-www-form-urlencoded");
            var token = answer.Read<TokenResponse>();
            foreach (var (name, kept) in tokens.Where(entry => entry.Value.Until <= now))
            {
                tokens.TryRemove(new(name, kept));
            }

            tokens[audience] = new Kept(token.AccessToken, now, now.AddSeconds(token.ExpiresIn) - Reserve);
            return token.AccessToken;
        }
        catch (RefusalException refusal) when (refusal.Code != RefusalCode.Unavailable)
        {
            throw new RefusalException(RefusalCode.Unavailable, $"The authority gives no access token for {audience}: {refusal.Message}", refusal)
            {
                Remedy = "wait until the operator of the space has admitted both participants",
            };
        }
    }

    private byte[] Form(string audience, string url, DateTimeOffset now)
    {
        var me = settings.Participant.Id;
        var assertion = Jwt.Sign(
            new JsonObject
            {
                ["iss"] = me,
                ["sub"] = me,
                ["aud"] = url,
                ["jti"] = ids.Next(),
                ["iat"] = now.ToUnixTimeSeconds(),
                ["exp"] = (now + AssertionLifetime).ToUnixTimeSeconds(),
            },
            key.Signing,
            TokenTypes.ClientAssertion);
        var fields = new (string Name, string Value)[]
        {
            ("grant_type", "client_credentials"),
            ("client_id", me),
            ("client_assertion_type", AssertionType),
            ("client_assertion", assertion),
            ("resource", audience),
        };
        return Encoding.ASCII.GetBytes(string.Join('&', fields.Select(field => field.Name + "=" + Uri.EscapeDataString(field.Value))));
    }

    // From: a clock that was set back makes it a token of the future, which nobody accepts.
    private sealed record Kept(string Token, DateTimeOffset From, DateTimeOffset Until);
}
