using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using Dapper;
using TrustedDataSpace.Connector.Identity;
using TrustedDataSpace.Hosting.Configuration;
using TrustedDataSpace.Hosting.Storage;
using TrustedDataSpace.Protocol.Dsp;
using TrustedDataSpace.Protocol.Identity;
using TrustedDataSpace.Protocol.Json;
using TrustedDataSpace.Testing;
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

    [Fact]
    public async Task The_DID_document_is_for_everybody_and_names_key_and_services()
    {
        using var client = new HttpClient();
        var address = connector.Service<ServiceAddress>().Url;
        using var answer = await client.GetAsync(new Uri(address + "/.well-known/did.json"));
        var document = DidDocument.Read(await answer.Content.ReadAsByteArrayAsync(), Did.Parse(TestSpace.Connector));
        Assert.NotNull(document.Find(connector.Service<ParticipantKey>().Signing.Kid, VerificationRelationship.Authentication));
        Assert.Equal(
            [("CatalogService", address + "/dsp/2025-1/catalog"), ("DataService", address + DspRoutes.VersionDocument), ("CredentialService", address + "/dcp")],
            document.Services.Select(service => (service.Type, service.Endpoint)));
        Assert.Equal(TimeSpan.FromMinutes(5), answer.Headers.CacheControl!.MaxAge);

        using var again = new HttpRequestMessage(HttpMethod.Get, address + "/.well-known/did.json");
        again.Headers.IfNoneMatch.Add(answer.Headers.ETag!);
        using var unchanged = await client.SendAsync(again);
        Assert.Equal(HttpStatusCode.NotModified, unchanged.StatusCode);
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

    [Theory]
    [InlineData("application/json", "")]
    [InlineData("application/json; charset=utf-8", "")]
    [InlineData("application/ld+json", "")]
    [InlineData("application/ld+json; profile=\"https://w3id.org/dspace/2025/1\"", "/")]
    [InlineData("application/json", "/")]
    public async Task A_message_is_read_whatever_its_JSON_is_called_and_with_a_slash_behind_the_path(string mediaType, string slash)
    {
        var request = new ContractRequestMessage
        {
            ConsumerPid = "c1",
            CallbackAddress = space.Url + TestSpace.PeerPath + slash,
            Offer = PolicyDocument.Parse($$"""{"@type":"Offer","@id":"{{connector.OfferId}}","target":"{{TestConnector.Product}}","permission":[{"action":"use"}]}"""),
        };
        using var client = new HttpClient { BaseAddress = new Uri(connector.Service<ServiceAddress>().Url) };
        client.DefaultRequestHeaders.Authorization = new("Bearer", space.TokenOf(TestSpace.Peer, TimeProvider.System.GetUtcNow()));
        using var content = new ByteArrayContent(DspJson.Write(request)) { Headers = { ContentType = System.Net.Http.Headers.MediaTypeHeaderValue.Parse(mediaType) } };
        using var answer = await client.PostAsync(new Uri("/dsp/2025-1" + DspRoutes.NegotiationRequest + slash, UriKind.Relative), content);
        Assert.Equal(HttpStatusCode.Created, answer.StatusCode);
        Assert.Equal(DspRoutes.NegotiationAgreement("c1"), (await space.NextAsync()).Path);

        var pid = DspJson.Read<ContractNegotiation>(ProtocolJson.Parse(await answer.Content.ReadAsByteArrayAsync())).ProviderPid;
        using var shown = await client.GetAsync(new Uri("/dsp/2025-1" + DspRoutes.Negotiation(pid) + slash, UriKind.Relative));
        Assert.Equal(HttpStatusCode.OK, shown.StatusCode);
    }

    [Fact]
    public async Task The_first_thing_that_a_fresh_connector_does_may_be_to_sign()
    {
        // Else the unit of work that signs would wait for the one that stores the new key, and both for ever.
        Assert.Equal(1, connector.Service<Database>().Read(connection => connection.QuerySingle<long>("SELECT count(*) FROM signing_keys WHERE name = @Name", new { ParticipantKey.Name })));
        Assert.NotEmpty(await connector.AgreeAsProviderAsync().Within("a contract"));
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
