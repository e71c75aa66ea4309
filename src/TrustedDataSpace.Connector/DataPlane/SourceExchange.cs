using System.Net;
using TrustedDataSpace.Connector.Agreements;
using TrustedDataSpace.Connector.Assets;
using TrustedDataSpace.Protocol.Errors;
using TrustedDataSpace.Protocol.Metering;

namespace TrustedDataSpace.Connector.DataPlane;

/// <summary>What is sent to a source and what is taken from it, whether its data is pulled or pushed.</summary>
internal static class SourceExchange
{
    private static readonly UriCreationOptions Verbatim = new() { DangerousDisablePathAndQueryCanonicalization = true };

    /// <summary>The address of a request. Verbatim: the source must get the very string that the policy was asked about.</summary>
    /// <param name="source">The source.</param>
    /// <param name="pathAndQuery">Canonical; added to the path of the source.</param>
    public static Uri AddressOf(SourceAddress source, string pathAndQuery)
    {
        var added = source.Base.AbsolutePath.TrimEnd('/') + pathAndQuery;

        // An empty path goes out as '/' (RFC 9112 §3.2.1), which a verbatim address does not do by itself.
        return new Uri(source.Base.GetLeftPart(UriPartial.Authority) + (added.StartsWith('/') ? added : "/" + added), Verbatim);
    }

    /// <summary>The source's credentials, added here and nowhere else.</summary>
    public static void AddHeaders(HttpRequestMessage request, SourceAddress source)
    {
        // Compressed rows could not be counted.
        request.Headers.TryAddWithoutValidation("Accept-Encoding", "identity");
        foreach (var (name, value) in source.Headers)
        {
            request.Headers.TryAddWithoutValidation(name, value);
        }
    }

    /// <summary>How the source answered, and why its answer is not passed on; null when it is.</summary>
    public static (string Outcome, RefusalException? Refusal) Judge(HttpResponseMessage? response, AgreementTerms agreement) => response?.StatusCode switch
    {
        null => (UsageOutcomes.Error, Unusable("it did not answer")),
        HttpStatusCode.NotFound or HttpStatusCode.NoContent => (UsageOutcomes.Miss, null),
        >= HttpStatusCode.OK and < HttpStatusCode.MultipleChoices => (
            UsageOutcomes.Ok,
            agreement.Meter.Unit == MeterRule.Row ? CheckReadable(response, agreement.Meter.Format!)
                : agreement.Delivery is { } rule ? CheckReadable(response, rule.Format)
                : null),
        { } status => (UsageOutcomes.Error, Unusable($"it answered {(int)status}")),
    };

    public static RefusalException Unusable(string why) =>
        new(RefusalCode.Unavailable, $"The data source cannot serve this: {why}.") { Where = "source", Remedy = "nothing was counted; try again later, or tell the provider" };

    private static RefusalException? CheckReadable(HttpResponseMessage response, string format)
    {
        var type = response.Content.Headers.ContentType?.MediaType;
        if (response.Content.Headers.ContentEncoding.Count > 0)
        {
            return Unusable("its answer is compressed, so its rows can be neither counted nor filtered");
        }

        return type == format ? null : Unusable($"it answered {type ?? "no media type"}, but the contract is about rows of {format}");
    }
}
