using System.Collections.Concurrent;
using System.Text.Json;
using TrustedDataSpace.Connector.Identity;
using TrustedDataSpace.Hosting.Authentication;
using TrustedDataSpace.Protocol.Credentials;
using TrustedDataSpace.Protocol.Dcp;
using TrustedDataSpace.Protocol.Errors;

namespace TrustedDataSpace.Connector.Credentials;

/// <summary>
/// Asks callers for their credentials and verifies what they present (DCP §5.4): made by the caller for this participant, about the caller, by believed
/// issuers, valid, not revoked, as their schemas say. What was verified is kept under the access token that it was shown with; status is looked at each time.
/// </summary>
internal sealed class PresentationVerifier(DcpServices services, KeyResolver keys, CredentialChecks checks, UsedTokens used, SelfIssuedSender me, TimeProvider clock)
{
    private const int MostKept = 10_000;
    private const int MostPresentations = 10;
    private const int MostCredentials = 50;
    private static readonly TimeSpan Longest = TimeSpan.FromMinutes(5);

    private readonly ConcurrentDictionary<(string Holder, string AccessToken), Kept> kept = new();

    /// <summary>Who the sender of the token is, by the credentials that it lets this participant read.</summary>
    /// <exception cref="RefusalException">Unauthenticated: they make it no peer; Unavailable: the authority cannot be asked now.</exception>
    public ValueTask<Peer> VerifyAsync(SelfIssuedIdToken token, CancellationToken cancellation)
    {
        var accessToken = token.AccessToken
            ?? throw new RefusalException(RefusalCode.Unauthenticated, "The self-issued ID token holds no access token: nothing can be asked of its sender.") { Term = DcpConstants.TokenClaim };
        var now = clock.GetUtcNow();
        return kept.TryGetValue((token.Issuer.Value, accessToken), out var known) && known.From <= now && now < known.Until
            ? checks.PeerAsync(known.Shown, cancellation)
            : new ValueTask<Peer>(AskAsync(token, accessToken, now, cancellation));
    }

    private async Task<Peer> AskAsync(SelfIssuedIdToken token, string accessToken, DateTimeOffset now, CancellationToken cancellation)
    {
        try
        {
            var answer = await services.QueryAsync(token.Issuer, accessToken, new PresentationQueryMessage { Scope = checks.Scopes }, cancellation);
            var (credentials, ends) = await ReadAsync(token, answer, cancellation);
            var shown = await checks.KeepAsync(token.Issuer, credentials, cancellation);
            var peer = await checks.PeerAsync(shown, cancellation);
            if (kept.Count >= MostKept)
            {
                kept.Clear();
            }

            var until = shown.Credentials.Select(credential => credential.ValidUntil).Append(ends).Append(now + Longest).Min();
            kept[(token.Issuer.Value, accessToken)] = new Kept(shown, now, until!.Value);
            return peer;
        }
        catch (RefusalException refusal) when (refusal is not { Code: RefusalCode.Unauthenticated, Term: not null } && refusal.Where != "authority")
        {
            // Whatever its own services do not show proves nothing; no fault of this one. What came of the call is for the log: the sender chooses where it goes.
            throw new RefusalException(RefusalCode.Unauthenticated, "The sender presents nothing that can be used.", refusal) { Term = refusal.Term ?? "presentation" };
        }
    }

    private async Task<(List<VerifiableCredential> Credentials, DateTimeOffset? Ends)> ReadAsync(SelfIssuedIdToken token, PresentationResponseMessage answer, CancellationToken cancellation)
    {
        if (answer.Presentation.Count is 0 or > MostPresentations)
        {
            throw Refuse($"there must be 1 to {MostPresentations}");
        }

        var expected = new PresentationExpectation { Holder = token.Issuer, Audience = me.Did, Believes = checks.Knows };
        var credentials = new List<VerifiableCredential>();
        DateTimeOffset? ends = null;
        foreach (var text in answer.Presentation)
        {
            if (text.ValueKind != JsonValueKind.String)
            {
                throw Refuse("only signed texts are read");
            }

            var presentation = await PresentationJwt.VerifyAsync(text.GetString()!, expected, keys, clock.GetUtcNow(), cancellation);
            used.Use(token.Issuer.Value, "vp:" + presentation.Id, clock.GetUtcNow(), presentation.ExpiresAt + CredentialJwt.Leeway);
            credentials.AddRange(presentation.Credentials);
            ends = ends is { } earlier && earlier < presentation.ExpiresAt ? earlier : presentation.ExpiresAt;
        }

        // Those of issuers that nobody here believes say nothing, and nothing is fetched for them.
        credentials.RemoveAll(credential => !checks.Trusts(credential));
        return credentials.Count <= MostCredentials ? (credentials, ends) : throw Refuse($"there are more than {MostCredentials} credentials");
    }

    private static RefusalException Refuse(string why) => new(RefusalCode.Unauthenticated, $"The presentations are refused: {why}.") { Term = "presentation" };

    private sealed record Kept(ShownCredentials Shown, DateTimeOffset From, DateTimeOffset Until);
}
