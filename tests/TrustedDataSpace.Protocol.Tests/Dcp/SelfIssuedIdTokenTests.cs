using System.Buffers.Text;
using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using TrustedDataSpace.Protocol.Dcp;
using TrustedDataSpace.Protocol.Errors;
using TrustedDataSpace.Protocol.Identity;
using Xunit;

namespace TrustedDataSpace.Protocol.Tests.Dcp;

public sealed class SelfIssuedIdTokenTests : IDisposable
{
    private static readonly DateTimeOffset Now = DateTimeOffset.FromUnixTimeSeconds(1_778_547_600);
    private static readonly Did Holder = Did.Parse("did:web:holder.example");
    private static readonly Did Verifier = Did.Parse("did:web:verifier.example");

    private readonly SigningKey key = SigningKey.Generate();
    private readonly SigningKey other = SigningKey.Generate();

    private string Kid => $"{Holder}#{key.Kid}";

    public void Dispose()
    {
        key.Dispose();
        other.Dispose();
    }

    [Fact]
    public async Task Token_that_was_made_here_verifies_and_gives_what_it_says()
    {
        var made = new SelfIssuedIdToken
        {
            Issuer = Holder,
            Audience = Verifier,
            Id = "j1",
            IssuedAt = Now,
            ExpiresAt = Now.AddMinutes(5),
            AccessToken = "opaque",
            PreAuthorizedCode = "code",
        };
        Assert.Equal(made, await VerifyAsync(made.Sign(key)));
    }

    [Fact]
    public async Task Token_without_an_access_token_verifies() => Assert.Null((await VerifyAsync(Token(c => c.Remove("token")))).AccessToken);

    [Fact]
    public async Task Token_that_names_no_key_verifies_with_the_only_one_of_its_sender() => Assert.Equal("j1", (await VerifyAsync(Token(header: h => h.Remove("kid")))).Id);

    public static TheoryData<string, string> WrongClaims() => new()
    {
        { "iss", "\"did:web:evil.example\"" },
        { "iss", "\"https://holder.example\"" },
        { "iss", "\"did:key:z6Mk\"" },
        { "iss", "null" },
        { "iss", "[\"did:web:holder.example\"]" },
        { "sub", "\"did:web:evil.example\"" },
        { "sub", "null" },
        { "sub", "1" },
        { "aud", "\"did:web:third.example\"" },
        { "aud", "[]" },
        { "aud", "[\"did:web:verifier.example\",\"did:web:third.example\"]" },
        { "aud", "null" },
        { "jti", "null" },
        { "jti", "\"\"" },
        { "jti", "7" },
        { "jti", "\"" + new string('j', 257) + "\"" },
        { "exp", At(-31) },
        { "exp", At(3601) },
        { "exp", "null" },
        { "exp", "\"soon\"" },
        { "exp", "-1" },
        { "iat", At(31) },
        { "iat", "null" },
        { "iat", "true" },
        { "nbf", At(31) },
        { "nbf", "\"now\"" },
        { "token", "1" },
        { "token", "\"\"" },
        { "token", "null" },
        { "token", "\"" + new string('t', 8193) + "\"" },
        { "pre-authorized_code", "{}" },
        { "vc", "{}" },
        { "vp", "{}" },
    };

    [Theory]
    [MemberData(nameof(WrongClaims))]
    public async Task Token_with_a_wrong_claim_is_refused(string claim, string value)
    {
        var token = Token(c => c[claim] = JsonNode.Parse(value));
        var refusal = await Assert.ThrowsAsync<RefusalException>(() => VerifyAsync(token));
        Assert.Equal(RefusalCode.Unauthenticated, refusal.Code);

        // Whoever changes the issuer makes it differ from the subject, too. A registered claim of another type makes it no token at all.
        Assert.Contains(refusal.Term, new[] { claim, claim == "iss" ? "sub" : claim, value.StartsWith('"') && claim is not ("exp" or "nbf") ? claim : "form" });
    }

    [Theory]
    [InlineData("iss")]
    [InlineData("sub")]
    [InlineData("aud")]
    [InlineData("jti")]
    [InlineData("exp")]
    [InlineData("iat")]
    public async Task Token_without_a_claim_is_refused(string claim) => await AssertRefusedAsync(claim, Token(c => c.Remove(claim)));

    [Theory]
    [InlineData("iss")]
    [InlineData("aud")]
    [InlineData("jti")]
    [InlineData("token")]
    public async Task Token_with_a_claim_twice_is_refused(string claim)
    {
        var payload = $$"""{"{{claim}}":"x",{{Claims().ToJsonString()[1..]}}""";
        await AssertRefusedAsync("payload", Signed(Header(), payload, key));
    }

    [Theory]
    [InlineData("alg", "none")]
    [InlineData("alg", "HS256")]
    [InlineData("alg", "ES384")]
    [InlineData("typ", "at+jwt")]
    [InlineData("typ", "vp+jwt")]
    [InlineData("typ", null)]
    [InlineData("kid", "did:web:evil.example#k")]
    [InlineData("kid", "did:web:holder.example")]
    [InlineData("kid", "did:web:holder.example#")]
    [InlineData("kid", "k")]
    public async Task Token_with_a_wrong_header_is_refused(string name, string? value) => await AssertRefusedAsync(name, Token(header: h => h[name] = value));

    [Fact]
    public async Task Critical_extension_is_refused() => await AssertRefusedAsync("crit", Token(header: h => h["crit"] = new JsonArray("b64")));

    [Fact]
    public async Task Signature_of_another_key_is_refused() =>
        await AssertRefusedAsync("signature", Signed(Header(), Claims().ToJsonString(), other));

    [Fact]
    public async Task Signature_of_another_key_is_refused_when_no_key_is_named()
    {
        var header = Header();
        header.Remove("kid");
        await AssertRefusedAsync("signature", Signed(header, Claims().ToJsonString(), other));
    }

    [Fact]
    public async Task Changed_claims_are_refused()
    {
        var parts = Token().Split('.');
        var changed = Claims();
        changed["token"] = "another";
        await AssertRefusedAsync("signature", $"{parts[0]}.{Base64Url.EncodeToString(Encoding.UTF8.GetBytes(changed.ToJsonString()))}.{parts[2]}");
    }

    [Fact]
    public async Task Key_that_serves_for_something_else_is_refused()
    {
        var token = Token();
        var asked = new List<(Did, string, VerificationRelationship)>();
        var refusal = await Assert.ThrowsAsync<RefusalException>(() => SelfIssuedIdToken.VerifyAsync(token, Verifier, (did, kid, use, _) =>
        {
            asked.Add((did, kid, use));
            throw new RefusalException(RefusalCode.Unauthenticated, "No such key.") { Term = "kid" };
        }, Now, TestContext.Current.CancellationToken));

        Assert.Equal("kid", refusal.Term);
        Assert.Equal([(Holder, Kid, VerificationRelationship.CapabilityInvocation)], asked);
    }

    [Theory]
    [InlineData("")]
    [InlineData("a.b")]
    [InlineData("a.b.c")]
    [InlineData("a.b.c.d")]
    [InlineData("{}")]
    public async Task What_is_no_token_is_refused(string text)
    {
        var refusal = await Assert.ThrowsAsync<RefusalException>(() => VerifyAsync(text));
        Assert.Equal(RefusalCode.Unauthenticated, refusal.Code);
    }

    [Fact]
    public async Task Oversized_token_is_refused_before_it_is_read()
    {
        var refusal = await Assert.ThrowsAsync<RefusalException>(() => VerifyAsync(Token(c => c["more"] = new string('x', 17_000))));
        Assert.Equal((RefusalCode.TooLarge, "length"), (refusal.Code, refusal.Term));
    }

    private static string At(int seconds) => (Now.ToUnixTimeSeconds() + seconds).ToString(CultureInfo.InvariantCulture);

    private static JsonObject Claims() => new()
    {
        ["iss"] = Holder.Value,
        ["sub"] = Holder.Value,
        ["aud"] = Verifier.Value,
        ["jti"] = "j1",
        ["iat"] = Now.ToUnixTimeSeconds(),
        ["exp"] = Now.ToUnixTimeSeconds() + 300,
        ["token"] = "opaque",
    };

    private static string Signed(JsonObject header, string payload, SigningKey with)
    {
        var content = Base64Url.EncodeToString(Encoding.UTF8.GetBytes(header.ToJsonString())) + "." + Base64Url.EncodeToString(Encoding.UTF8.GetBytes(payload));
        return content + "." + Base64Url.EncodeToString(with.Sign(Encoding.ASCII.GetBytes(content)));
    }

    private JsonObject Header() => new() { ["alg"] = "ES256", ["typ"] = "JWT", ["kid"] = Kid };

    private string Token(Action<JsonObject>? change = null, Action<JsonObject>? header = null)
    {
        var (claims, head) = (Claims(), Header());
        change?.Invoke(claims);
        header?.Invoke(head);
        return Signed(head, claims.ToJsonString(), key);
    }

    private Task<SelfIssuedIdToken> VerifyAsync(string token) =>
        SelfIssuedIdToken.VerifyAsync(token, Verifier, (did, kid, use, _) =>
        {
            Assert.Equal((Holder, VerificationRelationship.CapabilityInvocation), (did, use));
            return Task.FromResult(PublicKey.FromJwk(key.Public.Jwk with { Kid = kid.Length > 0 ? kid : key.Kid }));
        }, Now, TestContext.Current.CancellationToken);

    private async Task AssertRefusedAsync(string term, string token)
    {
        var refusal = await Assert.ThrowsAsync<RefusalException>(() => VerifyAsync(token));
        Assert.Equal((RefusalCode.Unauthenticated, term), (refusal.Code, refusal.Term));
    }
}
