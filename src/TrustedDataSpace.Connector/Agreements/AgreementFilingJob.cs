using TrustedDataSpace.Connector.Identity;
using TrustedDataSpace.Connector.Transfer;
using TrustedDataSpace.Hosting.Outbox;
using TrustedDataSpace.Hosting.Storage;
using TrustedDataSpace.Protocol.Authority;
using TrustedDataSpace.Protocol.Errors;
using TrustedDataSpace.Protocol.Identity;

namespace TrustedDataSpace.Connector.Agreements;

/// <summary>Files agreements at the authority (备案). Transfers that were asked for in the meantime have waited for the receipt.</summary>
internal sealed class AgreementFilingJob(AgreementService agreements, AuthorityClient authority, TransferQueue transfers) : IOutboxHandler
{
    public string Topic => AgreementService.FilingTopic;

    public async Task<Action<UnitOfWork>?> DeliverAsync(OutboxMessage message, CancellationToken cancellation)
    {
        var agreement = agreements.Find(message.Body)!;
        var receipt = await authority.FileAsync(
            new AgreementFiling
            {
                AgreementId = agreement.Id,
                Provider = Did.Parse(agreement.Provider),
                Consumer = Did.Parse(agreement.Consumer),
                ProductId = agreement.DatasetId,
                Hash = agreement.Hash,
                Agreement = agreement.Document,
                SignedAt = agreement.ConcludedAt,
            },
            cancellation);
        return receipt.Hash == agreement.Hash
            ? unit => Record(unit, agreement.Id, refusal: null)
            : throw new RefusalException(RefusalCode.Conflict, "The authority has filed another document under the id of this agreement.");
    }

    public void GiveUp(UnitOfWork unit, OutboxMessage message, RefusalException reason) => Record(unit, message.Body, reason.Message);

    private void Record(UnitOfWork unit, string agreement, string? refusal)
    {
        agreements.RecordFiling(unit, agreement, refusal);
        transfers.AdvanceWaiting(unit, agreement);
    }
}
