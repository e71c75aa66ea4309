using System.Globalization;
using TrustedDataSpace.Hosting.Storage;

namespace TrustedDataSpace.Authority.Clearing;

/// <summary>A row of <c>top_ups</c>: added once, never changed.</summary>
internal sealed record TopUpRow
{
    public string Agreement { get; init; } = "";

    public long Number { get; init; }

    /// <summary>Decimal notation: SQLite's numbers are binary.</summary>
    public string Amount { get; init; } = "0";

    public string Reference { get; init; } = "";

    public string ConfirmedBy { get; init; } = "";

    public long ConfirmedAt { get; init; }
}

/// <summary>What was paid in advance, and what settled periods have taken of it.</summary>
internal static class BalanceStore
{
    public static TopUpRow? Find(UnitOfWork unit, string agreement, string reference) => unit.Find<TopUpRow>(
        """
        SELECT agreement_id AS Agreement, number AS Number, amount AS Amount, reference AS Reference, confirmed_by AS ConfirmedBy, confirmed_at AS ConfirmedAt
        FROM top_ups WHERE space_id = @Space AND agreement_id = @agreement AND reference = @reference
        """,
        new { unit.Space, agreement, reference });

    public static void Insert(UnitOfWork unit, TopUpRow row) => unit.Execute(
        """
        INSERT INTO top_ups (space_id, agreement_id, number, amount, reference, confirmed_by, confirmed_at)
        VALUES (@Space, @Agreement, @Number, @Amount, @Reference, @ConfirmedBy, @ConfirmedAt)
        """,
        new { unit.Space, row.Agreement, row.Number, row.Amount, row.Reference, row.ConfirmedBy, row.ConfirmedAt });

    /// <summary>How many payments there were, and what they add up to.</summary>
    public static (long Number, decimal Sum) ToppedUp(UnitOfWork unit, string agreement)
    {
        var amounts = unit.Query<string>("SELECT amount FROM top_ups WHERE space_id = @Space AND agreement_id = @agreement", new { unit.Space, agreement });
        return (amounts.Count, Sum(amounts));
    }

    /// <summary>What the settlements in force, the newest of each period, have taken; without that of one period.</summary>
    public static decimal Settled(UnitOfWork unit, string agreement, long? exceptFrom = null) => Sum(unit.Query<string>(
        """
        SELECT s.prepaid FROM settlements s
        WHERE s.space_id = @Space AND s.agreement_id = @agreement AND s.prepaid IS NOT NULL AND s.period_from <> @Except
          AND s.revision = (SELECT max(n.revision) FROM settlements n WHERE n.space_id = s.space_id AND n.agreement_id = s.agreement_id AND n.period_from = s.period_from AND n.period_to = s.period_to)
        """,
        new { unit.Space, agreement, Except = exceptFrom ?? long.MinValue }));

    private static decimal Sum(IEnumerable<string> amounts) => amounts.Sum(amount => decimal.Parse(amount, CultureInfo.InvariantCulture));
}
