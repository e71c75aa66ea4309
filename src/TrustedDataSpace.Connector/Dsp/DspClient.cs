using System.Text.Json.Nodes;
using TrustedDataSpace.Connector.Identity;
using TrustedDataSpace.Hosting.Http;
using TrustedDataSpace.Protocol.Dsp;
using TrustedDataSpace.Protocol.Errors;
using TrustedDataSpace.Protocol.Json;

namespace TrustedDataSpace.Connector.Dsp;

/// <summary>Speaks DSP to other connectors.</summary>
internal sealed class DspClient(PeerClient peers, PeerVersions versions)
{
    /// <summary>Path below which the peer speaks our version of the protocol: where the first message of a process goes.</summary>
    /// <exception cref="RefusalException">As <see cref="PeerVersions.PathAsync"/>.</exception>
    public ValueTask<string> BaseOfAsync(string peer, CancellationToken cancellation) => versions.PathAsync(peer, cancellation);

    /// <summary>Sends a message. The same <paramref name="messageId"/> marks the same message when it is sent again.</summary>
    /// <exception cref="RefusalException">As <see cref="JsonClient.SendAsync"/>.</exception>
    public Task<JsonAnswer> PostAsync<T>(string peer, string path, T message, string messageId, CancellationToken cancellation)
        where T : IDspMessage
    {
        var document = JsonNode.Parse(DspJson.Write(message))!.AsObject();
        document["@id"] = "urn:uuid:" + Guid.ParseExact(messageId, "N");
        return peers.SendAsync(HttpMethod.Post, peer, path, ProtocolJson.Write(document), cancellation);
    }

    /// <summary>Asks for a document.</summary>
    /// <exception cref="RefusalException">As <see cref="JsonClient.SendAsync"/>.</exception>
    public async Task<T> GetAsync<T>(string peer, string path, CancellationToken cancellation)
        where T : IDspMessage => DspJson.Read<T>((await peers.SendAsync(HttpMethod.Get, peer, path, null, cancellation)).Body);
}
