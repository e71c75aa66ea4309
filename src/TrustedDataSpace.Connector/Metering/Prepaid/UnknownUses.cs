using TrustedDataSpace.Connector.DataPlane;
using TrustedDataSpace.Connector.Identity;
using TrustedDataSpace.Hosting.Storage;
using TrustedDataSpace.Protocol.Authority;
using TrustedDataSpace.Protocol.Metering;
using TrustedDataSpace.Protocol.Pricing;

namespace TrustedDataSpace.Connector.Metering.Prepaid;

/// <summary>An interval of a flow.</summary>
internal readonly record struct UsagePlace(string Flow, long Interval);

/// <summary>
/// Provider: prepaid uses of which neither connector knows what they delivered. What was taken beyond what is counted is held for them. The authority makes
/// their interval a dispute, since it cannot be rated; what a person then decides there is what the balance has lost, and the rest of the hold is free again.
/// </summary>
internal static class UnknownUses
{
    /// <summary>Most intervals that the authority is asked about at once, the oldest first: whoever waits for the answer has a request open.</summary>
    private const int MostAsked = 8;

    /// <summary>The use of one purpose and outcome, one by one: what is counted of it costs, and where the rest was.</summary>
    /// <returns>Null: not all of it is there by itself.</returns>
    public static (long Cost, IReadOnlyList<UsagePlace> Unknown)? OneByOne(UnitOfWork unit, string agreementId, UsePrice price, UsageCounts counts)
    {
        var leaves = unit.Query<LeafRow>(
            LeafRow.Select + " WHERE space_id = @Space AND agreement_id = @agreementId AND role = @Role AND state = @Settled AND purpose = @Purpose AND outcome = @Outcome",
            new { unit.Space, agreementId, Role = FlowRow.Provider, LeafRow.Settled, counts.Purpose, counts.Outcome });
        if (leaves.Count != counts.Requests)
        {
            return null;
        }

        var unknown = leaves.Where(leaf => CostOf(leaf, price) is null).Select(leaf => new UsagePlace(leaf.Flow, leaf.Interval)).Distinct();
        return (Sum(leaves.Select(leaf => CostOf(leaf, price))), [.. unknown]);
    }

    /// <summary>The intervals that are held for or were, and what those that are resolved come to beyond what is counted.</summary>
    public static IReadOnlyDictionary<UsagePlace, long?> Held(UnitOfWork unit, string agreementId) => unit.Query<HoldRow>(
        "SELECT flow AS Flow, interval_no AS Interval, settled AS Settled FROM balance_holds WHERE space_id = @Space AND agreement_id = @agreementId",
        new { unit.Space, agreementId }).ToDictionary(row => new UsagePlace(row.Flow, row.Interval), row => row.Settled);

    /// <summary>From now on so much more is held, for these.</summary>
    public static void Hold(UnitOfWork unit, string agreementId, IReadOnlyList<UsagePlace> places, long amount)
    {
        foreach (var place in places)
        {
            Put(unit, agreementId, place, settled: null);
        }

        unit.Execute("UPDATE balances SET held = held + @amount WHERE space_id = @Space AND agreement_id = @agreementId", new { unit.Space, agreementId, amount });
    }

    /// <summary>The intervals that the authority may have resolved meanwhile.</summary>
    public static IReadOnlyList<UsagePlace> Open(UnitOfWork unit, string agreementId, UsePrice price)
    {
        if (BalanceTable.Unknown(unit, agreementId, price) is not { Count: > 0 } unknown)
        {
            return [];
        }

        var held = Held(unit, agreementId);
        return [.. unknown.Where(place => held.GetValueOrDefault(place) is null).OrderBy(place => place.Interval)];
    }

    /// <summary>Learns from the authority what has become of them.</summary>
    public static async Task LearnAsync(IReadOnlyList<UsagePlace> open, AuthorityClient authority, Database database, ProviderCounts counts, (string Agreement, UsePrice Price) of, CancellationToken cancellation)
    {
        foreach (var place in open.Take(MostAsked))
        {
            if (await ReceiptAsync(authority, of.Agreement, place, cancellation) is { } receipt)
            {
                await database.WriteAsync(unit => Resolve(unit, counts.PresentAgreement(of.Agreement)?.Balance, of.Agreement, of.Price, receipt));
            }
        }
    }

    /// <summary>The authority has said how an interval stands. If it has said what settles of it, that counts; with the last of them nothing is held any longer.</summary>
    /// <param name="unit">The unit of work.</param>
    /// <param name="balance">The balance in memory, which has taken what is held; null: not used since the start.</param>
    /// <param name="agreementId">The agreement.</param>
    /// <param name="price">What its uses cost.</param>
    /// <param name="receipt">What the authority says.</param>
    public static void Resolve(UnitOfWork unit, BalanceCount? balance, string agreementId, UsePrice price, Receipt receipt)
    {
        var place = new UsagePlace(receipt.Flow, receipt.Interval);
        if ((receipt.Counts is null && receipt.State != ReceiptStates.Resolved) || !Open(unit, agreementId, price).Contains(place))
        {
            return;
        }

        // The other uses of the interval are counted as they are, and settle with it or not.
        var own = Sum(unit.Query<LeafRow>(
            LeafRow.Select + " WHERE space_id = @Space AND agreement_id = @agreementId AND role = @Role AND state = @Settled AND flow = @Flow AND interval_no = @Interval",
            new { unit.Space, agreementId, Role = FlowRow.Provider, LeafRow.Settled, place.Flow, place.Interval }).Select(leaf => CostOf(leaf, price)));
        var more = Sum((receipt.Counts ?? []).Select(price.Of)) - own;
        Put(unit, agreementId, place, more);
        var back = -more;
        if (Open(unit, agreementId, price).Count == 0)
        {
            back += unit.Find<long?>("SELECT held FROM balances WHERE space_id = @Space AND agreement_id = @agreementId", new { unit.Space, agreementId }) ?? 0;
            unit.Execute("UPDATE balances SET held = 0 WHERE space_id = @Space AND agreement_id = @agreementId", new { unit.Space, agreementId });
        }

        unit.OnCommitted(() =>
        {
            balance?.PayBack(Math.Max(0, back));
            balance?.PayLate(Math.Max(0, -back));
        });
    }

    private static async Task<Receipt?> ReceiptAsync(AuthorityClient authority, string agreement, UsagePlace place, CancellationToken cancellation)
    {
        string? cursor = null;
        do
        {
            var page = await authority.ReceiptsAsync(agreement, place.Interval, cursor, cancellation);
            if (page.Items.FirstOrDefault(receipt => receipt.Interval == place.Interval && receipt.Flow == place.Flow) is { } found)
            {
                return found;
            }

            cursor = page.Items.Any(receipt => receipt.Interval > place.Interval) ? null : page.Next;
        }
        while (cursor is not null);
        return null;
    }

    private static void Put(UnitOfWork unit, string agreementId, UsagePlace place, long? settled) => unit.Execute(
        """
        INSERT INTO balance_holds (space_id, agreement_id, flow, interval_no, settled) VALUES (@Space, @agreementId, @Flow, @Interval, @settled)
        ON CONFLICT (space_id, agreement_id, flow, interval_no) DO UPDATE SET settled = excluded.settled
        """,
        new { unit.Space, agreementId, place.Flow, place.Interval, settled });

    private static long? CostOf(LeafRow leaf, UsePrice price)
    {
        var tokens = leaf.Tokens;
        return price.Of(new UsageCounts
        {
            Purpose = leaf.Purpose,
            Outcome = leaf.Outcome,
            Requests = 1,
            Rows = leaf.Rows,
            Bytes = leaf.Bytes,
            TokensIn = tokens?.In,
            TokensCached = tokens?.Cached,
            TokensOut = tokens?.Out,
            TokensData = tokens?.Data,
        });
    }

    // Beyond all there can be in a balance it is all the same how much it is.
    private static long Sum(IEnumerable<long?> costs) => costs.Aggregate(0L, (sum, cost) => (cost ?? 0) > long.MaxValue - sum ? long.MaxValue : sum + (cost ?? 0));

    private sealed class HoldRow
    {
        public string Flow { get; init; } = "";

        public long Interval { get; init; }

        public long? Settled { get; init; }
    }
}
