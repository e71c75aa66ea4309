namespace TrustedDataSpace.Protocol.Identity;

/// <summary>What a token must be. There is no way to leave a check out.</summary>
public sealed record JwtExpectation
{
    /// <summary>The <c>typ</c> header, one of <see cref="TokenTypes"/>.</summary>
    public required string Type { get; init; }

    /// <summary>The issuer, <c>iss</c>.</summary>
    public required string Issuer { get; init; }

    /// <summary>The audience, one of <c>aud</c>. Null only for a credential: then the token must not have one.</summary>
    public required string? Audience { get; init; }

    /// <summary>The keys of the issuer.</summary>
    public required IReadOnlyCollection<PublicKey> Keys { get; init; }

    /// <summary>The subject, <c>sub</c>, where one is expected.</summary>
    public string? Subject { get; init; }

    /// <summary>How far the clocks of two parties may differ.</summary>
    public TimeSpan Leeway { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Whether <c>jti</c> must be there, for remembering what was already used.</summary>
    public bool RequireJti { get; init; }

    /// <summary>The longest time from <c>iat</c> to <c>exp</c>.</summary>
    public TimeSpan? MaxLifetime { get; init; }
}
