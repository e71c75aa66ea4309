using TrustedDataSpace.Connector.DataPlane;
using TrustedDataSpace.Connector.Dsp;
using TrustedDataSpace.Hosting.Evidence;
using TrustedDataSpace.Hosting.Storage;
using TrustedDataSpace.Protocol.Dsp;
using TrustedDataSpace.Protocol.Errors;
using static TrustedDataSpace.Protocol.Dsp.TransferStates;

namespace TrustedDataSpace.Connector.Transfer;

/// <summary>
/// Every step of a transfer: checked against the table of the protocol, and committed together with its evidence, the flow that it
/// opens or closes, and what must follow.
/// </summary>
internal sealed class TransferMachine(EvidenceTrail evidence, TransferQueue queue, ProviderFlows provided, ConsumerFlows consumed)
{
    /// <summary>A transfer begins; by this connector (then the request is sent) or by the counterparty (then it is our turn).</summary>
    public TransferRecord Begin(UnitOfWork unit, TransferRecord begun)
    {
        TransferStore.Add(unit, begun);
        Follow(unit, begun, from: null, by: DspRole.Consumer, tell: true);
        if (begun.Role == DspRole.Provider)
        {
            queue.Advance(unit, begun.Id);
        }

        return begun;
    }

    /// <summary>The next step, by either party.</summary>
    /// <param name="unit">Of the command.</param>
    /// <param name="changed">The transfer with what the step brings; its state is still the old one.</param>
    /// <param name="by">Whose step it is.</param>
    /// <param name="to">The new state.</param>
    /// <exception cref="RefusalException">InvalidTransition; Conflict: the provider has chosen the process id of somebody else's flow.</exception>
    public TransferRecord Step(UnitOfWork unit, TransferRecord changed, DspRole by, string to)
    {
        if (!May(by, changed.State, to))
        {
            throw new RefusalException(
                RefusalCode.InvalidTransition,
                $"The {by.ToString().ToLowerInvariant()} cannot bring a transfer from {changed.State} to {to}.");
        }

        return Enter(unit, changed, by, to, tell: true);
    }

    /// <summary>The consumer may call the data plane from here on, at the address that the provider gave.</summary>
    public void OpenConsumed(UnitOfWork unit, TransferRecord started, string endpoint, string accessToken) =>
        consumed.Open(unit, started.Flow, started.AgreementId, started.Counterparty, endpoint, accessToken);

    /// <summary>Ends the transfer here, whatever the table says: the counterparty cannot be reached or goes another way.</summary>
    public void Abandon(UnitOfWork unit, string id, RefusalException reason)
    {
        if (TransferStore.Find(unit, id) is { } left && !IsFinal(left.State))
        {
            var reasons = DspProcess.ToReasons([$"{RefusalStatus.WireName(reason.Code)}: {reason.Message}"]);
            Enter(unit, left with { Reasons = reasons }, left.Role, Terminated, tell: false);
        }
    }

    private TransferRecord Enter(UnitOfWork unit, TransferRecord changed, DspRole by, string to, bool tell)
    {
        var entered = changed with { State = to };
        TransferStore.Update(unit, entered);

        // With or without an address: the next step would close that other flow.
        if (to == Started && entered.Role == DspRole.Consumer && TransferStore.IsFlowOfAnother(unit, entered))
        {
            throw new RefusalException(RefusalCode.Conflict, "This providerPid is that of another provider's transfer.") { Where = "$.providerPid" };
        }

        if (to == Started && entered.Role == DspRole.Provider)
        {
            provided.Open(unit, entered.Flow, entered.AgreementId, entered.Counterparty);
        }
        else if (to != Started && changed.State != Requested)
        {
            Close(unit, entered);
        }

        Follow(unit, entered, changed.State, by, tell);
        return entered;
    }

    private void Close(UnitOfWork unit, TransferRecord entered)
    {
        var end = entered.State switch
        {
            Completed => FlowEnd.Completed,
            Suspended => FlowEnd.Suspended,
            _ => FlowEnd.Terminated,
        };
        var reason = entered.ReasonTexts is [var first, ..] ? first : $"the transfer is {entered.State}";
        if (entered.Role == DspRole.Provider)
        {
            provided.Close(unit, entered.Flow, end, reason);
        }
        else
        {
            consumed.Close(unit, entered.Flow, end, reason);
        }
    }

    private void Follow(UnitOfWork unit, TransferRecord entered, string? from, DspRole by, bool tell)
    {
        evidence.Append(
            unit,
            "transfer." + entered.State.ToLowerInvariant(),
            new
            {
                role = entered.RoleName,
                by = DspProcess.NameOf(by),
                from,
                counterparty = entered.Counterparty,
                flow = entered.Flow,
                reasons = entered.ReasonTexts,
            },
            entered.AgreementId,
            entered.Id);
        if (by == entered.Role && tell)
        {
            queue.Send(unit, entered);
        }
    }
}
