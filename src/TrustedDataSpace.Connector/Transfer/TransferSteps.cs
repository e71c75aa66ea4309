using TrustedDataSpace.Connector.Agreements;
using TrustedDataSpace.Connector.Dsp;
using TrustedDataSpace.Hosting.Storage;
using TrustedDataSpace.Protocol.Dsp;
using TrustedDataSpace.Protocol.Errors;
using TrustedDataSpace.Protocol.Management;
using static TrustedDataSpace.Protocol.Dsp.TransferStates;

namespace TrustedDataSpace.Connector.Transfer;

/// <summary>The steps of a transfer that a person or a program takes on this side, through the management interface.</summary>
internal sealed class TransferSteps(Database database, TransferStore store, TransferMachine machine, TransferDecision decision)
{
    private const int LongestReason = 400;
    private const int LongestCode = 100;

    /// <summary>As provider starts a requested transfer, by decision; on either side starts again what this side has suspended.</summary>
    /// <exception cref="RefusalException">NotFound; InvalidTransition; PolicyRefused, with the reasons; Unavailable: no decision was taken.</exception>
    public async Task<TransferView> StartAsync(string id, CancellationToken cancellation)
    {
        var asked = store.Find(id) ?? throw NoSuch(id);
        TransferMachine.RequireAllowed(asked, asked.Role, Started);
        if (asked.Role == DspRole.Provider)
        {
            await RequireYesAsync(asked, cancellation);
        }

        return await StepAsync(id, Started, current =>
        {
            // What was decided about is what is started.
            if (current.State != asked.State)
            {
                throw new RefusalException(RefusalCode.Conflict, $"The transfer has just become {current.State}.") { Remedy = "look at it, and try again" };
            }

            return current;
        });
    }

    /// <summary>No data for now.</summary>
    /// <exception cref="RefusalException">NotFound; InvalidTransition; Malformed reason.</exception>
    public Task<TransferView> SuspendAsync(string id, Termination why) => StepAsync(id, Suspended, Because(why));

    /// <summary>Nothing more is wanted, or nothing more will come.</summary>
    /// <exception cref="RefusalException">NotFound; InvalidTransition.</exception>
    public Task<TransferView> CompleteAsync(string id) => StepAsync(id, Completed, current => current);

    /// <summary>Ends a transfer and tells the counterparty.</summary>
    /// <exception cref="RefusalException">NotFound; InvalidTransition; Malformed reason.</exception>
    public Task<TransferView> TerminateAsync(string id, Termination why) => StepAsync(id, Terminated, Because(why));

    /// <summary>Puts the start to the one decision; a denial is kept as evidence.</summary>
    /// <exception cref="RefusalException">InvalidTransition: not filed yet; PolicyRefused; Forbidden; Unavailable.</exception>
    public async Task RequireYesAsync(TransferRecord asked, CancellationToken cancellation)
    {
        var verdict = await decision.AskAsync(asked, cancellation);
        if (!verdict.Allows)
        {
            await database.WriteAsync(unit => decision.Note(unit, asked, verdict));
            throw verdict.ToRefusal();
        }
    }

    internal static RefusalException NoSuch(string id) => new(RefusalCode.NotFound, $"There is no transfer '{id}'.");

    private async Task<TransferView> StepAsync(string id, string to, Func<TransferRecord, TransferRecord> change)
    {
        var stepped = await database.WriteAsync(unit =>
        {
            var current = TransferStore.Find(unit, id) ?? throw NoSuch(id);
            var entered = machine.Step(unit, change(current), current.Role, to);
            return to != Started || AgreementService.IsActive(unit, current.AgreementId) ? entered
                : throw new RefusalException(RefusalCode.InvalidTransition, "The agreement has been ended.") { Term = "agreementId", Remedy = "negotiate another one" };
        });
        return stepped.ToView();
    }

    private static Func<TransferRecord, TransferRecord> Because(Termination why)
    {
        var reason = why.Reason.Trim();
        if (reason.Length is 0 or > LongestReason)
        {
            throw new RefusalException(RefusalCode.Malformed, $"The reason has 1 to {LongestReason} characters; the other party reads it.") { Where = "$.reason" };
        }

        if (why.Code is { } given && (given.Length is 0 or > LongestCode || given.Any(c => c is <= ' ' or > '~')))
        {
            throw new RefusalException(RefusalCode.Malformed, $"A code has 1 to {LongestCode} visible ASCII characters and no spaces.") { Where = "$.code" };
        }

        return current => current with { Code = why.Code ?? PeerReasons.Code([reason]), Reasons = DspProcess.ToReasons([reason]) };
    }
}
