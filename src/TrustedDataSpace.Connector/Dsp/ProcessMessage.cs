using System.Text;
using System.Text.Json;
using TrustedDataSpace.Hosting.Outbox;
using TrustedDataSpace.Protocol.Json;

namespace TrustedDataSpace.Connector.Dsp;

/// <summary>
/// A promise to send a message of a process. The message is written from the process when it is sent, so that no token waits in
/// the outbox and the counterparty's id may come in between.
/// </summary>
/// <param name="Process">Own process id.</param>
/// <param name="Kind">Which message: the state it leads to.</param>
/// <param name="Round">Negotiation: which of its rounds is told. The next one may be there before this one is sent again.</param>
internal sealed record ProcessMessage(string Process, string Kind, long Round = 0)
{
    public string ToBody() => JsonSerializer.Serialize(this, ProtocolJson.Options);

    public static ProcessMessage Of(OutboxMessage message) => ProtocolJson.Read<ProcessMessage>(Encoding.UTF8.GetBytes(message.Body));
}
