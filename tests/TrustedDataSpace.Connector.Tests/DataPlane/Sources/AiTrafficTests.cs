using System.IO.Compression;
using System.Net;
using System.Net.Http.Headers;
using System.Text;
using Microsoft.AspNetCore.Http;
using TrustedDataSpace.Protocol.Metering;
using TrustedDataSpace.Protocol.Tokens;
using TrustedDataSpace.Testing;
using Xunit;

namespace TrustedDataSpace.Connector.Tests.DataPlane.Sources;

/// <summary>Calls of AI through a connector: what is counted of them, and that a stream is not held up by it.</summary>
public sealed class AiTrafficTests : IAsyncLifetime
{
    private const string Question = """{"messages":[{"role":"user","content":"Which alloy has 1280 MPa?"}]}""";

    private readonly TaskCompletionSource goOn = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private SourcePlane plane = null!;
    private TestSource source = null!;

    public async ValueTask InitializeAsync()
    {
        plane = await SourcePlane.StartAsync();
        plane.Meter = new MeterRule { Unit = MeterRule.Token, Format = MeterRule.Chat, TokenizerId = Tokenizer.BuiltInId, TokenizerVersion = Tokenizer.BuiltInVersion };
        source = await TestSource.StartAsync(ServeAsync);
        await plane.DefineAsync(source, rules: new() { Methods = ["GET", "POST"], LargestRequest = 4_000_000 });
    }

    public async ValueTask DisposeAsync()
    {
        await plane.DisposeAsync();
        await source.DisposeAsync();
    }

    [Fact]
    public async Task A_plain_answer_is_counted_and_what_the_source_declares_stands_beside_it()
    {
        using var answer = await AskAsync("plain");
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        var tokens = plane.Uses.Last().Tokens!;
        Assert.Equal((Count("Which alloy has 1280 MPa?"), Count("GH4169 has it.")), (tokens.In, tokens.Out));

        // More cannot come from a cache than was asked.
        Assert.Equal((1000L, 2000L, tokens.In), (tokens.DeclaredIn, tokens.DeclaredOut, tokens.Cached));
    }

    [Fact]
    public async Task A_stream_passes_event_by_event_and_one_that_is_cut_counts_what_was_delivered()
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "/data/f/stream/chat/completions") { Content = new StringContent(Question, new MediaTypeHeaderValue("application/json")) };
        using var answer = await plane.Client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
        using var reader = new StreamReader(await answer.Content.ReadAsStreamAsync());

        // The source waits with its second event until the first has arrived.
        Assert.Contains("GH4169 is", await reader.ReadLineAsync().Within("the first event"), StringComparison.Ordinal);
        Assert.Equal("", await reader.ReadLineAsync());
        plane.StopFlow();
        var rest = await reader.ReadToEndAsync().Within("the end of the stream");
        Assert.Contains("event: error", rest, StringComparison.Ordinal);
        Assert.Equal(Count("GH4169 is"), (await plane.NextUseAsync()).Tokens!.Out);
    }

    [Theory]
    [InlineData("""{"messages":[{"content":[{"type":"image_url"}]}]}""")]
    [InlineData("""{"prompt":"another shape"}""")]
    [InlineData("not JSON")]
    public async Task What_cannot_be_counted_is_not_asked(string body)
    {
        using var answer = await AskAsync("plain", body);
        Assert.InRange((int)answer.StatusCode, 400, 499);
        Assert.Empty(source.Requests);
    }

    [Theory]
    [InlineData("POST", "/v1/completions")]
    [InlineData("POST", "/v1/embeddings")]
    [InlineData("POST", "/v1/responses")]
    [InlineData("POST", "/v1/chat/completions/")]
    [InlineData("POST", "/v1/Chat/Completions")]
    [InlineData("POST", "/v1/chat/completions?prompt=text")]
    [InlineData("GET", "/v1/chat/completions")]
    [InlineData("POST", "")]
    public async Task A_call_that_the_contract_does_not_count_is_not_asked_whatever_its_body_holds(string method, string path)
    {
        using var request = new HttpRequestMessage(new HttpMethod(method), "/data/f" + path);
        request.Content = method == "POST" ? new StringContent(Question, new MediaTypeHeaderValue("application/json")) : null;
        using var answer = await plane.Client.SendAsync(request);
        Assert.InRange((int)answer.StatusCode, 400, 499);
        Assert.Contains(MeterRule.Property, await answer.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        Assert.Empty(source.Requests);
    }

    [Fact]
    public async Task A_call_without_a_body_is_not_asked_and_a_version_may_be_named()
    {
        using var empty = await plane.Client.PostAsync("/data/f/plain/chat/completions", null);
        Assert.InRange((int)empty.StatusCode, 400, 499);
        Assert.Empty(source.Requests);

        using var answer = await plane.Client.PostAsync("/data/f/plain/chat/completions?api-version=2024-10-21", new StringContent(Question, new MediaTypeHeaderValue("application/json")));
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
    }

    [Fact]
    public async Task A_body_that_is_compressed_or_too_large_is_not_asked()
    {
        using var packed = new MemoryStream();
        using (var gzip = new GZipStream(packed, CompressionMode.Compress, leaveOpen: true))
        {
            gzip.Write(Encoding.UTF8.GetBytes(Question));
        }

        using var content = new ByteArrayContent(packed.ToArray());
        content.Headers.ContentEncoding.Add("gzip");
        using var compressed = await plane.Client.PostAsync("/data/f/plain/chat/completions", content);
        Assert.InRange((int)compressed.StatusCode, 400, 499);

        using var large = await AskAsync("plain", "{\"messages\":[{\"content\":\"" + new string('a', 1 << 20) + "\"}]}");
        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, large.StatusCode);
        Assert.Empty(source.Requests);
    }

    [Theory]
    [InlineData("compressed")]
    [InlineData("html")]
    public async Task An_answer_that_cannot_be_counted_is_not_delivered(string path)
    {
        using var answer = await AskAsync(path);
        Assert.Equal(HttpStatusCode.BadGateway, answer.StatusCode is HttpStatusCode.ServiceUnavailable ? HttpStatusCode.BadGateway : answer.StatusCode);
        Assert.Empty(plane.Uses);
    }

    [Fact]
    public async Task A_contract_that_counts_no_tokens_looks_at_no_body()
    {
        plane.Meter = new MeterRule { Unit = MeterRule.Request };
        using var answer = await AskAsync("plain", "not JSON");
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.Null(plane.Uses.Last().Tokens);
    }

    private static long Count(string text) => Tokenizer.BuiltIn.Count(text);

    private Task<HttpResponseMessage> AskAsync(string path, string body = Question) =>
        plane.Client.PostAsync($"/data/f/{path}/chat/completions", new StringContent(body, new MediaTypeHeaderValue("application/json")));

    private async Task ServeAsync(HttpContext context)
    {
        var response = context.Response;
        switch (context.Request.Path.Value!.Split('/')[^3])
        {
            case "plain":
                await response.WriteAsJsonAsync(new
                {
                    choices = new[] { new { index = 0, message = new { role = "assistant", content = "GH4169 has it." } } },
                    usage = new { prompt_tokens = 1000, completion_tokens = 2000, prompt_tokens_details = new { cached_tokens = 900 } },
                });
                break;
            case "stream":
                response.ContentType = "text/event-stream";
                await response.WriteAsync("data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"GH4169 is\"}}]}\n\n");
                await response.Body.FlushAsync();
                await goOn.Task.WaitAsync(context.RequestAborted);
                break;
            case "compressed":
                response.ContentType = "application/json";
                response.Headers.ContentEncoding = "gzip";
                await response.WriteAsync("not looked at");
                break;
            default:
                response.ContentType = "text/html";
                await response.WriteAsync("<html>");
                break;
        }
    }
}
