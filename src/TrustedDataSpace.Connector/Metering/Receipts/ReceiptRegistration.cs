using TrustedDataSpace.Hosting.Outbox;

namespace TrustedDataSpace.Connector.Metering.Receipts;

internal static class ReceiptRegistration
{
    public static void AddReceipts(this IServiceCollection services)
    {
        services.AddSingleton<UsageReceipts>();
        services.AddSingleton<PeerRecords>();
        services.AddSingleton<OwnRecords>();
        services.AddSingleton<ReceiptExchange>();
        services.AddSingleton<IOutboxHandler>(provider => provider.GetRequiredService<ReceiptExchange>());
        services.AddSingleton<IOutboxHandler, ReceiptSubmissionJob>();
        services.AddSingleton<IOutboxHandler, FlowResumptionJob>();
        services.AddSingleton<ReceiptGrace>();
        services.AddHostedService(provider => provider.GetRequiredService<ReceiptGrace>());
    }
}
