using TrustedDataSpace.Connector.Metering.Prepaid;
using TrustedDataSpace.Hosting.Storage;
using TrustedDataSpace.Policy.Agreements;
using TrustedDataSpace.Protocol.Pricing;

namespace TrustedDataSpace.Connector.Metering.Quotas;

/// <summary>The stored leases.</summary>
internal static class QuotaLeases
{
    /// <summary>Stores leases; they count for takers once they are durable.</summary>
    public static void Store(UnitOfWork unit, AgreementCount count, IReadOnlyList<Lease> leases)
    {
        foreach (var lease in leases)
        {
            Store(unit, count.Id, lease);
        }

        if (leases.Count > 0)
        {
            unit.OnCommitted(() =>
            {
                foreach (var lease in leases)
                {
                    count.Grant(lease);
                }
            });
            unit.OnLost(() =>
            {
                foreach (var lease in leases)
                {
                    count.Lose(lease);
                }
            });
        }
    }

    /// <summary>Which leases must be stored for another request.</summary>
    public static IReadOnlyList<Lease> WantedForRequest(AgreementCount count, DateTimeOffset now) =>
        count.Wanted(unit => unit switch { QuotaUnit.Count or QuotaUnit.Frequency => 1, QuotaUnit.Money => count.Balance?.NextRequest ?? 0, _ => 0 }, now, early: true);

    /// <summary>Stores one.</summary>
    public static void Store(UnitOfWork unit, string agreementId, Lease lease) => unit.Execute(
        """
        INSERT INTO quota_leases (space_id, agreement_id, counter, period_no, leased) VALUES (@Space, @agreementId, @Counter, @Period, @Until)
        ON CONFLICT (space_id, agreement_id, counter) DO UPDATE SET period_no = excluded.period_no, leased = excluded.leased
        """,
        new { unit.Space, agreementId, lease.Counter, lease.Period, lease.Until });

    /// <summary>Stores one, unless the table has a later one: of a later period, or higher.</summary>
    public static void Raise(UnitOfWork unit, string agreementId, Lease lease) => unit.Execute(
        """
        INSERT INTO quota_leases (space_id, agreement_id, counter, period_no, leased) VALUES (@Space, @agreementId, @Counter, @Period, @Until)
        ON CONFLICT (space_id, agreement_id, counter) DO UPDATE SET period_no = excluded.period_no, leased = excluded.leased
        WHERE excluded.period_no > quota_leases.period_no OR (excluded.period_no = quota_leases.period_no AND excluded.leased > quota_leases.leased)
        """,
        new { unit.Space, agreementId, lease.Counter, lease.Period, lease.Until });

    /// <summary>The counters of an agreement, as far as they were taken by what is stored.</summary>
    /// <param name="unit">The unit of work.</param>
    /// <param name="agreementId">The agreement.</param>
    /// <param name="terms">What its terms limit; of several limits for one counter the highest holds here, the rules know the others.</param>
    /// <param name="used">All its uses, by the tables.</param>
    /// <param name="price">What its uses cost, where they are paid in advance.</param>
    public static QuotaCounter[] Read(UnitOfWork unit, string agreementId, IReadOnlyList<QuotaTerm> terms, long used, UsePrice? price)
    {
        if (terms.Count == 0)
        {
            return [];
        }

        var stored = unit.Query<LeaseRow>(
            "SELECT counter AS Counter, period_no AS Period, leased AS Leased FROM quota_leases WHERE space_id = @Space AND agreement_id = @agreementId",
            new { unit.Space, agreementId }).ToDictionary(row => row.Counter);
        return
        [
            .. terms.GroupBy(term => term.Counter).Select(same => same.MaxBy(term => term.Limit)!).Select(term =>
            term.Unit == QuotaUnit.Money ? Balance(unit, agreementId, term, price)
            : term.Counter == AgreementCount.Total ? new QuotaCounter(term, unit.Now, used)
            : stored.TryGetValue(term.Counter, out var row) ? Stored(term, unit.Now, row)
            : new QuotaCounter(term, unit.Now, used > 0 ? 0 : null)),
        ];
    }

    // Without a price nothing was paid in: whoever comes is refused.
    private static QuotaCounter Balance(UnitOfWork unit, string agreementId, QuotaTerm term, UsePrice? price)
    {
        var (toppedUp, taken) = price is null ? (0, 0) : BalanceTable.Read(unit, agreementId, price);
        return new QuotaCounter(term, unit.Now, taken, toppedUp);
    }

    // A clock that was set back over the beginning of a period stays in it: the period before is not begun anew.
    private static QuotaCounter Stored(QuotaTerm term, DateTimeOffset now, LeaseRow row)
    {
        var begun = DateTimeOffset.FromUnixTimeSeconds(row.Period);
        var at = begun > now ? begun : now;
        return new QuotaCounter(term, at, term.PeriodAt(at).Number == row.Period ? row.Leased : 0);
    }

    private sealed class LeaseRow
    {
        public string Counter { get; init; } = "";

        public long Period { get; init; }

        public long Leased { get; init; }
    }
}
