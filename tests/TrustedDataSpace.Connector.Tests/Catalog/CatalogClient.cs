using System.Net.Http.Headers;
using System.Text.Json;
using TrustedDataSpace.Connector.Assets;
using TrustedDataSpace.Connector.Tests.Assets;
using TrustedDataSpace.Connector.Tests.Identity;
using TrustedDataSpace.Policy;
using TrustedDataSpace.Policy.Bundles;
using TrustedDataSpace.Protocol.Dsp;
using TrustedDataSpace.Protocol.Management;
using TrustedDataSpace.Testing;

namespace TrustedDataSpace.Connector.Tests.Catalog;

/// <summary>A connector with the real rules, and peers that ask its catalog over HTTP.</summary>
internal sealed class CatalogClient : IAsyncDisposable
{
    public const string Base = "/dsp/2025-1";
    public const string Peer = "did:web:vpp.example";

    private readonly HttpClient http = new();
    private readonly TokenIssuer issuer;

    private CatalogClient(TokenIssuer issuer)
    {
        this.issuer = issuer;
        Connector = new ConnectorUnderTest(issuer.Url);
    }

    public ConnectorUnderTest Connector { get; }

    public string Root => Connector.Url + Base + DspRoutes.Catalog;

    public static async Task<CatalogClient> StartAsync()
    {
        var client = new CatalogClient(await TokenIssuer.StartAsync());
        await client.Connector.StartAsync();
        await client.Connector.Get<AssetService>().DefineAsync(Definitions.Asset());
        client.Connector.Get<EmbeddedPolicyEngine>().Replace(PolicyBundle.BuiltIn());
        return client;
    }

    /// <summary>An offer to peers of one region.</summary>
    public static string For(string region) =>
        $$"""{"permission":[{"action":"use","constraint":[{"leftOperand":"spatial","operator":"eq","rightOperand":"{{region}}"}]}]}""";

    public Task<ProductView> PublishAsync(ProductDefinition product) => Connector.Get<ProductService>().PublishAsync(product);

    /// <summary>Asks for a page.</summary>
    /// <param name="url">Default: the first of the root.</param>
    /// <param name="filter">JSON; default: none.</param>
    /// <param name="region">Of the peer.</param>
    /// <param name="headers">Further ones, as <c>Name: value</c>.</param>
    public Task<HttpResponseMessage> PageAsync(string? url = null, string? filter = null, string region = "44", params string[] headers)
    {
        var message = new CatalogRequestMessage { Filter = filter is null ? [] : [JsonElement.Parse(filter)] };
        var content = new ByteArrayContent(DspJson.Write(message));
        content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        return SendAsync(new HttpRequestMessage(HttpMethod.Post, url ?? Root) { Content = content }, region, headers);
    }

    public Task<HttpResponseMessage> ItemAsync(string id, string region = "44", params string[] headers) =>
        SendAsync(new HttpRequestMessage(HttpMethod.Get, Connector.Url + Base + DspRoutes.Dataset(id)), region, headers);

    /// <summary>Every dataset of a catalog, page by page.</summary>
    public async Task<List<string>> IdsAsync(string? url = null, string? filter = null, string region = "44")
    {
        var ids = new List<string>();
        for (var next = url ?? Root; next is not null;)
        {
            using var response = await PageAsync(next, filter, region);
            ids.AddRange((await CatalogOf(response)).Datasets.Select(dataset => dataset.Id));
            next = Link(response, "next");
        }

        return ids;
    }

    public static async Task<JsonElement> DocumentOf(HttpResponseMessage response) => JsonElement.Parse(await response.Content.ReadAsByteArrayAsync());

    public static async Task<Protocol.Dsp.Catalog> CatalogOf(HttpResponseMessage response) => DspJson.Read<Protocol.Dsp.Catalog>(await DocumentOf(response));

    public static string? Link(HttpResponseMessage response, string rel) => response.Headers.TryGetValues("Link", out var links)
        ? links.SelectMany(link => link.Split(',')).FirstOrDefault(link => link.Contains($"rel=\"{rel}\"", StringComparison.Ordinal))?.Split('<', '>')[1]
        : null;

    public async ValueTask DisposeAsync()
    {
        http.Dispose();
        await Connector.DisposeAsync();
        await issuer.DisposeAsync();
    }

    private async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, string region, string[] headers)
    {
        using (request)
        {
            request.Headers.Authorization = new("Bearer", issuer.Token(Peer, issuer.Membership(Peer, region: region)));
            foreach (var header in headers)
            {
                request.Headers.TryAddWithoutValidation(header.Split(": ")[0], header.Split(": ")[1]);
            }

            return await http.SendAsync(request).Within($"{request.Method} {request.RequestUri}");
        }
    }
}
