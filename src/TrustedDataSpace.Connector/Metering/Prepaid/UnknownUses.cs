using TrustedDataSpace.Connector.DataPlane;
using TrustedDataSpace.Hosting.Storage;
using TrustedDataSpace.Protocol.Authority;
using TrustedDataSpace.Protocol.Metering;
using TrustedDataSpace.Protocol.Pricing;

namespace TrustedDataSpace.Connector.Metering.Prepaid;

/// <summary>An interval of a flow.</summary>
internal readonly record struct UsagePlace(string Flow, long Interval);

/// <summary>What is held for the uses of an interval of which nobody knows what they delivered.</summary>
/// <param name="Uses">How many of them it is for.</param>
/// <param name="Settled">What the interval comes to beyond what is counted of it, billionths of the currency; null: not resolved yet.</param>
internal readonly record struct PlaceHold(long Uses, long? Settled)
{
    /// <summary>Whether it is for all of so many; once the authority has resolved the interval, that is said of all of it.</summary>
    public bool Covers(int uses) => Settled is not null || uses <= Uses;
}

/// <summary>
/// Provider: prepaid uses of which neither connector knows what they delivered. What was taken beyond what is counted is held for them. The authority makes
/// their interval a dispute, since it cannot be rated; what a person then decides there is what the balance has lost, and the rest of the hold is free again.
/// </summary>
internal static class UnknownUses
{
    /// <summary>The use of one purpose and outcome, one by one: what is counted of it costs, and where the rest was.</summary>
    /// <returns>One place for each use that is not known. Null: not all of it is there by itself.</returns>
    public static (long Cost, IReadOnlyList<UsagePlace> Unknown)? OneByOne(UnitOfWork unit, string agreementId, UsePrice price, UsageCounts counts)
    {
        var leaves = unit.Query<LeafRow>(
            LeafRow.Select + " WHERE space_id = @Space AND agreement_id = @agreementId AND role = @Role AND state = @Settled AND purpose = @Purpose AND outcome = @Outcome",
            new { unit.Space, agreementId, Role = FlowRow.Provider, LeafRow.Settled, counts.Purpose, counts.Outcome });
        if (leaves.Count != counts.Requests)
        {
            return null;
        }

        var unknown = leaves.Where(leaf => CostOf(leaf, price) is null).Select(leaf => new UsagePlace(leaf.Flow, leaf.Interval));
        return (Sum(leaves.Select(leaf => CostOf(leaf, price))), [.. unknown]);
    }

    /// <summary>The intervals that are held for or were.</summary>
    public static IReadOnlyDictionary<UsagePlace, PlaceHold> Holds(UnitOfWork unit, string agreementId) => unit.Query<HoldRow>(
        "SELECT flow AS Flow, interval_no AS Interval, uses AS Uses, settled AS Settled FROM balance_holds WHERE space_id = @Space AND agreement_id = @agreementId",
        new { unit.Space, agreementId }).ToDictionary(row => new UsagePlace(row.Flow, row.Interval), row => new PlaceHold(row.Uses, row.Settled));

    /// <summary>From now on so much more is held, for so many uses of these intervals.</summary>
    public static void Hold(UnitOfWork unit, string agreementId, IReadOnlyDictionary<UsagePlace, int> places, long amount)
    {
        foreach (var (place, uses) in places)
        {
            Put(unit, agreementId, place, uses, settled: null);
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

        var holds = Holds(unit, agreementId);
        return [.. unknown.Distinct().Where(place => holds.GetValueOrDefault(place).Settled is null).OrderBy(place => place.Interval)];
    }

    /// <summary>The authority has said how an interval stands. If it has said what settles of it, and that has a price, it counts; with the last of them nothing is held any longer.</summary>
    /// <param name="unit">The unit of work.</param>
    /// <param name="balance">The balance in memory, which has taken what is held; null: not used since the start.</param>
    /// <param name="agreementId">The agreement.</param>
    /// <param name="price">What its uses cost.</param>
    /// <param name="receipt">What the authority says.</param>
    public static void Resolve(UnitOfWork unit, BalanceCount? balance, string agreementId, UsePrice price, Receipt receipt)
    {
        var place = new UsagePlace(receipt.Flow, receipt.Interval);
        var settles = (receipt.Counts ?? []).Select(price.Of).ToList();
        if ((receipt.Counts is null && receipt.State != ReceiptStates.Resolved) || settles.Contains(null) || !Open(unit, agreementId, price).Contains(place))
        {
            return;
        }

        // The other uses of the interval are counted as they are, and settle with it or not.
        var own = Sum(unit.Query<LeafRow>(
            LeafRow.Select + " WHERE space_id = @Space AND agreement_id = @agreementId AND role = @Role AND state = @Settled AND flow = @Flow AND interval_no = @Interval",
            new { unit.Space, agreementId, Role = FlowRow.Provider, LeafRow.Settled, place.Flow, place.Interval }).Select(leaf => CostOf(leaf, price)));
        var more = Sum(settles) - own;
        Put(unit, agreementId, place, uses: 0, more);
        if (Open(unit, agreementId, price).Count == 0)
        {
            more -= BalanceTable.Held(unit, agreementId);
            unit.Execute("UPDATE balances SET held = 0 WHERE space_id = @Space AND agreement_id = @agreementId", new { unit.Space, agreementId });
        }

        // At once: whoever corrects the balance by these tables in the same group has it in them.
        if (balance?.Change(more) is { } change)
        {
            unit.OnLost(() => balance.Change(-change));
        }
    }

    private static void Put(UnitOfWork unit, string agreementId, UsagePlace place, int uses, long? settled) => unit.Execute(
        """
        INSERT INTO balance_holds (space_id, agreement_id, flow, interval_no, uses, settled) VALUES (@Space, @agreementId, @Flow, @Interval, @uses, @settled)
        ON CONFLICT (space_id, agreement_id, flow, interval_no) DO UPDATE SET uses = excluded.uses, settled = excluded.settled
        """,
        new { unit.Space, agreementId, place.Flow, place.Interval, uses, settled });

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

        public long Uses { get; init; }

        public long? Settled { get; init; }
    }
}
