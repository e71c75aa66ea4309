using System.IO.Compression;
using System.Net;
using System.Net.Http.Headers;
using System.Text;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using TrustedDataSpace.Protocol.Delivery;
using TrustedDataSpace.Protocol.Management;
using TrustedDataSpace.Protocol.Metering;
using TrustedDataSpace.Testing;
using Xunit;

namespace TrustedDataSpace.Connector.Tests.DataPlane.Sources;

/// <summary>What passes between an application and a source, and how it is counted.</summary>
public sealed class PassThroughTests : IAsyncLifetime
{
    private const string Text = "0123456789";

    private SourcePlane plane = null!;
    private TestSource source = null!;

    public async ValueTask InitializeAsync()
    {
        plane = await SourcePlane.StartAsync();
        source = await TestSource.StartAsync(Serve);
        await plane.DefineAsync(source, rules: new() { Methods = ["GET", "HEAD", "POST"], LargestRequest = 200_000 });
    }

    public async ValueTask DisposeAsync()
    {
        await plane.DisposeAsync();
        await source.DisposeAsync();
    }

    [Fact]
    public async Task A_download_is_resumed_where_it_broke_off()
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "/data/f/file");
        request.Headers.Range = new RangeHeaderValue(4, null);
        request.Headers.IfRange = new RangeConditionHeaderValue("\"v1\"");
        using var answer = await plane.Client.SendAsync(request);
        Assert.Equal((HttpStatusCode.PartialContent, "456789"), (answer.StatusCode, await answer.Content.ReadAsStringAsync()));
        Assert.Equal(("bytes 4-9/10", "\"v1\"", "bytes"), (answer.Content.Headers.ContentRange?.ToString(), answer.Headers.ETag?.Tag, answer.Headers.AcceptRanges.ToString()));
        Assert.Equal((UsageOutcomes.Ok, 6L), Last());
    }

    [Fact]
    public async Task A_part_that_is_not_there_is_a_miss()
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "/data/f/file");
        request.Headers.Range = new RangeHeaderValue(99, null);
        using var answer = await plane.Client.SendAsync(request);
        Assert.Equal((HttpStatusCode.RequestedRangeNotSatisfiable, "bytes */10"), (answer.StatusCode, answer.Content.Headers.ContentRange?.ToString()));
        Assert.Equal((UsageOutcomes.Miss, 0L), Last());
    }

    [Fact]
    public async Task What_the_application_has_already_is_a_miss()
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "/data/f/file");
        request.Headers.IfNoneMatch.Add(new EntityTagHeaderValue("\"v1\""));
        using var answer = await plane.Client.SendAsync(request);
        Assert.Equal((HttpStatusCode.NotModified, "\"v1\""), (answer.StatusCode, answer.Headers.ETag?.Tag));
        Assert.Equal((UsageOutcomes.Miss, 0L), Last());
    }

    [Fact]
    public async Task The_head_alone_tells_the_length_and_is_a_miss()
    {
        using var answer = await plane.Client.SendAsync(new HttpRequestMessage(HttpMethod.Head, "/data/f/file"));
        Assert.Equal((HttpStatusCode.OK, 10L, "\"v1\""), (answer.StatusCode, answer.Content.Headers.ContentLength, answer.Headers.ETag?.Tag));
        Assert.Equal((UsageOutcomes.Miss, 0L), Last());
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_part_of_a_table_is_neither_asked_for_nor_taken_where_its_rows_count(bool filtered)
    {
        (plane.Meter, plane.Delivery) = filtered
            ? (plane.Meter, new DeliveryRule { Format = "text/csv", Columns = ["id"] })
            : (new MeterRule { Unit = MeterRule.Row, Format = "text/csv" }, null);
        using var request = new HttpRequestMessage(HttpMethod.Get, "/data/f/rows");
        request.Headers.Range = new RangeHeaderValue(4, null);
        using var whole = await plane.Client.SendAsync(request);
        Assert.Equal(HttpStatusCode.OK, whole.StatusCode);
        Assert.Empty(whole.Headers.AcceptRanges);
        Assert.DoesNotContain("Range", source.Last.Headers.Keys);

        using var part = await plane.Client.GetAsync("/data/f/part");
        Assert.Equal(HttpStatusCode.ServiceUnavailable, part.StatusCode);
        Assert.Single(plane.Uses);
    }

    [Fact]
    public async Task Events_arrive_one_by_one()
    {
        using var answer = await plane.Client.GetAsync("/data/f/events", HttpCompletionOption.ResponseHeadersRead).Within("the head before any event");
        Assert.Equal("text/event-stream", answer.Content.Headers.ContentType?.MediaType);
        await using var body = await answer.Content.ReadAsStreamAsync();
        using var reader = new StreamReader(body);
        for (var i = 0; i < 3; i++)
        {
            Next.Release();
            Assert.Equal($"data: {i}", await reader.ReadLineAsync().Within("the event"));
            Assert.Equal("", await reader.ReadLineAsync());
        }

        Next.Release();
        Assert.Null(await reader.ReadLineAsync().Within("the end"));
        Assert.Equal(UsageOutcomes.Ok, Last().Outcome);
    }

    [Fact]
    public async Task A_body_is_sent_on_as_it_comes()
    {
        var content = new StreamContent(new MemoryStream(new byte[150_000])) { Headers = { ContentType = new("application/x-tensor"), ContentLength = 150_000 } };
        using var answer = await plane.Client.PostAsync("/data/f/echo?x=1", content);
        Assert.Equal((HttpStatusCode.OK, "150000"), (answer.StatusCode, await answer.Content.ReadAsStringAsync()));
        Assert.Equal(("POST /base/echo?x=1", "application/x-tensor", "150000"), (source.Last.Line, source.Last.Headers["Content-Type"], source.Last.Headers["Content-Length"]));
    }

    [Fact]
    public async Task A_body_that_turns_out_too_large_is_cut_off()
    {
        var endless = new StreamContent(new MemoryStream(new byte[2_000_000]));
        using var request = new HttpRequestMessage(HttpMethod.Post, "/data/f/echo") { Content = endless, Headers = { TransferEncodingChunked = true } };
        try
        {
            using var answer = await plane.Client.SendAsync(request);
            Assert.Equal(HttpStatusCode.RequestEntityTooLarge, answer.StatusCode);
            Assert.Contains("rules.largestRequest", await answer.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        }
        catch (HttpRequestException)
        {
            // The connector closed while the rest was still being written.
        }

        Assert.Empty(plane.Uses);
    }

    [Theory]
    [InlineData("/data/f/file")]
    [InlineData("/data/f/chunks")]
    public async Task An_answer_that_is_too_large_delivers_nothing_beyond_the_limit(string target)
    {
        await plane.DefineAsync(source, rules: new() { LargestResponse = 9 });
        using var answer = await plane.Client.GetAsync(target, HttpCompletionOption.ResponseHeadersRead);
        if (target.EndsWith("file", StringComparison.Ordinal))
        {
            Assert.Equal(HttpStatusCode.RequestEntityTooLarge, answer.StatusCode);
            Assert.Contains("rules.largestResponse", await answer.Content.ReadAsStringAsync(), StringComparison.Ordinal);
            Assert.Empty(plane.Uses);
        }
        else
        {
            Next.Release();
            await Assert.ThrowsAnyAsync<Exception>(() => answer.Content.CopyToAsync(Stream.Null));
            Assert.Equal((UsageOutcomes.Cut, 5L), await LastCountedAsync());
        }
    }

    [Fact]
    public async Task A_compressed_bomb_stays_packed()
    {
        using var answer = await plane.Client.GetAsync("/data/f/bomb");
        var packed = await answer.Content.ReadAsByteArrayAsync();
        Assert.Equal(["gzip"], answer.Content.Headers.ContentEncoding);
        Assert.Equal((UsageOutcomes.Ok, (long)packed.Length), Last());
        Assert.InRange(packed.Length, 1, 1 << 20);

        plane.Meter = new MeterRule { Unit = MeterRule.Row, Format = "text/csv" };
        using var refused = await plane.Client.GetAsync("/data/f/bomb");
        Assert.Equal(HttpStatusCode.ServiceUnavailable, refused.StatusCode);
        Assert.Single(plane.Uses);
    }

    [Fact]
    public async Task Only_what_is_named_passes_in_either_direction()
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "/data/f/headers");
        foreach (var name in new[] { "Authorization", "Cookie", "Tds-Purpose", "Tds-Request", "X-Forwarded-For", "Forwarded", "traceparent", "baggage", "X-Mine", "From", "Referer", "X-Source-Key" })
        {
            request.Headers.TryAddWithoutValidation(name, "of-the-caller");
        }

        request.Headers.TryAddWithoutValidation("Accept", "text/csv");
        request.Headers.TryAddWithoutValidation("Accept-Language", "zh");
        using var answer = await plane.Client.SendAsync(request);
        Assert.Equal(["Accept", "Accept-Encoding", "Accept-Language", "Host", "X-Source-Key"], source.Last.Headers.Keys.Order(StringComparer.Ordinal));
        Assert.Equal(("of-the-source", "identity", "zh"), (source.Last.Headers["X-Source-Key"], source.Last.Headers["Accept-Encoding"], source.Last.Headers["Accept-Language"]));

        var passed = answer.Headers.Concat(answer.Content.Headers).Select(header => header.Key).Except(["Date", "Transfer-Encoding"]).Order(StringComparer.Ordinal);
        Assert.Equal(["Content-Type", "ETag", "Tds-Usage"], passed);

        await using var other = await TestSource.StartAsync(Serve, options => options.Protocols = HttpProtocols.Http2);
        await plane.Assets.DefineAsync(new AssetDefinition { Id = "h2", SourceUrl = other.Url, Source = new() { HttpVersion = "2" } });
        using var trailed = await plane.Client.GetAsync("/data/h2/headers");
        Assert.Equal("data", await trailed.Content.ReadAsStringAsync());
        Assert.Empty(trailed.TrailingHeaders);
    }

    [Fact]
    public async Task A_head_without_end_is_not_read()
    {
        using var answer = await plane.Client.GetAsync("/data/f/long-head");
        Assert.Equal(HttpStatusCode.ServiceUnavailable, answer.StatusCode);
        Assert.Empty(plane.Uses);
    }

    [Fact]
    public async Task A_source_that_dies_in_the_middle_is_cut_and_what_came_counts()
    {
        using var answer = await plane.Client.GetAsync("/data/f/dies", HttpCompletionOption.ResponseHeadersRead);
        Next.Release();
        await Assert.ThrowsAnyAsync<Exception>(() => answer.Content.CopyToAsync(Stream.Null));
        Assert.Equal((UsageOutcomes.Cut, 5L), await LastCountedAsync());
    }

    [Fact]
    public async Task A_source_is_left_alone_when_the_caller_has_gone()
    {
        using (var answer = await plane.Client.GetAsync("/data/f/endless", HttpCompletionOption.ResponseHeadersRead))
        {
            await using var body = await answer.Content.ReadAsStreamAsync();
            Assert.Equal(1, await body.ReadAtLeastAsync(new byte[1], 1));
        }

        await Gone.Task.Within("the source to see that nobody reads any more");
        Assert.Equal(UsageOutcomes.Cut, (await LastCountedAsync()).Outcome);
    }

    [Fact]
    public async Task The_end_of_the_flow_cuts_what_is_under_way()
    {
        using var answer = await plane.Client.GetAsync("/data/f/endless", HttpCompletionOption.ResponseHeadersRead);
        plane.StopFlow();
        await Assert.ThrowsAnyAsync<Exception>(() => answer.Content.CopyToAsync(Stream.Null)).Within("the cut");
        await Gone.Task.Within("the source to see that nobody reads any more");
    }

    private SemaphoreSlim Next { get; } = new(0);

    private TaskCompletionSource Gone { get; } = new();

    private (string Outcome, long Bytes) Last() => plane.Uses.Select(use => (use.Outcome, use.Bytes)).Last();

    // The caller sees the cut before the connector has counted it.
    private async Task<(string Outcome, long Bytes)> LastCountedAsync()
    {
        await Task.Run(() => SpinWait.SpinUntil(() => !plane.Uses.IsEmpty, Deadline.Limit));
        return Last();
    }

    private async Task Serve(HttpContext context)
    {
        var (request, response) = (context.Request, context.Response);
        switch (request.Path.Value![("/base/".Length)..])
        {
            case "file":
                await FileAsync(context);
                break;
            case "rows":
                (response.ContentType, response.Headers.AcceptRanges) = ("text/csv", "bytes");
                await response.WriteAsync("id,v\na,1\n");
                break;
            case "part":
                (response.StatusCode, response.ContentType, response.Headers.ContentRange) = (206, "text/csv", "bytes 5-8/9");
                await response.WriteAsync("a,1\n");
                break;
            case "events":
                response.ContentType = "text/event-stream";
                await response.Body.FlushAsync();
                for (var i = 0; i < 3; i++)
                {
                    await Next.WaitAsync(context.RequestAborted);
                    await response.WriteAsync($"data: {i}\n\n");
                    await response.Body.FlushAsync();
                }

                await Next.WaitAsync(context.RequestAborted);
                break;
            case "echo":
                using (var copy = new MemoryStream())
                {
                    await request.Body.CopyToAsync(copy, context.RequestAborted);
                    await response.WriteAsync(copy.Length.ToString(System.Globalization.CultureInfo.InvariantCulture));
                }

                break;
            case "chunks":
                await response.WriteAsync("12345");
                await response.Body.FlushAsync();
                await Next.WaitAsync(context.RequestAborted);
                await response.WriteAsync("67890");
                break;
            case "bomb":
                (response.ContentType, response.Headers.ContentEncoding) = ("text/csv", "gzip");
                await using (var gzip = new GZipStream(response.Body, CompressionLevel.Fastest))
                {
                    await gzip.WriteAsync(new byte[10 << 20]);
                }

                break;
            case "headers":
                (response.ContentType, response.Headers.ETag, response.Headers.Location) = ("text/plain", "\"v1\"", "http://10.0.0.1/");
                (response.Headers.SetCookie, response.Headers.Server, response.Headers["X-Powered-By"], response.Headers["Tds-Purpose"]) = ("a=b", "inner", "inner", "other");
                await response.WriteAsync("data");
                if (response.SupportsTrailers())
                {
                    response.AppendTrailer("X-Trailer", "inner");
                }

                break;
            case "long-head":
                response.Headers["X-Long"] = new string('x', 60_000);
                break;
            case "dies":
                await response.WriteAsync("12345");
                await response.Body.FlushAsync();
                await Next.WaitAsync(context.RequestAborted);
                context.Abort();
                break;
            default:
                using (context.RequestAborted.Register(Gone.SetResult))
                {
                    await response.WriteAsync("1");
                    await response.Body.FlushAsync();
                    await Gone.Task;
                }

                break;
        }
    }

    private static async Task FileAsync(HttpContext context)
    {
        var (request, response) = (context.Request.GetTypedHeaders(), context.Response);
        (response.Headers.ETag, response.Headers.AcceptRanges) = ("\"v1\"", "bytes");
        if (request.IfNoneMatch.Count > 0)
        {
            response.StatusCode = 304;
        }
        else if (request.Range?.Ranges.First().From is { } from && request.IfRange?.EntityTag?.Tag != "\"other\"")
        {
            (response.StatusCode, response.Headers.ContentRange) = from < 10 ? (206, $"bytes {from}-9/10") : (416, "bytes */10");
            if (from < 10)
            {
                await response.WriteAsync(Text[(int)from..]);
            }
        }
        else
        {
            response.ContentLength = Encoding.ASCII.GetByteCount(Text);
            if (HttpMethods.IsGet(context.Request.Method))
            {
                await response.WriteAsync(Text);
            }
        }
    }
}
