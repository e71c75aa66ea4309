using System.Diagnostics;
using System.Globalization;
using System.Net.Sockets;
using System.Text;
using TrustedDataSpace.Testing;
using Xunit;

namespace TrustedDataSpace.Connector.Tests.DataPlane.Sources;

/// <summary>
/// Requests as no client library would send them, byte for byte, to a connector's own listener. What counts is what the source received:
/// nothing, or exactly the canonical string. Each is named after the advisory that it comes from.
/// </summary>
public sealed class RawRequestTests : IAsyncLifetime
{
    private SourcePlane plane = null!;
    private TestSource source = null!;

    public async ValueTask InitializeAsync()
    {
        plane = await SourcePlane.StartAsync();
        source = await TestSource.StartAsync();
        await plane.DefineAsync(source, rules: new() { Methods = ["GET", "POST"] });
    }

    public async ValueTask DisposeAsync()
    {
        await plane.DisposeAsync();
        await source.DisposeAsync();
    }

    /// <summary>Request target; null, or what the source is asked for; where it comes from.</summary>
    public static TheoryData<string, string?, string> Targets { get; } = new()
    {
        { "/data/f/a", "/base/a", "a plain one" },
        { "/data/f/a/", "/base/a/", "CVE-2026-15704: a trailing slash is another path, and stays one" },
        { "/data/f/A", "/base/A", "case is kept" },
        { "/data/f/%61%2Db", "/base/a-b", "CVE-2026-42274: one spelling for each path" },
        { "/data/f/a%3ab?q=%7e", "/base/a%3Ab?q=~", "CVE-2026-42274: one spelling for each path" },
        { "/data/f?a=1&a=2;b", "/base?a=1&a=2;b", "a query goes as it is" },
        { "/data/f/a%2fb", null, "CVE-2026-26205: an encoded slash" },
        { "/data/f/a%2Fb", null, "CVE-2026-26205: an encoded slash" },
        { "/data/f/a%5cb", null, "CVE-2026-26205: an encoded back-slash" },
        { "/data/f/a\\b", null, "CVE-2026-26205: a back-slash" },
        { "/data/f//a", null, "CVE-2026-26205: a path that begins with two slashes" },
        { "//data/f/a", null, "CVE-2026-26205: a target that begins with two slashes" },
        { "/data//f/a", null, "CVE-2026-26205: doubled slashes" },
        { "/data/f/../g", null, "CVE-2026-33494: dot segments" },
        { "/data/f/..", null, "CVE-2026-33494: dot segments" },
        { "/data/f/a/./b", null, "CVE-2026-42274: dot segments" },
        { "/data/f/%2e%2e/g", null, "CVE-2026-42274: encoded dot segments" },
        { "/data/f/.%2e/g", null, "CVE-2026-42274: half encoded dot segments" },
        { "/x/../data/f/a", null, "CVE-2026-42274: dot segments before the prefix" },
        { "/data/f/%252e%252e/g", null, "CVE-2026-42274: encoded twice" },
        { "/data/f/a;v=1", null, "CVE-2026-26205: a parameter of a segment" },
        { "/data/f/..;/g", null, "CVE-2026-26205: dot segments that some servers see through" },
        { "/data/f/a%00", null, "CVE-2026-33494: a null byte" },
        { "/data/f/a%0d%0aX:1", null, "CVE-2026-33494: a line end" },
        { "/data/f/a#x", null, "CVE-2026-42274: a fragment" },
        { "/data/f/%c0%ae", null, "CVE-2026-42274: an overlong dot" },
        { "/DATA/f/a", null, "CVE-2026-42274: the prefix in other case" },
        { "/data/F/a", null, "CVE-2026-42274: the flow in other case" },
        { "http://other.example/data/f/a", null, "CVE-2026-42274: absolute form of another host" },
        { "http://127.0.0.1/data/f/a", null, "CVE-2026-42274: absolute form of this host" },
        { "*", null, "asterisk form" },
        { "data/f/a", null, "no form at all" },
    };

    [Theory]
    [MemberData(nameof(Targets))]
    public async Task The_source_gets_the_canonical_target_or_nothing(string target, string? asked, string advisory)
    {
        var answer = await plane.SendRawAsync($"GET {target} HTTP/1.1\r\nHost: {Host}\r\nConnection: close\r\n\r\n");
        Assert.True(Received().SequenceEqual(asked is null ? [] : ["GET " + asked]), $"{advisory}: the source received {string.Join(", ", Received())}");
        Assert.StartsWith(asked is null ? "HTTP/1.1 4" : "HTTP/1.1 200", answer, StringComparison.Ordinal);
    }

    /// <summary>What follows the request line; what the source is asked; where it comes from. The smuggled request is always for /smuggled.</summary>
    public static TheoryData<string, string, string[], string> Heads { get; } = new()
    {
        { "POST", $"Content-Length: 30\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n{Smuggled}", [], "CL.TE, CWE-444: both lengths" },
        { "POST", $"Transfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\n0\r\n\r\n{Smuggled}", [], "TE.CL, CWE-444: both lengths" },
        { "POST", $"Content-Length: 4\r\nContent-Length: 0\r\n\r\n{Smuggled}", [], "CWE-444: two lengths" },
        { "POST", $"Content-Length: 0, 4\r\n\r\n{Smuggled}", [], "CWE-444: two lengths in one field" },
        { "POST", $"Content-Length: -1\r\n\r\n{Smuggled}", [], "CWE-444: a negative length" },
        { "POST", $"Content-Length : 4\r\n\r\nabcd{Smuggled}", [], "CWE-444: a space before the colon" },
        { "POST", $"Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n\r\n0\r\n\r\n{Smuggled}", [], "CWE-444: two codings" },
        { "POST", $"Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n{Smuggled}", [], "CWE-444: an unknown coding" },
        { "POST", $"Transfer-Encoding: gzip, chunked, identity\r\n\r\n0\r\n\r\n{Smuggled}", [], "CWE-444: chunked is not the last coding" },
        { "POST", $"Transfer-Encoding: chunked\r\n\r\n1;a=\n\r\na\r\n0\r\n\r\n{Smuggled}", ["POST /base/a"], "CVE-2025-55315: a chunk extension with a bare line end" },
        { "POST", $"Transfer-Encoding: chunked\r\n\r\n1;\nxx\r\na\r\n0\r\n\r\n{Smuggled}", ["POST /base/a"], "CVE-2025-55315: a chunk extension that ends twice" },
        { "POST", $"Transfer-Encoding: chunked\r\n\r\n1\na\r\n0\r\n\r\n{Smuggled}", ["POST /base/a"], "CVE-2025-55315: a chunk size that ends in a bare line feed" },
        { "GET", $"X-A: 1\r\n Tds-Purpose: folded\r\n\r\n{Smuggled}", [], "CWE-444: a folded field (obs-fold)" },
        { "GET", $"X-A: 1\n\nGET /data/f/smuggled HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", [], "CVE-2022-32214: lone line feeds" },
        { "GET", $"X-A: 1\rX-B: 2\r\n\r\n{Smuggled}", [], "CWE-444: a bare carriage return" },
        { "GET", $"X-A: 1\0\r\n\r\n{Smuggled}", [], "CWE-444: a null byte in a field" },
        { "GET", $"Host: other.example\r\n\r\n{Smuggled}", [], "CWE-444: two hosts" },
        { "GET", $": x\r\n\r\n{Smuggled}", [], "CWE-444: a field without a name" },
        { "GET", "Connection: Upgrade, close\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n", [], "CVE-2022-31813: a connection that would be nobody's request" },
        { "GET", "Connection: Upgrade, HTTP2-Settings, close\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQAoAAAAAIAAAAA\r\n\r\n", [], "h2c smuggling: an upgrade past the gate" },
        { "TRACE", "Connection: close\r\n\r\n", [], "CVE-2003-1567: the credentials of the source would come back" },
        { "CONNECT", "Connection: close\r\n\r\n", [], "a tunnel" },
    };

    private const string Smuggled = "GET /data/f/smuggled HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n";

    [Theory]
    [MemberData(nameof(Heads))]
    public async Task Nothing_is_smuggled_behind_or_inside_a_request(string method, string rest, string[] asked, string advisory)
    {
        var answer = await plane.SendRawAsync($"{method} /data/f/a HTTP/1.1\r\nHost: {Host}\r\n{rest}");
        var received = Received();

        // A body that breaks off while it is passed on may have been begun at the source, but is never whole and never another request.
        Assert.True(received.Length == 0 || received.SequenceEqual(asked), $"{advisory}: the source received {string.Join(", ", received)}");
        Assert.DoesNotContain("HTTP/1.1 200", answer, StringComparison.Ordinal);
        Assert.Empty(plane.Uses);
    }

    [Theory]
    [InlineData("Content-Length: {0}\r\n\r\n{1}")]
    [InlineData("Transfer-Encoding: chunked\r\n\r\n{0:x}\r\n{1}\r\n0\r\n\r\n")]
    public async Task The_body_of_a_read_is_refused_and_is_no_request_CWE_444(string body)
    {
        var last = $"GET /data/f/last HTTP/1.1\r\nHost: {Host}\r\nConnection: close\r\n\r\n";
        var answer = await plane.SendRawAsync($"GET /data/f/a HTTP/1.1\r\nHost: {Host}\r\n{string.Format(CultureInfo.InvariantCulture, body, Smuggled.Length, Smuggled)}{last}");
        Assert.Equal(["GET /base/last"], Received());
        Assert.StartsWith("HTTP/1.1 400", answer, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_length_with_a_sign_reaches_the_source_in_its_plain_spelling_CWE_444()
    {
        await plane.SendRawAsync($"POST /data/f/a HTTP/1.1\r\nHost: {Host}\r\nConnection: close\r\nContent-Length: +4\r\n\r\nabcd{Smuggled}");
        Assert.Equal(["POST /base/a"], Received());
        Assert.Equal("4", source.Last.Headers["Content-Length"]);
    }

    [Theory]
    [InlineData("Connection: close, X-Source-Key", "CVE-2022-31813: our credential named as hop-by-hop")]
    [InlineData("Connection: close, Accept-Encoding", "CVE-2022-31813: what makes rows countable named as hop-by-hop")]
    [InlineData("Connection: close, Host, Accept", "CVE-2022-31813: the host named as hop-by-hop")]
    [InlineData("Connection: close, Authorization, Tds-Purpose, Tds-Request, Idempotency-Key", "CVE-2022-31813: what the decision reads named as hop-by-hop")]
    public async Task A_caller_cannot_have_headers_dropped_on_the_way(string connection, string advisory)
    {
        await plane.SendRawAsync($"GET /data/f/a HTTP/1.1\r\nHost: {Host}\r\nAccept: text/csv\r\nTds-Purpose: inference\r\n{connection}\r\n\r\n");
        var asked = Assert.Single(source.Requests);
        Assert.Equal(
            (advisory, "of-the-source", "identity", "text/csv"),
            (advisory, asked.Headers["X-Source-Key"], asked.Headers["Accept-Encoding"], asked.Headers["Accept"]));
        Assert.Equal(["Accept", "Accept-Encoding", "Host", "X-Source-Key"], asked.Headers.Keys.Order(StringComparer.Ordinal));
    }

    [Theory]
    [InlineData("X-Large: ", 1 << 20, "HTTP/1.1 431")]
    [InlineData("Range: bytes=0-1", 40_000, "HTTP/1.1 431")]
    public async Task A_head_of_a_megabyte_is_not_read(string field, int length, string status)
    {
        var answer = await plane.SendRawAsync($"GET /data/f/a HTTP/1.1\r\nHost: {Host}\r\n{field}{new string(',', length)}\r\n\r\n");
        Assert.True(answer.Length == 0 || answer.StartsWith(status, StringComparison.Ordinal), answer);
        Assert.Empty(source.Requests);
    }

    [Fact]
    public async Task A_thousand_fields_are_not_read()
    {
        var fields = string.Concat(Enumerable.Range(0, 1000).Select(i => $"X-{i}: 1\r\n"));
        var answer = await plane.SendRawAsync($"GET /data/f/a HTTP/1.1\r\nHost: {Host}\r\n{fields}\r\n");
        Assert.True(answer.Length == 0 || answer.StartsWith("HTTP/1.1 431", StringComparison.Ordinal), answer);
        Assert.Empty(source.Requests);
    }

    [Fact]
    public async Task A_target_of_a_megabyte_is_not_read()
    {
        var answer = await plane.SendRawAsync($"GET /data/f/{new string('a', 1 << 20)} HTTP/1.1\r\nHost: {Host}\r\n\r\n");
        Assert.True(answer.Length == 0 || answer.StartsWith("HTTP/1.1 414", StringComparison.Ordinal), answer);
        Assert.Empty(source.Requests);
    }

    [Fact]
    public async Task A_head_that_never_becomes_whole_ends_with_its_connection()
    {
        using var socket = new TcpClient();
        await socket.ConnectAsync(plane.Client.BaseAddress!.Host, plane.Client.BaseAddress.Port);
        await using var stream = socket.GetStream();
        await stream.WriteAsync(Encoding.ASCII.GetBytes($"GET /data/f/a HTTP/1.1\r\nHost: {Host}\r\n"));
        var watch = Stopwatch.StartNew();

        // A byte now and then does not prolong it: the time is that of the whole head.
        var answer = ReadAsync(stream);
        while (!answer.IsCompleted)
        {
            try
            {
                await stream.WriteAsync("X"u8.ToArray());
            }
            catch (IOException)
            {
                break;
            }

            await Task.WhenAny(answer, Task.Delay(500));
            Assert.True(watch.Elapsed < Deadline.Limit);
        }

        var text = await answer.Within("the connector to close");
        Assert.True(text.Length == 0 || text.StartsWith("HTTP/1.1 408", StringComparison.Ordinal), text);
        Assert.Empty(source.Requests);
    }

    private string Host => plane.Client.BaseAddress!.Authority;

    private string[] Received() => [.. source.Requests.Select(asked => asked.Line)];

    private static async Task<string> ReadAsync(NetworkStream stream)
    {
        try
        {
            using var text = new MemoryStream();
            await stream.CopyToAsync(text);
            return Encoding.Latin1.GetString(text.ToArray());
        }
        catch (IOException)
        {
            return "";
        }
    }
}
