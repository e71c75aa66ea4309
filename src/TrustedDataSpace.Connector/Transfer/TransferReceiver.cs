using TrustedDataSpace.Connector.Agreements;
using TrustedDataSpace.Connector.DataPlane;
using TrustedDataSpace.Connector.Dsp;
using TrustedDataSpace.Hosting.Storage;
using TrustedDataSpace.Protocol.Dsp;
using TrustedDataSpace.Protocol.Errors;
using static TrustedDataSpace.Protocol.Dsp.TransferStates;

namespace TrustedDataSpace.Connector.Transfer;

/// <summary>Acts on messages of peers, in the same fixed order as for negotiations.</summary>
internal sealed class TransferReceiver(Database database, TransferMachine machine, TransferSteps steps, AgreementService agreements, Pushes pushes, Ids ids)
{
    /// <summary>A consumer asks for data (DSP §9.2.1). Asking again with the same process id finds the same transfer.</summary>
    /// <param name="message">The request.</param>
    /// <param name="callbackPath">Its callback address, checked.</param>
    /// <param name="address">Its data address, checked; null when it has none.</param>
    /// <param name="certificate">The client certificate over which it came; null without one.</param>
    public Task<TransferRecord> RequestAsync(DspMessage<TransferRequestMessage> message, string callbackPath, PeerDataAddress? address, string? certificate) => database.WriteAsync(unit =>
    {
        var asked = message.Body;
        if (TransferStore.FindRequested(unit, message.Sender, asked.ConsumerPid) is { } known)
        {
            return known.AgreementId == asked.AgreementId && known.Format == asked.Format
                ? known
                : throw new RefusalException(RefusalCode.Conflict, "Another transfer was begun with this consumerPid.") { Where = "$.consumerPid" };
        }

        var agreement = RequireAgreed(message);
        TransferFormats.RequireOffered(asked, agreement.Transfers);
        var begun = machine.Begin(unit, new TransferRecord
        {
            Id = ids.Next(),
            Role = DspRole.Provider,
            State = Requested,
            Counterparty = message.Sender,
            CounterpartyPid = asked.ConsumerPid,
            CounterpartyPath = callbackPath,
            AgreementId = asked.AgreementId,
            Format = asked.Format,
            Manual = agreement.Transfers.Manual ? 1 : 0,
            Certificate = certificate,
        });
        if (begun.IsPush)
        {
            pushes.Add(unit, DspProcess.NameOf(DspRole.Provider), begun.Id, address!.Purpose, address.ToPush(), agreement.Transfers.Finite);
        }

        return begun;
    });

    /// <summary>The transfer starts, or starts again (DSP §9.2.2). Before a consumer starts it again, the provider decides again.</summary>
    /// <param name="pid">Own process id.</param>
    /// <param name="message">The message.</param>
    /// <param name="address">Its data address, checked; null when it has none.</param>
    /// <param name="cancellation">Of the request.</param>
    public async Task<TransferRecord> StartAsync(string pid, DspMessage<TransferStartMessage> message, PeerDataAddress? address, CancellationToken cancellation)
    {
        var (asked, isNew) = await database.WriteAsync(unit => (DspProcess.KnownTo(TransferStore.Find(unit, pid), message), !DspInbox.WasActedOn(unit, message)));
        var isDecided = isNew && asked is { Role: DspRole.Provider, State: Suspended };
        if (isDecided)
        {
            TransferMachine.RequireAllowed(asked, DspRole.Consumer, Started);
            await steps.RequireYesAsync(asked, cancellation);
        }

        return await ReceiveAsync(
            pid,
            message,
            Started,
            (unit, known) =>
            {
                if (!isDecided && known is { Role: DspRole.Provider, State: Suspended })
                {
                    throw new RefusalException(RefusalCode.Unavailable, "The transfer was suspended a moment ago.");
                }

                var started = machine.Step(unit, known, known.CounterpartyRole, Started);
                if (address is null)
                {
                    // At the consumer there is nothing new to call: the state follows the protocol, a flow that it never had stays closed.
                    return started;
                }

                if (started.Role == DspRole.Consumer && !started.IsPush)
                {
                    machine.OpenConsumed(unit, started, address.Endpoint, address.Token, address.Signer);
                }
                else if (started.Role == DspRole.Provider && started.IsPush)
                {
                    pushes.Renew(unit, DspProcess.NameOf(DspRole.Provider), started.Id, address.ToPush());
                }

                return started;
            },
            (unit, known) => machine.TakeKey(unit, known, address));
    }

    /// <summary>Done (DSP §9.2.4).</summary>
    public Task<TransferRecord> CompletionAsync(string pid, DspMessage<TransferCompletionMessage> message) =>
        ReceiveAsync(pid, message, Completed, machine.Complete);

    /// <summary>Not for now (DSP §9.2.3).</summary>
    public Task<TransferRecord> SuspensionAsync(string pid, DspMessage<TransferSuspensionMessage> message) =>
        ReceiveAsync(
            pid,
            message,
            Suspended,
            (unit, known) => machine.Step(unit, WithReasons(known, message.Body.Code, message.Body.Reason), known.CounterpartyRole, Suspended),
            (unit, known) => machine.CrossedSuspension(unit, known, known.CounterpartyRole));

    /// <summary>No more (DSP §9.2.5).</summary>
    public Task<TransferRecord> TerminationAsync(string pid, DspMessage<TransferTerminationMessage> message) =>
        ReceiveAsync(
            pid, message, Terminated, (unit, known) => machine.Step(unit, WithReasons(known, message.Body.Code, message.Body.Reason), known.CounterpartyRole, Terminated));

    // Again: where the message leads, the transfer is already.
    private Task<TransferRecord> ReceiveAsync<T>(
        string pid,
        DspMessage<T> message,
        string to,
        Func<UnitOfWork, TransferRecord, TransferRecord> step,
        Func<UnitOfWork, TransferRecord, TransferRecord>? again = null) => database.WriteAsync(unit =>
        {
            var known = DspProcess.KnownTo(TransferStore.Find(unit, pid), message);
            return !DspInbox.HasEffect(unit, message, isThere: false) ? known
                : known.State != to ? step(unit, known)
                : again is null ? known
                : again(unit, known);
        });

    private static TransferRecord WithReasons(TransferRecord known, string? code, IReadOnlyList<System.Text.Json.JsonElement>? reasons)
    {
        var texts = PeerReasons.Texts(code, reasons).ToList();
        return known with { Code = PeerReasons.Shortened(code), Reasons = DspProcess.ToReasons(texts) };
    }

    private AgreementTerms RequireAgreed(DspMessage<TransferRequestMessage> message) =>
        // To anyone but the contract's consumer there is no such contract.
        agreements.Find(message.Body.AgreementId) is { Role: DspRole.Provider } agreement && agreement.Consumer == message.Sender
            ? agreement
            : throw new RefusalException(RefusalCode.NotFound, $"There is no agreement '{message.Body.AgreementId}'.") { Where = "$.agreementId" };
}
