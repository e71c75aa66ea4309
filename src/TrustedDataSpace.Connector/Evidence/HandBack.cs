using TrustedDataSpace.Connector.Identity;
using TrustedDataSpace.Protocol.Authority;

namespace TrustedDataSpace.Connector.Evidence;

/// <summary>
/// Gives an authority that was restored from a backup what its log lacks: the last checkpoint that was verified, this participant's entries with the proofs
/// of their places, and the authority's own that were kept for it. Only what it has signed itself: a log that was forked is still refused.
/// </summary>
internal sealed class HandBack(LogWatchStore seen, ReceiptStore receipts, LogCopies copies, AuthorityClient authority, ParticipantKey key, ILogger<HandBack> logger)
{
    private string? done;

    /// <summary>Asks whether the authority collects, and hands back all there is: once for each restore.</summary>
    /// <exception cref="Protocol.Errors.RefusalException">The authority does not answer, or takes it not; it is tried again from the beginning.</exception>
    public async Task RunAsync(CancellationToken cancellation)
    {
        if (seen.Seen() is not { } log)
        {
            return;
        }

        if (await authority.CollectionAsync(cancellation) is not { Restore: not null } wanted || wanted.Restore == done)
        {
            return;
        }

        // Nothing was seen of the log that it has: the checkpoint alone says that it has lost another one.
        var (batches, own) = (0, 0);
        if (log.Head.Origin == wanted.Origin)
        {
            foreach (var batch in receipts.Behind(wanted.Origin, wanted.From, key.Signing))
            {
                await authority.ReturnAsync(new LogReturn(log.Note, Batch: batch), cancellation);
                batches++;
            }

            for (var page = copies.Page(wanted.Origin, wanted.From); page.Count > 0; page = copies.Page(wanted.Origin, page[^1].Index + 1))
            {
                await authority.ReturnAsync(new LogReturn(log.Note, Own: page), cancellation);
                own += page.Count;
            }
        }

        await authority.ReturnAsync(new LogReturn(log.Note, Complete: true), cancellation);
        done = wanted.Restore;
        logger.HandedBack(wanted.From, log.Head.Size, batches, own);
    }
}
