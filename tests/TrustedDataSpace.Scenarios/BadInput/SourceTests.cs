using System.Net;
using Microsoft.AspNetCore.Http;
using TrustedDataSpace.Connector;
using TrustedDataSpace.Protocol.Metering;
using TrustedDataSpace.Testing;
using Xunit;

namespace TrustedDataSpace.Scenarios.BadInput;

/// <summary>A source that is down, slow, or breaks off: the application learns why, nothing that was not delivered is counted, and it goes on after.</summary>
public sealed class SourceTests(ImpatientSpace impatient) : IClassFixture<ImpatientSpace>
{
    private readonly TestSpace space = impatient.Space;

    public static TheoryData<string, string> Failures { get; } = new()
    {
        { "breaks off", "it did not answer" },
        { "keeps silent", "it kept silent for 00:00:01" },
        { "is in trouble", "it answered 500" },
        { "sends another format", "application/json" },
        { "sends compressed rows", "compressed" },
    };

    [Theory]
    [MemberData(nameof(Failures))]
    public async Task A_source_that_cannot_serve_is_named_costs_nothing_and_may_recover(string source, string says)
    {
        var contract = await space.ContractAsync("source-" + Guid.NewGuid().ToString("n"));
        var logged = (space.Refusals("grid"), space.Refusals("vpp"));
        space.Source = Answer(source);
        using (var answer = await contract.UseAsync())
        {
            await RefusedAsync(answer, says);
        }

        Assert.Equal((logged.Item1 + 1, logged.Item2), (space.Refusals("grid"), space.Refusals("vpp")));
        Assert.Empty(await contract.CountsAsync());
        space.Source = TestSpace.Csv;
        using var again = await contract.UseAsync();
        Assert.Equal(HttpStatusCode.OK, again.StatusCode);
        Assert.Single(await contract.CountsAsync());
    }

    /// <summary>Status of the source, and what the application is told.</summary>
    public static TheoryData<int, int, string> Refusals { get; } = new()
    {
        { 429, 429, "too_many_requests" },
        { 503, 503, "unavailable" },
        { 400, 400, "malformed" },
        { 405, 405, "method_not_allowed" },
        { 406, 400, "malformed" },
        { 409, 409, "conflict" },
        { 411, 400, "malformed" },
        { 413, 413, "too_large" },
        { 414, 400, "malformed" },
        { 415, 415, "unsupported_media_type" },
        { 422, 422, "unsupported" },
        { 401, 503, "unavailable" },
        { 403, 503, "unavailable" },
        { 302, 503, "unavailable" },
    };

    [Theory]
    [MemberData(nameof(Refusals))]
    public async Task What_a_source_says_to_the_application_arrives_without_its_words_and_costs_nothing(int status, int told, string code)
    {
        var contract = await space.ContractAsync("source-says-" + status);
        space.Source = context =>
        {
            context.Response.Headers.RetryAfter = "17";
            return Send(status, "text/csv", encoding: null)(context);
        };
        using (var answer = await contract.UseAsync())
        {
            var problem = await answer.ProblemAsync();
            Assert.Equal((told, code, "source"), ((int)answer.StatusCode, problem.GetProperty("code").GetString(), problem.GetProperty("where").GetString()));
            Assert.Contains($"it answered {status}", problem.GetProperty("detail").GetString(), StringComparison.Ordinal);
            Assert.DoesNotContain("internal detail", problem.GetRawText(), StringComparison.Ordinal);
            Assert.Equal(status is 429 or 503 ? TimeSpan.FromSeconds(17) : null, answer.Headers.RetryAfter?.Delta);
        }

        space.Source = TestSpace.Csv;
        Assert.Empty(await contract.CountsAsync());
    }

    [Fact]
    public async Task What_was_there_once_is_a_miss()
    {
        var contract = await space.ContractAsync("source-gone");
        space.Source = Send(410, "text/plain", encoding: null);
        using (var answer = await contract.UseAsync())
        {
            Assert.Equal(HttpStatusCode.Gone, answer.StatusCode);
        }

        space.Source = TestSpace.Csv;
        Assert.Equal((UsageOutcomes.Miss, 0), Assert.Single((await contract.CountsAsync()).Select(use => (use.Outcome, use.Rows))));
    }

    [Fact]
    public async Task A_source_that_stops_in_the_middle_is_cut_and_both_sides_count_what_came()
    {
        var contract = await space.ContractAsync("source-" + Guid.NewGuid().ToString("n"));
        space.Source = async context =>
        {
            context.Response.ContentType = "text/csv";
            await context.Response.WriteAsync("id,v1,v2\na,1,2\n");
            await context.Response.Body.FlushAsync();
            await StandInOpa.Silence(context);
        };
        using (var answer = await contract.UseAsync(read: HttpCompletionOption.ResponseHeadersRead))
        {
            await Assert.ThrowsAsync<HttpRequestException>(() => answer.Content.CopyToAsync(Stream.Null)).Within("the cut");
        }

        space.Source = TestSpace.Csv;
        Assert.Equal(UsageOutcomes.Cut, Assert.Single(await contract.CountsAsync()).Outcome);
    }

    [Fact]
    public async Task A_source_that_is_down_is_named_and_costs_nothing()
    {
        await using var other = await TestSpace.StartAsync();
        var contract = await other.ContractAsync("curves");
        await other.StopSourceAsync();
        using var answer = await contract.UseAsync();
        await RefusedAsync(answer, "it did not answer");
        Assert.Empty(await contract.CountsAsync());
    }

    private static RequestDelegate Answer(string source) => source switch
    {
        "breaks off" => BreakOff,
        "keeps silent" => StandInOpa.Silence,
        "is in trouble" => Send(500, "text/csv", encoding: null),
        "sends another format" => Send(200, "application/json", encoding: null),
        _ => Send(200, "text/csv", encoding: "gzip"),
    };

    private static Task BreakOff(HttpContext context)
    {
        context.Abort();
        return Task.CompletedTask;
    }

    private static RequestDelegate Send(int status, string type, string? encoding) => context =>
    {
        context.Response.StatusCode = status;
        context.Response.ContentType = type;
        context.Response.Headers.ContentEncoding = encoding;
        return context.Response.WriteAsync("internal detail of the source");
    };

    private static async Task RefusedAsync(HttpResponseMessage answer, string says)
    {
        var problem = await answer.ProblemAsync();
        Assert.Equal(HttpStatusCode.ServiceUnavailable, answer.StatusCode);
        Assert.Equal(("unavailable", "source"), (problem.GetProperty("code").GetString(), problem.GetProperty("where").GetString()));
        Assert.Contains(says, problem.GetProperty("detail").GetString(), StringComparison.Ordinal);
        Assert.Contains("try again", problem.GetProperty("remedy").GetString(), StringComparison.Ordinal);
        Assert.DoesNotContain("internal detail", problem.GetRawText(), StringComparison.Ordinal);
    }
}

/// <summary>A space whose provider waits for its sources for a second.</summary>
public sealed class ImpatientSpace : IAsyncLifetime
{
    public TestSpace Space { get; private set; } = null!;

    public async ValueTask InitializeAsync()
    {
        Space = await TestSpace.StartAsync(new DataOptions { SourceTimeout = TimeSpan.FromSeconds(1) });

        // The first request of all is refused once, with the name of the process that it must be signed for.
        var first = await Space.ContractAsync("first");
        (await first.UseAsync()).Dispose();
    }

    public ValueTask DisposeAsync() => Space.DisposeAsync();
}
