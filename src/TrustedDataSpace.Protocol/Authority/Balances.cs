using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using TrustedDataSpace.Protocol.Errors;
using TrustedDataSpace.Protocol.Identity;
using TrustedDataSpace.Protocol.Json;
using TrustedDataSpace.Protocol.Pricing;

namespace TrustedDataSpace.Protocol.Authority;

/// <summary>That a consumer has paid in advance for what it will use under an agreement.</summary>
public sealed record TopUp
{
    /// <summary>Id of the agreement; its price plan is prepaid.</summary>
    public required string Agreement { get; init; }

    /// <summary>The amount, above 0, with no more decimals than the plan rounds to.</summary>
    [JsonConverter(typeof(MoneyConverter))]
    public required decimal Amount { get; init; }

    /// <summary>The currency of the plan.</summary>
    public required string Currency { get; init; }

    /// <summary>What the bank or payment service calls it: 1 to 200 characters, each once for an agreement.</summary>
    public required string Reference { get; init; }
}

/// <summary>The account of an agreement that is paid in advance, as the authority keeps it.</summary>
public sealed record BalanceView
{
    /// <summary>Id of the agreement.</summary>
    public required string Agreement { get; init; }

    /// <summary>The currency of all amounts.</summary>
    public required string Currency { get; init; }

    /// <summary>How many payments were confirmed.</summary>
    public required long TopUps { get; init; }

    /// <summary>What they add up to.</summary>
    [JsonConverter(typeof(MoneyConverter))]
    public required decimal ToppedUp { get; init; }

    /// <summary>What settled periods have taken of it.</summary>
    [JsonConverter(typeof(MoneyConverter))]
    public required decimal Settled { get; init; }

    /// <summary>What is left when all that was settled is taken off; use that is not settled yet is not.</summary>
    [JsonConverter(typeof(MoneyConverter))]
    public required decimal Left { get; init; }

    /// <summary>A <see cref="BalanceNote"/>, signed by the authority: the provider's connector lets nothing flow on less.</summary>
    public required string Note { get; init; }
}

/// <summary>The authority's word on what was paid in advance under an agreement. It only grows: one with fewer payments is an old one.</summary>
/// <param name="Agreement">Id of the agreement.</param>
/// <param name="Currency">The currency.</param>
/// <param name="TopUps">How many payments were confirmed.</param>
/// <param name="ToppedUp">What they add up to.</param>
public sealed record BalanceNote(string Agreement, string Currency, long TopUps, decimal ToppedUp)
{
    /// <summary>How long it may be under way.</summary>
    public static readonly TimeSpan Lifetime = TimeSpan.FromMinutes(5);

    /// <summary>Signs it.</summary>
    /// <param name="authority">DID of the authority.</param>
    /// <param name="now">Whole seconds count.</param>
    /// <param name="key">The authority's key.</param>
    public string Sign(string authority, DateTimeOffset now, SigningKey key) => Jwt.Sign(
        new JsonObject
        {
            ["iss"] = authority,
            ["sub"] = Agreement,
            ["iat"] = now.ToUnixTimeSeconds(),
            ["exp"] = (now + Lifetime).ToUnixTimeSeconds(),
            ["currency"] = Currency,
            ["topUps"] = TopUps,
            ["toppedUp"] = ToppedUp.ToString(System.Globalization.CultureInfo.InvariantCulture),
        },
        key,
        TokenTypes.Balance);

    /// <summary>Reads one that the authority signed for that agreement.</summary>
    /// <exception cref="RefusalException">Unauthenticated; <see cref="RefusalException.Term"/> names the claim.</exception>
    public static BalanceNote Verify(string jws, string authority, string agreement, IReadOnlyCollection<PublicKey> keys, DateTimeOffset now)
    {
        var claims = JwtVerifier.Verify(
            jws,
            new JwtExpectation { Type = TokenTypes.Balance, Issuer = authority, Subject = agreement, Audience = null, Keys = keys, MaxLifetime = Lifetime },
            now);
        try
        {
            var content = ProtocolJson.Read<Content>(claims.Payload);
            return content is { TopUps: >= 0, ToppedUp: >= 0 and < UsePrice.Limit }
                ? new BalanceNote(agreement, content.Currency, content.TopUps, content.ToppedUp)
                : throw new RefusalException(RefusalCode.Unauthenticated, "The note of a balance is refused: its sum is out of range.") { Term = "toppedUp" };
        }
        catch (RefusalException refusal) when (refusal.Code == RefusalCode.Malformed)
        {
            throw new RefusalException(RefusalCode.Unauthenticated, $"The note of a balance is refused, {refusal.Where ?? "payload"}: {refusal.Message}", refusal) { Term = refusal.Where ?? "payload" };
        }
    }

    private sealed record Content
    {
        public required string Currency { get; init; }

        public required long TopUps { get; init; }

        [JsonConverter(typeof(MoneyConverter))]
        public required decimal ToppedUp { get; init; }
    }
}
