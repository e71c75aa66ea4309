using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Metadata;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Primitives;
using TrustedDataSpace.Protocol.Errors;

namespace TrustedDataSpace.Hosting.Requests;

/// <summary>An endpoint whose parameters are another specification's, which says what becomes of unknown ones.</summary>
public sealed record ForeignParameters;

/// <summary>Compares the query of a request with the parameters that its endpoint takes: a filter that nobody reads would show everything.</summary>
internal static class KnownParameters
{
    private const int LongestName = 100;

    /// <exception cref="RefusalException">Malformed: names the parameter, and those that the endpoint takes.</exception>
    public static void Require(HttpRequest request, RouteEndpoint endpoint)
    {
        if (request.Query.Count == 0 || endpoint.Metadata.GetMetadata<ForeignParameters>() is not null)
        {
            return;
        }

        var known = Of(endpoint);
        if (request.Query.Keys.FirstOrDefault(name => !known.Contains(name, StringComparer.OrdinalIgnoreCase)) is { } unknown)
        {
            var shown = unknown.Length <= LongestName ? unknown : unknown[..LongestName] + "…";
            throw new RefusalException(RefusalCode.Malformed, $"There is no parameter '{shown}' at {request.Method} {request.Path}, and nothing is passed over.")
            {
                Where = shown.Length == 0 ? "query" : shown,
                Remedy = NearestName.Remedy(unknown, known),
            };
        }
    }

    // What is bound and is neither of the route, nor the body, nor a service, is read from the query.
    private static List<string> Of(RouteEndpoint endpoint) =>
    [
        .. endpoint.Metadata.GetOrderedMetadata<IParameterBindingMetadata>()
            .Where(parameter => parameter.HasTryParse || parameter.ParameterInfo.ParameterType is var type && (type == typeof(string) || type == typeof(string[]) || type == typeof(StringValues)))
            .Select(parameter => JsonNamingPolicy.CamelCase.ConvertName(parameter.Name))
            .Where(name => endpoint.RoutePattern.GetParameter(name) is null)
            .Distinct(),
    ];
}
