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
        var tally = TallyOf(unit, agreementId, price);
        var used = (tally?.Used ?? 0) + row.Held + row.Lost;
        var leased = unit.Find<long?>(
            "SELECT leased FROM quota_leases WHERE space_id = @Space AND agreement_id = @agreementId AND counter = @Prepaid",
            new { unit.Space, agreementId, QuotaTerm.Prepaid }) ?? 0;

        // How much of the lease is lost or held shows when nothing is under way: what is settled until then would be lost and counted.
        return (row.ToppedUp, row.Unsure == 0 && tally is { New.Count: 0 } && IsSettled(unit, agreementId) ? used : Math.Max(leased, used));
    }

    /// <summary>What counts as used when nothing is under way; null: something is, or what is not known cannot be told apart.</summary>
    public static BalanceAtRest? AtRest(UnitOfWork unit, string agreementId, UsePrice price)
    {
        if (!IsSettled(unit, agreementId) || TallyOf(unit, agreementId, price) is not { } tally)
        {
            return null;
        }

        var row = Find(unit, agreementId) ?? new BalanceRow();
        return new BalanceAtRest(tally.Used + row.Held + (row.Unsure == 1 ? 0 : row.Lost), row.Unsure == 1, tally.New);
    }

    /// <summary>Where uses are of which nobody knows what they delivered, one for each. Null: not known either.</summary>
    public static IReadOnlyList<UsagePlace>? Unknown(UnitOfWork unit, string agreementId, UsePrice price) => Counted(unit, agreementId, price)?.Unknown;

    /// <summary>What is held for such uses, until the disputes about them are resolved.</summary>
    public static long Held(UnitOfWork unit, string agreementId) => Find(unit, agreementId)?.Held ?? 0;

    /// <summary>So much was taken beyond what was counted, and nobody will ever know for what.</summary>
    public static void Lose(UnitOfWork unit, string agreementId, long lost) =>
        unit.Execute("UPDATE balances SET unsure = 0, lost = @lost WHERE space_id = @Space AND agreement_id = @agreementId", new { unit.Space, agreementId, lost });

    private static BalanceRow? Find(UnitOfWork unit, string agreementId) => unit.Find<BalanceRow>(
        "SELECT topped_up AS ToppedUp, unsure AS Unsure, lost AS Lost, held AS Held FROM balances WHERE space_id = @Space AND agreement_id = @agreementId", new { unit.Space, agreementId });

    private static bool IsSettled(UnitOfWork unit, string agreementId) => unit.Find<long>(
        "SELECT count(*) FROM usage_leaves WHERE space_id = @Space AND agreement_id = @agreementId AND role = @Role AND state <> 'settled'",
        new { unit.Space, agreementId, Role = FlowRow.Provider }) == 0;

    // What was counted and what disputes have come to, and where more uses are than something is held for.
    private static Tally? TallyOf(UnitOfWork unit, string agreementId, UsePrice price)
    {
        if (Counted(unit, agreementId, price) is not { } counted)
        {
            return null;
        }

        var holds = UnknownUses.Holds(unit, agreementId);
        var fresh = counted.Unknown.CountBy(place => place).Where(uses => !holds.TryGetValue(uses.Key, out var hold) || !hold.Covers(uses.Value));
        return new Tally(counted.Cost + holds.Values.Sum(hold => hold.Settled ?? 0), fresh.ToDictionary());
    }

    private static (long Cost, IReadOnlyList<UsagePlace> Unknown)? Counted(UnitOfWork unit, string agreementId, UsePrice price)
    {
        var (total, unknown) = (0L, new List<UsagePlace>());
        foreach (var counts in unit.Query<UsageCounts>(UsageTables.Totals, new { unit.Space, agreementId, Role = FlowRow.Provider }))
        {
            if (price.Of(counts) is not { } cost)
            {
                if (UnknownUses.OneByOne(unit, agreementId, price, counts) is not { } parts)
                {
                    return null;
                }

                cost = parts.Cost;
                unknown.AddRange(parts.Unknown);
            }

            total = cost > long.MaxValue - total ? long.MaxValue : total + cost;
        }

        return (total, unknown);
    }

    private sealed record Tally(long Used, IReadOnlyDictionary<UsagePlace, int> New);

    private sealed class BalanceRow
    {
        public long ToppedUp { get; init; }

        public long Unsure { get; init; }

        public long Lost { get; init; }

        public long Held { get; init; }
    }
}

/// <summary>What counts as used of a balance when nothing is under way.</summary>
/// <param name="Used">By what is counted, what is held and what was lost before.</param>
/// <param name="IsUnsure">Whether something of that may be missing; then what was lost before is not in it.</param>
/// <param name="Unknown">Where uses are of which nobody knows what they delivered, and for some of which nothing is held yet; and how many.</param>
internal sealed record BalanceAtRest(long Used, bool IsUnsure, IReadOnlyDictionary<UsagePlace, int> Unknown);
