using Microsoft.AspNetCore.Http.Metadata;
using Microsoft.AspNetCore.OpenApi;
using Microsoft.OpenApi;
using TrustedDataSpace.Hosting.Authentication;

namespace TrustedDataSpace.Connector.OpenApi;

/// <summary>
/// Says of each document that is sent to the management interface that it has no other members than these. What it holds in its turn is
/// checked, too, but is part of answers as well, and those may grow.
/// </summary>
internal sealed class ClosedRequests(EndpointDataSource endpoints) : IOpenApiSchemaTransformer
{
    private readonly Lazy<HashSet<Type>> sent = new(() =>
    [
        .. endpoints.Endpoints.Where(endpoint => endpoint.Metadata.GetMetadata<ManagementArea>() is not null)
            .Select(endpoint => endpoint.Metadata.GetMetadata<IAcceptsMetadata>()?.RequestType).OfType<Type>(),
    ]);

    public Task TransformAsync(OpenApiSchema schema, OpenApiSchemaTransformerContext context, CancellationToken cancellationToken)
    {
        if (sent.Value.Contains(context.JsonTypeInfo.Type))
        {
            schema.AdditionalPropertiesAllowed = false;
        }

        return Task.CompletedTask;
    }
}
