using TrustedDataSpace.Hosting.Outbox;

namespace TrustedDataSpace.Connector.Negotiation;

internal static class NegotiationRegistration
{
    public static void AddNegotiation(this IServiceCollection services)
    {
        services.AddSingleton<NegotiationStore>();
        services.AddSingleton<NegotiationMachine>();
        services.AddSingleton<NegotiationReceiver>();
        services.AddSingleton<NegotiationService>();
        services.AddSingleton<IOutboxHandler, NegotiationAdvance>();
        services.AddSingleton<IOutboxHandler, NegotiationSend>();
    }
}
