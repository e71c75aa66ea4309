using System.Text.Json;
using TrustedDataSpace.Protocol.Errors;
using TrustedDataSpace.Protocol.Json;

namespace TrustedDataSpace.Protocol.Identity;

/// <summary>The one token validator. Every check is made every time; a test exists for each.</summary>
public static class JwtVerifier
{
    private const double LastSecond = 253402300799;

    /// <summary>Verifies a token and gives its claims.</summary>
    /// <exception cref="RefusalException">Unauthenticated (or TooLarge); <see cref="RefusalException.Term"/> names the claim.</exception>
    public static JwtClaims Verify(string token, JwtExpectation expected, DateTimeOffset now)
    {
        ArgumentNullException.ThrowIfNull(expected);
        return Check(Jws.Verify(token, expected.Keys, expected.Type), expected, now);
    }

    /// <summary>The claims of a token whose signature was verified.</summary>
    internal static JwtClaims Check(byte[] verified, JwtExpectation expected, DateTimeOffset now)
    {
        var payload = ReadPayload(verified);
        RequireText(payload, "iss", expected.Issuer);
        if (expected.Subject is not null)
        {
            RequireText(payload, "sub", expected.Subject);
        }

        RequireAudience(payload, expected.Audience);
        if (expected.RequireJti && string.IsNullOrEmpty(Text(payload, "jti")))
        {
            throw Refuse("jti", "it is missing");
        }

        return new JwtClaims(payload, expected.Audience, VerifyTimes(payload, expected, now));
    }

    private static DateTimeOffset VerifyTimes(JsonElement payload, JwtExpectation expected, DateTimeOffset now)
    {
        var issued = Time(payload, "iat") ?? throw Refuse("iat", "it is missing");
        var expires = Time(payload, "exp") ?? throw Refuse("exp", "it is missing");
        // The leeway is applied to our own time: a token's may lie at the end of the calendar, where nothing can be added.
        if (issued > now + expected.Leeway)
        {
            throw Refuse("iat", $"it was issued in the future ({issued:u}, it is {now:u}): compare the clocks");
        }

        if (Time(payload, "nbf") is { } notBefore && notBefore > now + expected.Leeway)
        {
            throw Refuse("nbf", $"it is not valid before {notBefore:u}, it is {now:u}");
        }

        if (now - expected.Leeway >= expires)
        {
            throw Refuse("exp", $"it expired at {expires:u}, it is {now:u}");
        }

        if (expected.MaxLifetime is { } longest && expires - issued > longest)
        {
            throw Refuse("exp", $"it is valid for longer than {longest}");
        }

        return expires;
    }

    private static JsonElement ReadPayload(byte[] payload)
    {
        try
        {
            var element = ProtocolJson.Parse(payload);
            return element.ValueKind == JsonValueKind.Object ? element : throw Refuse("payload", "it is not a JSON object");
        }
        catch (RefusalException e) when (e.Code == RefusalCode.Malformed)
        {
            throw Refuse("payload", e.Message, e);
        }
    }

    private static void RequireText(JsonElement payload, string claim, string expected)
    {
        if (Text(payload, claim) != expected)
        {
            throw Refuse(claim, $"it must be \"{expected}\"");
        }
    }

    private static void RequireAudience(JsonElement payload, string? expected)
    {
        var present = payload.TryGetProperty("aud", out var audience);
        if (expected is null)
        {
            if (present)
            {
                throw Refuse("aud", "such a token has none");
            }

            return;
        }

        var found = present && audience.ValueKind switch
        {
            JsonValueKind.String => audience.GetString() == expected,
            JsonValueKind.Array => audience.EnumerateArray().Any(a => a.ValueKind == JsonValueKind.String && a.GetString() == expected),
            _ => false,
        };
        if (!found)
        {
            throw Refuse("aud", $"it must be \"{expected}\"");
        }
    }

    private static string? Text(JsonElement payload, string claim) =>
        payload.TryGetProperty(claim, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;

    /// <summary>A NumericDate (RFC 7519 §2), which may have a fraction.</summary>
    internal static DateTimeOffset? Time(JsonElement payload, string claim)
    {
        if (!payload.TryGetProperty(claim, out var value))
        {
            return null;
        }

        return value.ValueKind == JsonValueKind.Number && value.TryGetDouble(out var seconds) && seconds is >= 0 and <= LastSecond
            ? DateTimeOffset.UnixEpoch.AddSeconds(seconds)
            : throw Refuse(claim, "it is not a time in seconds since 1970");
    }

    private static RefusalException Refuse(string claim, string why, Exception? inner = null) =>
        new(RefusalCode.Unauthenticated, $"The token is refused, {claim}: {why}.", inner) { Term = claim, Remedy = "Get a new token, and send it as it was issued." };
}
