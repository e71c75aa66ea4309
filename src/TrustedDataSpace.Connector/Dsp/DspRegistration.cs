namespace TrustedDataSpace.Connector.Dsp;

internal static class DspRegistration
{
    public static void AddDsp(this IServiceCollection services)
    {
        services.AddSingleton<PeerVersions>();
        services.AddSingleton<DspClient>();
    }
}
