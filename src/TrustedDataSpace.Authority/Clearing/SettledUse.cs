using System.Text.Json;
using Dapper;
using TrustedDataSpace.Authority.Filing;
using TrustedDataSpace.Authority.Receipts;
using TrustedDataSpace.Hosting.Storage;
using TrustedDataSpace.Protocol.Clearing;
using TrustedDataSpace.Protocol.Errors;
using TrustedDataSpace.Protocol.Json;
using TrustedDataSpace.Protocol.Metering;
using TrustedDataSpace.Protocol.Pricing;

namespace TrustedDataSpace.Authority.Clearing;

/// <summary>What has settled, for rating: read one record at a time, so that the memory of a statement does not grow with it.</summary>
internal sealed class SettledUse(Database database, ReceiptService receipts, AuthoritySettings settings)
{
    private const string InPeriod = " FROM receipts WHERE space_id = @Id AND agreement_id = @agreement AND interval_no >= @First AND interval_no < @End";

    /// <summary>Rates a period. What cannot be rated is left out, and counted as disputed.</summary>
    public RatedUse Rate(PricePlan plan, AgreementParties parties, DateTimeOffset from, DateTimeOffset to)
    {
        var rater = new StatementRater(plan, plan.Hash, parties, from, to);
        var unrated = new List<UnratedUse>();
        var (intervals, disputed) = database.Read(connection =>
        {
            var (settled, open) = (0L, 0L);
            foreach (var (state, json) in connection.Query<(string State, string? Record)>("SELECT state, settled" + InPeriod + " ORDER BY interval_no", Key(parties.AgreementId, from, to), buffered: false))
            {
                if (json is null)
                {
                    open += state == ReceiptStates.Disputed ? 1 : 0;
                    continue;
                }

                var record = JsonSerializer.Deserialize<UsageRecord>(json, ProtocolJson.Options)!;
                try
                {
                    rater.Add(record);
                    settled++;
                }
                catch (RefusalException refusal) when (refusal.Code != RefusalCode.TooLarge)
                {
                    // Taken in before what it settles with was held against the plan.
                    unrated.Add(new UnratedUse(record.Interval, record.Flow, refusal.Message));
                }
            }

            return (settled, open);
        });
        return new RatedUse(rater.Statement(), intervals, disputed + unrated.Count, unrated);
    }

    /// <summary>What could not be rated becomes a dispute.</summary>
    public void HoldBack(UnitOfWork unit, FilingRow filing, RatedUse rated)
    {
        foreach (var use in rated.Unrated)
        {
            receipts.Unrated(unit, filing, use);
        }
    }

    /// <summary>The end of the newest period of which anything was settled; null: nothing ever was.</summary>
    public DateTimeOffset? Until() => database.Read(connection => connection.QuerySingle<long?>("SELECT max(period_to) FROM settlements WHERE space_id = @Id", new { settings.Space.Id })) is { } end
        ? DateTimeOffset.FromUnixTimeSeconds(end)
        : null;

    /// <summary>Agreements with use in the period that was not settled yet, in the order of their ids.</summary>
    public List<string> Unsettled(DateTimeOffset from, DateTimeOffset to, string after, int most) => database.Read(connection => connection.Query<string>(
        """
        SELECT a.id FROM agreements a
        WHERE a.space_id = @Id AND a.id > @after
          AND EXISTS (SELECT 1 FROM receipts r WHERE r.space_id = a.space_id AND r.agreement_id = a.id AND r.interval_no >= @First AND r.interval_no < @End)
          AND NOT EXISTS (SELECT 1 FROM settlements s WHERE s.space_id = a.space_id AND s.agreement_id = a.id AND s.period_from < @To AND s.period_to > @From)
        ORDER BY a.id LIMIT @most
        """,
        new { settings.Space.Id, after, most, First = UsageInterval.At(from), End = UsageInterval.At(to), From = from.ToUnixTimeSeconds(), To = to.ToUnixTimeSeconds() }).AsList());

    private object Key(string agreement, DateTimeOffset from, DateTimeOffset to) => new { settings.Space.Id, agreement, First = UsageInterval.At(from), End = UsageInterval.At(to) };
}

/// <summary>The use of a period, rated.</summary>
/// <param name="Statement">What has settled and could be rated costs.</param>
/// <param name="Intervals">How many intervals stand behind it.</param>
/// <param name="Disputed">How many are in dispute, with those that could not be rated.</param>
/// <param name="Unrated">What could not be rated.</param>
internal sealed record RatedUse(Statement Statement, long Intervals, long Disputed, IReadOnlyList<UnratedUse> Unrated)
{
    /// <summary>Whether a settlement says the same.</summary>
    public bool Is(Settlement settlement) => settlement.Intervals == Intervals && settlement.Disputed == Disputed && settlement.Statement.Bytes().AsSpan().SequenceEqual(Statement.Bytes());
}
