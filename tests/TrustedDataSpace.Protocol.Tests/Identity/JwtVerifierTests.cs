using System.Buffers.Text;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using TrustedDataSpace.Protocol.Errors;
using TrustedDataSpace.Protocol.Identity;
using Xunit;

namespace TrustedDataSpace.Protocol.Tests.Identity;

public sealed class JwtVerifierTests : IDisposable
{
    private static readonly DateTimeOffset Now = DateTimeOffset.FromUnixTimeSeconds(1_778_547_600);

    private readonly SigningKey key = SigningKey.Generate();

    public void Dispose() => key.Dispose();

    [Fact]
    public void Good_token_gives_its_claims()
    {
        var claims = Verify(Token());
        Assert.Equal(("https://a.example", "did:web:vpp.example", "https://b.example", "j1"), (claims.Issuer, claims.Subject, claims.Audience, claims.Id));
        Assert.Equal(Now.AddMinutes(5), claims.ExpiresAt);
        Assert.Equal("read", claims.Text("scope"));
        Assert.Null(claims.Text("exp"));
    }

    [Fact]
    public void Audience_may_be_one_of_several() =>
        Assert.Equal("https://b.example", Verify(Token(c => c["aud"] = new JsonArray("https://x.example", "https://b.example"))).Audience);

    public static TheoryData<string, string> WrongClaims() => new()
    {
        { "iss", "\"https://evil.example\"" },
        { "iss", "null" },
        { "sub", "\"did:web:evil.example\"" },
        { "sub", "null" },
        { "aud", "\"https://x.example\"" },
        { "aud", "[]" },
        { "aud", "null" },
        { "jti", "null" },
        { "jti", "\"\"" },
        { "exp", At(-31) },
        { "exp", At(3600 * 24 * 400) },
        { "exp", "null" },
        { "exp", "-1" },
        { "iat", At(31) },
        { "iat", "null" },
        { "nbf", At(31) },
    };

    [Theory]
    [MemberData(nameof(WrongClaims))]
    public void Token_with_a_wrong_claim_is_refused_by_its_name(string claim, string value) => AssertRefused(claim, Token(With(claim, value)));

    [Theory]
    [InlineData("iss", "[\"https://a.example\"]")]
    [InlineData("sub", "1")]
    [InlineData("aud", "{}")]
    [InlineData("jti", "true")]
    [InlineData("exp", "\"tomorrow\"")]
    [InlineData("exp", "1e300")]
    [InlineData("iat", "true")]
    [InlineData("nbf", "\"x\"")]
    public void Token_with_a_claim_of_the_wrong_type_is_refused(string claim, string value) => Assert.Equal(
        RefusalCode.Unauthenticated, Assert.Throws<RefusalException>(() => Verify(Token(With(claim, value)))).Code);

    [Theory]
    [InlineData("exp", -29)]
    [InlineData("iat", 29)]
    [InlineData("nbf", 29)]
    public void Clocks_may_differ_a_little(string claim, int seconds) => Verify(Token(c => c[claim] = Now.AddSeconds(seconds).ToUnixTimeSeconds()));

    [Theory]
    [InlineData("{\"alg\":\"ES256\",\"kid\":1,\"typ\":\"at+jwt\"}")]
    [InlineData("{\"alg\":\"ES256\",\"kid\":{},\"typ\":\"at+jwt\"}")]
    [InlineData("{\"alg\":[],\"kid\":\"x\",\"typ\":\"at+jwt\"}")]
    [InlineData("{\"alg\":\"ES256\",\"kid\":\"x\",\"typ\":7}")]
    [InlineData("{\"alg\":\"ES256\",\"kid\":\"x\",\"typ\":null}")]
    [InlineData("{\"alg\":\"ES256\",\"alg\":\"none\",\"kid\":\"x\",\"typ\":\"at+jwt\"}")]
    [InlineData("{\"alg\":\"ES256\",\"kid\":\"\\ud800\",\"typ\":\"at+jwt\"}")]
    [InlineData("{\"\\ud800\":1,\"alg\":\"ES256\",\"kid\":\"x\",\"typ\":\"at+jwt\"}")]
    [InlineData("[]")]
    [InlineData("null")]
    [InlineData("{\"alg\":")]
    [InlineData("{\"a\":[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]],\"alg\":\"ES256\"}")]
    public void Strange_header_is_refused(string header) =>
        Assert.Equal(RefusalCode.Unauthenticated, Assert.Throws<RefusalException>(() => Verify(Forge(header, key.Sign))).Code);

    [Theory]
    [InlineData("{\"iss\":\"\\ud800\"}")]
    [InlineData("{\"\\ud800\":1}")]
    [InlineData("{\"exp\":\"x\",\"iat\":{},\"aud\":{\"a\":1}}")]
    [InlineData("{\"exp\":1e999}")]
    [InlineData("[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]")]
    [InlineData("null")]
    [InlineData("\"text\"")]
    public void Strange_payload_is_refused(string payload) => Assert.Equal(
        RefusalCode.Unauthenticated,
        Assert.Throws<RefusalException>(() => Verify(Forge($$"""{"alg":"ES256","kid":"{{key.Kid}}","typ":"at+jwt"}""", key.Sign, payload))).Code);

    [Fact]
    public void Token_that_ends_with_the_calendar_is_judged_like_any_other() => AssertRefused("exp", Token(c => c["exp"] = 253402300799));

    [Fact]
    public void Token_of_another_type_is_refused() => AssertRefused("typ", Token(type: TokenTypes.Credential));

    [Fact]
    public void Token_signed_by_a_stranger_in_the_name_of_our_key_is_refused()
    {
        using var stranger = SigningKey.Generate();
        AssertRefused("signature", Forge($$"""{"alg":"ES256","kid":"{{key.Kid}}","typ":"at+jwt"}""", stranger.Sign));
    }

    [Fact]
    public void Token_of_an_unknown_key_is_refused() => AssertRefused("kid", Forge("""{"alg":"ES256","kid":"x","typ":"at+jwt"}""", key.Sign));

    [Fact]
    public void Token_without_a_key_name_is_refused() => AssertRefused("kid", Forge("""{"alg":"ES256","typ":"at+jwt"}""", key.Sign));

    [Fact]
    public void Token_without_a_signature_is_refused()
    {
        AssertRefused("alg", Forge($$"""{"alg":"none","kid":"{{key.Kid}}","typ":"at+jwt"}""", _ => []));
        AssertRefused("signature", Forge($$"""{"alg":"ES256","kid":"{{key.Kid}}","typ":"at+jwt"}""", _ => []));
    }

    [Fact]
    public void Token_with_a_keyed_hash_under_the_public_key_is_refused() => AssertRefused("alg", Forge(
        $$"""{"alg":"HS256","kid":"{{key.Kid}}","typ":"at+jwt"}""", content => HMACSHA256.HashData(key.Public.ExportSpki(), content)));

    [Fact]
    public void Token_with_a_critical_extension_is_refused() => AssertRefused("crit", Forge(
        $$"""{"alg":"ES256","kid":"{{key.Kid}}","typ":"at+jwt","crit":["b64"],"b64":false}""", key.Sign));

    [Fact]
    public void Altered_payload_is_refused()
    {
        var parts = Token().Split('.');
        var other = Token(c => c["scope"] = "write").Split('.')[1];
        AssertRefused("signature", $"{parts[0]}.{other}.{parts[2]}");
    }

    [Fact]
    public void Claim_that_appears_twice_is_refused() => AssertRefused("payload", Forge(
        $$"""{"alg":"ES256","kid":"{{key.Kid}}","typ":"at+jwt"}""", key.Sign, """{"iss":"https://evil.example","iss":"https://a.example"}"""));

    [Theory]
    [InlineData("")]
    [InlineData("a.b")]
    [InlineData("a.b.c")]
    [InlineData("a.b.c.d.e")]
    [InlineData("e30.W10.AA")]
    [InlineData("e30=.e30.AA")]
    [InlineData(" e30.e30.AA")]
    public void Text_that_is_no_token_is_refused(string token) =>
        Assert.Equal(RefusalCode.Unauthenticated, Assert.Throws<RefusalException>(() => Verify(token)).Code);

    [Fact]
    public void Token_that_is_too_long_is_refused_before_it_is_read()
    {
        var refusal = Assert.Throws<RefusalException>(() => Verify(Token(c => c["more"] = new string('x', Jws.DefaultMaxLength))));
        Assert.Equal(RefusalCode.TooLarge, refusal.Code);
    }

    private JwtClaims Verify(string token) => JwtVerifier.Verify(token, new JwtExpectation
    {
        Type = TokenTypes.AccessToken,
        Issuer = "https://a.example",
        Audience = "https://b.example",
        Subject = "did:web:vpp.example",
        Keys = [key.Public],
        RequireJti = true,
        MaxLifetime = TimeSpan.FromMinutes(10),
    }, Now);

    private void AssertRefused(string term, string token)
    {
        var refusal = Assert.Throws<RefusalException>(() => Verify(token));
        Assert.Equal((RefusalCode.Unauthenticated, term), (refusal.Code, refusal.Term));
    }

    private string Token(Action<JsonObject>? alter = null, string type = TokenTypes.AccessToken)
    {
        var claims = Claims();
        alter?.Invoke(claims);
        return Jwt.Sign(claims, key, type);
    }

    private static Action<JsonObject> With(string claim, string value) => claims =>
    {
        claims.Remove(claim);
        if (JsonNode.Parse(value) is { } node)
        {
            claims[claim] = node;
        }
    };

    private static JsonObject Claims() => new()
    {
        ["iss"] = "https://a.example",
        ["sub"] = "did:web:vpp.example",
        ["aud"] = "https://b.example",
        ["jti"] = "j1",
        ["iat"] = Now.ToUnixTimeSeconds(),
        ["nbf"] = Now.ToUnixTimeSeconds(),
        ["exp"] = Now.AddMinutes(5).ToUnixTimeSeconds(),
        ["scope"] = "read",
    };

    private static string Forge(string header, Signer sign, string? payload = null)
    {
        var content = Base64Url.EncodeToString(Encoding.UTF8.GetBytes(header)) + "."
            + Base64Url.EncodeToString(Encoding.UTF8.GetBytes(payload ?? Claims().ToJsonString()));
        return content + "." + Base64Url.EncodeToString(sign(Encoding.ASCII.GetBytes(content)));
    }

    private delegate byte[] Signer(ReadOnlySpan<byte> content);

    private static string At(int seconds) => Now.AddSeconds(seconds).ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture);
}
