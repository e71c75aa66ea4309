using Microsoft.AspNetCore.Http.Features;
using TrustedDataSpace.Protocol.Errors;
using TrustedDataSpace.Protocol.Management;

namespace TrustedDataSpace.Connector.DataPlane;

/// <summary>What a source is asked at all. Looked at before anything is reserved: a request that breaks a rule is no use.</summary>
internal sealed class SourceRules
{
    /// <summary>Every method that a rule may allow; no others pass, whatever is said.</summary>
    public static readonly IReadOnlyList<string> KnownMethods = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"];

    private readonly string[] methods;
    private readonly string[] paths;
    private readonly Dictionary<string, (int Index, string[] Patterns)>? query;
    private readonly Dictionary<string, (int Index, string[] Patterns)>.AlternateLookup<ReadOnlySpan<char>> byName;

    public SourceRules(SourceRulesDefinition definition)
    {
        methods = [.. definition.Methods];
        paths = [.. definition.Paths];
        LargestRequest = definition.LargestRequest;
        LargestResponse = definition.LargestResponse ?? long.MaxValue;
        if (definition.Query is { } named)
        {
            query = named.Select((parameter, i) => (parameter, i)).ToDictionary(each => each.parameter.Key, each => (each.i, each.parameter.Value.ToArray()), StringComparer.Ordinal);
            byName = query.GetAlternateLookup<ReadOnlySpan<char>>();
        }
    }

    /// <summary>Most bytes of a request's body.</summary>
    public long LargestRequest { get; }

    /// <summary>Most bytes of an answer's body.</summary>
    public long LargestResponse { get; }

    /// <summary>Refuses what the source is not to be asked.</summary>
    /// <exception cref="RefusalException">MethodNotAllowed, Forbidden, TooLarge, Malformed or Unsupported, with the rule and what would satisfy it.</exception>
    public void Require(HttpRequest request, CanonicalTarget target)
    {
        RequireMethod(request);
        RequireBody(request);
        if (paths.Length > 0)
        {
            RequirePath(target.Path);
        }

        if (query is not null && target.Query.Length > 1)
        {
            RequireQuery(target.Query.AsSpan(1));
        }
    }

    /// <summary>Whether the method asks for nothing but the answer (RFC 9110 §9.2.1), of those that pass.</summary>
    public static bool IsSafe(string method) => HttpMethods.IsGet(method) || HttpMethods.IsHead(method);

    /// <summary>Whether a body comes with the request.</summary>
    public static bool HasBody(HttpRequest request) => request.HttpContext.Features.Get<IHttpRequestBodyDetectionFeature>()?.CanHaveBody ?? request.ContentLength > 0;

    private void RequireMethod(HttpRequest request)
    {
        var method = request.Method;
        foreach (var allowed in methods)
        {
            if (string.Equals(allowed, method, StringComparison.Ordinal))
            {
                return;
            }
        }

        request.HttpContext.Response.Headers.Allow = methods;
        throw new RefusalException(RefusalCode.MethodNotAllowed, $"The source is not asked with {method}.")
        {
            Term = "rules.methods",
            Where = "method",
            Remedy = $"use {string.Join(", ", methods)}",
        };
    }

    private void RequireBody(HttpRequest request)
    {
        // Forwarded, it would become a connection that nobody meters.
        if (request.Headers.Upgrade.Count > 0)
        {
            throw new RefusalException(RefusalCode.Unsupported, "A connection with a source cannot be upgraded.") { Where = "Upgrade", Remedy = "ask with plain HTTP" };
        }

        if (!HasBody(request))
        {
            return;
        }

        if (IsSafe(request.Method))
        {
            // Its meaning is not defined (RFC 9110 §9.3.1): a server that does not read it takes it for the next request.
            throw new RefusalException(RefusalCode.Malformed, $"{request.Method} has no body here.") { Where = "body", Remedy = "leave the body out" };
        }

        // The server takes the coding for the end of the body, and keeps the length under this name. Whoever stood before us may have taken
        // the length (RFC 9112 §6.1).
        if (request.Headers.ContainsKey("X-Content-Length"))
        {
            throw new RefusalException(RefusalCode.Malformed, "The body has two lengths.") { Where = "body", Remedy = "send Content-Length or Transfer-Encoding, not both" };
        }

        if (request.ContentLength > LargestRequest)
        {
            throw TooLarge();
        }
    }

    /// <summary>Why a body is not taken.</summary>
    public RefusalException TooLarge() => new(RefusalCode.TooLarge, $"The body is larger than the {LargestRequest} bytes that the source is sent.")
    {
        Term = "rules.largestRequest",
        Where = "body",
        Remedy = "send less at once",
    };

    private void RequirePath(string path)
    {
        foreach (var pattern in paths)
        {
            if (SourcePatterns.Matches(pattern, path))
            {
                return;
            }
        }

        throw new RefusalException(RefusalCode.Forbidden, $"The source is not asked for the path '{path}'.")
        {
            Term = "rules.paths",
            Where = "request target",
            Remedy = $"ask for what fits one of: {string.Join(", ", paths.Select(pattern => pattern.Length == 0 ? "(no path)" : pattern))}",
        };
    }

    private void RequireQuery(ReadOnlySpan<char> text)
    {
        // Each name once: which of two a server takes is its own affair. ';' separates for some servers, and not for others. A rule has 64
        // names at most.
        var seen = 0UL;
        foreach (var range in text.Split('&'))
        {
            var parameter = text[range];
            var equals = parameter.IndexOf('=');
            var name = equals < 0 ? parameter : parameter[..equals];
            var value = equals < 0 ? default : parameter[(equals + 1)..];
            if (parameter.Contains(';') || !byName.TryGetValue(name, out var rule) || (seen & (1UL << rule.Index)) != 0 || !Fits(rule.Patterns, value))
            {
                throw NotAsked(name);
            }

            seen |= 1UL << rule.Index;
        }
    }

    private static bool Fits(string[] patterns, ReadOnlySpan<char> value)
    {
        foreach (var pattern in patterns)
        {
            if (SourcePatterns.MatchesPart(pattern, value))
            {
                return true;
            }
        }

        return patterns.Length == 0;
    }

    private RefusalException NotAsked(ReadOnlySpan<char> name) => new(RefusalCode.Forbidden, $"The source is not asked with the parameter '{name}' as it stands there.")
    {
        Term = "rules.query",
        Where = "request target",
        Remedy = query!.Count == 0
            ? "leave the query out"
            : $"use, each once: {string.Join(", ", query.Select(parameter => parameter.Value.Patterns.Length == 0 ? parameter.Key : $"{parameter.Key}={string.Join("|", parameter.Value.Patterns)}"))}",
    };
}
