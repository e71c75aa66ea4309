using TrustedDataSpace.Connector.Management;
using TrustedDataSpace.Hosting.Authentication;
using TrustedDataSpace.Hosting.Http;
using TrustedDataSpace.Protocol.Authority;
using TrustedDataSpace.Protocol.Dsp;
using TrustedDataSpace.Protocol.Management;

namespace TrustedDataSpace.Connector.Negotiation;

/// <summary>Negotiations in the management interface.</summary>
internal static class NegotiationManagement
{
    public static void MapNegotiationManagement(this IEndpointRouteBuilder app)
    {
        var group = app.MapManagement("negotiations");
        group.MapPost(ManagementRoutes.Negotiations, StartAsync);
        group.MapGet(ManagementRoutes.Negotiations, List);
        group.MapGet(ManagementRoutes.NegotiationById, GetAsync);
        group.MapGet(ManagementRoutes.NegotiationRounds, Rounds);
        group.MapPost(ManagementRoutes.NegotiationRequest, RequestAsync);
        group.MapPost(ManagementRoutes.NegotiationOffer, OfferAsync);
        group.MapPost(ManagementRoutes.NegotiationAcceptance, AcceptAsync);
        group.MapPost(ManagementRoutes.NegotiationAgreement, AgreeAsync);
        group.MapPost(ManagementRoutes.NegotiationVerification, VerifyAsync);
        group.MapPost(ManagementRoutes.NegotiationFinalization, FinalizeAsync);
        group.MapPost(ManagementRoutes.NegotiationTermination, TerminateAsync);
    }

    private static async Task<IResult> StartAsync(NegotiationStart start, NegotiationService service, CancellationToken cancellation)
    {
        var view = await service.StartAsync(start, cancellation);
        return TypedResults.Created(ManagementRoutes.For(ManagementRoutes.NegotiationById, view.Id), view);
    }

    private static Page<NegotiationView> List([AsParameters] NegotiationFilter filter, [AsParameters] PageRequest page, NegotiationService service) =>
        service.List(filter, page);

    private static Task<NegotiationView> GetAsync(string id, string? after, HttpRequest request, NegotiationService service, CancellationToken cancellation) =>
        service.GetAsync(id, after, PreferredWait.Of(request), cancellation);

    private static Page<NegotiationRound> Rounds(string id, [AsParameters] PageRequest page, NegotiationService service) => service.Rounds(id, page);

    private static Task<NegotiationView> RequestAsync(string id, NegotiationTerms terms, NegotiationSteps steps) =>
        steps.ProposeAsync(id, DspRole.Consumer, terms.Offer);

    private static Task<NegotiationView> OfferAsync(string id, NegotiationTerms terms, NegotiationSteps steps) =>
        steps.ProposeAsync(id, DspRole.Provider, terms.Offer);

    private static Task<NegotiationView> AcceptAsync(string id, NegotiationSteps steps) => steps.AcceptAsync(id);

    private static Task<NegotiationView> AgreeAsync(string id, NegotiationSteps steps, CancellationToken cancellation) => steps.AgreeAsync(id, cancellation);

    private static Task<NegotiationView> VerifyAsync(string id, NegotiationSteps steps, CancellationToken cancellation) => steps.VerifyAsync(id, cancellation);

    private static Task<NegotiationView> FinalizeAsync(string id, NegotiationSteps steps) => steps.FinalizeAsync(id);

    private static Task<NegotiationView> TerminateAsync(string id, Termination termination, NegotiationSteps steps) => steps.TerminateAsync(id, termination);
}
