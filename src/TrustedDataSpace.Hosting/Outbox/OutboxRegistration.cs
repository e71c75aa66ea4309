using Microsoft.Extensions.DependencyInjection;
using TrustedDataSpace.Hosting.Configuration;
using TrustedDataSpace.Hosting.Storage;

namespace TrustedDataSpace.Hosting.Outbox;

internal static class OutboxRegistration
{
    public static void AddOutboxDelivery(this IServiceCollection services)
    {
        services.AddSingleton<OutboxMetrics>();
        services.AddSingleton<OutboxLanes>();
        services.AddSingleton<OutboxAttempt>();
        services.AddSingleton(provider => new OutboxOverview(
            provider.GetRequiredService<Database>(), provider.GetRequiredService<OutboxLanes>(), provider.GetRequiredService<ServiceSettings>()));
        services.AddHostedService<OutboxDelivery>();
    }
}
