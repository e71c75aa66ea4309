using TrustedDataSpace.Connector.DataPlane;
using TrustedDataSpace.Connector.Dsp;
using TrustedDataSpace.Hosting.Configuration;
using TrustedDataSpace.Hosting.Outbox;
using TrustedDataSpace.Hosting.Storage;
using TrustedDataSpace.Protocol.Dsp;
using TrustedDataSpace.Protocol.Errors;
using static TrustedDataSpace.Protocol.Dsp.TransferStates;

namespace TrustedDataSpace.Connector.Transfer;

/// <summary>One delivery of a push transfer, and what becomes of the transfer by it: it goes on, completes, or is suspended with the reason.</summary>
internal sealed class PushRun(Database database, Pushes pushes, PushDelivery delivery, TransferMachine machine, ServiceSettings settings, ILogger<PushRun> logger)
{
    private OutboxOptions Patience => settings.Outbox;

    /// <summary>Delivers what is due.</summary>
    /// <param name="transfer">Own process id.</param>
    /// <param name="now">Now.</param>
    /// <param name="cancellation">The service stops.</param>
    public async Task RunAsync(string transfer, DateTimeOffset now, CancellationToken cancellation)
    {
        if (pushes.Find(FlowRow.Provider, transfer) is not { IsRunning: true } push)
        {
            return;
        }

        if (push.IsExhausted)
        {
            // It arrived while the transfer was suspended: a suspended one cannot complete (DSP §9.1.3).
            await database.WriteAsync(unit => Complete(unit, transfer));
            return;
        }

        try
        {
            if (await delivery.DeliverAsync(push, now, (unit, next) => Arrived(unit, push, next), cancellation) is { } again)
            {
                await database.WriteAsync(unit => pushes.Again(unit, push, again));
            }
        }
        catch (RefusalException refusal)
        {
            await database.WriteAsync(unit => Refused(unit, push, refusal));
        }
        catch (OperationCanceledException)
        {
            // Whoever ended the flow has noted that; and a service that stops finds the delivery due when it starts again.
        }
    }

    private void Arrived(UnitOfWork unit, Push push, DateTimeOffset next)
    {
        pushes.Next(unit, push, next);
        if (push.IsFinite)
        {
            Complete(unit, push.Transfer);
        }
    }

    private void Complete(UnitOfWork unit, string transfer)
    {
        if (TransferStore.Find(unit, transfer) is { State: Started } started)
        {
            machine.Step(unit, started, DspRole.Provider, Completed);
        }
    }

    private void Refused(UnitOfWork unit, Push push, RefusalException refusal)
    {
        if (TransferStore.Find(unit, push.Transfer) is not { State: Started } started)
        {
            return;
        }

        if (MayPass(refusal) && !(unit.Now - push.FailingSince > Patience.GiveUpAfter))
        {
            var pause = BackOff.After(push.Attempts, Patience.FirstPause, Patience.LongestPause);
            pushes.Failed(unit, push, unit.Now + pause);
            unit.OnCommitted(() => logger.PushWaits(push.Transfer, push.Delivery, push.Attempts + 1, pause, refusal.Message));
            return;
        }

        // Suspended, not terminated: nobody can tell here that it will never be allowed again. The provider may start it, by a new decision.
        var reasons = Texts(refusal);
        machine.Step(unit, started with { Code = PeerReasons.Code(reasons), Reasons = DspProcess.ToReasons(reasons) }, DspRole.Provider, Suspended);
        unit.OnCommitted(() => logger.PushSuspended(push.Transfer, push.Delivery, reasons[0]));
    }

    // Forbidden: the consumer has suspended it, and its message is under way. Conflict: the consumer still asks what became of the last attempt.
    private static bool MayPass(RefusalException refusal) => refusal.Code is RefusalCode.Unavailable or RefusalCode.Forbidden or RefusalCode.Conflict;

    private static IReadOnlyList<string> Texts(RefusalException refusal) => refusal.Reasons.Count == 0
        ? [$"{RefusalStatus.WireName(refusal.Code)}: {refusal.Message}"]
        : [.. refusal.Reasons.Select(reason => $"{reason.Code}: {(reason.Term is null ? "" : reason.Term + ": ")}{reason.Message}{(reason.Remedy is null ? "" : $" ({reason.Remedy})")}")];
}
