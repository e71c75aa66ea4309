using System.Security.Cryptography;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;
using TrustedDataSpace.Hosting.Authentication;
using Xunit;

namespace TrustedDataSpace.Hosting.Tests.Authentication;

public sealed class VerifiedTokensTests : IDisposable
{
    private readonly ECDsa key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
    private readonly SteppingClock clock = new();
    private readonly List<SecurityKey> trusted = [];
    private readonly VerifiedTokens tokens;
    private int looks;

    public VerifiedTokensTests()
    {
        tokens = new VerifiedTokens(clock);
        trusted.Add(new ECDsaSecurityKey(key));
    }

    public void Dispose() => key.Dispose();

    [Fact]
    public async Task Signature_is_verified_once_while_the_token_is_fresh_in_mind()
    {
        var token = Token();
        Assert.True((await VerifyAsync(token)).IsValid);
        Assert.True((await VerifyAsync(token)).IsValid);
        Assert.Equal(1, looks);
    }

    [Fact]
    public async Task Key_that_is_taken_back_counts_no_longer_than_a_few_seconds()
    {
        var token = Token();
        Assert.True((await VerifyAsync(token)).IsValid);
        trusted.Clear();
        clock.Advance(VerifiedTokens.Longest);
        Assert.False((await VerifyAsync(token)).IsValid);
    }

    [Fact]
    public async Task Refusal_is_not_kept()
    {
        var token = Token();
        var present = trusted[0];
        trusted.Clear();
        Assert.False((await VerifyAsync(token)).IsValid);
        trusted.Add(present);
        Assert.True((await VerifyAsync(token)).IsValid);
    }

    private string Token() => new JsonWebTokenHandler().CreateToken(new SecurityTokenDescriptor
    {
        Issuer = "https://issuer.example",
        Audience = "did:web:here.example",
        Expires = TimeProvider.System.GetUtcNow().UtcDateTime.AddMinutes(5),
        SigningCredentials = new SigningCredentials(new ECDsaSecurityKey(key), SecurityAlgorithms.EcdsaSha256),
    });

    private Task<TokenValidationResult> VerifyAsync(string token) => tokens.ValidateTokenAsync(token, new TokenValidationParameters
    {
        ValidIssuer = "https://issuer.example",
        ValidAudience = "did:web:here.example",
        LifetimeValidator = JwtBearerRules.Lifetime(TimeProvider.System),
        IssuerSigningKeyResolver = (_, _, _, _) =>
        {
            looks++;
            return trusted;
        },
    });

    /// <summary>Elapsed time moves on when the test says so.</summary>
    private sealed class SteppingClock : TimeProvider
    {
        private long ticks;

        public override long TimestampFrequency => TimeSpan.TicksPerSecond;

        public override long GetTimestamp() => ticks;

        public void Advance(TimeSpan by) => ticks += by.Ticks;
    }
}
