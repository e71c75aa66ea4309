using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using TrustedDataSpace.Protocol.Tokens;

namespace TrustedDataSpace.Cli.Sources;

/// <summary>
/// An OpenAI-compatible server that answers from an index of report pieces: it finds those that speak of what is asked, quotes them, and says
/// which it has used. It is a sample, not a model: what it says is made from what it found. It knows nothing of contracts.
/// </summary>
internal sealed class AlloyAssistant
{
    /// <summary>Tokens of each answer.</summary>
    public const int TokensOfAnswer = 400;

    /// <summary>What the assistant is told before each question; it has it in its cache.</summary>
    public static string Instructions { get; } = ExactText.Of("你是合金助手。You are an assistant for superalloys. Answer from test reports only, and cite each piece that you use by its id.", 480);

    private const int MostRetrieved = ReportChunks.PerHeat;
    private const int WordsInPart = 12;
    private static readonly char[] Separators = [' ', '\n', ',', '.', ':', ';', '?', '!', '，', '。', '？'];

    private readonly Dictionary<string, Chunk> index = new(StringComparer.Ordinal);
    private readonly Lock gate = new();

    /// <summary>The paths of the materials sample.</summary>
    public static void Map(WebApplication app)
    {
        var assistant = new AlloyAssistant();
        app.MapGet("/report_chunk/mill", () => Results.Text(ReportChunks.Csv(ReportChunks.Mill), "text/csv"));
        app.MapGet("/report_chunk/lab", () => Results.Text(ReportChunks.Csv(ReportChunks.Lab), "text/csv"));
        app.MapPut("/index", assistant.IndexAsync);
        app.MapPost("/v1/chat/completions", assistant.CompleteAsync);
    }

    // Rows of report_chunk as its provider delivered them: no field but the text has a comma.
    private async Task<IResult> IndexAsync(HttpRequest request)
    {
        using var reader = new StreamReader(request.Body);
        var rows = (await reader.ReadToEndAsync(request.HttpContext.RequestAborted)).Split('\n', StringSplitOptions.RemoveEmptyEntries).Skip(1).ToList();
        lock (gate)
        {
            foreach (var row in rows)
            {
                var (head, quoted) = (row.Split(',', 4), row.Split('"'));
                index[head[0]] = new Chunk(head[0], head[2], quoted[1], Tokenizer.BuiltIn.Count(quoted[1]));
            }

            return Results.Ok(new { indexed = index.Count });
        }
    }

    private async Task CompleteAsync(HttpContext context)
    {
        using var request = await JsonDocument.ParseAsync(context.Request.Body, cancellationToken: context.RequestAborted);
        var messages = request.RootElement.GetProperty("messages").EnumerateArray().Select(message => message.GetProperty("content").GetString() ?? "").ToList();
        var found = Retrieve(messages[^1]);
        if (found.Count == 0)
        {
            context.Response.StatusCode = StatusCodes.Status404NotFound;
            return;
        }

        var answer = Answer(found);
        var retrieved = found.Select(chunk => new { chunk_id = chunk.Id, provider = chunk.Provider, text = chunk.Text }).ToList();
        var usage = new
        {
            prompt_tokens = messages.Sum(message => Tokenizer.BuiltIn.Count(message)) + found.Sum(chunk => chunk.Tokens),
            completion_tokens = TokensOfAnswer,
            prompt_tokens_details = new { cached_tokens = messages.Contains(Instructions) ? Tokenizer.BuiltIn.Count(Instructions) : 0 },
        };
        if (request.RootElement.TryGetProperty("stream", out var stream) && stream.GetBoolean())
        {
            await StreamAsync(context, answer, retrieved, usage);
            return;
        }

        await context.Response.WriteAsJsonAsync(
            new { @object = "chat.completion", choices = new[] { new { index = 0, message = new { role = "assistant", content = answer }, finish_reason = "stop" } }, retrieved, usage }, context.RequestAborted);
    }

    // By the names in the question that a piece has, too.
    private List<Chunk> Retrieve(string question)
    {
        var names = question.Split(Separators, StringSplitOptions.RemoveEmptyEntries).Where(word => word.Any(char.IsAsciiDigit) && word.Length > 6).ToHashSet(StringComparer.Ordinal);
        lock (gate)
        {
            return
            [
                .. index.Values.Select(chunk => (Chunk: chunk, Score: chunk.Text.Split(Separators, StringSplitOptions.RemoveEmptyEntries).Count(names.Contains)))
                    .Where(one => one.Score > 0).OrderByDescending(one => one.Score).ThenBy(one => one.Chunk.Id, StringComparer.Ordinal).Take(MostRetrieved).Select(one => one.Chunk),
            ];
        }
    }

    private static string Answer(List<Chunk> found) => ExactText.Of(
        $"{found[0].Text[..found[0].Text.IndexOf('.', StringComparison.Ordinal)]} [{string.Join("] [", found.Select(chunk => chunk.Id))}].", TokensOfAnswer);

    private static async Task StreamAsync(HttpContext context, string answer, object retrieved, object usage)
    {
        context.Response.ContentType = "text/event-stream";
        await SendAsync(context, JsonSerializer.Serialize(new { @object = "chat.completion.chunk", choices = Array.Empty<object>(), retrieved }));
        foreach (var part in answer.Split(' ').Chunk(WordsInPart).Select((words, i) => (i == 0 ? "" : " ") + string.Join(' ', words)))
        {
            await SendAsync(context, JsonSerializer.Serialize(new { @object = "chat.completion.chunk", choices = new[] { new { index = 0, delta = new { content = part } } } }));
        }

        await SendAsync(context, JsonSerializer.Serialize(new { @object = "chat.completion.chunk", choices = Array.Empty<object>(), usage }));
        await SendAsync(context, "[DONE]");
    }

    private static async Task SendAsync(HttpContext context, string data)
    {
        await context.Response.Body.WriteAsync(Encoding.UTF8.GetBytes($"data: {data}\n\n"), context.RequestAborted);
        await context.Response.Body.FlushAsync(context.RequestAborted);
    }

    private sealed record Chunk(string Id, string Provider, string Text, long Tokens);
}
