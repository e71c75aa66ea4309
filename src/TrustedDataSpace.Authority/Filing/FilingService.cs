using System.Text;
using TrustedDataSpace.Authority.Participants;
using TrustedDataSpace.Hosting.Evidence;
using TrustedDataSpace.Hosting.Storage;
using TrustedDataSpace.Protocol.Authority;
using TrustedDataSpace.Protocol.Errors;
using TrustedDataSpace.Protocol.Evidence;
using TrustedDataSpace.Protocol.Json;

namespace TrustedDataSpace.Authority.Filing;

/// <summary>Files agreements: who granted what to whom, with its hash, so that neither party can show another text later.</summary>
internal sealed class FilingService(Database database, EvidenceTrail evidence)
{
    private const int MaxIdLength = 256;

    /// <summary>Files an agreement of its provider; the same one again gets the same receipt.</summary>
    public async Task<(FilingReceipt Receipt, bool Created)> FileAsync(AgreementFiling filing, string caller)
    {
        Check(filing, caller);
        var (row, created) = await database.WriteAsync(unit => File(unit, filing));
        return (row.ToReceipt(), created);
    }

    private static void Check(AgreementFiling filing, string caller)
    {
        var agreement = filing.Agreement;
        if (filing.Provider.Value != caller || agreement.Assigner != caller)
        {
            throw new RefusalException(RefusalCode.Forbidden, "An agreement is filed by its assigner.") { Term = "agreement.assigner" };
        }

        Require(agreement.Type == "Agreement", "agreement.@type", "it must be Agreement");
        Require(filing.AgreementId.Length is > 0 and <= MaxIdLength, "agreementId", $"it has 1 to {MaxIdLength} characters");
        Require(filing.ProductId.Length is > 0 and <= MaxIdLength, "productId", $"it has 1 to {MaxIdLength} characters");
        Require(agreement.Id == filing.AgreementId, "agreement.@id", "it is not the agreementId of the filing");
        Require(agreement.Assignee == filing.Consumer.Value, "agreement.assignee", "it is not the consumer of the filing");
        Require(agreement.Hash == filing.Hash, "hash", $"it is not that of the agreement, which is {agreement.Hash}");
    }

    private (FilingRow Row, bool Created) File(UnitOfWork unit, AgreementFiling filing)
    {
        if (FilingStore.Find(unit, filing.AgreementId) is { } known)
        {
            return known.Hash == filing.Hash
                ? (known, false)
                : throw new RefusalException(RefusalCode.Conflict, $"Another agreement is filed under {filing.AgreementId}.") { Term = "agreementId" };
        }

        if (ParticipantStore.Find(unit, filing.Consumer.Value) is null or { IsApplicant: true })
        {
            throw new RefusalException(RefusalCode.Malformed, $"The filing is refused: {filing.Consumer} is not a participant of this space.") { Term = "consumer" };
        }

        var entry = evidence.Append(
            unit,
            EvidenceKinds.AgreementFiled,
            new { filing.Provider, filing.Consumer, filing.ProductId, filing.Hash, filing.SignedAt },
            agreement: filing.AgreementId);
        FilingStore.Insert(unit, new FilingRow
        {
            Id = filing.AgreementId,
            Provider = filing.Provider.Value,
            Consumer = filing.Consumer.Value,
            Hash = filing.Hash,
            Filing = Encoding.UTF8.GetString(ProtocolJson.Write(filing)),
            FiledAt = unit.Now.ToUnixTimeMilliseconds(),
            EvidenceId = entry.Id,
        });
        return (FilingStore.Find(unit, filing.AgreementId)!, true);
    }

    private static void Require(bool holds, string term, string why)
    {
        if (!holds)
        {
            throw new RefusalException(RefusalCode.Malformed, $"The filing is refused, {term}: {why}.") { Term = term };
        }
    }
}
