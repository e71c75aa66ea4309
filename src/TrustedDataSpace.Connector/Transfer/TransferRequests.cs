using TrustedDataSpace.Connector.Agreements;
using TrustedDataSpace.Connector.DataPlane;
using TrustedDataSpace.Connector.Dsp;
using TrustedDataSpace.Hosting.Storage;
using TrustedDataSpace.Protocol.Dsp;
using TrustedDataSpace.Protocol.Errors;
using TrustedDataSpace.Protocol.Management;
using static TrustedDataSpace.Protocol.Dsp.TransferStates;

namespace TrustedDataSpace.Connector.Transfer;

/// <summary>How the participant asks the provider of an agreement for its data.</summary>
internal sealed class TransferRequests(Database database, TransferMachine machine, AgreementService agreements, Pushes pushes, DspClient client, Ids ids)
{
    /// <summary>Asks; the provider's answer comes as a message.</summary>
    /// <exception cref="RefusalException">
    /// NotFound; Forbidden: not the consumer; Unsupported format; Malformed sink; InvalidTransition: the agreement was ended; as <see cref="DspClient.BaseOfAsync"/>.
    /// </exception>
    public async Task<TransferView> StartAsync(TransferStart start, CancellationToken cancellation)
    {
        var agreement = agreements.Find(start.AgreementId)
            ?? throw new RefusalException(RefusalCode.NotFound, $"There is no agreement '{start.AgreementId}'.") { Term = "agreementId" };
        if (agreement.Role != DspRole.Consumer)
        {
            throw new RefusalException(RefusalCode.Forbidden, "This participant is the provider of the agreement; its consumer asks for the data.")
            {
                Term = "agreementId",
            };
        }

        TransferFormats.RequireSupported(start);
        var path = await client.BaseOfAsync(agreement.Provider, cancellation);
        var asked = new TransferRecord
        {
            Id = ids.Next(),
            Role = DspRole.Consumer,
            State = Requested,
            Counterparty = agreement.Provider,
            CounterpartyPath = path,
            AgreementId = agreement.Id,
            Format = start.Format,
        };
        var begun = await database.WriteAsync(unit =>
        {
            if (!AgreementService.IsActive(unit, agreement.Id))
            {
                throw new RefusalException(RefusalCode.InvalidTransition, "The agreement has been ended.") { Term = "agreementId", Remedy = "Negotiate another one." };
            }

            if (start.Sink is { } sink)
            {
                pushes.Add(unit, asked.RoleName, asked.Id, sink.Purpose ?? "", PushAddress.Of(sink));
            }

            return machine.Begin(unit, asked);
        });
        return begun.ToView();
    }
}
