using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Logging;
using TrustedDataSpace.Protocol.Metering;
using TrustedDataSpace.Scenarios.Transfer;
using TrustedDataSpace.Testing;
using Xunit;

namespace TrustedDataSpace.Scenarios.Gate;

/// <summary>Whatever applications and sources do at the edges of HTTP, both connectors count the same, and an honest request is told what is wrong.</summary>
public sealed class EqualCountsTests(SharedSpace shared) : IClassFixture<SharedSpace>, IAsyncLifetime
{
    private readonly TestSpace space = shared.Space;

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public ValueTask DisposeAsync()
    {
        space.Source = TestSpace.Csv;
        (space.OtherSource, space.SourceHttpVersion) = (null, null);
        return ValueTask.CompletedTask;
    }

    [Fact]
    public async Task An_application_may_close_right_behind_a_last_record_without_an_end()
    {
        const string Table = "id,v1,v2\na,1,2\nb,3,4";
        space.Source = context => AnswerAsync(context, StatusCodes.Status200OK, "text/csv", Table, length: null);
        var contract = await space.ContractAsync("closed-behind", TestSpace.Constraint("count", "lteq", "1000"));
        for (var i = 0; i < 40; i++)
        {
            await CloseBehindAsync(contract, "b,3,4");
        }

        await AlikeAsync(contract);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task The_page_of_a_404_has_no_rows_whether_it_is_read_or_not(bool breaksOff)
    {
        var page = string.Concat(Enumerable.Repeat("<p>not found</p>\n", 4000));
        space.Source = async context =>
        {
            await AnswerAsync(context, StatusCodes.Status404NotFound, "text/html", page, page.Length + (breaksOff ? 100 : 0));
            if (breaksOff)
            {
                context.Abort();
            }
        };
        var contract = await space.ContractAsync("not-found-" + breaksOff);
        for (var i = 0; i < 20; i++)
        {
            await CloseBehindAsync(contract, "\r\n\r\n");
        }

        await AlikeAsync(contract);
        Assert.All(await space.Provider.CountsAsync(contract.Agreement), counts => Assert.Equal(0, counts.Rows));
    }

    [Theory]
    [InlineData("id,v1,v2\na,1,2\n")]
    [InlineData("id,v1,v2\na,1,2\nb,3,4")]
    public async Task A_source_may_break_off_right_behind_its_beginning(string begun)
    {
        await using var raw = new RawSource("HTTP/1.1 200 OK\r\nContent-Type: text/csv\r\nContent-Length: 900\r\n\r\n" + begun, resets: true);
        space.OtherSource = raw.Url;
        var contract = await space.ContractAsync("begun-" + begun.Length);
        for (var i = 0; i < 40; i++)
        {
            try
            {
                (await contract.UseAsync()).Dispose();
            }
            catch (HttpRequestException)
            {
                // Broken off, as it should be.
            }
        }

        await AlikeAsync(contract);
    }

    [Theory]
    [InlineData("204 No Content", HttpStatusCode.NoContent)]
    [InlineData("205 Reset Content", HttpStatusCode.ServiceUnavailable)]
    public async Task A_status_without_a_body_may_say_a_length(string status, HttpStatusCode told)
    {
        await using var raw = new RawSource($"HTTP/1.1 {status}\r\nContent-Type: text/csv\r\nContent-Length: 5\r\n\r\nid\n1\n");
        space.OtherSource = raw.Url;
        var contract = await space.ContractAsync("status-" + status[..3]);
        using (var answer = await contract.UseAsync())
        {
            Assert.Equal(told, answer.StatusCode);
        }

        await AlikeAsync(contract);
    }

    [Theory]
    [InlineData("Text/CSV", "")]
    [InlineData("text/csv", "Content-Encoding: identity\r\n")]
    [InlineData("text/csv", "Content-Disposition: attachment; filename=\"\u00e4\u00bd\u00a0.csv\"\r\n")]
    public async Task A_head_that_is_right_is_passed_on(string type, string header)
    {
        await using var raw = new RawSource($"HTTP/1.1 200 OK\r\nContent-Type: {type}\r\n{header}Content-Length: 5\r\n\r\nid\n1\n");
        space.OtherSource = raw.Url;
        var contract = await space.ContractAsync($"head-{type}-{header.Length}".ToLowerInvariant().Replace('/', '-'));
        using var answer = await contract.UseAsync();
        Assert.Equal((HttpStatusCode.OK, "id\n1\n"), (answer.StatusCode, await answer.Content.ReadAsStringAsync()));
        if (header.StartsWith("Content-Disposition", StringComparison.Ordinal))
        {
            Assert.Contains("\u00e4\u00bd\u00a0.csv", answer.Content.Headers.NonValidated["Content-Disposition"].ToString(), StringComparison.Ordinal);
        }

        await AlikeAsync(contract);
    }

    [Theory]
    [InlineData("1.1")]
    [InlineData("2")]
    public async Task A_source_may_answer_before_it_has_read_the_request(string version)
    {
        await using var early = await StartEarlyAsync(version);
        (space.OtherSource, space.SourceHttpVersion) = (early.Urls.First(), version);
        var contract = await space.TokenContractAsync("early-" + version, "request", pricePlan: null);
        var whole = 0;
        for (var i = 0; i < 20; i++)
        {
            whole += await IsWholeAsync(contract) ? 1 : 0;
        }

        await AlikeAsync(contract);
        var counted = (await space.Provider.CountsAsync(contract.Agreement)).Where(use => use.Outcome == UsageOutcomes.Ok).Sum(use => use.Requests);
        Assert.InRange(whole, 1, counted);
    }

    // Over HTTP/2 the source's word that it reads no further may come before its answer is read, which is lost then.
    private async Task<bool> IsWholeAsync(TestContract contract)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, $"/consume/{contract.Agreement}/in") { Content = new ByteArrayContent(new byte[1 << 20]) };
        request.Headers.Authorization = new("Bearer", contract.Secret);
        request.Headers.Add("Tds-Purpose", "inference");
        try
        {
            using var answer = await space.Consumer.SendAsync(request).Within("an answer");
            return answer.StatusCode == HttpStatusCode.OK && await answer.Content.ReadAsStringAsync().Within("all of it") == "whole";
        }
        catch (HttpRequestException)
        {
            return false;
        }
    }

    [Fact]
    public async Task A_large_body_that_is_refused_is_told_why()
    {
        var contract = await space.TokenContractAsync("large-body", "request", pricePlan: null);
        var body = new byte[20 << 20];
        for (var i = 0; i < 3; i++)
        {
            using var request = new HttpRequestMessage(HttpMethod.Post, $"/consume/{contract.Agreement}/in") { Content = new ByteArrayContent(body) };
            request.Headers.Authorization = new("Bearer", contract.Secret);
            request.Headers.Add("Tds-Purpose", "inference");
            request.Headers.ExpectContinue = true;
            request.Content.Headers.Add("Content-Digest", $"sha-256=:{Convert.ToBase64String(SHA256.HashData(body))}:");
            using var answer = await space.Consumer.SendAsync(request).Within("the reason");
            Assert.Equal(HttpStatusCode.RequestEntityTooLarge, answer.StatusCode);
        }
    }

    // It does not look at what is sent, and takes little of it unseen.
    private static async Task<WebApplication> StartEarlyAsync(string version)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.ConfigureEndpointDefaults(endpoint => endpoint.Protocols = version == "2" ? HttpProtocols.Http2 : HttpProtocols.Http1);
            kestrel.Limits.Http2.InitialStreamWindowSize = 65_535;
        });
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        var app = builder.Build();
        app.Run(context => context.Response.WriteAsync("whole"));
        await app.StartAsync();
        return app;
    }

    private static async Task AnswerAsync(HttpContext context, int status, string type, string body, long? length)
    {
        (context.Response.StatusCode, context.Response.ContentType, context.Response.ContentLength) = (status, type, length);
        await context.Response.WriteAsync(body);
        await context.Response.Body.FlushAsync();
    }

    // As an application that has seen what it wanted, and not the end.
    private async Task CloseBehindAsync(TestContract contract, string seen)
    {
        var consumer = space.Consumer.BaseAddress!;
        using var client = new TcpClient();
        await client.ConnectAsync(consumer.Host, consumer.Port);
        var stream = client.GetStream();
        await stream.WriteAsync(Encoding.ASCII.GetBytes(
            $"GET /consume/{contract.Agreement} HTTP/1.1\r\nHost: {consumer.Authority}\r\nAuthorization: Bearer {contract.Secret}\r\nTds-Purpose: inference\r\n\r\n"));
        var (text, buffer) = ("", new byte[4096]);
        while (!text.Contains(seen, StringComparison.Ordinal) && await stream.ReadAsync(buffer).AsTask().Within("what it wants to see") is > 0 and var read)
        {
            text += Encoding.Latin1.GetString(buffer, 0, read);
        }
    }

    private async Task AlikeAsync(TestContract contract) => Assert.Equal(await space.Provider.CountsAsync(contract.Agreement), await space.Consumer.CountsAsync(contract.Agreement));
}
