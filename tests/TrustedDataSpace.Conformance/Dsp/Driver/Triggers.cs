using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using TrustedDataSpace.Protocol.Errors;
using TrustedDataSpace.Protocol.Json;
using TrustedDataSpace.Protocol.Management;

namespace TrustedDataSpace.Conformance.Dsp.Driver;

/// <summary>Where the kit tells the connector to begin, as consumer.</summary>
internal static class Triggers
{
    public const string Negotiations = "/tck/negotiations/requests";
    public const string Transfers = "/tck/transfers/requests";

    public static void MapTriggers(this IEndpointRouteBuilder app, DriverOptions options, Func<string, object, Task> begin)
    {
        app.MapPost(Negotiations, async (NegotiationTrigger trigger) =>
        {
            RequireKit(options, trigger.ConnectorAddress);
            await begin(ManagementRoutes.Negotiations, new NegotiationStart
            {
                Provider = trigger.ProviderId,
                DatasetId = trigger.DatasetId,
                OfferId = trigger.OfferId,

                // The kit has no catalog to take the offer from.
                Offer = ProtocolJson.Parse("""{"permission":[{"action":"use"}]}"""u8),
                Mode = NegotiationModes.Manual,
            });
            return Results.Ok();
        });
        app.MapPost(Transfers, async (TransferTrigger trigger) =>
        {
            RequireKit(options, trigger.ConnectorAddress);
            await begin(ManagementRoutes.Transfers, new TransferStart { AgreementId = trigger.AgreementId, Format = trigger.Format });
            return Results.Ok();
        });
    }

    private static void RequireKit(DriverOptions options, string address)
    {
        if (address.TrimEnd('/') != options.Kit)
        {
            throw new RefusalException(RefusalCode.Malformed, $"The kit is expected at {options.Kit}, not at {address}.") { Where = "$.connectorAddress", Remedy = $"start the driver with --kit {address}" };
        }
    }

    private sealed record NegotiationTrigger(string ProviderId, string ConnectorAddress, string DatasetId, string OfferId);

    private sealed record TransferTrigger(string ProviderId, string ConnectorAddress, string AgreementId, string Format);
}
