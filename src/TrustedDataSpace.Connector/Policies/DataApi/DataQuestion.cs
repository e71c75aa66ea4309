using System.Text.Json;
using TrustedDataSpace.Policy.Rego;
using TrustedDataSpace.Protocol.Errors;

namespace TrustedDataSpace.Connector.Policies.DataApi;

/// <summary>A question to the Data API, read as OPA reads it.</summary>
/// <param name="Path">Keys below <c>data</c>.</param>
/// <param name="Input">The document <c>input</c>; null for none.</param>
/// <param name="Explain">Which explanation is wanted: <c>full</c>, <c>fails</c>, <c>notes</c> or <c>debug</c>; null for none.</param>
/// <param name="Provenance">Whether the answer names the bundle.</param>
/// <param name="Metrics">Whether the answer says how long it took.</param>
/// <param name="Pretty">Whether the answer has line breaks.</param>
internal sealed record DataQuestion(IReadOnlyList<string> Path, RegoValue? Input, string? Explain, bool Provenance, bool Metrics, bool Pretty)
{
    private const int MaxPathLength = 2000;
    private const int MaxSegments = 64;

    /// <exception cref="RefusalException">Malformed.</exception>
    public static async Task<DataQuestion> ReadAsync(HttpRequest request, string? path)
    {
        var keys = Keys(path ?? "");
        var input = HttpMethods.IsGet(request.Method) ? FromAddress(request) : await FromBodyAsync(request);
        var explain = request.Query["explain"].ToString();
        return new(keys, input, explain is "full" or "fails" or "notes" or "debug" ? explain : null, IsOn(request, "provenance"), IsOn(request, "metrics"), IsOn(request, "pretty"));
    }

    // The server has decoded the path, all but the slash inside a key.
    private static string[] Keys(string path)
    {
        var keys = path.Split('/', StringSplitOptions.RemoveEmptyEntries).Select(key => key.Replace("%2F", "/", StringComparison.OrdinalIgnoreCase)).ToArray();
        return path.Length <= MaxPathLength && keys.Length <= MaxSegments
            ? keys
            : throw Malformed($"the path is longer than {MaxPathLength} characters or {MaxSegments} keys");
    }

    private static bool IsOn(HttpRequest request, string name) => request.Query[name].ToString() is { } text && (text == "true" || (text.Length == 0 && request.Query.ContainsKey(name)));

    private static RegoValue? FromAddress(HttpRequest request) =>
        request.Query["input"].ToString() is { Length: > 0 } text ? Read(() => JsonDocument.Parse(text), "parameter 'input'") : null;

    private static async Task<RegoValue?> FromBodyAsync(HttpRequest request)
    {
        using var buffer = new MemoryStream();
        await request.Body.CopyToAsync(buffer, request.HttpContext.RequestAborted);
        if (buffer.Length == 0)
        {
            return null;
        }

        using var body = Parse(() => JsonDocument.Parse(buffer.GetBuffer().AsMemory(0, (int)buffer.Length)), "body");
        return body.RootElement.ValueKind switch
        {
            JsonValueKind.Null => null,
            JsonValueKind.Object => body.RootElement.TryGetProperty("input", out var input) ? RegoValue.FromJson(input) : null,
            _ => throw Malformed("body contains malformed input document: it is not an object such as {\"input\": …}"),
        };
    }

    private static RegoValue Read(Func<JsonDocument> parse, string what)
    {
        using var document = Parse(parse, what);
        return RegoValue.FromJson(document.RootElement);
    }

    private static JsonDocument Parse(Func<JsonDocument> parse, string what)
    {
        try
        {
            return parse();
        }
        catch (JsonException failure)
        {
            throw Malformed($"{what} contains malformed input document: {failure.Message}", failure);
        }
    }

    private static RefusalException Malformed(string message, Exception? cause = null) => new(RefusalCode.Malformed, message, cause) { Where = "body" };
}
