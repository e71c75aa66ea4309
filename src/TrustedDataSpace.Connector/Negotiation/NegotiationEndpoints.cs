using TrustedDataSpace.Connector.Dsp;
using TrustedDataSpace.Connector.Identity;
using TrustedDataSpace.Protocol.Dsp;
using TrustedDataSpace.Protocol.Errors;

namespace TrustedDataSpace.Connector.Negotiation;

/// <summary>Contract negotiation over HTTP (DSP §8), both roles: which one is meant follows from the process.</summary>
internal static class NegotiationEndpoints
{
    public static void MapNegotiation(this IEndpointRouteBuilder app)
    {
        var group = app.MapDsp(DspErrors.Negotiation);
        group.MapPost(DspRouteTemplates.NegotiationRequest, RequestAsync);
        group.MapPost(DspRouteTemplates.NegotiationOffer, UnaskedOfferAsync);
        group.MapGet(DspRouteTemplates.Negotiation, Get);
        group.MapPost(DspRouteTemplates.NegotiationCounterRequest, CounterRequestAsync);
        group.MapPost(DspRouteTemplates.NegotiationOffers, OfferAsync);
        group.MapPost(DspRouteTemplates.NegotiationEvents, EventAsync);
        group.MapPost(DspRouteTemplates.NegotiationAgreement, AgreementAsync);
        group.MapPost(DspRouteTemplates.NegotiationVerification, VerificationAsync);
        group.MapPost(DspRouteTemplates.NegotiationTermination, TerminationAsync);
    }

    private static async Task<IResult> RequestAsync(HttpContext context, NegotiationReceiver receiver, IPeerDirectory directory)
    {
        var message = await DspReader.ReadAsync<ContractRequestMessage>(context);
        var callback = message.Body.CallbackAddress
            ?? throw new RefusalException(RefusalCode.Malformed, "A first request has a callbackAddress and no providerPid.") { Where = "$.callbackAddress" };
        var path = PeerAddress.PathBelow(await directory.FindAsync(message.Sender, context.RequestAborted), callback, "callbackAddress");
        return DspEndpoints.Answer((await receiver.RequestAsync(message, path)).ToMessage(), StatusCodes.Status201Created);
    }

    private static async Task<IResult> UnaskedOfferAsync(HttpContext context, NegotiationReceiver receiver, IPeerDirectory directory)
    {
        var message = await DspReader.ReadAsync<ContractOfferMessage>(context);
        var callback = message.Body.CallbackAddress
            ?? throw new RefusalException(RefusalCode.Malformed, "A first offer has a callbackAddress and no consumerPid.") { Where = "$.callbackAddress" };
        var path = PeerAddress.PathBelow(await directory.FindAsync(message.Sender, context.RequestAborted), callback, "callbackAddress");
        return DspEndpoints.Answer((await receiver.UnaskedOfferAsync(message, path)).ToMessage(), StatusCodes.Status201Created);
    }

    private static IResult Get(string pid, HttpContext context, NegotiationStore store) =>
        DspEndpoints.Answer(DspProcess.KnownTo(store.Find(pid), DspReader.Sender(context)).ToMessage());

    private static async Task<IResult> CounterRequestAsync(string pid, HttpContext context, NegotiationReceiver receiver) =>
        Answer(await receiver.CounterRequestAsync(pid, await DspReader.ReadAsync<ContractRequestMessage>(context)));

    private static async Task<IResult> OfferAsync(string pid, HttpContext context, NegotiationReceiver receiver) =>
        Answer(await receiver.OfferAsync(pid, await DspReader.ReadAsync<ContractOfferMessage>(context)));

    private static async Task<IResult> EventAsync(string pid, HttpContext context, NegotiationReceiver receiver) =>
        Answer(await receiver.EventAsync(pid, await DspReader.ReadAsync<ContractNegotiationEventMessage>(context)));

    private static async Task<IResult> AgreementAsync(string pid, HttpContext context, NegotiationReceiver receiver) =>
        Answer(await receiver.AgreementAsync(pid, await DspReader.ReadAsync<ContractAgreementMessage>(context)));

    private static async Task<IResult> VerificationAsync(string pid, HttpContext context, NegotiationReceiver receiver) =>
        Answer(await receiver.VerificationAsync(pid, await DspReader.ReadAsync<ContractAgreementVerificationMessage>(context), context.RequestAborted));

    private static async Task<IResult> TerminationAsync(string pid, HttpContext context, NegotiationReceiver receiver) =>
        Answer(await receiver.TerminationAsync(pid, await DspReader.ReadAsync<ContractNegotiationTerminationMessage>(context)));

    private static IResult Answer(NegotiationRecord process) => DspEndpoints.Answer(process.ToMessage());
}
