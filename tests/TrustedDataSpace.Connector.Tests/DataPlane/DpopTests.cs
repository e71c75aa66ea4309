using System.Buffers.Text;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using TrustedDataSpace.Connector.DataPlane;
using TrustedDataSpace.Connector.Tests.Dsp;
using TrustedDataSpace.Protocol.Dsp;
using TrustedDataSpace.Protocol.Identity;
using TrustedDataSpace.Protocol.Json;
using Xunit;

namespace TrustedDataSpace.Connector.Tests.DataPlane;

/// <summary>Another vendor's connector, which publishes no key to encrypt to. As in <see cref="ProofOfPossessionTests"/>, what passes is answered 503.</summary>
public sealed class DpopTests(DpopTests.Setting setting) : IClassFixture<DpopTests.Setting>
{
    private const int Passed = 503;

    private readonly HeldFlow flow = setting.Flow;

    private static long Now => TimeProvider.System.GetUtcNow().ToUnixTimeSeconds();

    [Fact]
    public async Task A_proof_by_the_key_in_the_register_opens_the_flow_once()
    {
        Assert.Equal("DPoP", flow.AuthType);
        Assert.Empty(flow.Key);
        var proof = Proof(_ => { });
        Assert.Equal(Passed, (await Call(proof).SendAsync()).Status);
        var (status, term, answer) = await Call(proof).SendAsync();
        Assert.Equal((401, "jti"), (status, term));
        Assert.Contains("WWW-Authenticate: DPoP algs=\"ES256\", error=\"invalid_dpop_proof\"", answer, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_token_alone_opens_nothing()
    {
        Assert.Equal((401, "dpop"), await RefusedAsync(Call(null)));
        var (status, term, answer) = await flow.Call().SendAsync();
        Assert.Equal((401, "authorization"), (status, term));
        Assert.Contains("WWW-Authenticate: DPoP algs=\"ES256\"", answer, StringComparison.Ordinal);
        Assert.Equal((401, "dpop"), await RefusedAsync(Call(Proof(_ => { })).With("DPoP", Proof(_ => { }))));
        Assert.Equal((401, "dpop"), await RefusedAsync(Call("nonsense")));
        Assert.Equal((401, "dpop"), await RefusedAsync(Call("a.b.c")));
    }

    [Theory]
    [InlineData("htm", "POST")]
    [InlineData("htu", "http://127.0.0.1/data/other")]
    [InlineData("htu", null)]
    [InlineData("ath", "AAAA")]
    [InlineData("ath", null)]
    [InlineData("jti", null)]
    [InlineData("jti", "")]
    [InlineData("iat", null)]
    [InlineData("iat", "-70")]
    [InlineData("iat", "70")]
    [InlineData("iat", "text")]
    public async Task Every_claim_of_a_proof_is_checked(string claim, string? value)
    {
        var proof = Proof(claims => claims[claim] = claim == "iat" && int.TryParse(value, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var shift) ? Now + shift : value);

        // A time that is none makes it no token at all.
        Assert.Equal((401, claim == "iat" && value is null or "text" ? "form" : claim), await RefusedAsync(Call(proof)));
    }

    [Theory]
    [InlineData("typ", "JWT", "typ")]
    [InlineData("alg", "none", "alg")]
    [InlineData("alg", "HS256", "alg")]
    [InlineData("jwk", null, "jwk")]
    [InlineData("crit", "x", "crit")]
    public async Task Every_header_of_a_proof_is_checked(string header, string? value, string term)
    {
        var proof = Proof(_ => { }, head => head[header] = value);
        Assert.Equal((401, term), await RefusedAsync(Call(proof)));
    }

    [Fact]
    public async Task A_proof_by_another_key_or_for_another_token_or_address_is_refused()
    {
        using var stranger = SigningKey.Generate();
        Assert.Equal((401, "jwk"), await RefusedAsync(Call(Proof(_ => { }, key: stranger))));
        Assert.Equal((401, "signature"), await RefusedAsync(Call(Proof(_ => { }, head => head["jwk"] = Jwk(setting.Space.MemberKey), key: stranger))));
        var elsewhere = Call(Proof(_ => { }));
        elsewhere.Target = elsewhere.Target.Replace("/a?", "/b?", StringComparison.Ordinal);
        Assert.Equal((401, "htu"), await RefusedAsync(elsewhere));
        Assert.Equal((401, "ath"), await RefusedAsync(Call(Proof(claims => claims["ath"] = Hash("another token")))));
    }

    [Fact]
    public async Task A_renewed_token_is_bound_like_the_one_before()
    {
        var (status, body) = await setting.Connector.CallAsync(HttpMethod.Post, "/data-tokens/" + flow.Flow, null, setting.Space.TokenOf(TestSpace.Peer, TimeProvider.System.GetUtcNow()));
        Assert.Equal(System.Net.HttpStatusCode.OK, status);
        var renewed = flow with { Token = body.GetProperty("access_token").GetString()! };
        Assert.NotEqual(flow.Token, renewed.Token);
        Assert.Equal(401, (await renewed.Call().SendAsync()).Status);
        var call = renewed.Call().Replace("Authorization", text => text.Replace("Bearer", "DPoP", StringComparison.Ordinal)).With("DPoP", Proof(claims => claims["ath"] = Hash(renewed.Token)));
        Assert.Equal(Passed, (await call.SendAsync()).Status);
    }

    [Fact]
    public async Task Where_the_product_allows_it_the_token_alone_opens_the_flow_until_the_consumer_can_do_better()
    {
        await using var other = new Setting();
        await other.InitializeAsync();
        var handover = other.Connector.Service<FlowHandover>();
        var bearer = other.Held(await handover.WriteAsync(other.Flow.Flow, other.Agreement, TestSpace.Peer, allowBearer: true, certificate: null, default));
        Assert.Equal("bearer", bearer.AuthType);
        Assert.Equal(Passed, (await bearer.Call().SendAsync()).Status);

        // The token from before it was settled otherwise is bound to something else.
        Assert.Equal((401, "cnf"), await RefusedAsync(other.Flow.Call()));
    }

    private RawCall Call(string? proof)
    {
        var call = flow.Call().Replace("Authorization", text => text.Replace("Bearer", "DPoP", StringComparison.Ordinal));
        return proof is null ? call : call.With("DPoP", proof);
    }

    private string Proof(Action<JsonObject> change, Action<JsonObject>? changeHead = null, SigningKey? key = null)
    {
        key ??= setting.Space.MemberKey;
        var head = new JsonObject { ["typ"] = "dpop+jwt", ["alg"] = "ES256", ["jwk"] = Jwk(key) };
        var claims = new JsonObject
        {
            ["jti"] = Guid.NewGuid().ToString(),
            ["htm"] = "GET",
            ["htu"] = flow.Endpoint + "/a",
            ["iat"] = Now,
            ["ath"] = Hash(flow.Token),
        };
        changeHead?.Invoke(head);
        change(claims);
        var text = Base64Url.EncodeToString(ProtocolJson.Write(head)) + "." + Base64Url.EncodeToString(ProtocolJson.Write(claims));
        return text + "." + Base64Url.EncodeToString(key.Sign(Encoding.ASCII.GetBytes(text)));
    }

    private static JsonObject Jwk(SigningKey key) => new() { ["kty"] = "EC", ["crv"] = "P-256", ["x"] = key.Public.Jwk.X, ["y"] = key.Public.Jwk.Y };

    private static string Hash(string token) => Base64Url.EncodeToString(SHA256.HashData(Encoding.ASCII.GetBytes(token)));

    private static async Task<(int Status, string Term)> RefusedAsync(RawCall call)
    {
        var (status, term, _) = await call.SendAsync();
        return (status, term);
    }

    public sealed class Setting : IAsyncLifetime
    {
        internal TestSpace Space { get; private set; } = null!;

        internal TestConnector Connector { get; private set; } = null!;

        internal string Agreement { get; private set; } = "";

        internal HeldFlow Flow { get; private set; } = null!;

        public async ValueTask InitializeAsync()
        {
            Space = await TestSpace.StartAsync();
            Space.Filing = TestSpace.Receipt;
            Connector = await TestConnector.StartAsync(Space);
            Agreement = await Connector.AgreeAsProviderAsync();
            Flow = await HeldFlow.StartAsync(Connector, Agreement);
        }

        public async ValueTask DisposeAsync()
        {
            await Connector.DisposeAsync();
            await Space.DisposeAsync();
        }

        internal HeldFlow Held(IReadOnlyList<EndpointProperty> properties) =>
            HeldFlow.Of(Space, Flow.Flow, new DataAddress { EndpointType = DspConstants.HttpEndpointType, Endpoint = Flow.Endpoint.ToString(), EndpointProperties = properties });
    }
}
