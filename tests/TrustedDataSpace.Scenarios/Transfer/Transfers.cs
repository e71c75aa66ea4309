using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using TrustedDataSpace.Connector.Transfer;
using TrustedDataSpace.Hosting.Storage;
using TrustedDataSpace.Protocol.Dsp;
using TrustedDataSpace.Protocol.Management;
using TrustedDataSpace.Protocol.Metering;
using TrustedDataSpace.Testing;
using Xunit;

namespace TrustedDataSpace.Scenarios.Transfer;

/// <summary>Contracts and transfers of a test, driven by the management interface.</summary>
internal static class Transfers
{
    private static int products;

    /// <summary>Publishes a product and agrees on it; the agreement's id, when it is filed.</summary>
    public static async Task<string> AgreeAsync(this TestSpace space, bool finite = false, string mode = NegotiationModes.Automatic, string[]? formats = null, object? meter = null, params OdrlConstraint[] constraints)
    {
        var product = $"pushed-{Interlocked.Increment(ref products)}";
        await space.Provider.PostAsync<JsonElement>(ManagementRoutes.Assets, new AssetDefinition
        {
            Id = product,
            SourceUrl = space.SourceUrl,
            SourceHeaders = new Dictionary<string, string> { ["X-Source-Key"] = "source-secret" },
        });
        await space.Provider.PostAsync<ProductView>(ManagementRoutes.Products, new ProductDefinition
        {
            Id = product,
            AssetId = product,
            Title = product,
            Transfers = mode,
            Finite = finite,
            Formats = formats ?? [DspConstants.HttpPull, DspConstants.HttpPush],
            Policy = JsonSerializer.SerializeToElement(new Dictionary<string, object>
            {
                ["@type"] = "Offer",
                ["permission"] = new[] { new { action = "use", constraint = constraints } },
                ["tds:meter"] = meter ?? new { unit = "row", format = "text/csv", valuesPerRecord = 2 },
            }),
        });
        var negotiation = await space.Consumer.PostAsync<NegotiationView>(
            ManagementRoutes.Negotiations, new NegotiationStart { Provider = TestSpace.Grid, DatasetId = product, OfferId = $"offer:{product}:1" });
        negotiation = await space.Consumer.WaitAsync<NegotiationView>(ManagementRoutes.For(ManagementRoutes.NegotiationById, negotiation.Id));
        Assert.Equal("FINALIZED", negotiation.State);

        // A person may start a transfer only when the agreement is filed.
        var agreement = await space.Provider.WaitAsync<AgreementView>(ManagementRoutes.For(ManagementRoutes.AgreementById, negotiation.AgreementId!));
        Assert.True(agreement.Filed);
        return agreement.Id;
    }

    /// <summary>Asks for what is pushed to the sink; waits until it is answered.</summary>
    public static async Task<TransferView> PushAsync(this TestSpace space, string agreement, Sink sink, string? purpose = "inference")
    {
        var transfer = await space.Consumer.PostAsync<TransferView>(ManagementRoutes.Transfers, new TransferStart
        {
            AgreementId = agreement,
            Format = DspConstants.HttpPush,
            Sink = new PushSink { Url = sink.Url, Headers = new Dictionary<string, string> { ["X-Sink-Key"] = "sink-secret" }, Purpose = purpose },
        });
        return await space.Consumer.TransferAsync(transfer.Id);
    }

    /// <summary>The transfer, when it has left the state (default: when its request was answered).</summary>
    public static Task<TransferView> TransferAsync(this HttpClient side, string id, string? after = null) =>
        side.WaitAsync<TransferView>(ManagementRoutes.For(ManagementRoutes.TransferById, id) + (after is null ? "" : "?after=" + after));

    /// <summary>The transfer, as soon as it is as the test waits for; looked at after each commit of this side.</summary>
    public static async Task<TransferView> UntilAsync(this TestSpace space, HttpClient side, string id, Func<TransferView, bool> condition)
    {
        var services = space.Behind(side).Services;
        var transfers = services.GetRequiredService<TransferStore>();
        Assert.True(
            await services.GetRequiredService<Database>().WaitUntilAsync(() => condition(transfers.Find(id)!.ToView()), Deadline.Limit, CancellationToken.None),
            $"the transfer {id} is {transfers.Find(id)!.State}");
        return transfers.Find(id)!.ToView();
    }

    /// <summary>A step of this side.</summary>
    public static Task<TransferView> StepAsync(this HttpClient side, string route, string id, string? reason = null) =>
        side.PostAsync<TransferView>(ManagementRoutes.For(route, id), reason is null ? new { } : new Termination { Reason = reason });

    /// <summary>What this side has counted, when nothing is under way any more.</summary>
    public static async Task<IReadOnlyList<UsageCounts>> CountsAsync(this HttpClient side, string agreement) =>
        (await side.WaitAsync<UsageView>($"{ManagementRoutes.Usage}?agreement={Uri.EscapeDataString(agreement)}")).Counts;
}
