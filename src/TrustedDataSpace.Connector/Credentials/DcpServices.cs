using TrustedDataSpace.Hosting.Dids;
using TrustedDataSpace.Hosting.Http;
using TrustedDataSpace.Protocol.Dcp;
using TrustedDataSpace.Protocol.Identity;

namespace TrustedDataSpace.Connector.Credentials;

/// <summary>Calls services that DID documents name (DCP §5.2, §6.3): their addresses are given by others and held to the egress rule.</summary>
internal sealed class DcpServices(DidResolver dids, JsonClient http, SelfIssuedSender sender, ConnectorSettings settings)
{
    /// <summary>Asks an issuer for credentials.</summary>
    public Task RequestAsync(Did issuer, CredentialRequestMessage message, string? code, CancellationToken cancellation) => SendAsync(
        HttpMethod.Post, issuer, DcpConstants.IssuerService, DcpRoutes.Credentials, DcpJson.Write(message), sender.Make(issuer, preAuthorizedCode: code), cancellation);

    /// <summary>What an issuer issues.</summary>
    public async Task<IssuerMetadata> MetadataAsync(Did issuer, CancellationToken cancellation) => DcpJson.Read<IssuerMetadata>(
        (await SendAsync(HttpMethod.Get, issuer, DcpConstants.IssuerService, DcpRoutes.Metadata, null, sender.Make(issuer), cancellation)).Body);

    /// <summary>Asks a holder for presentations, with the access token that it gave for that; null: without one.</summary>
    public async Task<PresentationResponseMessage> QueryAsync(Did holder, string? accessToken, PresentationQueryMessage query, CancellationToken cancellation) => DcpJson.Read<PresentationResponseMessage>(
        (await SendAsync(HttpMethod.Post, holder, DcpConstants.CredentialService, DcpRoutes.PresentationQuery, DcpJson.Write(query), sender.Make(holder, accessToken), cancellation)).Body);

    private async Task<JsonAnswer> SendAsync(HttpMethod method, Did did, string service, string path, byte[]? body, string token, CancellationToken cancellation)
    {
        var address = GivenAddress.OfService(await dids.ResolveAsync(did, cancellation), service, settings.Egress);
        return await http.SendAsync(method, address + path, body, token, cancellation);
    }
}
