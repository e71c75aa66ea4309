using System.Collections.Concurrent;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;

namespace TrustedDataSpace.Hosting.Authentication;

/// <summary>
/// Verifies access tokens, each signature once in a few seconds: a peer sends the same token with every message, and its verification costs
/// more than what the message asks for. Its end is looked at each time; a key that was taken back counts no longer than
/// <see cref="Longest"/> for a token that was seen before. Refusals are not kept.
/// </summary>
internal sealed class VerifiedTokens(TimeProvider clock) : JsonWebTokenHandler
{
    /// <summary>How long a verified signature is believed.</summary>
    public static readonly TimeSpan Longest = TimeSpan.FromSeconds(5);

    // Of callers within that time; more are verified each time.
    private const int MostKept = 10_000;

    private Window window = new(0);

    /// <inheritdoc/>
    public override async Task<TokenValidationResult> ValidateTokenAsync(string token, TokenValidationParameters validationParameters)
    {
        ArgumentNullException.ThrowIfNull(validationParameters);
        var present = Volatile.Read(ref window);
        if (clock.GetElapsedTime(present.Since) >= Longest)
        {
            Volatile.Write(ref window, present = new Window(clock.GetTimestamp()));
        }

        if (present.Verified.TryGetValue(token, out var known) && IsInTime(known.SecurityToken, validationParameters))
        {
            return known;
        }

        var result = await base.ValidateTokenAsync(token, validationParameters);
        if (result.IsValid && result.ClaimsIdentity.HasClaim(claim => claim.Type == "cnf"))
        {
            // Bound to a key (RFC 7800): no proof of it is looked at here, so it is not taken as if it were free.
            return new TokenValidationResult { IsValid = false, Exception = new SecurityTokenException("bound to a key") };
        }

        if (result.IsValid && present.Verified.Count < MostKept)
        {
            present.Verified[token] = result;
        }

        return result;
    }

    private static bool IsInTime(SecurityToken token, TokenValidationParameters parameters) =>
        parameters.LifetimeValidator(token.ValidFrom == default ? null : token.ValidFrom, token.ValidTo, token, parameters);

    private sealed record Window(long Since)
    {
        public ConcurrentDictionary<string, TokenValidationResult> Verified { get; } = new(StringComparer.Ordinal);
    }
}
