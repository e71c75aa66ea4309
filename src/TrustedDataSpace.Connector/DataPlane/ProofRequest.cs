using TrustedDataSpace.Protocol.Errors;
using TrustedDataSpace.Protocol.Signatures;

namespace TrustedDataSpace.Connector.DataPlane;

/// <summary>What of a request its proof of possession is about, as the provider received it.</summary>
internal static class ProofRequest
{
    private const int HttpPort = 80;
    private const int HttpsPort = 443;

    /// <summary>The header fields that a signature must cover.</summary>
    /// <exception cref="RefusalException">Unauthenticated: one of them stands there twice.</exception>
    public static SignedFields FieldsOf(IHeaderDictionary headers)
    {
        var fields = default(SignedFields);
        for (var i = 0; i < SignedFields.Count; i++)
        {
            var values = headers[SignedFields.Names[i]];
            fields[i] = values.Count switch
            {
                0 => null,
                1 => values[0] ?? "",
                _ => throw Refuse(SignedFields.Names[i], $"the request has the header {SignedFields.Names[i]} more than once"),
            };
        }

        return fields;
    }

    /// <summary>The host as RFC 9421 §2.2.3 has it: in lower case, without the port that belongs to the scheme.</summary>
    public static string AuthorityOf(HttpRequest request)
    {
        var host = request.Host;
        var usual = request.IsHttps ? HttpsPort : HttpPort;
        var text = host.Port == usual ? host.Host : host.Value ?? "";
        return text.AsSpan().ContainsAnyInRange('A', 'Z') ? text.ToLowerInvariant() : text;
    }

    public static RefusalException Refuse(string term, string why, string? remedy = null) =>
        new(RefusalCode.Unauthenticated, $"The proof of possession is refused, {term}: {why}.")
        {
            Term = term,
            Remedy = remedy ?? "sign each request anew, with the key of the flow, as it is sent",
        };
}
