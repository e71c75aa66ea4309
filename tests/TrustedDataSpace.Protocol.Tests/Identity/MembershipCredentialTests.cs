using TrustedDataSpace.Protocol.Errors;
using TrustedDataSpace.Protocol.Identity;
using Xunit;

namespace TrustedDataSpace.Protocol.Tests.Identity;

public sealed class MembershipCredentialTests : IDisposable
{
    private static readonly DateTimeOffset Now = DateTimeOffset.FromUnixTimeSeconds(1_778_547_600);
    private static readonly Did Authority = Did.Parse("did:web:authority.example");
    private static readonly Did Member = Did.Parse("did:web:vpp.example");

    private readonly SigningKey key = SigningKey.Generate();

    public void Dispose() => key.Dispose();

    [Fact]
    public void Credential_says_what_was_signed()
    {
        var credential = Credential();
        var verified = Verify(credential.ToJwt(key));
        Assert.Equal(["virtual-power-plant"], verified.Roles);
        Assert.Equal(credential with { Roles = verified.Roles }, verified);
    }

    [Fact]
    public void Credential_of_somebody_else_is_refused() => AssertRefused("sub", Credential() with { Subject = Did.Parse("did:web:grid.example") });

    [Fact]
    public void Credential_of_another_authority_is_refused() => AssertRefused("iss", Credential() with { Issuer = Member });

    [Fact]
    public void Expired_credential_is_refused() => AssertRefused("exp", Credential() with { ValidUntil = Now.AddMinutes(-1) });

    [Fact]
    public void Credential_that_is_not_valid_yet_is_refused() => AssertRefused("iat", Credential() with { ValidFrom = Now.AddMinutes(1) });

    [Fact]
    public void Access_token_is_no_credential()
    {
        var token = Jwt.Sign(new() { ["iss"] = Authority.Value, ["sub"] = Member.Value }, key, TokenTypes.AccessToken);
        Assert.Equal("typ", Assert.Throws<RefusalException>(() => Verify(token)).Term);
    }

    [Theory]
    [InlineData("""{"@context":["https://www.w3.org/ns/credentials/v2"],"type":["VerifiableCredential","DriversLicence"],"credentialSubject":{"id":"did:web:vpp.example","name":"n","space":"s","region":"44","roles":[]}}""", "type")]
    [InlineData("""{"@context":[],"type":["VerifiableCredential","MembershipCredential"],"credentialSubject":{"id":"did:web:vpp.example","name":"n","space":"s","region":"44","roles":[]}}""", "type")]
    [InlineData("""{"@context":["https://www.w3.org/ns/credentials/v2"],"type":["VerifiableCredential","MembershipCredential"],"credentialSubject":{"id":"did:web:grid.example","name":"n","space":"s","region":"44","roles":[]}}""", "credentialSubject.id")]
    [InlineData("""{"@context":["https://www.w3.org/ns/credentials/v2"],"type":["VerifiableCredential","MembershipCredential"],"credentialSubject":{"id":"did:web:vpp.example","name":"n","space":"s","region":"44"}}""", "$.credentialSubject")]
    public void Credential_with_other_content_is_refused(string content, string term)
    {
        var claims = System.Text.Json.Nodes.JsonNode.Parse(content)!.AsObject();
        claims["iss"] = Authority.Value;
        claims["sub"] = Member.Value;
        claims["jti"] = "urn:uuid:1";
        claims["iat"] = Now.ToUnixTimeSeconds();
        claims["nbf"] = Now.ToUnixTimeSeconds();
        claims["exp"] = Now.AddDays(1).ToUnixTimeSeconds();
        Assert.Equal(term, Assert.Throws<RefusalException>(() => Verify(Jwt.Sign(claims, key, TokenTypes.Credential))).Term);
    }

    private MembershipCredential Verify(string jwt) => MembershipCredential.Verify(jwt, Authority, Member, [key.Public], Now);

    private void AssertRefused(string term, MembershipCredential credential) =>
        Assert.Equal(term, Assert.Throws<RefusalException>(() => Verify(credential.ToJwt(key))).Term);

    private static MembershipCredential Credential() => new()
    {
        Issuer = Authority,
        Subject = Member,
        Name = "Virtual power plant 虚拟电厂",
        Space = "power-grid",
        Region = "44",
        Roles = ["virtual-power-plant"],
        ValidFrom = Now.AddHours(-1),
        ValidUntil = Now.AddDays(30),
        CredentialId = "urn:uuid:1",
    };
}
