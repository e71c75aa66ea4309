using System.Globalization;
using TrustedDataSpace.Authority.Filing;
using TrustedDataSpace.Authority.Participants;
using TrustedDataSpace.Hosting.Evidence;
using TrustedDataSpace.Hosting.Keys;
using TrustedDataSpace.Hosting.Storage;
using TrustedDataSpace.Protocol.Authority;
using TrustedDataSpace.Protocol.Errors;
using TrustedDataSpace.Protocol.Evidence;
using TrustedDataSpace.Protocol.Pricing;

namespace TrustedDataSpace.Authority.Clearing;

/// <summary>The accounts of agreements that are paid in advance: what was confirmed, what settled periods took of it, and the note on which the provider's connector lets data flow.</summary>
internal sealed class BalanceService(Database database, FilingStore filings, EvidenceTrail evidence, KeyStore keys, AuthoritySettings settings)
{
    private const int LongestReference = 200;

    /// <summary>A payment in advance was confirmed. The same again changes nothing.</summary>
    /// <exception cref="RefusalException">NotFound: no such agreement; Unsupported: its plan is not prepaid; Malformed; Conflict: the reference stands for another amount; TooLarge.</exception>
    public async Task<BalanceView> TopUpAsync(TopUp topUp, string by)
    {
        var plan = PlanOf(FilingOf(topUp.Agreement, member: null));
        var reference = topUp.Reference.Trim();
        if (reference.Length is 0 or > LongestReference)
        {
            throw Malformed("$.reference", $"A payment has a reference of 1 to {LongestReference} characters.");
        }

        if (topUp.Currency != plan.Currency)
        {
            throw Malformed("$.currency", $"The agreement is paid in {plan.Currency}, not in {topUp.Currency}.");
        }

        if (topUp.Amount <= 0 || topUp.Amount.Scale > plan.Rounding.Scale || topUp.Amount >= UsePrice.Limit)
        {
            throw Malformed("$.amount", $"A payment in advance is above 0, below {UsePrice.Limit}, and has at most {plan.Rounding.Scale} decimals.");
        }

        return await database.WriteAsync(unit =>
        {
            Add(unit, topUp with { Reference = reference }, by);
            return View(unit, topUp.Agreement, plan);
        });
    }

    /// <summary>The account of an agreement, for its parties and the operator.</summary>
    /// <exception cref="RefusalException">NotFound; Unsupported: its plan is not prepaid.</exception>
    public Task<BalanceView> ShowAsync(string agreement, string? member)
    {
        var plan = PlanOf(FilingOf(agreement, member));
        return database.WriteAsync(unit => View(unit, agreement, plan));
    }

    /// <summary>What the balance pays of a statement: as much of it as there is. Null where its plan is not prepaid.</summary>
    public static decimal? PaidOf(UnitOfWork unit, PricePlan plan, Statement statement) => plan.Prepaid
        ? Math.Min(statement.Total, BalanceStore.ToppedUp(unit, statement.AgreementId).Sum - BalanceStore.Settled(unit, statement.AgreementId, statement.From.ToUnixTimeSeconds()))

            // With the decimals of the plan, whatever the payments had: else the same amount would have two texts.
            + (statement.Total - statement.Total)
        : null;

    private void Add(UnitOfWork unit, TopUp topUp, string by)
    {
        var amount = topUp.Amount.ToString(CultureInfo.InvariantCulture);
        if (BalanceStore.Find(unit, topUp.Agreement, topUp.Reference) is { } known)
        {
            if (decimal.Parse(known.Amount, CultureInfo.InvariantCulture) != topUp.Amount)
            {
                throw new RefusalException(RefusalCode.Conflict, $"The payment {topUp.Reference} was confirmed before, of {known.Amount}.") { Term = "reference", Remedy = "Compare the references." };
            }

            return;
        }

        var (number, sum) = BalanceStore.ToppedUp(unit, topUp.Agreement);
        if (sum + topUp.Amount >= UsePrice.Limit)
        {
            throw new RefusalException(RefusalCode.TooLarge, $"All payments under one agreement stay below {UsePrice.Limit}.") { Term = "amount" };
        }

        BalanceStore.Insert(unit, new TopUpRow
        {
            Agreement = topUp.Agreement,
            Number = number + 1,
            Amount = amount,
            Reference = topUp.Reference,
            ConfirmedBy = by,
            ConfirmedAt = unit.Now.ToUnixTimeMilliseconds(),
        });
        evidence.Append(
            unit,
            EvidenceKinds.BalanceToppedUp,
            new { number = number + 1, amount, topUp.Currency, topUp.Reference, by, toppedUp = (sum + topUp.Amount).ToString(CultureInfo.InvariantCulture) },
            topUp.Agreement);
    }

    private BalanceView View(UnitOfWork unit, string agreement, PricePlan plan)
    {
        var (number, sum) = BalanceStore.ToppedUp(unit, agreement);
        var settled = BalanceStore.Settled(unit, agreement);
        return new BalanceView
        {
            Agreement = agreement,
            Currency = plan.Currency,
            TopUps = number,
            ToppedUp = sum,
            Settled = settled,
            Left = sum - settled,
            Note = new BalanceNote(agreement, plan.Currency, number, sum).Sign(settings.Participant.Id, unit.Now, keys.Signing(AuthorityKey.Name)),
        };
    }

    private FilingRow FilingOf(string agreement, string? member) =>
        filings.Find(agreement) is { } row && (member is null || member == row.Provider || member == row.Consumer)
            ? row
            : throw new RefusalException(RefusalCode.NotFound, $"There is no agreement {agreement} here.") { Term = "agreement" };

    private static PricePlan PlanOf(FilingRow filing) => PricePlan.From(filing.ToFiling().Agreement) is { Prepaid: true } plan
        ? plan
        : throw new RefusalException(RefusalCode.Unsupported, "The agreement is not paid in advance, so it has no balance.") { Term = PricePlan.Property, Remedy = "Settle its periods; a plan with \"prepaid\": true has a balance." };

    private static RefusalException Malformed(string where, string why) => new(RefusalCode.Malformed, why) { Where = where };
}
