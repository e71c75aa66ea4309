using System.Reflection;
using Microsoft.AspNetCore.OpenApi;
using Microsoft.OpenApi;

namespace TrustedDataSpace.Connector.OpenApi;

/// <summary>What is said once for the whole interface.</summary>
internal sealed class DocumentHead : IOpenApiDocumentTransformer
{
    public const string Bearer = "bearer";

    public Task TransformAsync(OpenApiDocument document, OpenApiDocumentTransformerContext context, CancellationToken cancellationToken)
    {
        document.Info = new OpenApiInfo
        {
            Title = "Management interface of a connector",
            Version = typeof(DocumentHead).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion.Split('+')[0] ?? "0",
            Description = "Everything that a participant does with its connector of a trusted data space. Refusals are problem details (RFC 9457) "
                + "with code, place and remedy. Lists have pages: send the cursor of 'next' with the next request.",
        };

        // The address that was called, whatever it is.
        document.Servers = [];
        document.Components ??= new OpenApiComponents();
        document.Components.SecuritySchemes = new Dictionary<string, IOpenApiSecurityScheme>
        {
            [Bearer] = new OpenApiSecurityScheme
            {
                Type = SecuritySchemeType.Http,
                Scheme = "bearer",
                Description = "The management token, or an access token with the scope that the operation names.",
            },
        };
        return Task.CompletedTask;
    }
}
