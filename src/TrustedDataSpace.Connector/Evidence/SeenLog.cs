using TrustedDataSpace.Protocol.Errors;
using TrustedDataSpace.Protocol.Evidence;
using TrustedDataSpace.Protocol.Identity;
using TrustedDataSpace.Protocol.Management;

namespace TrustedDataSpace.Connector.Evidence;

/// <summary>The log of the space as this connector has last verified it.</summary>
/// <param name="Head">The checkpoint.</param>
/// <param name="Note">The checkpoint as it was signed.</param>
/// <param name="Key">The key of the log, pinned with the first checkpoint.</param>
internal sealed record SeenLog(Checkpoint Head, string Note, PublicKey Key)
{
    /// <summary>What is wrong with a checkpoint as the next one; null: the log has only grown.</summary>
    /// <param name="note">The checkpoint, signed.</param>
    /// <param name="proof">That it grew from <see cref="Head"/>; null: the authority gave none.</param>
    public LogFinding? Judge(string note, ConsistencyProof? proof)
    {
        Checkpoint next;
        try
        {
            next = SignedCheckpoint.Verify(note, Key).Checkpoint;
        }
        catch (RefusalException refusal)
        {
            return new LogFinding(LogAlarmKinds.Forged, $"what it shows is no checkpoint by the key of the log, {Key.Kid}: {refusal.Message}");
        }

        if (next.Origin != Head.Origin)
        {
            return new LogFinding(LogAlarmKinds.OtherLog, $"it is the log '{next.Origin}' with {next.Size} entries, not '{Head.Origin}'");
        }

        if (next.Size < Head.Size)
        {
            return new LogFinding(LogAlarmKinds.RolledBack, $"it has {next.Size} entries where it had {Head.Size}");
        }

        if (next.Size == Head.Size)
        {
            return next.Root == Head.Root ? null : new LogFinding(LogAlarmKinds.Forked, $"it has two roots over {next.Size} entries: {Head.Root} before, {next.Root} now");
        }

        return proof is not null && proof.OldSize == Head.Size && proof.NewSize == next.Size && proof.Verify(Head.RootHash(), next.RootHash())
            ? null
            : new LogFinding(LogAlarmKinds.Forked, $"it does not prove that its {next.Size} entries begin with the {Head.Size} that it had");
    }
}

/// <summary>Why a log is refused.</summary>
/// <param name="Kind">One of <see cref="LogAlarmKinds"/>.</param>
/// <param name="Reason">In words.</param>
internal sealed record LogFinding(string Kind, string Reason);
