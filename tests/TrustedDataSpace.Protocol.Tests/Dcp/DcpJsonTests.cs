using System.Text;
using TrustedDataSpace.Protocol.Dcp;
using TrustedDataSpace.Protocol.Errors;
using Xunit;

namespace TrustedDataSpace.Protocol.Tests.Dcp;

public sealed class DcpJsonTests
{
    private const string Context = "\"@context\":[\"https://w3id.org/dspace-dcp/v1.0/dcp.jsonld\"],";

    [Theory]
    [InlineData("""[]""")]
    [InlineData("""null""")]
    [InlineData("""{"type":"PresentationQueryMessage","scope":["a:b"]}""")]
    [InlineData("""{"@context":"https://w3id.org/dspace-dcp/v1.0/dcp.jsonld","type":"PresentationQueryMessage","scope":["a:b"]}""")]
    [InlineData("""{"@context":[],"type":"PresentationQueryMessage","scope":["a:b"]}""")]
    [InlineData("""{"@context":[{"scope":"https://evil.example/"},"https://w3id.org/dspace-dcp/v1.0/dcp.jsonld"],"type":"PresentationQueryMessage","scope":["a:b"]}""")]
    [InlineData("""{"@context":["https://w3id.org/dspace-dcp/v1.0/dcp.jsonld","https://evil.example/context"],"type":"PresentationQueryMessage","scope":["a:b"]}""")]
    public void Message_without_the_context_or_with_one_that_is_not_known_is_refused(string message) => AssertMalformed<PresentationQueryMessage>(message);

    [Theory]
    [InlineData("\"type\":\"CredentialMessage\",\"scope\":[\"a:b\"]")]
    [InlineData("\"type\":null,\"scope\":[\"a:b\"]")]
    [InlineData("\"type\":\"PresentationQueryMessage\",\"scope\":null")]
    [InlineData("\"type\":\"PresentationQueryMessage\",\"scope\":[null]")]
    [InlineData("\"type\":\"PresentationQueryMessage\",\"scope\":[1]")]
    [InlineData("\"type\":\"PresentationQueryMessage\",\"scope\":\"a:b\"")]
    [InlineData("\"type\":\"PresentationQueryMessage\",\"scope\":[\"a:b\"],\"scope\":[\"a:c\"]")]
    [InlineData("\"type\":\"PresentationQueryMessage\",\"scope\":[\"a:b\"],\"presentationDefinition\":{}")]
    [InlineData("\"type\":\"PresentationQueryMessage\",\"presentationDefinition\":[]")]
    public void Query_that_is_not_as_required_is_refused(string content) => AssertMalformed<PresentationQueryMessage>("{" + Context + content + "}");

    [Theory]
    [InlineData("\"type\":\"PresentationResponseMessage\",\"presentation\":[null]")]
    [InlineData("\"type\":\"PresentationResponseMessage\",\"presentation\":[1]")]
    [InlineData("\"type\":\"PresentationResponseMessage\",\"presentation\":\"x\"")]
    [InlineData("\"type\":\"PresentationResponseMessage\",\"presentation\":[],\"presentationSubmission\":\"x\"")]
    public void Response_that_is_not_as_required_is_refused(string content) => AssertMalformed<PresentationResponseMessage>("{" + Context + content + "}");

    [Theory]
    [InlineData("\"type\":\"CredentialMessage\",\"issuerPid\":\"i\",\"status\":\"ISSUED\",\"credentials\":[null]")]
    [InlineData("\"type\":\"CredentialMessage\",\"issuerPid\":\"i\",\"status\":\"issued\"")]
    [InlineData("\"type\":\"CredentialMessage\",\"issuerPid\":1,\"status\":\"ISSUED\"")]
    [InlineData("\"type\":\"CredentialMessage\",\"issuerPid\":\"i\",\"status\":\"ISSUED\",\"credentials\":[{\"credentialType\":\"A\",\"payload\":{},\"format\":\"f\"}]")]
    public void Delivery_that_is_not_as_required_is_refused(string content) => AssertMalformed<CredentialMessage>("{" + Context + content + "}");

    [Theory]
    [InlineData("[{\"id\":1}]")]
    [InlineData("[null]")]
    [InlineData("{}")]
    [InlineData("[\"x\"]")]
    [InlineData("[{\"id\":\"x\",\"profile\":\"p\"}]")]
    public void Offer_that_is_not_as_required_is_refused(string credentials) =>
        AssertMalformed<CredentialOfferMessage>("{" + Context + "\"type\":\"CredentialOfferMessage\",\"issuer\":\"did:web:i.example\",\"credentials\":" + credentials + "}");

    [Fact]
    public void Offer_may_name_ids_only()
    {
        var offer = Read<CredentialOfferMessage>("{" + Context + "\"type\":\"CredentialOfferMessage\",\"issuer\":\"did:web:i.example\",\"credentials\":[{\"id\":\"a\"},{\"id\":\"b\",\"type\":\"CredentialObject\",\"profile\":\"p\"}]}");

        Assert.Equal(["a", "b"], offer.Credentials.Select(one => one.Id));
        Assert.Equal([null, "p"], offer.Credentials.Select(one => one.Profile));
    }

    [Theory]
    [InlineData("org.eclipse.dspace.dcp.vc.type:MembershipCredential", "MembershipCredential", null, true)]
    [InlineData("org.eclipse.dspace.dcp.vc.type:MembershipCredential:read", "MembershipCredential", null, true)]
    [InlineData("org.eclipse.dspace.dcp.vc.type:MembershipCredential:read", "OtherCredential", null, false)]
    [InlineData("org.eclipse.dspace.dcp.vc.id:urn:uuid:1", "MembershipCredential", "urn:uuid:1", true)]
    [InlineData("org.eclipse.dspace.dcp.vc.id:urn:uuid:1:read", "MembershipCredential", "urn:uuid:1", true)]
    [InlineData("org.eclipse.dspace.dcp.vc.id:urn:uuid:1", "MembershipCredential", "urn:uuid:2", false)]
    [InlineData("org.eclipse.dspace.dcp.vc.id:urn:uuid:1", "MembershipCredential", null, false)]
    public void Scope_covers_credentials_of_its_type_or_id(string text, string type, string? id, bool covered)
    {
        Assert.True(DcpScope.TryParse(text, out var scope));
        Assert.Equal(covered, scope.Covers(["VerifiableCredential", type], id));
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("MembershipCredential")]
    [InlineData(":MembershipCredential")]
    [InlineData("org.eclipse.dspace.dcp.vc.type:")]
    [InlineData("org.eclipse.dspace.dcp.vc.type::read")]
    [InlineData("org.eclipse.dspace.dcp.vc.type:MembershipCredential:write")]
    [InlineData("org.eclipse.dspace.dcp.vc.type:MembershipCredential:*")]
    [InlineData("org.example.other:MembershipCredential")]
    public void What_is_no_scope_covers_nothing(string? text) => Assert.False(DcpScope.TryParse(text, out _));

    [Fact]
    public void Scope_that_is_written_is_read_again()
    {
        Assert.Equal("org.eclipse.dspace.dcp.vc.type:A:read", DcpScope.ForType("A"));
        Assert.True(DcpScope.TryParse(DcpScope.ForType("A"), out var scope));
        Assert.Equal(new DcpScope(DcpScope.ByType, "A"), scope);
    }

    [Theory]
    [InlineData(RefusalCode.Unsupported, 501)]
    [InlineData(RefusalCode.Malformed, 400)]
    [InlineData(RefusalCode.Unauthenticated, 401)]
    public void Refusals_have_the_status_of_the_protocol(RefusalCode code, int status) => Assert.Equal(status, DcpErrors.HttpStatus(code));

    private static T Read<T>(string message)
        where T : IDcpMessage => DcpJson.Read<T>(Encoding.UTF8.GetBytes(message));

    private static void AssertMalformed<T>(string message)
        where T : IDcpMessage
    {
        var refusal = Assert.Throws<RefusalException>(() => Read<T>(message));
        Assert.Equal(RefusalCode.Malformed, refusal.Code);
        Assert.NotNull(refusal.Where);
    }
}
