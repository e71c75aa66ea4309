using TrustedDataSpace.Connector.Identity;
using TrustedDataSpace.Hosting.Http;
using TrustedDataSpace.Protocol.Dsp;
using TrustedDataSpace.Protocol.Errors;
using TrustedDataSpace.Protocol.Json;

namespace TrustedDataSpace.Connector.Dsp;

/// <summary>Speaks DSP to other connectors: strict about what this connector needs from an answer, tolerant about everything else.</summary>
internal sealed class DspClient(PeerClient peers, PeerVersions versions, ILogger<DspClient> logger)
{
    /// <summary>Path below which the peer speaks our version of the protocol: where the first message of a process goes.</summary>
    /// <exception cref="RefusalException">As <see cref="PeerVersions.PathAsync"/>.</exception>
    public ValueTask<string> BaseOfAsync(string peer, CancellationToken cancellation) => versions.PathAsync(peer, cancellation);

    /// <summary>
    /// Sends a message. The same <paramref name="messageId"/> marks the same message when it is sent again. Any success will do, whatever
    /// its status (200 for 201, 202, 204), media type and body.
    /// </summary>
    /// <param name="peer">DID.</param>
    /// <param name="path">Below the peer's endpoint.</param>
    /// <param name="message">The message.</param>
    /// <param name="messageId">Of the outbox.</param>
    /// <param name="opens">Whether it begins a process.</param>
    /// <param name="cancellation">Ends the call.</param>
    /// <exception cref="RefusalException">As <see cref="JsonClient.SendAsync"/>.</exception>
    public async Task<JsonAnswer> PostAsync(string peer, string path, IDspMessage message, string messageId, bool opens, CancellationToken cancellation)
    {
        var body = DspJson.Write(message, Guid.ParseExact(messageId, "N"));
        try
        {
            var answer = await peers.SendAsync(HttpMethod.Post, peer, path, body, cancellation);
            NoteUnread(peer, path, answer);
            return answer;
        }
        catch (RefusalException refusal) when (!opens && refusal.Code is RefusalCode.NotFound or RefusalCode.Conflict)
        {
            // Connectors that acknowledge a message before they are done with it answer so for a moment: they do not have the process
            // yet, or not in the state that they have told. What begins a process names nothing that could come late.
            throw new RefusalException(refusal.Code, refusal.Message, refusal) { MayPass = true };
        }
    }

    /// <summary>Asks for a document.</summary>
    /// <exception cref="RefusalException">As <see cref="JsonClient.SendAsync"/>.</exception>
    public async Task<T> GetAsync<T>(string peer, string path, CancellationToken cancellation)
        where T : IDspMessage => DspJson.Read<T>((await peers.SendAsync(HttpMethod.Get, peer, path, null, cancellation)).Body);

    // The message was heard all the same: the protocol asks for nothing in that body. Whoever wonders about the peer finds it here.
    private void NoteUnread(string peer, string path, JsonAnswer answer)
    {
        if (answer.Body.Length == 0)
        {
            return;
        }

        try
        {
            ProtocolJson.Parse(answer.Body);
        }
        catch (RefusalException)
        {
            logger.UnreadableAnswer(peer, path, (int)answer.Status);
        }
    }
}
