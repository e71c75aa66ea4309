using TrustedDataSpace.Authority.Participants;
using TrustedDataSpace.Hosting.Storage;
using TrustedDataSpace.Protocol.Errors;
using TrustedDataSpace.Protocol.Evidence;

namespace TrustedDataSpace.Authority.Evidence;

/// <summary>Batches that members send: held to their limit, checked outside the one writer's time, then logged.</summary>
internal sealed class MemberBatches(
    ParticipantStore participants, MemberKeys keys, EvidenceLog log, AppendLimits limits, Database database, ILogger<MemberBatches> logger)
{
    /// <returns>The place of the first entry, and how many from it on are logged.</returns>
    /// <exception cref="RefusalException">Names what does not fit.</exception>
    public async Task<(long First, int Count)> AppendAsync(EvidenceBatch batch, HttpResponse response)
    {
        // Before the signature is checked: that is what a flood would cost most.
        limits.Take(batch.Source, Math.Min(batch.Entries.Count, EvidenceBatch.MaxEntries), response);
        Check(batch);
        var leaves = LogLeaf.Of(batch.Entries);
        var (first, count) = await database.WriteAsync(unit => log.Append(unit, leaves, batch));
        logger.Logged(count, batch.Source, first);
        return (first, count);
    }

    /// <summary>Checks what the member has signed.</summary>
    /// <exception cref="RefusalException">Names what does not fit.</exception>
    public void Check(EvidenceBatch batch) => batch.Verify(keys.Accepted(participants.Find(batch.Source)!));
}
