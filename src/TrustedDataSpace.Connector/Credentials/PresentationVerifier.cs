using System.Collections.Concurrent;
using TrustedDataSpace.Connector.Identity;
using TrustedDataSpace.Protocol.Dcp;
using TrustedDataSpace.Protocol.Errors;

namespace TrustedDataSpace.Connector.Credentials;

/// <summary>
/// Who callers are by what they present. What was verified is kept under the access token that it was shown with, and status is looked at each time;
/// what it says beside the membership is known of the peer from then on (<see cref="PeerClaims"/>).
/// </summary>
internal sealed class PresentationVerifier(PresentationQueries queries, CredentialChecks checks, PeerClaims claims, TimeProvider clock)
{
    private const int MostKept = 10_000;
    private static readonly TimeSpan Longest = TimeSpan.FromMinutes(5);

    private readonly ConcurrentDictionary<(string Holder, string AccessToken), Kept> kept = new();

    /// <summary>Who the sender of the token is, by the credentials that it lets this participant read.</summary>
    /// <exception cref="RefusalException">Unauthenticated: they make it no peer; Unavailable: the authority cannot be asked now.</exception>
    public ValueTask<Peer> VerifyAsync(SelfIssuedIdToken token, CancellationToken cancellation)
    {
        var accessToken = token.AccessToken
            ?? throw new RefusalException(RefusalCode.Unauthenticated, "The self-issued ID token holds no access token: nothing can be asked of its sender.") { Term = DcpConstants.TokenClaim };
        var now = clock.GetUtcNow();

        // Whom the space believes has changed: of an issuer that it believes only now, nothing was read.
        return kept.TryGetValue((token.Issuer.Value, accessToken), out var known) && known.From <= now && now < known.Until && known.Trust == checks.TrustEpoch
            ? checks.PeerAsync(known.Shown, cancellation)
            : new ValueTask<Peer>(AskAsync(token, accessToken, now, cancellation));
    }

    private async Task<Peer> AskAsync(SelfIssuedIdToken token, string accessToken, DateTimeOffset now, CancellationToken cancellation)
    {
        try
        {
            var trust = checks.TrustEpoch;
            var (shown, ends) = await queries.AskAsync(token.Issuer, accessToken, cancellation);
            var peer = await checks.PeerAsync(shown, cancellation);
            await claims.KeepAsync(shown);
            if (kept.Count >= MostKept)
            {
                kept.Clear();
            }

            var until = shown.Credentials.Select(credential => credential.ValidUntil).Append(ends).Append(now + Longest).Append(checks.TrustedUntil).Min();
            kept[(token.Issuer.Value, accessToken)] = new Kept(shown, now, until!.Value, trust);
            return peer;
        }
        catch (RefusalException refusal) when (refusal is not { Code: RefusalCode.Unauthenticated, Term: not null } && refusal.Where != "authority")
        {
            // Whatever its own services do not show proves nothing; no fault of this one. What came of the call is for the log: the sender chooses where it goes.
            throw new RefusalException(RefusalCode.Unauthenticated, "The sender presents nothing that can be used.", refusal) { Term = refusal.Term ?? "presentation" };
        }
    }

    private sealed record Kept(ShownCredentials Shown, DateTimeOffset From, DateTimeOffset Until, long Trust);
}
