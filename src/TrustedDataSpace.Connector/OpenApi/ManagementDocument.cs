using Microsoft.AspNetCore.OpenApi;
using Microsoft.OpenApi;

namespace TrustedDataSpace.Connector.OpenApi;

/// <summary>The document as it is sent. Made once: strangers may ask for it as often as they like.</summary>
internal sealed class ManagementDocument([FromKeyedServices(ManagementDocument.Name)] IOpenApiDocumentProvider provider)
{
    public const string Name = "v1";

    private volatile byte[]? made;

    public async ValueTask<byte[]> BytesAsync(CancellationToken cancellation)
    {
        if (made is null)
        {
            using var text = new MemoryStream();
            await (await provider.GetOpenApiDocumentAsync(cancellation)).SerializeAsJsonAsync(text, OpenApiSpecVersion.OpenApi3_1, cancellation);
            made = text.ToArray();
        }

        return made;
    }
}
