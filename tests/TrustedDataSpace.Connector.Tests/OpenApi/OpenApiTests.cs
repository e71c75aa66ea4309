using System.Text.Json;
using Microsoft.AspNetCore.Routing;
using TrustedDataSpace.Hosting.Authentication;
using TrustedDataSpace.Protocol.Management;
using Xunit;

namespace TrustedDataSpace.Connector.Tests.OpenApi;

/// <summary>The description of the management interface, against the router that serves it.</summary>
public sealed class OpenApiTests : IAsyncLifetime
{
    private static readonly string[] Methods = ["get", "post", "put", "delete", "patch"];

    private readonly ConnectorUnderTest connector = new();
    private JsonElement document;

    public async ValueTask InitializeAsync()
    {
        await connector.StartAsync();

        // Without a credential.
        using var client = new HttpClient();
        document = JsonDocument.Parse(await client.GetStringAsync(connector.Url + ManagementRoutes.OpenApi)).RootElement;
    }

    public ValueTask DisposeAsync() => connector.DisposeAsync();

    [Fact]
    public void Every_endpoint_of_the_management_interface_is_described_and_no_other()
    {
        var served = connector.Get<EndpointDataSource>().Endpoints.OfType<RouteEndpoint>()
            .SelectMany(endpoint => (endpoint.Metadata.GetMetadata<IHttpMethodMetadata>()?.HttpMethods ?? []).Select(method => $"{method} /{endpoint.RoutePattern.RawText!.TrimStart('/')}"))
            .Where(operation => operation.Contains(ManagementRoutes.Base + "/", StringComparison.Ordinal) && !operation.EndsWith(ManagementRoutes.OpenApi, StringComparison.Ordinal));
        Assert.Equal(served.Order(StringComparer.Ordinal), Operations().Select(operation => operation.Name).Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Every_operation_says_what_it_does_which_scope_it_needs_and_how_it_refuses()
    {
        var areas = connector.Get<EndpointDataSource>().Endpoints.Select(endpoint => endpoint.Metadata.GetMetadata<ManagementArea>()?.Name).OfType<string>().ToHashSet();
        foreach (var (name, operation) in Operations())
        {
            Assert.True(operation.TryGetProperty("summary", out var summary) && summary.GetString()!.Length > 5, name + " has no summary: add it to OperationText, or to the endpoint");
            var scope = operation.GetProperty("x-scope").GetString()!.Split(':');
            Assert.Contains(scope[0], areas);
            Assert.Equal(name.StartsWith("GET ", StringComparison.Ordinal) || name.EndsWith("/queries", StringComparison.Ordinal) || name.EndsWith("/check", StringComparison.Ordinal) || name.EndsWith("/catalog/coverage", StringComparison.Ordinal) || name.EndsWith("/what-if", StringComparison.Ordinal) ? "read" : "write", scope[1]);
            Assert.Equal(string.Join(':', scope), Assert.Single(operation.GetProperty("security")[0].GetProperty("bearer").EnumerateArray()).GetString());
            Assert.True(operation.GetProperty("responses").GetProperty("default").GetProperty("content").TryGetProperty("application/problem+json", out _), name);
            Assert.Contains(operation.GetProperty("responses").EnumerateObject(), response => response.Name.StartsWith('2'));
        }
    }

    [Fact]
    public void Documents_that_are_sent_have_no_other_members()
    {
        var schemas = document.GetProperty("components").GetProperty("schemas");
        Assert.False(schemas.GetProperty("AssetDefinition").GetProperty("additionalProperties").GetBoolean());
        Assert.False(schemas.GetProperty("ConsentGrant").GetProperty("additionalProperties").GetBoolean());
        Assert.False(schemas.GetProperty("AssetView").TryGetProperty("additionalProperties", out _));
    }

    [Fact]
    public void Documents_that_are_sent_and_answered_are_described()
    {
        var operations = Operations().ToDictionary(operation => operation.Name, operation => operation.Operation);
        foreach (var (name, operation) in operations)
        {
            var success = operation.GetProperty("responses").EnumerateObject().First(response => response.Name.StartsWith('2'));
            Assert.True(success.Name == "204" || success.Value.GetProperty("content").EnumerateObject().Any(content => content.Value.TryGetProperty("schema", out _)), name + " does not say what it answers");
        }

        var start = operations["POST " + ManagementRoutes.Negotiations];
        Assert.Equal("#/components/schemas/NegotiationStart", Schema(start.GetProperty("requestBody")));
        Assert.Equal("#/components/schemas/NegotiationView", Schema(start.GetProperty("responses").GetProperty("201")));
        var required = document.GetProperty("components").GetProperty("schemas").GetProperty("NegotiationStart").GetProperty("required").EnumerateArray().Select(name => name.GetString());
        Assert.Contains("offerId", required);
    }

    [Fact]
    public void Headers_that_an_operation_reads_are_named()
    {
        var operations = Operations().ToDictionary(operation => operation.Name, operation => Headers(operation.Operation));
        Assert.Contains("Prefer", operations["GET " + ManagementRoutes.NegotiationById]);
        Assert.Contains("If-None-Match", operations["GET " + ManagementRoutes.NegotiationById]);
        Assert.Contains("If-Match", operations["POST " + ManagementRoutes.NegotiationTermination]);
        Assert.Contains("If-Match", operations["DELETE " + ManagementRoutes.ProductById]);
        Assert.Contains("Last-Event-ID", operations["GET " + ManagementRoutes.Events]);
        Assert.All(operations.Where(operation => operation.Key.StartsWith("POST ", StringComparison.Ordinal)), operation => Assert.Contains("Idempotency-Key", operation.Value));
        Assert.All(operations.Where(operation => operation.Key.StartsWith("GET ", StringComparison.Ordinal)), operation => Assert.DoesNotContain("Idempotency-Key", operation.Value));
    }

    private static string? Schema(JsonElement of) => of.GetProperty("content").GetProperty("application/json").GetProperty("schema").GetProperty("$ref").GetString();

    private static List<string?> Headers(JsonElement operation) => operation.TryGetProperty("parameters", out var parameters)
        ? [.. parameters.EnumerateArray().Where(parameter => parameter.GetProperty("in").GetString() == "header").Select(parameter => parameter.GetProperty("name").GetString())]
        : [];

    private IEnumerable<(string Name, JsonElement Operation)> Operations() =>
        from path in document.GetProperty("paths").EnumerateObject()
        from operation in path.Value.EnumerateObject()
        where Methods.Contains(operation.Name)
        select ($"{operation.Name.ToUpperInvariant()} {path.Name}", operation.Value);
}
