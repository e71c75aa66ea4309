using System.Globalization;
using System.Text;
using TrustedDataSpace.Authority.Filing;
using TrustedDataSpace.Hosting.Evidence;
using TrustedDataSpace.Hosting.Storage;
using TrustedDataSpace.Protocol.Authority;
using TrustedDataSpace.Protocol.Clearing;
using TrustedDataSpace.Protocol.Errors;
using TrustedDataSpace.Protocol.Evidence;
using TrustedDataSpace.Protocol.Pricing;

namespace TrustedDataSpace.Authority.Clearing;

/// <summary>Settles periods of agreements: rates what both parties have signed with the plan in the filed agreement. What is settled again is corrected by new lines, or stays.</summary>
internal sealed class SettlementService(Database database, SettlementStore store, SettledUse use, FilingStore filings, EvidenceTrail evidence, AuthoritySettings settings)
{
    /// <summary>Settles a period, or what has changed in it since.</summary>
    /// <param name="request">Which.</param>
    /// <param name="now">The present time.</param>
    /// <exception cref="RefusalException">
    /// NotFound: no such agreement; Unsupported: it has no price plan; Malformed: the period; Conflict: it is not over, or cuts one that was
    /// settled; TooLarge.
    /// </exception>
    public async Task<SettlementView> SettleAsync(SettlementRequest request, DateTimeOffset now)
    {
        var filing = filings.Find(request.Agreement) ?? throw new RefusalException(RefusalCode.NotFound, $"There is no agreement {request.Agreement} here.") { Where = "$.agreement" };
        var agreement = filing.ToFiling().Agreement;
        var plan = PricePlan.From(agreement) ?? throw new RefusalException(RefusalCode.Unsupported, "The agreement has no price plan, so its use has no price.") { Term = PricePlan.Property, Remedy = "Settle an agreement with a price plan." };
        if (request.To > now - settings.Clearing.Hold)
        {
            throw new RefusalException(RefusalCode.Conflict, $"Receipts of the period may be on their way: it can be settled {settings.Clearing.Hold} after its end.") { Term = "to", Remedy = "Settle it later, or a period that ended earlier." };
        }

        // Else a minimum fee or a subscription would be due for a time without a contract.
        if (DateTimeOffset.TryParse(agreement.Timestamp, CultureInfo.InvariantCulture, out var signed) && request.To <= signed)
        {
            throw new RefusalException(RefusalCode.Conflict, $"The agreement was signed at {signed:u}, after the end of the period.") { Term = "to", Remedy = "Settle a period that ends later." };
        }

        var before = SamePeriod(store.Last(filing.Id, request.From, request.To), request);
        var rated = use.Rate(plan, AgreementParties.Of(agreement), request.From, request.To);
        if (before is not null && rated.Is(before.Read()))
        {
            return before.ToView();
        }

        return (await database.WriteAsync(unit =>
        {
            var settlement = Settlement.Of(rated.Statement, rated.Intervals, rated.Disputed, before?.Read(), BalanceService.PaidOf(unit, plan, rated.Statement));
            var issued = Issue(unit, filing, settlement, before, request);
            use.HoldBack(unit, filing, rated);
            return issued;
        })).ToView();
    }

    private SettlementRow Issue(UnitOfWork unit, FilingRow filing, Settlement settlement, SettlementRow? before, SettlementRequest request)
    {
        if (SettlementStore.Last(unit, filing.Id, request.From, request.To)?.Id != before?.Id)
        {
            throw new RefusalException(RefusalCode.Conflict, "The period has just been settled by somebody else.") { Remedy = "Look at it, and try again." };
        }

        SettlementStore.Insert(unit, new SettlementRow
        {
            Id = settlement.Id,
            Agreement = filing.Id,
            Provider = filing.Provider,
            Consumer = filing.Consumer,
            From = request.From.ToUnixTimeSeconds(),
            To = request.To.ToUnixTimeSeconds(),
            Revision = settlement.Revision,
            Document = Encoding.UTF8.GetString(settlement.Bytes()),
            IssuedAt = unit.Now.ToUnixTimeMilliseconds(),
            Prepaid = settlement.Prepaid?.ToString(CultureInfo.InvariantCulture),
        });
        evidence.Append(
            unit,
            EvidenceKinds.SettlementIssued,
            new { settlement.Id, settlement.Revision, hash = settlement.Hash(), due = settlement.Due.ToString(CultureInfo.InvariantCulture), prepaid = settlement.Prepaid?.ToString(CultureInfo.InvariantCulture), settlement.Statement.Currency, settlement.Statement.From, settlement.Statement.To, settlement.Disputed },
            filing.Id);
        return SettlementStore.Find(unit, settlement.Id)!;
    }

    // Two periods with a minute in common would bill it twice.
    private static SettlementRow? SamePeriod(SettlementRow? touching, SettlementRequest request) =>
        touching is null || (touching.From == request.From.ToUnixTimeSeconds() && touching.To == request.To.ToUnixTimeSeconds())
            ? touching
            : throw new RefusalException(RefusalCode.Conflict, $"The period from {DateTimeOffset.FromUnixTimeSeconds(touching.From):u} to {DateTimeOffset.FromUnixTimeSeconds(touching.To):u} was settled, and this one cuts it.")
            {
                Term = "period",
                Remedy = "Settle the same period again, or one that lies beside it.",
            };
}
