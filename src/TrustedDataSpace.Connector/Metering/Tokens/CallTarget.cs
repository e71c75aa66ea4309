using TrustedDataSpace.Connector.DataPlane;
using TrustedDataSpace.Protocol.Errors;
using TrustedDataSpace.Protocol.Metering;

namespace TrustedDataSpace.Connector.Metering.Tokens;

/// <summary>
/// Which call a request is: its path tells, as it tells the server. What a body happens to hold does not, since a server reads the members
/// of the call that it was asked for and passes over all others.
/// </summary>
internal static class CallTarget
{
    private const string Chat = "/chat/completions";
    private const string Completions = "/completions";
    private const string Embeddings = "/embeddings";

    // Of some vendors, on every call: it is no text.
    private const string Version = "?api-version=";
    private const int LongestVersion = 32;

    /// <summary>Refuses what is not the call that the contract counts.</summary>
    /// <exception cref="RefusalException">Unsupported: another path, a query; MethodNotAllowed; Malformed: no body.</exception>
    public static void Require(HttpRequest request, CanonicalTarget target, MeterRule rule)
    {
        if (KindOf(target.Path) != rule.Format)
        {
            throw Refuse(RefusalCode.Unsupported, $"The contract counts calls of the kind \"{rule.Format}\"; the path '{target.Path}' is not of one.", $"call a path that ends with {PathOf(rule)}");
        }

        if (!HttpMethods.IsPost(request.Method))
        {
            throw Refuse(RefusalCode.MethodNotAllowed, $"{request.Method} is no call whose tokens can be counted.", "use POST", "method");
        }

        var query = target.Query;
        if (query.Length > 0 && !(query.StartsWith(Version, StringComparison.Ordinal) && query.Length <= Version.Length + LongestVersion && !query.Contains('&', StringComparison.Ordinal)))
        {
            throw Refuse(RefusalCode.Unsupported, "The call has a query, whose tokens cannot be counted.", "leave it out; only api-version may stand there");
        }

        if (!SourceRules.HasBody(request))
        {
            throw Refuse(RefusalCode.Malformed, "The call has no body, so it asks nothing.", "send the question as JSON", "body");
        }
    }

    private static string? KindOf(string path) =>
        path.EndsWith(Chat, StringComparison.Ordinal) ? MeterRule.Chat
        : path.EndsWith(Completions, StringComparison.Ordinal) ? MeterRule.Completions
        : path.EndsWith(Embeddings, StringComparison.Ordinal) ? MeterRule.Embeddings
        : null;

    private static string PathOf(MeterRule rule) => rule.Format switch
    {
        MeterRule.Chat => Chat,
        MeterRule.Completions => Completions,
        _ => Embeddings,
    };

    private static RefusalException Refuse(RefusalCode code, string message, string remedy, string where = "request target") =>
        new(code, message) { Where = where, Term = MeterRule.Property, Remedy = remedy };
}
