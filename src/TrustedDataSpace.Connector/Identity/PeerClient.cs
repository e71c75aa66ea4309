using TrustedDataSpace.Hosting.Configuration;
using TrustedDataSpace.Hosting.Http;
using TrustedDataSpace.Protocol.Errors;

namespace TrustedDataSpace.Connector.Identity;

/// <summary>Calls other connectors: at the endpoint they have registered, with an access token made out to them.</summary>
internal sealed class PeerClient(JsonClient http, IPeerDirectory directory, IPeerTokens tokens, ServiceSettings settings)
{
    /// <summary>Sends a request to a path below the peer's endpoint.</summary>
    /// <exception cref="RefusalException">As <see cref="JsonClient.SendAsync"/>.</exception>
    public async Task<JsonAnswer> SendAsync(HttpMethod method, string peer, string path, byte[]? body, CancellationToken cancellation)
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
        catch (RefusalException refusal) when (refusal is { Code: RefusalCode.Forbidden, IsForNow: false })
        {
            // It may be this participant that is suspended, and then that is the reason, which passes.
            throw await OwnSuspensionAsync(cancellation) ?? refusal;
        }
    }

    // Null: there is none, or nobody knows, and the peer's word stands.
    private async Task<RefusalException?> OwnSuspensionAsync(CancellationToken cancellation)
    {
        try
        {
            await directory.FindAsync(settings.Participant.Id, cancellation);
            return null;
        }
        catch (RefusalException own)
        {
            return own.IsForNow ? own : null;
        }
    }
}
