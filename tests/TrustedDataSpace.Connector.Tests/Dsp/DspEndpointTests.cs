using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using TrustedDataSpace.Protocol.Dsp;
using TrustedDataSpace.Protocol.Json;
using Xunit;

namespace TrustedDataSpace.Connector.Tests.Dsp;

public sealed class DspEndpointTests : IAsyncLifetime
{
    private TestSpace space = null!;
    private TestConnector connector = null!;

    public async ValueTask InitializeAsync()
    {
        space = await TestSpace.StartAsync();
        connector = await TestConnector.StartAsync(space);
    }

    public async ValueTask DisposeAsync()
    {
        await connector.DisposeAsync();
        await space.DisposeAsync();
    }

    [Fact]
    public async Task The_version_document_is_for_everybody()
    {
        var (status, body) = await connector.CallAsync(HttpMethod.Get, DspRoutes.VersionDocument, null, null);
        Assert.Equal(HttpStatusCode.OK, status);
        var version = Assert.Single(ProtocolJson.Read<VersionDocument>(body).ProtocolVersions);
        Assert.Equal((DspConstants.Version, "/dsp/2025-1", "HTTPS"), (version.Version, version.Path, version.Binding));
        Assert.Equal(("did:web", TestSpace.Connector + "#dsp"), (version.IdentifierType, version.ServiceId));
        Assert.Equal(("OAuth", "2.0"), (version.Auth!.Protocol, version.Auth.Version));
    }

    [Theory]
    [InlineData("""{"@type":"ContractRequestMessage"}""")]
    [InlineData("""{"@context":["https://elsewhere.example/context.jsonld"],"@type":"ContractRequestMessage"}""")]
    [InlineData("""{"@context":["https://w3id.org/dspace/2025/1/context.jsonld"],"@type":"TransferRequestMessage","consumerPid":"c1"}""")]
    [InlineData("""{"@context":["https://w3id.org/dspace/2025/1/context.jsonld"],"@type":"ContractRequestMessage","consumerPid":""}""")]
    [InlineData("[]")]
    public async Task A_message_of_the_wrong_form_is_a_bad_request_with_an_error_document(string text)
    {
        var token = space.TokenOf(TestSpace.Peer, TimeProvider.System.GetUtcNow());
        var (status, error) = await connector.CallAsync(
            HttpMethod.Post, "/dsp/2025-1" + DspRoutes.NegotiationRequest, JsonNode.Parse(Encoding.UTF8.GetBytes(text)), token);
        Assert.Equal(HttpStatusCode.BadRequest, status);
        Assert.NotEmpty(DspJson.Read<ContractNegotiationError>(error).Reason!);
    }

    [Fact]
    public async Task A_message_larger_than_the_limit_is_refused()
    {
        var token = space.TokenOf(TestSpace.Peer, TimeProvider.System.GetUtcNow());
        var body = new JsonObject { ["filler"] = new string('x', 1 << 20) };
        var (status, error) = await connector.CallAsync(HttpMethod.Post, "/dsp/2025-1" + DspRoutes.TransferRequest, body, token);
        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, status);
        Assert.Equal("too_large", DspJson.Read<TransferError>(error).Code);
    }
}
