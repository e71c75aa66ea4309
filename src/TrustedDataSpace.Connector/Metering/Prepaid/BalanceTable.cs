using TrustedDataSpace.Connector.DataPlane;
using TrustedDataSpace.Hosting.Storage;
using TrustedDataSpace.Policy.Agreements;
using TrustedDataSpace.Protocol.Metering;
using TrustedDataSpace.Protocol.Pricing;

namespace TrustedDataSpace.Connector.Metering.Prepaid;

/// <summary>
/// The stored side of prepaid balances, in billionths of the currency. The truth about what was used is what was counted: the tables of uses,
/// rated. Where they may still change or lack something, all that was leased counts as used: a kill loses at most the open lease, and that
/// only until the two connectors know what became of the uses under way.
/// </summary>
internal static class BalanceTable
{
    /// <summary>Keeps the authority's word, unless a newer one is known.</summary>
    /// <returns>What was paid in, by the newest word.</returns>
    public static long Keep(UnitOfWork unit, string agreementId, long number, long toppedUp, string note)
    {
        unit.Execute(
            """
            INSERT INTO balances (space_id, agreement_id, number, topped_up, note) VALUES (@Space, @agreementId, @number, @toppedUp, @note)
            ON CONFLICT (space_id, agreement_id) DO UPDATE SET number = excluded.number, topped_up = excluded.topped_up, note = excluded.note
            WHERE excluded.number > balances.number
            """,
            new { unit.Space, agreementId, number, toppedUp, note });
        return Find(unit, agreementId)!.ToppedUp;
    }

    /// <summary>After another start of the machine the last entries of the journal may be missing.</summary>
    public static void Doubt(UnitOfWork unit) => unit.Execute("UPDATE balances SET unsure = 1 WHERE space_id = @Space", new { unit.Space });

    /// <summary>What was paid in, and what counts as used of it. The journal must have been taken over in the same unit of work.</summary>
    public static (long ToppedUp, long Used) Read(UnitOfWork unit, string agreementId, UsePrice price)
    {
        var row = Find(unit, agreementId) ?? new BalanceRow();
        var leased = unit.Find<long?>(
            "SELECT leased FROM quota_leases WHERE space_id = @Space AND agreement_id = @agreementId AND counter = @Prepaid",
            new { unit.Space, agreementId, QuotaTerm.Prepaid }) ?? 0;
        var counted = Counted(unit, agreementId, price);

        // How much of the lease is lost shows when nothing is under way: what is settled until then would be lost and counted.
        return (row.ToppedUp, row.Unsure == 0 && counted is { } known && IsSettled(unit, agreementId) ? known + row.Lost : Math.Max(leased, (counted ?? 0) + row.Lost));
    }

    /// <summary>What counts as used when nothing is under way, and whether that may lack something; null: something is, or a count is not known.</summary>
    public static (long Used, bool IsUnsure)? AtRest(UnitOfWork unit, string agreementId, UsePrice price) =>
        !IsSettled(unit, agreementId) || Counted(unit, agreementId, price) is not { } counted ? null
            : Find(unit, agreementId) is not { } row ? (counted, false)
            : row.Unsure == 1 ? (counted, true)
            : (counted + row.Lost, false);

    /// <summary>So much was taken beyond what was counted, and nobody will ever know for what.</summary>
    public static void Lose(UnitOfWork unit, string agreementId, long lost) =>
        unit.Execute("UPDATE balances SET unsure = 0, lost = @lost WHERE space_id = @Space AND agreement_id = @agreementId", new { unit.Space, agreementId, lost });

    private static BalanceRow? Find(UnitOfWork unit, string agreementId) => unit.Find<BalanceRow>(
        "SELECT topped_up AS ToppedUp, unsure AS Unsure, lost AS Lost FROM balances WHERE space_id = @Space AND agreement_id = @agreementId", new { unit.Space, agreementId });

    private static bool IsSettled(UnitOfWork unit, string agreementId) => unit.Find<long>(
        "SELECT count(*) FROM usage_leaves WHERE space_id = @Space AND agreement_id = @agreementId AND role = @Role AND state <> 'settled'",
        new { unit.Space, agreementId, Role = FlowRow.Provider }) == 0;

    private static long? Counted(UnitOfWork unit, string agreementId, UsePrice price)
    {
        var total = 0L;
        foreach (var counts in unit.Query<UsageCounts>(UsageTables.Totals, new { unit.Space, agreementId, Role = FlowRow.Provider }))
        {
            if (price.Of(counts) is not { } cost)
            {
                return null;
            }

            total = cost > long.MaxValue - total ? long.MaxValue : total + cost;
        }

        return total;
    }

    private sealed class BalanceRow
    {
        public long ToppedUp { get; init; }

        public long Unsure { get; init; }

        public long Lost { get; init; }
    }
}
