using System.Net;
using TrustedDataSpace.Connector.Agreements;
using TrustedDataSpace.Protocol.Errors;
using TrustedDataSpace.Protocol.Metering;

namespace TrustedDataSpace.Connector.DataPlane;

/// <summary>What is sent to a source and what is taken from it, whether its data is pulled or pushed.</summary>
internal static class SourceExchange
{
    private static readonly UriCreationOptions Verbatim = new() { DangerousDisablePathAndQueryCanonicalization = true };

    /// <summary>The address of a request. Verbatim: the source must get the very string that the policy was asked about.</summary>
    /// <param name="server">Base URL without a slash at its end.</param>
    /// <param name="pathAndQuery">Canonical; added to the path of the server.</param>
    public static Uri AddressOf(string server, string pathAndQuery)
    {
        // An empty path goes out as '/' (RFC 9112 §3.2.1), which a verbatim address does not do by itself.
        var hasPath = pathAndQuery.StartsWith('/') || server.IndexOf('/', server.IndexOf("//", StringComparison.Ordinal) + 2) >= 0;
        return new Uri(hasPath ? server + pathAndQuery : server + "/" + pathAndQuery, Verbatim);
    }

    /// <summary>The source's credentials, added here and nowhere else.</summary>
    public static void AddHeaders(HttpRequestMessage request, KeyValuePair<string, string>[] credentials)
    {
        // Compressed rows could not be counted.
        request.Headers.TryAddWithoutValidation("Accept-Encoding", "identity");
        foreach (var (name, value) in credentials)
        {
            // In the place of what the caller sent under the name, not beside it.
            if (request.Headers.NonValidated.Contains(name))
            {
                request.Headers.Remove(name);
            }

            request.Headers.TryAddWithoutValidation(name, value);
        }
    }

    /// <summary>
    /// How an answer counts, the same at both connectors: with something delivered, or with nothing to deliver (there is none, or none any more, it is as the
    /// application has it, there is no such part of it, or only its head was asked for).
    /// </summary>
    public static string OutcomeOf(string method, HttpStatusCode status) => status switch
    {
        HttpStatusCode.NotFound or HttpStatusCode.Gone or HttpStatusCode.NoContent or HttpStatusCode.NotModified or HttpStatusCode.RequestedRangeNotSatisfiable => UsageOutcomes.Miss,
        >= HttpStatusCode.OK and < HttpStatusCode.MultipleChoices => HttpMethods.IsHead(method) ? UsageOutcomes.Miss : UsageOutcomes.Ok,
        _ => UsageOutcomes.Error,
    };

    /// <summary>Whether a body belongs to such an answer, whatever length it gives.</summary>
    public static bool HasBody(string method, HttpStatusCode status) => !HttpMethods.IsHead(method) && status is not (HttpStatusCode.NoContent or HttpStatusCode.NotModified);

    /// <summary>Whether the answer, its head copied already, is one of server-sent events: their head goes out before the first of them.</summary>
    public static bool IsEventStream(HttpResponse response) => response.ContentType?.StartsWith("text/event-stream", StringComparison.OrdinalIgnoreCase) == true;

    /// <summary>Whether rows or tokens are counted, or rows filtered, under the agreement: then a part of a table, which has no header line, is neither asked for nor taken.</summary>
    public static bool IsOfRows(AgreementTerms agreement) => agreement.Meter.Unit != MeterRule.Request || agreement.Delivery is not null;

    /// <summary>How the source answered, and why its answer is not passed on; null when it is.</summary>
    public static (string Outcome, RefusalException? Refusal) Judge(string method, HttpResponseMessage? response, AgreementTerms agreement)
    {
        if (response is null)
        {
            return (UsageOutcomes.Error, Unusable("it did not answer"));
        }

        var outcome = OutcomeOf(method, response.StatusCode);
        return (outcome, outcome switch
        {
            UsageOutcomes.Error => Refused(response.StatusCode),

            // Nothing of it can be passed on (RFC 9110 §15.3.6), and all would have been counted.
            _ when response.StatusCode == HttpStatusCode.ResetContent && response.Content.Headers.ContentLength != 0 => Unusable("it answered 205 with a body"),
            UsageOutcomes.Ok when agreement.Meter.IsOfCalls => CheckReadable(response, "application/json", "text/event-stream"),
            UsageOutcomes.Ok when agreement.Meter.Unit != MeterRule.Request => CheckReadable(response, agreement.Meter.Format!),
            UsageOutcomes.Ok when agreement.Delivery is { } rule => CheckReadable(response, rule.Format),
            _ => null,
        });
    }

    /// <summary>Its answer is larger than may pass.</summary>
    public static RefusalException TooLarge(long most) => new(RefusalCode.TooLarge, $"The source's answer is larger than the {most} bytes that may pass.")
    {
        Term = "rules.largestResponse",
        Where = "source",
        Remedy = "ask for a smaller part of it",
    };

    /// <summary>Whether the source may say when to ask again, with <c>Retry-After</c>, although its answer is not passed on.</summary>
    public static bool MaySayWhen(HttpStatusCode status) => status is HttpStatusCode.TooManyRequests or HttpStatusCode.ServiceUnavailable;

    /// <summary>It cannot serve this.</summary>
    public static RefusalException Unusable(string why) =>
        new(RefusalCode.Unavailable, $"The data source cannot serve this: {why}.") { Where = "source", Remedy = "nothing was counted; try again later, or tell the provider" };

    // What is wrong with the request is its sender's to mend. All else, such as credentials, is between the provider and its source.
    private static RefusalException Refused(HttpStatusCode status) => status switch
    {
        HttpStatusCode.TooManyRequests => new RefusalException(RefusalCode.TooManyRequests, $"The data source takes no more requests for now: it answered {(int)status}.")
        {
            Where = "source",
            Remedy = "nothing was counted; try again later, when Retry-After says so if the answer has it",
        },
        HttpStatusCode.MethodNotAllowed => Unfit(RefusalCode.MethodNotAllowed, status),
        HttpStatusCode.Conflict => Unfit(RefusalCode.Conflict, status),
        HttpStatusCode.RequestEntityTooLarge => Unfit(RefusalCode.TooLarge, status),
        HttpStatusCode.UnsupportedMediaType => Unfit(RefusalCode.UnsupportedMediaType, status),
        HttpStatusCode.UnprocessableEntity => Unfit(RefusalCode.Unsupported, status),
        HttpStatusCode.BadRequest or HttpStatusCode.NotAcceptable or HttpStatusCode.LengthRequired or HttpStatusCode.RequestUriTooLong => Unfit(RefusalCode.Malformed, status),
        _ => Unusable($"it answered {(int)status}"),
    };

    private static RefusalException Unfit(RefusalCode code, HttpStatusCode status) =>
        new(code, $"The data source refuses this request: it answered {(int)status}.") { Where = "source", Remedy = "nothing was counted; compare the request with the description of the product" };

    private static RefusalException? CheckReadable(HttpResponseMessage response, params ReadOnlySpan<string> formats)
    {
        var type = response.Content.Headers.ContentType?.MediaType?.ToLowerInvariant();
        if (response.Content.Headers.ContentEncoding.Any(encoding => !encoding.Equals("identity", StringComparison.OrdinalIgnoreCase)))
        {
            return Unusable("its answer is compressed, so it can be neither counted nor filtered");
        }

        if (response.StatusCode == HttpStatusCode.PartialContent)
        {
            return Unusable("it answered with a part that it was not asked for");
        }

        return formats.Contains(type) ? null : Unusable($"it answered {type ?? "no media type"}, but the contract is about {string.Join(" or ", formats.ToArray())}");
    }
}
