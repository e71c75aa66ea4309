
namespace TrustedDataSpace.Connector.DataPlane;

/// <summary>Registers the data plane.</summary>
internal static class DataPlaneEndpoints
{
    public static IServiceCollection AddDataPlane(this IServiceCollection services)
    {
        services.AddHttpForwarder();
        services.AddSingleton<DataTokens>();
        services.AddSingleton<ProviderFlows>();
        services.AddSingleton<ConsumerFlows>();
        services.AddSingleton<TokenRenewal>();
        services.AddSingleton<RequestDecision>();
        services.AddSingleton<SourceForwarder>();
        services.AddSingleton<DataGate>();
        services.AddSingleton<ConsumeGate>();
        return services;
    }

    /// <summary>Both gates authenticate by themselves: the provider's by access token, the consumer's by application credential.</summary>
    public static void MapDataPlane(this IEndpointRouteBuilder routes)
    {
        routes.Map(DataGate.Prefix + "{**rest}", (HttpContext context, DataGate gate) => gate.HandleAsync(context));
        routes.Map(ConsumeGate.Prefix + "{**rest}", (HttpContext context, ConsumeGate gate) => gate.HandleAsync(context));
        TokenRenewal.Map(routes);
    }
}
