using System.Collections.Concurrent;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using TrustedDataSpace.Protocol.Management;
using TrustedDataSpace.Protocol.Metering;
using TrustedDataSpace.Scenarios.BadInput;
using TrustedDataSpace.Testing;
using Xunit;

namespace TrustedDataSpace.Scenarios.Sources;

/// <summary>From an application through both connectors to a source and back: what passes, what does not, and that both count the same.</summary>
public sealed class SourceSpaceTests(SharedSpace shared) : IClassFixture<SharedSpace>, IAsyncLifetime
{
    private readonly TestSpace space = shared.Space;
    private readonly string product = "files-" + Guid.NewGuid().ToString("n");
    private readonly ConcurrentQueue<string> asked = new();
    private readonly SemaphoreSlim next = new(0);
    private TestContract contract = null!;

    public async ValueTask InitializeAsync()
    {
        await space.Provider.PostAsync<JsonElement>(ManagementRoutes.Assets, new AssetDefinition
        {
            Id = product,
            SourceUrl = space.SourceUrl,
            SourceHeaders = new Dictionary<string, string> { ["X-Source-Key"] = "source-secret" },
            Rules = new() { Methods = ["GET", "HEAD", "POST"], Paths = ["/files/**"] },
        });
        await space.Provider.PostAsync<ProductView>(ManagementRoutes.Products, new ProductDefinition
        {
            Id = product,
            AssetId = product,
            Title = "Files",
            Policy = JsonElement.Parse("""{"permission":[{"action":"use"}]}"""),
        });
        contract = await space.AgreeAsync(product);
        space.Source = AnswerAsync;
    }

    public ValueTask DisposeAsync()
    {
        next.Dispose();
        return ValueTask.CompletedTask;
    }

    [Fact]
    public async Task A_download_is_resumed_and_each_part_counts_with_its_bytes()
    {
        using (var part = await SendAsync(HttpMethod.Get, "/files/a", request => request.Headers.Range = new RangeHeaderValue(4, null)))
        {
            Assert.Equal((HttpStatusCode.PartialContent, "456789", "bytes 4-9/10"), (part.StatusCode, await part.Content.ReadAsStringAsync(), part.Content.Headers.ContentRange?.ToString()));
        }

        using (var same = await SendAsync(HttpMethod.Get, "/files/a", request => request.Headers.IfNoneMatch.Add(new("\"v1\""))))
        {
            Assert.Equal(HttpStatusCode.NotModified, same.StatusCode);
        }

        using (var head = await SendAsync(HttpMethod.Head, "/files/a"))
        {
            Assert.Equal((HttpStatusCode.OK, 10L), (head.StatusCode, head.Content.Headers.ContentLength));
        }

        Assert.Equal([(UsageOutcomes.Miss, 2L, 0L), (UsageOutcomes.Ok, 1L, 6L)], await CountedAsync());
    }

    [Fact]
    public async Task A_body_reaches_the_source_and_its_answer_comes_back()
    {
        using var answer = await SendAsync(HttpMethod.Post, "/files/model", request => request.Content = new ByteArrayContent(new byte[700_000]) { Headers = { ContentType = new("application/x-tensor") } });
        Assert.Equal((HttpStatusCode.OK, "700000 application/x-tensor"), (answer.StatusCode, await answer.Content.ReadAsStringAsync()));
        Assert.Equal((UsageOutcomes.Ok, 1L, 27L), Assert.Single(await CountedAsync()));
    }

    [Fact]
    public async Task A_large_body_streams_through_when_its_digest_is_said_and_is_refused_when_not()
    {
        var body = RandomNumberGenerator.GetBytes(3_000_000);
        HttpContent Content(string? digest)
        {
            var content = new ByteArrayContent(body);
            if (digest is not null)
            {
                content.Headers.TryAddWithoutValidation("Content-Digest", digest);
            }

            return content;
        }

        await space.Provider.PostAsync<JsonElement>(ManagementRoutes.Assets, new AssetDefinition { Id = product, SourceUrl = space.SourceUrl, Rules = new() { Methods = ["POST"], LargestRequest = 4_000_000 } });
        var digest = $"sha-256=:{Convert.ToBase64String(SHA256.HashData(body))}:";
        using (var answer = await SendAsync(HttpMethod.Post, "/files/model", request => request.Content = Content(digest)))
        {
            Assert.Equal((HttpStatusCode.OK, "3000000 "), (answer.StatusCode, await answer.Content.ReadAsStringAsync()));
        }

        body[0]++;
        using (var other = await SendAsync(HttpMethod.Post, "/files/model", request => request.Content = Content(digest)))
        {
            Assert.Equal(HttpStatusCode.Unauthorized, other.StatusCode);
        }

        try
        {
            using var unsaid = await SendAsync(HttpMethod.Post, "/files/model", request =>
            {
                request.Content = Content(null);
                request.Headers.ExpectContinue = true;
            });
            Assert.Equal(HttpStatusCode.RequestEntityTooLarge, unsaid.StatusCode);
            Assert.Contains("Content-Digest: sha-256", await unsaid.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        }
        catch (HttpRequestException broken) when (broken.InnerException is IOException)
        {
            // Refused before all was sent: who does not wait for the word may find the connection closed in its place.
        }

        Assert.Equal((UsageOutcomes.Ok, 1L, 8L), Assert.Single(await CountedAsync()));
    }

    [Fact]
    public async Task What_the_source_is_not_to_be_asked_is_refused_with_the_rule_and_counted_nowhere()
    {
        using var path = await SendAsync(HttpMethod.Get, "/admin");
        var problem = await path.ProblemAsync();
        Assert.Equal((HttpStatusCode.Forbidden, "rules.paths"), (path.StatusCode, problem.GetProperty("term").GetString()));
        Assert.Contains("/files/**", problem.GetProperty("remedy").GetString(), StringComparison.Ordinal);
        using var method = await SendAsync(HttpMethod.Delete, "/files/a");
        Assert.Equal((HttpStatusCode.MethodNotAllowed, "GET, HEAD, POST"), (method.StatusCode, string.Join(", ", method.Content.Headers.Allow)));
        Assert.Empty(asked);
        Assert.Empty(await CountedAsync());
    }

    [Fact]
    public async Task Events_arrive_one_by_one()
    {
        using var answer = await SendAsync(HttpMethod.Get, "/files/events");
        await using var body = await answer.Content.ReadAsStreamAsync();
        using var reader = new StreamReader(body);
        for (var i = 0; i < 3; i++)
        {
            next.Release();
            Assert.Equal($"data: {i}", await reader.ReadLineAsync().Within("the event"));
            Assert.Equal("", await reader.ReadLineAsync());
        }

        next.Release();
        Assert.Null(await reader.ReadLineAsync().Within("the end"));
        Assert.Equal(UsageOutcomes.Ok, Assert.Single(await CountedAsync()).Outcome);
    }

    /// <summary>What an application writes, behind the address of its agreement; what the source is asked, through two connectors; where it comes from.</summary>
    public static TheoryData<string, string?, string> Raw { get; } = new()
    {
        { "/files/%61%2Db?q=%7e HTTP/1.1\r\n", "GET /base/files/a-b?q=~", "CVE-2026-42274: one spelling at three servers" },
        { "/files/a HTTP/1.1\r\nConnection: Tds-Purpose, Tds-Request, Authorization\r\n", "GET /base/files/a", "CVE-2022-31813: what counts and decides named as hop-by-hop" },
        { "/files/a%2f..%2fb HTTP/1.1\r\n", null, "CVE-2026-26205: encoded slashes" },
        { "/files/../admin HTTP/1.1\r\n", null, "CVE-2026-33494: dot segments" },
        { "//files/a HTTP/1.1\r\n", null, "CVE-2026-26205: doubled slashes" },
        { "/files/a;/../b HTTP/1.1\r\n", null, "CVE-2026-26205: a parameter of a segment" },
        { "/files/a HTTP/1.1\r\nContent-Length: 3\r\n", null, "CWE-444: a read with a body" },
        { "/files/a HTTP/1.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n", null, "CVE-2022-31813: a connection that nobody meters" },
        { "/files/a HTTP/1.1\r\nX: 1\n\r\n", null, "CVE-2022-32214: a lone line feed" },
    };

    [Theory]
    [MemberData(nameof(Raw))]
    public async Task Raw_requests_reach_the_source_in_canonical_form_or_not_at_all(string rest, string? line, string advisory)
    {
        using var socket = new TcpClient();
        await socket.ConnectAsync(space.Consumer.BaseAddress!.Host, space.Consumer.BaseAddress.Port);
        await using var stream = socket.GetStream();
        var request = $"GET /consume/{contract.Agreement}{rest}Host: {space.Consumer.BaseAddress.Authority}\r\nAuthorization: Bearer {contract.Secret}\r\nTds-Purpose: inference\r\nConnection: close\r\n\r\n";
        await stream.WriteAsync(Encoding.Latin1.GetBytes(request + "abc"));
        using var reader = new StreamReader(stream, Encoding.Latin1);
        var status = await reader.ReadLineAsync().Within("an answer");
        Assert.True(asked.SequenceEqual(line is null ? [] : [line]), $"{advisory}: the source received {string.Join(", ", asked)}");
        Assert.StartsWith(line is null ? "HTTP/1.1 4" : "HTTP/1.1 200", status, StringComparison.Ordinal);
    }

    private async Task<IReadOnlyList<(string Outcome, long Requests, long Bytes)>> CountedAsync() =>
        [.. (await contract.CountsAsync()).Select(counts => (counts.Outcome, counts.Requests, counts.Bytes)).Order()];

    private Task<HttpResponseMessage> SendAsync(HttpMethod method, string path, Action<HttpRequestMessage>? with = null)
    {
        var request = new HttpRequestMessage(method, $"/consume/{contract.Agreement}{path}");
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", contract.Secret);
        request.Headers.Add("Tds-Purpose", "inference");
        with?.Invoke(request);
        return space.Consumer.SendAsync(request, HttpCompletionOption.ResponseHeadersRead).Within("an answer");
    }

    private async Task AnswerAsync(HttpContext context)
    {
        var (request, response) = (context.Request, context.Response);
        asked.Enqueue($"{request.Method} {context.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget}");
        (response.Headers.ETag, response.ContentType) = ("\"v1\"", "text/plain");
        if (request.Headers.IfNoneMatch.Count > 0)
        {
            response.StatusCode = StatusCodes.Status304NotModified;
        }
        else if (request.Headers.Range.Count > 0)
        {
            (response.StatusCode, response.Headers.ContentRange) = (StatusCodes.Status206PartialContent, "bytes 4-9/10");
            await response.WriteAsync("456789");
        }
        else if (HttpMethods.IsHead(request.Method))
        {
            response.ContentLength = 10;
        }
        else if (HttpMethods.IsPost(request.Method))
        {
            using var copy = new MemoryStream();
            await request.Body.CopyToAsync(copy, context.RequestAborted);
            await response.WriteAsync($"{copy.Length} {request.ContentType}");
        }
        else if (request.Path.Value!.EndsWith("events", StringComparison.Ordinal))
        {
            response.ContentType = "text/event-stream";
            await response.Body.FlushAsync();
            for (var i = 0; i < 3; i++)
            {
                await next.WaitAsync(context.RequestAborted);
                await response.WriteAsync($"data: {i}\n\n");
                await response.Body.FlushAsync();
            }

            await next.WaitAsync(context.RequestAborted);
        }
        else
        {
            await response.WriteAsync("0123456789");
        }
    }
}
