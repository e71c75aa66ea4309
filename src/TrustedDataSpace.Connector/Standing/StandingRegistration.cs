namespace TrustedDataSpace.Connector.Standing;

internal static class StandingRegistration
{
    public static void AddStanding(this IServiceCollection services) => services.AddSingleton<StandingNews>().AddHostedService<StandingFeed>();
}
