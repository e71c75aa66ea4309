using TrustedDataSpace.Hosting.Outbox;
using TrustedDataSpace.Hosting.Requests;

namespace TrustedDataSpace.Connector.Negotiation;

internal static class NegotiationRegistration
{
    public static void AddNegotiation(this IServiceCollection services)
    {
        services.AddSingleton<NegotiationStore>();
        services.AddSingleton<IRevisions>(provider => provider.GetRequiredService<NegotiationStore>());
        services.AddSingleton<RoundStore>();
        services.AddSingleton<NegotiationMachine>();
        services.AddSingleton<NegotiationDecision>();
        services.AddSingleton<AgreementCheck>();
        services.AddSingleton<NegotiationMessages>();
        services.AddSingleton<NegotiationReceiver>();
        services.AddSingleton<NegotiationProposal>();
        services.AddSingleton<NegotiationService>();
        services.AddSingleton<NegotiationSteps>();
        services.AddSingleton<IOutboxHandler, NegotiationAdvance>();
        services.AddSingleton<IOutboxHandler, NegotiationSend>();
    }
}
