using System.Text.Json.Nodes;
using TrustedDataSpace.Protocol.Authority;
using TrustedDataSpace.Protocol.Errors;
using TrustedDataSpace.Protocol.Identity;
using Xunit;

namespace TrustedDataSpace.Protocol.Tests.Authority;

public sealed class StandingEpochTests : IDisposable
{
    private const string Authority = "did:web:authority.example";
    private const string Space = "grid-space";
    private static readonly DateTimeOffset Now = DateTimeOffset.FromUnixTimeSeconds(1_778_547_600);
    private static readonly StandingEpoch Epoch = new(41, 42, new Dictionary<string, string> { ["did:web:vpp.example"] = "suspended" });

    private readonly SigningKey key = SigningKey.Generate();

    public void Dispose() => key.Dispose();

    [Fact]
    public void An_epoch_says_what_was_signed()
    {
        var read = Verify(Epoch.Sign(Authority, Space, Now, key));
        Assert.Equal((41L, 42L), (read.From, read.To));
        Assert.Equal(KeyValuePair.Create("did:web:vpp.example", "suspended"), Assert.Single(read.Changed));
        Assert.Equal((0L, 0L), (read.Status, read.Trust));
        read = Verify((Epoch with { Status = 5, Trust = 6 }).Sign(Authority, Space, Now, key));
        Assert.Equal((5L, 6L), (read.Status, read.Trust));
        Assert.Null(Verify(new StandingEpoch(null, 42, new Dictionary<string, string>()).Sign(Authority, Space, Now, key)).From);
    }

    [Fact]
    public void One_of_another_authority_is_refused() => Refused("iss", Epoch.Sign("did:web:mallory.example", Space, Now, key));

    [Fact]
    public void One_of_another_space_is_refused() => Refused("sub", Epoch.Sign(Authority, "city-space", Now, key));

    [Fact]
    public void One_that_was_held_back_is_refused() => Refused("exp", Epoch.Sign(Authority, Space, Now - TimeSpan.FromSeconds(61), key));

    [Fact]
    public void One_of_the_future_is_refused() => Refused("iat", Epoch.Sign(Authority, Space, Now + TimeSpan.FromSeconds(31), key));

    [Fact]
    public void One_that_goes_back_is_refused() => Refused("to", new StandingEpoch(43, 42, new Dictionary<string, string>()).Sign(Authority, Space, Now, key));

    [Fact]
    public void One_signed_by_somebody_else_is_refused()
    {
        using var other = SigningKey.Generate();
        Refused("kid", Epoch.Sign(Authority, Space, Now, other));
    }

    [Fact]
    public void One_that_lives_for_longer_is_refused() => Refused("exp", Signed(claims => claims["exp"] = Now.AddMinutes(10).ToUnixTimeSeconds()));

    [Theory]
    [InlineData("to", "\"42\"")]
    [InlineData("to", null)]
    [InlineData("changed", "null")]
    [InlineData("changed", "[\"did:web:vpp.example\"]")]
    [InlineData("changed", "{\"did:web:vpp.example\":1}")]
    [InlineData("from", "\"x\"")]
    [InlineData("status", "-1")]
    [InlineData("status", "\"1\"")]
    [InlineData("trust", "-1")]
    public void One_that_is_written_otherwise_is_refused(string claim, string? value)
    {
        var refusal = Assert.Throws<RefusalException>(() => Verify(Signed(claims =>
        {
            claims.Remove(claim);
            if (value is not null)
            {
                claims[claim] = JsonNode.Parse(value);
            }
        })));
        Assert.Equal(RefusalCode.Unauthenticated, refusal.Code);
    }

    [Fact]
    public void Another_kind_of_token_is_no_epoch() => Refused("typ", Jwt.Sign(Claims(), key, TokenTypes.AccessToken));

    private static JsonObject Claims() => new()
    {
        ["iss"] = Authority,
        ["sub"] = Space,
        ["iat"] = Now.ToUnixTimeSeconds(),
        ["exp"] = Now.AddSeconds(30).ToUnixTimeSeconds(),
        ["from"] = 41,
        ["to"] = 42,
        ["changed"] = new JsonObject(),
    };

    private string Signed(Action<JsonObject> change)
    {
        var claims = Claims();
        change(claims);
        return Jwt.Sign(claims, key, TokenTypes.Standing);
    }

    private StandingEpoch Verify(string jws) => StandingEpoch.Verify(jws, Authority, Space, [key.Public], Now);

    private void Refused(string term, string jws)
    {
        var refusal = Assert.Throws<RefusalException>(() => Verify(jws));
        Assert.Equal((RefusalCode.Unauthenticated, term), (refusal.Code, refusal.Term));
    }
}
