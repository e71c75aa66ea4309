using System.Globalization;
using System.Text.Json;
using Dapper;
using Microsoft.AspNetCore.Http.HttpResults;
using TrustedDataSpace.Connector.Agreements;
using TrustedDataSpace.Connector.Management;
using TrustedDataSpace.Hosting;
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
        services.AddSingleton<UsageMeter>();
        services.AddHostedService<UsageRecorder>();
        return services;
    }

    public static void MapMetering(this IEndpointRouteBuilder routes)
    {
        var group = routes.MapGroup("").RequireAuthorization(ServiceHost.ManagementPolicy);
        group.MapGet(ManagementRoutes.Usage, Counts);
        group.MapGet(ManagementRoutes.UsageRecords, Records);
    }

    private static Ok<UsageView> Counts(string? agreement, AgreementService agreements, UsageMeter meter) =>
        TypedResults.Ok(new UsageView { Agreement = Known(agreement, agreements), Counts = meter.Counts(agreement!) });

    private static Ok<Page<UsageRecord>> Records(
        string? agreement, [AsParameters] PageRequest page, AgreementService agreements, Database database, ConnectorSettings settings)
    {
        Known(agreement, agreements);
        var (interval, flow) = Place(page.After);
        var rows = database.Read(connection => connection.Query<RecordRow>(
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

    private static string Known(string? agreement, AgreementService agreements) =>
        agreement is not null && agreements.Find(agreement) is not null
            ? agreement
            : throw new RefusalException(RefusalCode.NotFound, "There is no such agreement here.") { Where = "?agreement", Remedy = "GET " + ManagementRoutes.Agreements };

    private sealed class RecordRow
    {
        public string Record { get; init; } = "";

        public long Interval { get; init; }

        public string Flow { get; init; } = "";
    }
}
