using TrustedDataSpace.Hosting.Outbox;
using TrustedDataSpace.Hosting.Requests;

namespace TrustedDataSpace.Connector.Transfer;

internal static class TransferRegistration
{
    public static void AddTransfer(this IServiceCollection services)
    {
        services.AddSingleton<TransferStore>();
        services.AddSingleton<IRevisions>(provider => provider.GetRequiredService<TransferStore>());
        services.AddSingleton<TransferQueue>();
        services.AddSingleton<TransferMachine>();
        services.AddSingleton<TransferMessages>();
        services.AddSingleton<TransferReceiver>();
        services.AddSingleton<TransferDecision>();
        services.AddSingleton<TransferSteps>();
        services.AddSingleton<FlowSuspension>();
        services.AddSingleton<TransferRequests>();
        services.AddSingleton<TransferService>();
        services.AddSingleton<AgreementEnd>();
        services.AddSingleton<IOutboxHandler, TransferAdvance>();
        services.AddSingleton<IOutboxHandler, TransferSend>();
        services.AddSingleton<PushRun>();
        services.AddHostedService<PushWorker>();
    }
}
