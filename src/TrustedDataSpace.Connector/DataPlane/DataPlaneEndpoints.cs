
namespace TrustedDataSpace.Connector.DataPlane;

/// <summary>Registers the data plane.</summary>
internal static class DataPlaneEndpoints
{
    public static IServiceCollection AddDataPlane(this IServiceCollection services)
    {
        services.AddSources();
        services.AddSingleton<DataTokens>();
        services.AddSingleton<FlowKeys>();
        services.AddSingleton<PeerAgreementKeys>();
        services.AddSingleton<FlowHandover>();
        services.AddSingleton<DpopProofs>();
        services.AddSingleton<CertificateProofs>();
        services.AddSingleton<ProofOfPossession>();
        services.AddSingleton<ProviderConnections>();
        services.AddSingleton<ProviderFlows>();
        services.AddSingleton<ConsumerFlows>();
        services.AddSingleton<TokenRenewal>();
        services.AddSingleton<ConsumerStanding>();
        services.AddSingleton<GateDecisions>();
        services.AddSingleton<ReleaseEvidence>();
        services.AddSingleton<RequestDecision>();
        services.AddSingleton<DenialTrail>();
        services.AddHostedService(provider => provider.GetRequiredService<DenialTrail>());
        services.AddSingleton<RunningUses>();
        services.AddSingleton<GateMetrics>();
        services.AddHostedService(provider => provider.GetRequiredService<RunningUses>());
        services.AddSingleton<LocalServers>();
        services.AddSingleton<DataGate>();
        services.AddSingleton<ConsumeGate>();
        services.AddSingleton<Pushes>();
        services.AddSingleton<PushSource>();
        services.AddSingleton<PushClient>();
        services.AddSingleton<PushDelivery>();
        services.AddSingleton<PushForwarder>();
        services.AddSingleton<PushGate>();
        return services;
    }

    /// <summary>
    /// Leads requests for data to the provider's gate before anything else looks at them: what routing, authentication and the management
    /// interface do for a request is not for these, and would cost as much as the gate itself.
    /// </summary>
    public static void UseDataPlane(this IApplicationBuilder app)
    {
        var gate = app.ApplicationServices.GetRequiredService<DataGate>();

        // Somebody is here for the request: a 404 is then the source's answer and not that of an address where nothing is.
        var endpoint = new Endpoint(gate.HandleAsync, EndpointMetadataCollection.Empty, "provider's gate");
        app.Use((context, next) =>
        {
            if (!context.Request.Path.Value!.StartsWith(DataGate.Prefix, StringComparison.Ordinal))
            {
                return next(context);
            }

            context.SetEndpoint(endpoint);
            return gate.HandleAsync(context);
        });
    }

    /// <summary>
    /// The gates authenticate by themselves: the provider's by access token, the consumer's by application credential, the one for what is
    /// pushed by the token that the consumer gave to the provider.
    /// </summary>
    public static void MapDataPlane(this IEndpointRouteBuilder routes)
    {
        routes.Map(DataGate.Prefix + "{**rest}", routes.ServiceProvider.GetRequiredService<DataGate>().HandleAsync);
        routes.Map(ConsumeGate.Prefix + "{**rest}", (HttpContext context, ConsumeGate gate) => gate.HandleAsync(context));
        routes.Map(PushGate.Prefix + "{**rest}", (HttpContext context, PushGate gate) => gate.HandleAsync(context));
        routes.MapSources();
        TokenRenewal.Map(routes);
        routes.MapFlows();
    }
}
