using System.IO.Compression;
using System.Net;
using System.Text;
using TrustedDataSpace.Hosting.Http;
using TrustedDataSpace.Protocol.Errors;
using TrustedDataSpace.Testing;
using Xunit;

namespace TrustedDataSpace.Hosting.Tests.Http;

/// <summary>Answers of services that are not ours.</summary>
public sealed class JsonClientTests : IDisposable
{
    private readonly TempFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Theory]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n", HttpStatusCode.OK)]
    [InlineData("HTTP/1.1 200 OK\r\n", HttpStatusCode.OK)]
    [InlineData("HTTP/1.0 200 Whatever\r\n", HttpStatusCode.OK)]
    [InlineData("HTTP/1.1 202 Accepted\r\nContent-Type: nonsense\r\n", HttpStatusCode.Accepted)]
    [InlineData("HTTP/1.1 204 No Content\r\n", HttpStatusCode.NoContent)]
    public async Task Any_success_without_a_body_and_a_media_type_is_a_success(string head, HttpStatusCode status)
    {
        await using var server = RawServer.Of(head);
        var answer = await SendAsync(server);
        Assert.Equal((status, 0), (answer.Status, answer.Body.Length));
    }

    [Fact]
    public async Task An_empty_answer_in_chunks_is_a_success()
    {
        await using var server = RawServer.Of("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n", "0\r\n\r\n"u8.ToArray());
        Assert.Empty((await SendAsync(server)).Body);
    }

    [Fact]
    public async Task A_body_without_a_media_type_is_handed_on()
    {
        await using var server = RawServer.Of("HTTP/1.1 201 Created\r\n", "{\"a\":1}"u8.ToArray());
        Assert.Equal("{\"a\":1}", Encoding.UTF8.GetString((await SendAsync(server)).Body));
    }

    [Fact]
    public async Task An_answer_that_is_packed_is_unpacked()
    {
        await using var server = RawServer.Of("HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n", Packed("{\"a\":1}"u8));
        Assert.Equal("{\"a\":1}", Encoding.UTF8.GetString((await SendAsync(server)).Body));
        Assert.Contains("Accept-Encoding: gzip\r\n", server.Asked, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_small_answer_that_unpacks_to_a_huge_one_is_cut_at_the_limit()
    {
        var packed = Packed(new byte[50 << 20]);
        Assert.True(packed.Length < 100_000);
        await using var server = RawServer.Of("HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n", packed);
        var refusal = await RefusedAsync(server);
        Assert.Equal((RefusalCode.Unavailable, true), (refusal.Code, refusal.Message.Contains("longer than 65536 bytes (Egress:MaxAnswerBytes)", StringComparison.Ordinal)));
    }

    [Theory]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 70000\r\n")]
    [InlineData("HTTP/1.1 200 OK\r\n")]
    public async Task An_answer_beyond_the_limit_is_cut(string head)
    {
        await using var server = RawServer.Of(head, new byte[70_000]);
        Assert.Contains("longer than 65536 bytes", (await RefusedAsync(server)).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n")]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n")]
    [InlineData("SSH-2.0-OpenSSH_9.2\r\n")]
    [InlineData("")]
    public async Task An_answer_that_cannot_be_read_is_no_answer(string head)
    {
        await using var server = RawServer.Of(head, "no gzip, and shorter than said"u8.ToArray());
        var refusal = await RefusedAsync(server);
        Assert.Equal((RefusalCode.Unavailable, true), (refusal.Code, refusal.Message.Contains("did not answer", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task An_answer_that_comes_byte_by_byte_ends_with_the_limit_for_the_whole()
    {
        await using var server = new RawServer(async (stream, cancellation) =>
        {
            await stream.WriteAsync("HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n"u8.ToArray(), cancellation);
            using var pace = new PeriodicTimer(TimeSpan.FromMilliseconds(20));
            while (await pace.WaitForNextTickAsync(cancellation))
            {
                await stream.WriteAsync("x"u8.ToArray(), cancellation);
            }
        });
        var refusal = await RefusedAsync(server, timeout: TimeSpan.FromMilliseconds(300)).Within("the limit");
        Assert.Contains("did not answer within 00:00:00.3", refusal.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(301, "Location: https://user:pw@elsewhere.example/secret?x=1\r\n", "elsewhere.example")]
    [InlineData(307, "Location: /other\r\n", "another path")]
    [InlineData(308, "", "nowhere")]
    public async Task A_redirect_is_not_followed_and_named(int status, string location, string target)
    {
        await using var server = RawServer.Of($"HTTP/1.1 {status} Moved\r\n{location}Content-Length: 0\r\n");
        var refusal = await RefusedAsync(server);
        Assert.Equal(RefusalCode.Unavailable, refusal.Code);
        Assert.Equal($"{server.Url} answered {status} and points to {target}: redirects are not followed.", refusal.Message);
        Assert.NotNull(refusal.Remedy);
    }

    [Theory]
    [InlineData("{\"detail\":\"\\u000ainfo: forged\"}", "answered 403:  info: forged")]
    [InlineData("{\"detail\":\"\u00ff\"}", "answered 403: no reason given")]
    [InlineData("<html>", "answered 403: no reason given")]
    [InlineData("[1]", "answered 403: no reason given")]
    public async Task The_word_of_a_refusing_service_is_shown_on_one_line_or_not_at_all(string body, string shown)
    {
        await using var server = RawServer.Of("HTTP/1.1 403 Forbidden\r\n", Encoding.Latin1.GetBytes(body));
        var refusal = await RefusedAsync(server);
        Assert.Equal(RefusalCode.Forbidden, refusal.Code);
        Assert.EndsWith(shown, refusal.Message, StringComparison.Ordinal);
    }

    private static byte[] Packed(ReadOnlySpan<byte> text)
    {
        using var packed = new MemoryStream();
        using (var gzip = new GZipStream(packed, CompressionLevel.Optimal, leaveOpen: true))
        {
            gzip.Write(text);
        }

        return packed.ToArray();
    }

    private async Task<JsonAnswer> SendAsync(RawServer server, TimeSpan? timeout = null)
    {
        var settings = TestService.Settings(folder);
        using var client = new JsonClient(settings with
        {
            Egress = settings.Egress with { MaxAnswerBytes = 64 << 10, Timeout = timeout ?? TimeSpan.FromSeconds(20) },
        });
        return await client.SendAsync(HttpMethod.Post, server.Url, "{}"u8.ToArray(), null, CancellationToken.None);
    }

    private Task<RefusalException> RefusedAsync(RawServer server, TimeSpan? timeout = null) =>
        Assert.ThrowsAsync<RefusalException>(() => SendAsync(server, timeout));
}
