using Microsoft.AspNetCore.Http.HttpResults;
using TrustedDataSpace.Protocol.Management;

namespace TrustedDataSpace.Connector.OpenApi;

/// <summary>The management interface as an OpenAPI document, made from the endpoints themselves.</summary>
internal static class OpenApiEndpoint
{
    public static void AddManagementDocument(this IServiceCollection services)
    {
        services.AddSingleton<ManagementDocument>();
        services.AddOpenApi(ManagementDocument.Name, options =>
        {
            // The Dataspace Protocol and the data planes have specifications of their own.
            options.ShouldInclude = description => ("/" + description.RelativePath).StartsWith(ManagementRoutes.Base + "/", StringComparison.Ordinal);
            options.AddDocumentTransformer<DocumentHead>();
            options.AddOperationTransformer<OperationDetails>();
            options.AddSchemaTransformer<ClosedRequests>();
        });
    }

    // Open to anybody: it says what every connector of this version can do, and nothing about this one.
    public static void MapManagementDocument(this IEndpointRouteBuilder app) => app.MapGet(ManagementRoutes.OpenApi, GetAsync).ExcludeFromDescription();

    private static async Task<FileContentHttpResult> GetAsync(ManagementDocument document, CancellationToken cancellation) =>
        TypedResults.Bytes(await document.BytesAsync(cancellation), "application/json");
}
