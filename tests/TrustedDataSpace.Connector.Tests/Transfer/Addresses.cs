using System.Net;
using System.Text.Json;
using System.Text.Json.Nodes;
using TrustedDataSpace.Connector.Tests.Dsp;
using TrustedDataSpace.Protocol.Dsp;
using TrustedDataSpace.Protocol.Management;

namespace TrustedDataSpace.Connector.Tests.Transfer;

/// <summary>Data addresses as a peer might give them, and steps that may be refused.</summary>
internal static class Addresses
{
    public static DataAddress At(string? endpoint, string? token, string authType = "bearer", string? purpose = null) => new()
    {
        EndpointType = DspConstants.HttpEndpointType,
        Endpoint = endpoint,
        EndpointProperties =
        [
            .. new (string Name, string? Value)[]
            {
                (DspConstants.AuthorizationProperty, token), (DspConstants.AuthTypeProperty, authType), (DspConstants.PurposeProperty, purpose),
            }.Where(property => property.Value is not null).Select(property => new EndpointProperty { Name = property.Name, Value = property.Value! }),
        ],
    };

    /// <summary>A step through the management interface.</summary>
    public static Task<(HttpStatusCode Status, JsonElement Body)> StepAsync(this TestConnector connector, string route, string id, JsonNode? body = null) =>
        connector.CallAsync(HttpMethod.Post, ManagementRoutes.For(route, id), body, TestConnector.ManagementToken);
}
