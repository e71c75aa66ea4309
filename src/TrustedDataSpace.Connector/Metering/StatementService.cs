using System.Text.Json;
using Dapper;
using TrustedDataSpace.Connector.Agreements;
using TrustedDataSpace.Connector.Dsp;
using TrustedDataSpace.Hosting.Storage;
using TrustedDataSpace.Protocol.Errors;
using TrustedDataSpace.Protocol.Json;
using TrustedDataSpace.Protocol.Management;
using TrustedDataSpace.Protocol.Metering;
using TrustedDataSpace.Protocol.Pricing;

namespace TrustedDataSpace.Connector.Metering;

/// <summary>Rates what this connector itself recorded under an agreement, with the price plan that the agreement holds.</summary>
internal sealed class StatementService(AgreementService agreements, UsageMeter meter, Database database, ConnectorSettings settings, TimeProvider clock)
{
    /// <summary>Most flow-interval records in one statement: two flows that are used in every minute of a month have 89,280.</summary>
    public const int MostRecords = 100_000;

    /// <summary>The statement of a period; waits, if asked to, until all use in it is recorded.</summary>
    /// <exception cref="RefusalException">
    /// NotFound: no such agreement; Unsupported: it has no price plan; Malformed: the period; Conflict: the period is not over, or use
    /// in it is not recorded yet; TooLarge: too many records.
    /// </exception>
    public async Task<Statement> RateAsync(StatementQuery query, TimeSpan wait, CancellationToken cancellation)
    {
        var agreement = (query.Agreement is null ? null : agreements.Find(query.Agreement))
            ?? throw new RefusalException(RefusalCode.NotFound, "There is no such agreement here.") { Where = "?agreement", Remedy = "GET " + ManagementRoutes.Agreements };
        var plan = PricePlan.From(agreement.Document) ?? throw new RefusalException(RefusalCode.Unsupported, "The agreement has no price plan, so its use has no price.")
        {
            Term = PricePlan.Property,
            Remedy = "ask for what was used: GET " + ManagementRoutes.Usage,
        };
        var period = StatementRange.Of(query, agreement.Document, clock.GetUtcNow());

        await meter.BringUpToDateAsync();

        // Intervals that are over may wait for the recorder's next round.
        meter.Signal.Set();
        await database.WaitUntilAsync(() => FirstUnrecorded(agreement, period) is null, wait, cancellation);
        if (FirstUnrecorded(agreement, period) is { } open)
        {
            throw new RefusalException(RefusalCode.Conflict, $"Use in the minute of {UsageInterval.Start(open):u} is not recorded yet.")
            {
                Term = "to",
                Remedy = "ask again with Prefer: wait, or for a period up to that minute",
            };
        }

        return Rating.Statement(plan, plan.Hash, AgreementParties.Of(agreement.Document), Records(agreement, period), period.From, period.To);
    }

    // By way of the few flows of the agreement, and in each by its key: the cost grows with the period, not with the age of the contract.
    private long? FirstUnrecorded(AgreementTerms agreement, StatementRange period) => database.Read(connection => connection.QuerySingle<long?>(
        """
        SELECT min(i.interval_no) FROM flows f
        JOIN usage_intervals i ON i.space_id = f.space_id AND i.role = f.role AND i.flow = f.flow AND i.interval_no >= @First AND i.interval_no < @End
        WHERE f.space_id = @Space AND f.role = @Role AND f.agreement_id = @Agreement
        """,
        Key(agreement, period)));

    private List<UsageRecord> Records(AgreementTerms agreement, StatementRange period) => database.Read(connection =>
    {
        var records = new List<UsageRecord>();
        foreach (var text in connection.Query<string>(
            """
            SELECT record FROM usage_records
            WHERE space_id = @Space AND agreement_id = @Agreement AND role = @Role AND interval_no >= @First AND interval_no < @End
            """,
            Key(agreement, period),
            buffered: false))
        {
            if (records.Count == MostRecords)
            {
                throw new RefusalException(RefusalCode.TooLarge, $"The period has more than {MostRecords} records of use.") { Term = "to", Remedy = "ask for a shorter period" };
            }

            records.Add(JsonSerializer.Deserialize<UsageRecord>(text, ProtocolJson.Options)!);
        }

        return records;
    });

    private object Key(AgreementTerms agreement, StatementRange period) => new
    {
        Space = settings.Space.Id,
        Role = DspProcess.NameOf(agreement.Role),
        Agreement = agreement.Id,
        First = UsageInterval.At(period.From),
        End = UsageInterval.At(period.To),
    };
}
