using System.Text;
using TrustedDataSpace.Protocol.Authority;
using TrustedDataSpace.Protocol.Errors;
using TrustedDataSpace.Protocol.Identity;
using TrustedDataSpace.Protocol.Json;
using Xunit;

namespace TrustedDataSpace.Protocol.Tests.Authority;

public sealed class AuthorityContractTests : IDisposable
{
    private readonly SigningKey key = SigningKey.Generate();

    public void Dispose() => key.Dispose();

    [Fact]
    public void Application_proves_possession_of_its_key()
    {
        var read = SignedApplication.Verify(SignedApplication.Create(Application(key.Public.Jwk), key));
        Assert.Equal(("did:web:vpp.example", key.Kid), (read.Id.Value, read.Key.Kid));
    }

    [Fact]
    public void Application_that_names_the_key_of_somebody_else_is_refused()
    {
        using var victim = SigningKey.Generate();
        var application = Application(victim.Public.Jwk);
        Assert.Throws<RefusalException>(() => SignedApplication.Create(application, key));

        var forged = Jws.Sign(CanonicalJson.Bytes(application), key, TokenTypes.Application);
        Assert.Equal(RefusalCode.Unauthenticated, Assert.Throws<RefusalException>(() => SignedApplication.Verify(forged)).Code);

        // Naming the victim's key in the header does not help either.
        var renamed = Jws.Sign(CanonicalJson.Bytes(Application(victim.Public.Jwk with { Kid = key.Kid })), key, TokenTypes.Application);
        Assert.Equal("signature", Assert.Throws<RefusalException>(() => SignedApplication.Verify(renamed)).Term);
    }

    [Theory]
    [InlineData("")]
    [InlineData("e30.e30.AA")]
    public void Body_that_is_no_application_is_refused(string body) => Assert.Throws<RefusalException>(() => SignedApplication.Verify(body));

    [Fact]
    public void Identifier_cannot_name_another_path()
    {
        Assert.Equal("/api/v1/participants/did%3Aweb%3Avpp.example", AuthorityRoutes.ForParticipant("did:web:vpp.example"));
        Assert.Equal("/api/v1/agreements/..%2Fparticipants%3Fx", AuthorityRoutes.ForAgreement("../participants?x"));
    }

    [Fact]
    public void Addresses_of_pages_carry_their_parameters()
    {
        Assert.Equal("/api/v1/participants?limit=50", AuthorityRoutes.ParticipantsPage(50));
        Assert.Equal("/api/v1/products?q=%E8%B4%9F%E8%8D%B7%20%26&limit=20&cursor=a%2Bb", AuthorityRoutes.ProductsPage("负荷 &", 20, "a+b"));
        Assert.Equal("/api/v1/evidence/entries?from=5&limit=100", AuthorityRoutes.EvidenceEntriesPage(5, 100));
        Assert.Equal("/api/v1/evidence/inclusion?index=5&size=100", AuthorityRoutes.InclusionOf(5, 100));
    }

    [Fact]
    public void Token_response_has_the_names_of_OAuth_and_hides_the_token()
    {
        var response = new TokenResponse { AccessToken = "secret", ExpiresIn = 300 };
        Assert.Equal("""{"access_token":"secret","token_type":"Bearer","expires_in":300}""", Encoding.UTF8.GetString(ProtocolJson.Write(response)));
        Assert.DoesNotContain("secret", response.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void Page_without_a_next_is_the_last() =>
        Assert.Equal("""{"items":[1]}""", Encoding.UTF8.GetString(ProtocolJson.Write(new Page<int>([1]))));

    private static ParticipantApplication Application(Jwk key) => new()
    {
        Id = Did.Parse("did:web:vpp.example"),
        Name = "VPP",
        Region = "44",
        Roles = ["virtual-power-plant"],
        Endpoint = new Uri("https://vpp.example/"),
        Key = key,
    };
}
