using TrustedDataSpace.Hosting.Errors;
using TrustedDataSpace.Protocol.Dsp;

namespace TrustedDataSpace.Connector.Dsp;

/// <summary>Refusals in the words of the two protocols (DSP §7.3.2, §9.3.2).</summary>
internal static class DspErrors
{
    public static RefusalRendering Negotiation { get; } = new((context, refusal) =>
    {
        var pids = Pids(context);
        return (DspReasons.HttpStatus(refusal.Code), DspJson.ToElement(ContractNegotiationError.From(refusal, pids.Provider, pids.Consumer)));
    });

    public static RefusalRendering Transfer { get; } = new((context, refusal) =>
    {
        var pids = Pids(context);
        return (DspReasons.HttpStatus(refusal.Code), DspJson.ToElement(TransferError.From(refusal, pids.Provider, pids.Consumer)));
    });

    private static DspPids Pids(HttpContext context) => context.Features.Get<DspPids>() ?? new DspPids(null, null);
}
