using TrustedDataSpace.Hosting.Outbox;

namespace TrustedDataSpace.Connector.Agreements;

internal static class AgreementRegistration
{
    public static void AddAgreements(this IServiceCollection services)
    {
        services.AddSingleton<AgreementService>();
        services.AddSingleton<DataDestruction>();
        services.AddSingleton<IOutboxHandler, AgreementFilingJob>();
    }
}
