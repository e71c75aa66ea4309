using System.Security.Cryptography;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Net.Http.Headers;
using TrustedDataSpace.Hosting.Configuration;
using TrustedDataSpace.Hosting.Keys;
using TrustedDataSpace.Protocol.Identity;
using TrustedDataSpace.Protocol.Json;

namespace TrustedDataSpace.Hosting.Dids;

/// <summary>The DID document of whoever runs this service, where did:web looks for it. Open to all.</summary>
public static class DidEndpoints
{
    private static readonly VerificationRelationship[] Signing =
        [VerificationRelationship.Authentication, VerificationRelationship.AssertionMethod, VerificationRelationship.CapabilityInvocation];

    // Shorter than a new key is published before it signs.
    private const string CacheControl = "public, max-age=300";

    /// <summary>Maps the document.</summary>
    /// <param name="app">The service.</param>
    /// <param name="key">Name of its key in the <see cref="KeyStore"/>.</param>
    /// <param name="services">Its services, by its address.</param>
    /// <param name="agreement">Name of the key that others encrypt to; null when there is none.</param>
    public static void MapDidDocument(this IEndpointRouteBuilder app, string key, Func<string, string, IReadOnlyList<DidService>> services, string? agreement = null)
    {
        ArgumentNullException.ThrowIfNull(app);
        var did = Did.Parse(app.ServiceProvider.GetRequiredService<ServiceSettings>().Participant.Id);
        app.MapGet(did.DocumentUri.AbsolutePath, (HttpResponse response, KeyStore keys, ServiceAddress address, TimeProvider clock) =>
        {
            var document = new DidDocument(
                did,
                [
                    .. keys.Accepted(key, clock.GetUtcNow()).Select(accepted => new DidKey($"{did}#{accepted.Kid}", accepted, Signing)),
                    .. agreement is null ? [] : new[] { keys.Signing(agreement).Public }.Select(present => new DidKey($"{did}#{present.Kid}", present, [VerificationRelationship.KeyAgreement])),
                ],
                services(did.Value, address.Url));
            var bytes = ProtocolJson.Write(document.ToJson());
            response.Headers.CacheControl = CacheControl;
            return Results.Bytes(bytes, "application/did+ld+json", entityTag: new EntityTagHeaderValue($"\"{Convert.ToHexStringLower(SHA256.HashData(bytes))}\""));
        });
    }
}
