using System.Text.Json;
using Dapper;
using TrustedDataSpace.Hosting.Storage;
using TrustedDataSpace.Protocol.Json;
using TrustedDataSpace.Protocol.Metering;
using TrustedDataSpace.Protocol.Pricing;

namespace TrustedDataSpace.Authority.Clearing;

/// <summary>What has settled, for rating: read one record at a time, so that the memory of a statement does not grow with it.</summary>
internal sealed class SettledUse(Database database, AuthoritySettings settings)
{
    private const string InPeriod = " FROM receipts WHERE space_id = @Id AND agreement_id = @agreement AND interval_no >= @First AND interval_no < @End";

    /// <summary>Rates a period.</summary>
    /// <returns>The statement, how many intervals stand behind it, and how many are in dispute.</returns>
    public (Statement Statement, long Intervals, long Disputed) Rate(PricePlan plan, AgreementParties parties, DateTimeOffset from, DateTimeOffset to)
    {
        var rater = new StatementRater(plan, plan.Hash, parties, from, to);
        var (intervals, disputed) = database.Read(connection =>
        {
            var (settled, open) = (0L, 0L);
            foreach (var (state, record) in connection.Query<(string State, string? Record)>("SELECT state, settled" + InPeriod + " ORDER BY interval_no", Key(parties.AgreementId, from, to), buffered: false))
            {
                if (record is not null)
                {
                    rater.Add(JsonSerializer.Deserialize<UsageRecord>(record, ProtocolJson.Options)!);
                    settled++;
                }
                else if (state == ReceiptStates.Disputed)
                {
                    open++;
                }
            }

            return (settled, open);
        });
        return (rater.Statement(), intervals, disputed);
    }

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
