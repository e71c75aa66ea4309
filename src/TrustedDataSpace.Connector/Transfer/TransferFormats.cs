using TrustedDataSpace.Connector.Agreements;
using TrustedDataSpace.Connector.DataPlane;
using TrustedDataSpace.Protocol.Dsp;
using TrustedDataSpace.Protocol.Errors;
using TrustedDataSpace.Protocol.Management;

namespace TrustedDataSpace.Connector.Transfer;

/// <summary>What may be asked for: the formats that this version supports, and of those the ones that the product offers.</summary>
internal static class TransferFormats
{
    public static IReadOnlyList<string> Supported { get; } = [DspConstants.HttpPull, DspConstants.HttpPush];

    /// <summary>A consumer's request (DSP §9.2.1): a data address belongs to a push, and to nothing else.</summary>
    /// <exception cref="RefusalException">Unsupported format; Malformed data address.</exception>
    public static void RequireOffered(TransferRequestMessage asked, TransferTerms terms)
    {
        var offered = terms.Formats is { } formats ? Supported.Intersect(formats) : Supported;
        if (!offered.Contains(asked.Format))
        {
            throw new RefusalException(RefusalCode.Unsupported, $"'{Shortened(asked.Format)}' is not a format of this product.")
            {
                Where = "$.format",
                Remedy = $"Ask for {string.Join(" or ", offered)}.",
            };
        }

        if (asked.DataAddress is null == (asked.Format == DspConstants.HttpPush))
        {
            throw new RefusalException(RefusalCode.Malformed, $"A data address of the consumer is needed for {DspConstants.HttpPush}, and out of place for other formats.")
            {
                Where = "$.dataAddress",
                Remedy = $"Say with {DspConstants.HttpPush} where to push, or leave the data address out.",
            };
        }
    }

    /// <summary>What the participant itself asks for: pushed data needs a sink, pulled data has none.</summary>
    /// <exception cref="RefusalException">Unsupported format; Malformed sink.</exception>
    public static void RequireSupported(TransferStart start)
    {
        if (!Supported.Contains(start.Format))
        {
            throw new RefusalException(RefusalCode.Unsupported, $"'{Shortened(start.Format)}' is not a format of this version.") { Term = "format", Remedy = $"use {string.Join(" or ", Supported)}" };
        }

        if (start.Sink is null == (start.Format == DspConstants.HttpPush))
        {
            throw new RefusalException(RefusalCode.Malformed, $"A sink is needed for {DspConstants.HttpPush}: without it this connector could deliver what is pushed to nobody. Other formats have none.")
            {
                Term = "sink",
                Remedy = $"say with {DspConstants.HttpPush} in sink.url where pushed data goes, or leave the sink out",
            };
        }

        if (start.Sink is { } sink)
        {
            PushSinkRules.Check(sink);
        }
    }

    private static string Shortened(string text) => text.Length <= 40 ? text : text[..40] + "…";
}
