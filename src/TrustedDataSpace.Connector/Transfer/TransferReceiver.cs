using TrustedDataSpace.Connector.Agreements;
using TrustedDataSpace.Connector.Dsp;
using TrustedDataSpace.Hosting.Storage;
using TrustedDataSpace.Protocol.Dsp;
using TrustedDataSpace.Protocol.Errors;
using static TrustedDataSpace.Protocol.Dsp.TransferStates;

namespace TrustedDataSpace.Connector.Transfer;

/// <summary>Acts on messages of peers, in the same fixed order as for negotiations.</summary>
internal sealed class TransferReceiver(Database database, TransferMachine machine, AgreementService agreements, Ids ids)
{
    /// <summary>A consumer asks for data (DSP §9.2.1). Asking again with the same process id finds the same transfer.</summary>
    /// <param name="message">The request.</param>
    /// <param name="callbackPath">Its callback address, checked.</param>
    public Task<TransferRecord> RequestAsync(DspMessage<TransferRequestMessage> message, string callbackPath) => database.WriteAsync(unit =>
    {
        var asked = message.Body;
        if (TransferStore.FindRequested(unit, message.Sender, asked.ConsumerPid) is { } begun)
        {
            return begun.AgreementId == asked.AgreementId && begun.Format == asked.Format
                ? begun
                : throw new RefusalException(RefusalCode.Conflict, "Another transfer was begun with this consumerPid.") { Where = "$.consumerPid" };
        }

        RequireAgreed(message);
        return machine.Begin(unit, new TransferRecord
        {
            Id = ids.Next(),
            Role = DspRole.Provider,
            State = Requested,
            Counterparty = message.Sender,
            CounterpartyPid = asked.ConsumerPid,
            CounterpartyPath = callbackPath,
            AgreementId = asked.AgreementId,
            Format = asked.Format,
        });
    });

    /// <summary>The transfer starts, or starts again (DSP §9.2.2).</summary>
    /// <param name="pid">Own process id.</param>
    /// <param name="message">The message.</param>
    /// <param name="endpoint">Its data endpoint, checked; null when it has none.</param>
    public Task<TransferRecord> StartAsync(string pid, DspMessage<TransferStartMessage> message, string? endpoint) => ReceiveAsync(
        pid,
        message,
        Started,
        known => known with { Reasons = DspProcess.ToReasons([]) },
        (unit, started) =>
        {
            // Without an address there is nothing to call: the state follows the protocol, the flow stays closed.
            if (started.Role == DspRole.Consumer && endpoint is not null && message.Body.DataAddress?.Property(DspConstants.AuthorizationProperty) is { } token)
            {
                machine.OpenConsumed(unit, started, endpoint, token);
            }
        });

    /// <summary>Done (DSP §9.2.4).</summary>
    public Task<TransferRecord> CompletionAsync(string pid, DspMessage<TransferCompletionMessage> message) =>
        ReceiveAsync(pid, message, Completed, known => known);

    /// <summary>Not for now (DSP §9.2.3).</summary>
    public Task<TransferRecord> SuspensionAsync(string pid, DspMessage<TransferSuspensionMessage> message) => ReceiveAsync(
        pid, message, Suspended, known => known with { Reasons = DspProcess.ToReasons(PeerReasons.Texts(message.Body.Code, message.Body.Reason)) });

    /// <summary>No more (DSP §9.2.5).</summary>
    public Task<TransferRecord> TerminationAsync(string pid, DspMessage<TransferTerminationMessage> message) => ReceiveAsync(
        pid, message, Terminated, known => known with { Reasons = DspProcess.ToReasons(PeerReasons.Texts(message.Body.Code, message.Body.Reason)) });

    private Task<TransferRecord> ReceiveAsync<T>(
        string pid,
        DspMessage<T> message,
        string to,
        Func<TransferRecord, TransferRecord> change,
        Action<UnitOfWork, TransferRecord>? entered = null) => database.WriteAsync(unit =>
        {
            var known = DspProcess.KnownTo(TransferStore.Find(unit, pid), message);
            if (!DspInbox.HasEffect(unit, message, isThere: known.State == to))
            {
                return known;
            }

            var stepped = machine.Step(unit, change(known), known.CounterpartyRole, to);
            entered?.Invoke(unit, stepped);
            return stepped;
        });

    private void RequireAgreed(DspMessage<TransferRequestMessage> message)
    {
        // To anyone but the contract's consumer there is no such contract.
        if (agreements.Find(message.Body.AgreementId) is not { Role: DspRole.Provider } agreement || agreement.Consumer != message.Sender)
        {
            throw new RefusalException(RefusalCode.NotFound, $"There is no agreement '{message.Body.AgreementId}'.") { Where = "$.agreementId" };
        }

        if (message.Body.Format != DspConstants.HttpPull || message.Body.DataAddress is not null)
        {
            throw new RefusalException(RefusalCode.Unsupported, $"The only format is {DspConstants.HttpPull}, without a data address of the consumer.")
            {
                Where = "$.format",
                Remedy = $"Ask for {DspConstants.HttpPull}.",
            };
        }
    }
}
