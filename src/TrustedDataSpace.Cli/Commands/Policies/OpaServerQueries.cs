using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using TrustedDataSpace.Policy.Opa;

namespace TrustedDataSpace.Cli.Commands.Policies;

/// <summary>
/// Queries of a policy author to an OPA server: its Data API for documents, its Query API for the rest. A service never uses this: the text
/// of a query is the author's own.
/// </summary>
internal sealed class OpaServerQueries : IDisposable
{
    private const long MaxAnswerBytes = 64 << 20;

    private readonly HttpClient http;

    public OpaServerQueries(OpaOptions options)
    {
        http = OpaClient.CreateHttp(options);
        http.MaxResponseContentBufferSize = MaxAnswerBytes;
    }

    public void Dispose() => http.Dispose();

    /// <summary>The solutions of a query.</summary>
    public async Task<IReadOnlyList<Solution>> QueryAsync(string text, byte[]? input, bool strict, CancellationToken cancellation)
    {
        var parameters = strict ? "?strict-builtin-errors=true" : "";
        if (PathOf(text) is not null)
        {
            // The Query API gives bindings only; a document has its value from the Data API.
            var document = await DocumentAsync(text, input, cancellation, parameters);
            return document.ContainsKey("result") ? [Solution.OfValue(document["result"]?.DeepClone())] : [];
        }

        var question = Question(input);
        question["query"] = text;
        var answer = await PostAsync("/v1/query" + parameters, question, cancellation);
        return [.. (answer["result"] as JsonArray ?? []).Select(solution => new Solution(null, (JsonObject)solution!.DeepClone()))];
    }

    /// <summary>The answer of the Data API about one document.</summary>
    public async Task<JsonObject> DocumentAsync(string document, byte[]? input, CancellationToken cancellation, string parameters = "")
    {
        var path = PathOf(document) ?? throw new CannotStartException($"'{document}' is not a document such as data.tds.decision.");
        return await PostAsync(path + parameters, Question(input), cancellation);
    }

    /// <summary>A document with the server's own explanation.</summary>
    public async Task<Explanation> ExplainAsync(string document, byte[]? input, bool full, CancellationToken cancellation)
    {
        var answer = await DocumentAsync(document, input, cancellation, $"?pretty=true&strict-builtin-errors=true&explain={(full ? "full" : "fails")}");
        var lines = (answer["explanation"] as JsonArray ?? []).Select(line => line is JsonValue ? line.GetValue<string>() : line?.ToJsonString() ?? "");
        return new(answer.ContainsKey("result"), answer["result"], lines);
    }

    /// <summary>The path of the Data API for a document; null when the text is none.</summary>
    private static string? PathOf(string text)
    {
        var parts = text.Split('.');
        return parts[0] == "data" && parts.All(part => part.Length > 0 && part.All(unit => char.IsAsciiLetterOrDigit(unit) || unit == '_'))
            ? "/v1/" + string.Join('/', parts)
            : null;
    }

    private static JsonObject Question(byte[]? input) => input is null ? [] : new JsonObject { ["input"] = JsonNode.Parse(input) };

    private async Task<JsonObject> PostAsync(string path, JsonObject question, CancellationToken cancellation)
    {
        try
        {
            using var content = new ByteArrayContent(Encoding.UTF8.GetBytes(question.ToJsonString()));
            content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
            using var response = await http.PostAsync(new Uri(path, UriKind.Relative), content, cancellation);
            var body = await response.Content.ReadAsStringAsync(cancellation);
            return response.StatusCode == HttpStatusCode.OK && JsonNode.Parse(body) is JsonObject answer
                ? answer
                : throw new CannotStartException($"The server answered {(int)response.StatusCode}: {body.Trim()}");
        }
        catch (Exception failure) when (failure is HttpRequestException or JsonException)
        {
            throw new CannotStartException($"The server cannot be asked: {failure.Message}", failure);
        }
    }
}
