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
    /// <summary>The statement of a period; waits, if asked to, until all use in it is recorded.</summary>
    /// <exception cref="RefusalException">
    /// NotFound: no such agreement; Unsupported: it has no price plan; Malformed: the period; Conflict: the period is not over, or use
    /// in it is not recorded yet; TooLarge: a sum cannot be written exactly.
    /// </exception>
    public async Task<Statement> RateAsync(StatementQuery query, TimeSpan wait, CancellationToken cancellation)
    {
        var agreement = Find(query.Agreement, "?agreement");
        var plan = PricePlan.From(agreement.Document) ?? throw new RefusalException(RefusalCode.Unsupported, "The agreement has no price plan, so its use has no price.")
        {
            Term = PricePlan.Property,
            Remedy = "ask for what was used: GET " + ManagementRoutes.Usage,
        };
        return await RateAsync(agreement, plan, query, wait, cancellation);
    }

    /// <summary>The same by a plan that was not agreed.</summary>
    /// <exception cref="RefusalException">As above; the plan may be refused, too.</exception>
    public Task<Statement> RateAsync(WhatIf question, TimeSpan wait, CancellationToken cancellation)
    {
        var agreement = Find(question.Agreement, "$.agreement");
        var query = new StatementQuery { Agreement = agreement.Id, From = question.From, To = question.To };
        return RateAsync(agreement, PricePlan.For(question.Plan, agreement.Document), query, wait, cancellation);
    }

    private AgreementTerms Find(string? agreement, string where) => (agreement is null ? null : agreements.Find(agreement))
        ?? throw new RefusalException(RefusalCode.NotFound, "There is no such agreement here.") { Where = where, Remedy = "GET " + ManagementRoutes.Agreements };

    private async Task<Statement> RateAsync(AgreementTerms agreement, PricePlan plan, StatementQuery query, TimeSpan wait, CancellationToken cancellation)
    {
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

        var rater = new StatementRater(plan, plan.Hash, AgreementParties.Of(agreement.Document), period.From, period.To);
        Rate(rater, agreement, period, cancellation);
        return rater.Statement();
    }

    // By way of the few flows of the agreement, and in each by its key: the cost grows with the period, not with the age of the contract.
    private long? FirstUnrecorded(AgreementTerms agreement, StatementRange period) => database.Read(connection => connection.QuerySingle<long?>(
        """
        SELECT min(i.interval_no) FROM flows f
        JOIN usage_intervals i ON i.space_id = f.space_id AND i.role = f.role AND i.flow = f.flow AND i.interval_no >= @First AND i.interval_no < @End
        WHERE f.space_id = @Space AND f.role = @Role AND f.agreement_id = @Agreement
        """,
        Key(agreement, period)));

    // One at a time, by the index: a year of a busy contract has millions, and none of them is kept.
    private void Rate(StatementRater rater, AgreementTerms agreement, StatementRange period, CancellationToken cancellation) => database.Read(connection =>
    {
        var count = 0L;
        foreach (var text in connection.Query<string>(
            """
            SELECT record FROM usage_records
            WHERE space_id = @Space AND agreement_id = @Agreement AND role = @Role AND interval_no >= @First AND interval_no < @End
            ORDER BY interval_no
            """,
            Key(agreement, period),
            buffered: false))
        {
            cancellation.ThrowIfCancellationRequested();
            rater.Add(JsonSerializer.Deserialize<UsageRecord>(text, ProtocolJson.Options)!);
            count++;
        }

        return count;
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
