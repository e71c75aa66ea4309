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
internal sealed class TransferMachine(EvidenceTrail evidence, TransferQueue queue, ProviderFlows provided, ConsumerFlows consumed, Pushes pushes, ProofOfPossession proofs)
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
        RequireAllowed(changed, by, to);
        return Enter(unit, changed, by, to, tell: true);
    }

    /// <summary>Whether the party may take the step now.</summary>
    /// <exception cref="RefusalException">InvalidTransition.</exception>
    public static void RequireAllowed(TransferRecord transfer, DspRole by, string to)
    {
        var who = by.ToString().ToLowerInvariant();
        if (!May(by, transfer.State, to))
        {
            throw new RefusalException(RefusalCode.InvalidTransition, $"The {who} cannot bring a transfer from {transfer.State} to {to}.");
        }

        // The table lets either party start again (DSP §9.1.3). But whoever paused has a reason that the other cannot know to be gone.
        if (to == Started && transfer.SuspendedBy is { } side && side != DspProcess.NameOf(by))
        {
            throw new RefusalException(RefusalCode.InvalidTransition, $"The {side.ToLowerInvariant()} has suspended this transfer: the {who} cannot start it again.")
            {
                Term = "suspended_by",
                Remedy = $"ask the {side.ToLowerInvariant()} to start it again, or terminate it",
            };
        }
    }

    /// <summary>The consumer may call the data plane from here on, at the address that the provider gave.</summary>
    public void OpenConsumed(UnitOfWork unit, TransferRecord started, string endpoint, string accessToken, FlowSigner? signer) =>
        consumed.Open(unit, started.Flow, started.AgreementId, started.Counterparty, endpoint, accessToken, signer);

    /// <summary>The provider's start comes behind the consumer's own, which crossed the provider's last: with another key than the one that the consumer has.</summary>
    public TransferRecord TakeKey(UnitOfWork unit, TransferRecord started, PeerDataAddress? address)
    {
        if (started is { Role: DspRole.Consumer, IsPush: false } && address?.Signer is { } signer && consumed.IsNewer(unit, started.Flow, signer))
        {
            OpenConsumed(unit, started, address.Endpoint, address.Token, signer);
        }

        return started;
    }

    /// <summary>
    /// Both have suspended it at once, each before it heard of the other. The provider's suspension counts on both sides: else each
    /// would wait for the other for ever. What gave way is not told any more: it would come behind the provider's start.
    /// </summary>
    public TransferRecord CrossedSuspension(UnitOfWork unit, TransferRecord suspended, DspRole by)
    {
        if (suspended.Role == DspRole.Provider || by == DspRole.Consumer)
        {
            return suspended;
        }

        var yielded = suspended with { SuspendedBy = DspProcess.NameOf(DspRole.Provider), Revision = suspended.Revision + 1 };
        TransferStore.Update(unit, yielded);
        queue.Withdraw(unit, yielded, Suspended);
        return yielded;
    }

    /// <summary>
    /// The counterparty completes it. Our suspension, of which it has not heard, yields: who has completed cannot go back, and nothing flows on either
    /// side. One that it has heard of stands, and the table forbids the step.
    /// </summary>
    /// <exception cref="RefusalException">InvalidTransition.</exception>
    public TransferRecord Complete(UnitOfWork unit, TransferRecord known) =>
        known.State == Suspended && known.SuspendedBy == known.RoleName && queue.Withdraw(unit, known, Suspended)
            ? Enter(unit, known, known.CounterpartyRole, Completed, tell: false)
            : Step(unit, known, known.CounterpartyRole, Completed);

    /// <summary>The counterparty does not take our suspension, as it has completed the transfer: here it is completed, too.</summary>
    public void CompletedThere(UnitOfWork unit, string id)
    {
        if (TransferStore.Find(unit, id) is { State: Started or Suspended } known)
        {
            Enter(unit, known, known.CounterpartyRole, Completed, tell: false);
        }
    }

    /// <summary>The counterparty has acknowledged that the transfer is started: it takes what is pushed from here on.</summary>
    public void Acknowledged(UnitOfWork unit, string id)
    {
        if (TransferStore.Find(unit, id) is { Role: DspRole.Provider, State: Started, IsPush: true })
        {
            pushes.Run(unit, id);
        }
    }

    /// <summary>The provider does not start the transfer again: it stays suspended by this consumer, with the provider's reason.</summary>
    public void StaySuspended(UnitOfWork unit, string id, RefusalException reason)
    {
        if (TransferStore.Find(unit, id) is { Role: DspRole.Consumer, State: Started } refused)
        {
            Enter(unit, WithReason(refused, reason), DspRole.Consumer, Suspended, tell: false);
        }
    }

    /// <summary>Ends the transfer here, whatever the table says: the counterparty cannot be reached or goes another way.</summary>
    public void Abandon(UnitOfWork unit, string id, RefusalException reason)
    {
        if (TransferStore.Find(unit, id) is { } left && !IsFinal(left.State))
        {
            Enter(unit, WithReason(left, reason), left.Role, Terminated, tell: false);
        }
    }

    private static TransferRecord WithReason(TransferRecord transfer, RefusalException reason)
    {
        var code = RefusalStatus.WireName(reason.Code);
        return transfer with { Code = code, Reasons = DspProcess.ToReasons([$"{code}: {reason.Message}"]) };
    }

    private TransferRecord Enter(UnitOfWork unit, TransferRecord changed, DspRole by, string to, bool tell)
    {
        var hasReason = to is Suspended or Terminated;
        var entered = changed with
        {
            State = to,
            Revision = changed.Revision + 1,
            SuspendedBy = to == Suspended ? DspProcess.NameOf(by) : null,
            Code = hasReason ? changed.Code : null,
            Reasons = hasReason ? changed.Reasons : "[]",
        };
        TransferStore.Update(unit, entered);
        if (to == Started)
        {
            Open(unit, entered, by);
        }
        else if (changed.State != Requested)
        {
            Close(unit, entered, byPeer: by != entered.Role);
        }

        if (entered.IsPush && IsFinal(to))
        {
            Pushes.Remove(unit, entered.RoleName, entered.Id);
        }

        Follow(unit, entered, changed.State, by, tell);
        return entered;
    }

    private void Open(UnitOfWork unit, TransferRecord started, DspRole by)
    {
        if (started.Role == DspRole.Provider)
        {
            provided.Open(unit, started.Flow, started.AgreementId, started.Counterparty);
            if (by == DspRole.Provider)
            {
                // A consumer that starts again what it suspended hears nothing new: it keeps the key that it has.
                proofs.Renew(unit, started.Flow);
            }
            else if (started.IsPush)
            {
                // Else when the consumer has acknowledged our start: before that it would refuse what is pushed.
                pushes.Run(unit, started.Id);
            }
            else if (FlowKeys.IsOwed(unit, started.Flow))
            {
                // Its suspension came before our last start was sent: that one is sent now, with the key.
                queue.Send(unit, started);
            }

            return;
        }

        // With or without an address: the next step would close that other flow.
        if (TransferStore.IsFlowOfAnother(unit, started))
        {
            throw new RefusalException(RefusalCode.Conflict, "This providerPid is that of another provider's transfer.") { Where = "$.providerPid" };
        }

        if (started.IsPush)
        {
            pushes.Receive(unit, started.Id, started.Flow, renew: by == DspRole.Consumer);
            consumed.OpenPushed(unit, started.Flow, started.AgreementId, started.Counterparty);
        }
        else
        {
            // The provider's own start may bring another address: then that one is put in its place.
            consumed.Reopen(unit, started.Flow);
        }
    }

    private void Close(UnitOfWork unit, TransferRecord entered, bool byPeer)
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
            provided.Close(unit, entered.Flow, end, reason, byPeer);
            if (end != FlowEnd.Suspended)
            {
                proofs.End(unit, entered.Flow);
            }

            Pushes.Stop(unit, entered.Id);
        }
        else
        {
            consumed.Close(unit, entered.Flow, end, reason, byPeer);
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
                code = entered.Code,
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
