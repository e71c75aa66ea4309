using TrustedDataSpace.Connector.Identity;
using TrustedDataSpace.Connector.Metering;
using TrustedDataSpace.Hosting.Evidence;
using TrustedDataSpace.Hosting.Storage;
using TrustedDataSpace.Protocol.Authority;
using TrustedDataSpace.Protocol.Clearing;
using TrustedDataSpace.Protocol.Errors;
using TrustedDataSpace.Protocol.Evidence;
using TrustedDataSpace.Protocol.Identity;
using TrustedDataSpace.Protocol.Management;

namespace TrustedDataSpace.Connector.Clearing;

/// <summary>Signs settlements of the authority for this participant: when its own records give the same statement, or when a person accepts another.</summary>
internal sealed class SettlementReview(AuthorityClient authority, StatementService statements, Database database, EvidenceTrail evidence, ParticipantKey key, ConnectorSettings settings)
{
    private const int LongestReason = 400;

    /// <summary>Compares and signs.</summary>
    /// <exception cref="RefusalException">NotFound; Conflict: it is not what follows from the records here, or from the settlement that it corrects; others as those of a statement.</exception>
    public async Task<SettlementView> SignAsync(string id, SettlementConsent consent, TimeSpan wait, CancellationToken cancellation)
    {
        if (consent.Accept is { } reason && reason.Trim().Length is 0 or > LongestReason)
        {
            throw new RefusalException(RefusalCode.Malformed, $"The reason for accepting has 1 to {LongestReason} characters.") { Where = "$.accept" };
        }

        var settlement = (await authority.SettlementAsync(id, cancellation)).Settlement;
        if (settlement.Hash() != consent.Hash)
        {
            throw new RefusalException(RefusalCode.Conflict, $"The settlement that was looked at is another one: the hash of this is {settlement.Hash()}.") { Term = "hash", Remedy = "Look at it, and sign what it says now." };
        }

        await RequireSoundAsync(id, settlement, cancellation);
        var difference = await DifferenceAsync(settlement, wait, cancellation);
        if (difference is not null && consent.Accept is null)
        {
            throw new RefusalException(RefusalCode.Conflict, $"The settlement is not what the records here give: {difference}.")
            {
                Term = "statement",
                Remedy = "Look at the disputes of the agreement; sign it all the same with accept and a reason.",
            };
        }

        var signature = DetachedJws.Sign(settlement.Bytes(), key.Signing, TokenTypes.Settlement);
        var signed = await authority.SignAsync(id, new SettlementSignature(signature), cancellation);
        await database.WriteAsync(unit => evidence.Append(unit, EvidenceKinds.SettlementSigned, new { id, hash = settlement.Hash(), accepted = consent.Accept?.Trim() }, settlement.Statement.AgreementId));
        return signed;
    }

    // The authority adds up; what it says must follow from what it shows.
    private async Task RequireSoundAsync(string id, Settlement settlement, CancellationToken cancellation)
    {
        var me = settings.Participant.Id;
        var statement = settlement.Statement;
        var before = settlement.Revision <= 1
            ? null
            : (await authority.SettlementAsync(Settlement.IdOf(statement.AgreementId, statement.From, statement.To, settlement.Revision - 1), cancellation)).Settlement;
        var follows = Settlement.Of(statement, settlement.Intervals, settlement.Disputed, before, settlement.Prepaid);

        // A balance pays of a prepaid statement what there is, and of no other.
        var isPaidSoundly = statement.Prepaid == true ? settlement.Prepaid >= 0 && settlement.Prepaid <= statement.Total : settlement.Prepaid is null;
        if (settlement.Id != id || !isPaidSoundly || (me != statement.ProviderId && me != statement.ConsumerId) || !follows.Bytes().AsSpan().SequenceEqual(settlement.Bytes()))
        {
            throw new RefusalException(RefusalCode.Conflict, "The settlement does not follow from its own statement, or is not about this participant.") { Term = "settlement" };
        }
    }

    private async Task<string?> DifferenceAsync(Settlement settlement, TimeSpan wait, CancellationToken cancellation)
    {
        var statement = settlement.Statement;
        var own = await statements.RateAsync(
            new StatementQuery { Agreement = statement.AgreementId, From = Time(statement.From), To = Time(statement.To) }, wait, cancellation);
        return own.Bytes().AsSpan().SequenceEqual(statement.Bytes()) ? null : $"{own.Total} {own.Currency} in place of {statement.Total} {statement.Currency}, with {settlement.Disputed} intervals in dispute";
    }

    private static string Time(DateTimeOffset time) => time.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", System.Globalization.CultureInfo.InvariantCulture);
}
