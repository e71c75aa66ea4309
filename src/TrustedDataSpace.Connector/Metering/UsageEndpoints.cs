using System.Globalization;
using System.Text.Json;
using Dapper;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;
using TrustedDataSpace.Connector.Agreements;
using TrustedDataSpace.Connector.Management;
using TrustedDataSpace.Connector.Metering.Journal;
using TrustedDataSpace.Connector.Metering.Prepaid;
using TrustedDataSpace.Connector.Metering.Quotas;
using TrustedDataSpace.Connector.Metering.Receipts;
using TrustedDataSpace.Hosting.Authentication;
using TrustedDataSpace.Hosting.Http;
using TrustedDataSpace.Hosting.Outbox;
using TrustedDataSpace.Hosting.Storage;
using TrustedDataSpace.Protocol.Authority;
using TrustedDataSpace.Protocol.Errors;
using TrustedDataSpace.Protocol.Json;
using TrustedDataSpace.Protocol.Management;
using TrustedDataSpace.Protocol.Metering;

namespace TrustedDataSpace.Connector.Metering;

/// <summary>Shows what was used.</summary>
internal static class UsageEndpoints
{
    public static IServiceCollection AddMetering(this IServiceCollection services)
    {
        services.AddSingleton<UsageJournal>();
        services.AddSingleton<ProviderCounts>();
        services.AddSingleton<Balances>();
        services.AddSingleton<UsedNumbers>();
        services.AddSingleton<Interruptions>();
        services.AddSingleton<UseSettlement>();
        services.AddSingleton<UsageMeter>();
        services.AddSingleton<AnsweredRequests>();
        services.AddSingleton<SentUses>();
        services.AddSingleton<ReceivedUses>();
        services.AddSingleton<UsageInquiryJob>();
        services.AddSingleton<IOutboxHandler>(provider => provider.GetRequiredService<UsageInquiryJob>());
        services.AddSingleton<StatementService>();
        services.AddSingleton<UsageLeaves>();
        services.AddReceipts();
        services.AddHostedService<UsageRecorder>();
        services.AddHostedService<JournalWorker>();
        services.AddHostedService<LeaseWorker>();
        return services;
    }

    public static void MapMetering(this IEndpointRouteBuilder routes)
    {
        var group = routes.MapManagement("usage");
        group.MapGet(ManagementRoutes.Usage, CountsAsync);
        group.MapGet(ManagementRoutes.UsageRecords, RecordsAsync);
        group.MapGet(ManagementRoutes.Statements, StatementEndpoint.GetAsync);
        UsageInquiryJob.Map(routes);
        ReceiptExchange.Map(routes);
    }

    private static async Task<Ok<UsageView>> CountsAsync([AsParameters] Question question)
    {
        var agreement = await question.AgreementAtRestAsync();
        return TypedResults.Ok(new UsageView { Agreement = agreement, Counts = await question.Meter.CountsAsync(agreement) });
    }

    private static async Task<Ok<Page<UsageRecord>>> RecordsAsync([AsParameters] Question question, [AsParameters] PageRequest page, ConnectorSettings settings)
    {
        var agreement = await question.AgreementAtRestAsync();
        var (interval, flow) = Place(page.After);
        var rows = question.Database.Read(connection => connection.Query<RecordRow>(
            """
            SELECT record AS Record, interval_no AS Interval, flow AS Flow FROM usage_records
            WHERE space_id = @Id AND agreement_id = @agreement AND (interval_no > @interval OR (interval_no = @interval AND flow > @flow))
            ORDER BY interval_no, flow LIMIT @Most
            """,
            new { settings.Space.Id, agreement, interval, flow, Most = page.Size + 1 }).AsList());
        return TypedResults.Ok(page.ToPage(
            rows,
            row => JsonSerializer.Deserialize<UsageRecord>(row.Record, ProtocolJson.Options)!,
            row => string.Create(CultureInfo.InvariantCulture, $"{row.Interval} {row.Flow}")));
    }

    private static (long Interval, string Flow) Place(string after)
    {
        var parts = after.Split(' ', 2);
        return (parts.Length, long.TryParse(parts[0], NumberStyles.None, CultureInfo.InvariantCulture, out var interval)) switch
        {
            (2, true) => (interval, parts[1]),
            _ when after.Length == 0 => (0, ""),
            _ => throw new RefusalException(RefusalCode.Malformed, "The cursor is not one of this list.") { Term = "cursor" },
        };
    }

    /// <summary>Which agreement is asked about, and with what it is answered.</summary>
    internal sealed record Question
    {
        public string? Agreement { get; init; }

        public required HttpRequest Request { get; init; }

        [FromServices]
        public required AgreementService Agreements { get; init; }

        [FromServices]
        public required UsageMeter Meter { get; init; }

        [FromServices]
        public required Database Database { get; init; }

        public CancellationToken Cancellation { get; init; }

        /// <summary>The agreement's id; waits, if asked to, until nothing of it is under way or unrecorded.</summary>
        public async Task<string> AgreementAtRestAsync()
        {
            if (Agreement is null || Agreements.Find(Agreement) is null)
            {
                throw new RefusalException(RefusalCode.NotFound, "There is no such agreement here.") { Where = "?agreement", Remedy = "GET " + ManagementRoutes.Agreements };
            }

            await Database.WaitUntilAsync(() => Meter.IsAtRest(Agreement), PreferredWait.Of(Request), Cancellation);
            return Agreement;
        }
    }

    private sealed class RecordRow
    {
        public string Record { get; init; } = "";

        public long Interval { get; init; }

        public string Flow { get; init; } = "";
    }
}
