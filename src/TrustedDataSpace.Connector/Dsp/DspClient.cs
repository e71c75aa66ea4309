using System.Text.Json.Nodes;
using TrustedDataSpace.Connector.Identity;
using TrustedDataSpace.Hosting.Http;
using TrustedDataSpace.Protocol.Dsp;
using TrustedDataSpace.Protocol.Errors;
using TrustedDataSpace.Protocol.Json;

namespace TrustedDataSpace.Connector.Dsp;

/// <summary>Calls other connectors: at the endpoint they have registered, with an access token made out to them.</summary>
internal sealed class DspClient(JsonClient http, PeerDirectory directory, AccessTokens tokens)
{
    /// <summary>Sends a message. The same <paramref name="messageId"/> marks the same message when it is sent again.</summary>
    /// <exception cref="RefusalException">As <see cref="JsonClient.SendAsync"/>.</exception>
    public Task<JsonAnswer> PostAsync<T>(string peer, string path, T message, string messageId, CancellationToken cancellation)
        where T : IDspMessage
    {
        var document = JsonNode.Parse(DspJson.Write(message))!.AsObject();
        document["@id"] = "urn:uuid:" + Guid.ParseExact(messageId, "N");
        return SendAsync(HttpMethod.Post, peer, path, ProtocolJson.Write(document), cancellation);
    }

    /// <summary>Asks for a document.</summary>
    /// <exception cref="RefusalException">As <see cref="JsonClient.SendAsync"/>.</exception>
    public async Task<T> GetAsync<T>(string peer, string path, CancellationToken cancellation)
        where T : IDspMessage => DspJson.Read<T>((await SendAsync(HttpMethod.Get, peer, path, null, cancellation)).Body);

    private async Task<JsonAnswer> SendAsync(HttpMethod method, string peer, string path, byte[]? body, CancellationToken cancellation)
    {
        var endpoint = (await directory.FindAsync(peer, cancellation)).Endpoint;
        var token = await tokens.ForAsync(peer, cancellation);
        try
        {
            return await http.SendAsync(method, endpoint + path, body, token, cancellation);
        }
        catch (RefusalException refusal) when (refusal.Code == RefusalCode.Unauthenticated)
        {
            // The peer does not know the newest key yet, or its clock is off: no word about the message itself.
            throw new RefusalException(RefusalCode.Unavailable, refusal.Message, refusal);
        }
    }
}
