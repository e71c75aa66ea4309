using System.Net;
using System.Net.Http.Json;
using System.Text;
using Microsoft.AspNetCore.Http;
using TrustedDataSpace.Protocol.Management;
using TrustedDataSpace.Testing;
using Xunit;

namespace TrustedDataSpace.Scenarios.Gate;

/// <summary>What happens to an answer that flows when the world changes, and what the contract limits while it flows.</summary>
public sealed class RunningAnswerTests(SharedSpace shared) : IClassFixture<SharedSpace>, IAsyncLifetime
{
    private readonly TestSpace space = shared.Space;

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public ValueTask DisposeAsync()
    {
        space.Source = TestSpace.Csv;
        return ValueTask.CompletedTask;
    }

    [Fact]
    public async Task A_signal_that_changes_cuts_the_answers_that_depend_on_it_and_no_others()
    {
        await SignalAsync("grid", "normal");
        var depending = await space.ContractAsync("of-the-grid", TestSpace.Constraint("tds:signal/grid", "eq", "normal"));
        var other = await space.ContractAsync("of-no-grid");
        space.Source = Endless("text/csv");
        using var cut = await OpenAsync(depending);
        using var kept = await OpenAsync(other);

        await SignalAsync("grid", "emergency");

        await CutAsync(cut);
        await UntilAsync(async () => (await FlowAsync(depending)).Running == 0);
        Assert.Equal(1, (await FlowAsync(other)).Running);
        using var refused = await depending.UseAsync();
        Assert.Equal("permission[0].constraint[0]", (await refused.ProblemAsync()).GetProperty("term").GetString());
    }

    [Fact]
    public async Task An_event_stream_that_is_cut_ends_with_an_event_that_says_why()
    {
        await SignalAsync("plant", "on");
        var contract = await space.ContractAsync("events-of-the-plant", delivery: null, meter: "request", TestSpace.Constraint("tds:signal/plant", "eq", "on"));
        space.Source = Endless("text/event-stream", "data: 1\n\n");
        using var answer = await contract.UseAsync(read: HttpCompletionOption.ResponseHeadersRead);
        var whole = answer.Content.ReadAsStringAsync();

        await SignalAsync("plant", "off");

        var text = await whole.Within("the end of the stream");
        Assert.StartsWith("data: 1\n\n", text, StringComparison.Ordinal);
        Assert.Contains("event: error\ndata: {\"code\":\"constraint_not_met\",\"term\":\"permission[0].constraint[0]\"", text, StringComparison.Ordinal);

        // What was delivered is counted, the last event too, and alike on both sides.
        var provider = Assert.Single((await CountsAsync(space.Provider, contract)).Counts);
        Assert.Equal(provider, Assert.Single((await CountsAsync(space.Consumer, contract)).Counts));
        Assert.Equal((1, Encoding.UTF8.GetByteCount(text)), (provider.Requests, provider.Bytes));
    }

    [Fact]
    public async Task No_byte_above_the_quota_goes_out_and_the_next_request_is_refused()
    {
        const int Limit = 100_000;
        var contract = await space.ContractAsync("limited-bytes", delivery: null, meter: "request", TestSpace.Constraint("tds:bytes", "lteq", $"{Limit}"));
        space.Source = async context =>
        {
            context.Response.ContentType = "application/octet-stream";
            for (var i = 0; i < 40; i++)
            {
                await context.Response.Body.WriteAsync(new byte[5_000]);
                await context.Response.Body.FlushAsync();
            }
        };

        var received = 0L;
        using (var answer = await contract.UseAsync(read: HttpCompletionOption.ResponseHeadersRead))
        {
            await using var stream = await answer.Content.ReadAsStreamAsync();
            var buffer = new byte[4_096];
            await Assert.ThrowsAnyAsync<Exception>(async () =>
            {
                while (await stream.ReadAsync(buffer) is > 0 and var count)
                {
                    received += count;
                }
            }).Within("the cut");
        }

        Assert.InRange(received, 1, Limit);
        using var refused = await contract.UseAsync();
        Assert.Equal(HttpStatusCode.Forbidden, refused.StatusCode);
        Assert.Equal("permission[0].constraint[0]", (await refused.ProblemAsync()).GetProperty("term").GetString());
    }

    [Fact]
    public async Task One_more_than_may_run_at_once_is_refused_until_another_has_ended()
    {
        var contract = await space.ContractAsync("one-at-once", TestSpace.Constraint("tds:concurrency", "lteq", "1"));
        var end = new TaskCompletionSource();
        space.Source = Endless("text/csv", until: end.Task);
        using var first = await OpenAsync(contract);

        using (var second = await contract.UseAsync())
        {
            Assert.Equal(HttpStatusCode.Forbidden, second.StatusCode);
        }

        end.SetResult();
        await (await first.Content.ReadAsStreamAsync()).CopyToAsync(Stream.Null).Within("the end");
        space.Source = TestSpace.Csv;
        await UntilAsync(async () => (await contract.UseAsync()).StatusCode == HttpStatusCode.OK);
    }

    [Fact]
    public async Task A_rate_is_kept_and_the_application_is_told_what_is_left()
    {
        var contract = await space.ContractAsync("two-a-day", TestSpace.Constraint("tds:frequency", "lteq", "2/P1D@Asia/Shanghai"));
        using var first = await contract.UseAsync();
        Assert.Equal("\"frequency/P1D@Asia/Shanghai\";q=2;w=86400", Assert.Single(first.Headers.GetValues("RateLimit-Policy")));
        Assert.StartsWith("\"frequency/P1D@Asia/Shanghai\";r=1;t=", Assert.Single(first.Headers.GetValues("RateLimit")), StringComparison.Ordinal);
        using var second = await contract.UseAsync();
        Assert.StartsWith("\"frequency/P1D@Asia/Shanghai\";r=0;t=", Assert.Single(second.Headers.GetValues("RateLimit")), StringComparison.Ordinal);
        using var third = await contract.UseAsync();
        Assert.Equal(HttpStatusCode.Forbidden, third.StatusCode);

        var flow = await FlowAsync(contract);
        Assert.Equal((2, 1), (flow.Requests, flow.Denied));
        var quota = Assert.Single(flow.Quotas);
        Assert.Equal(("frequency/P1D@Asia/Shanghai", 2, 0), (quota.Counter, quota.Limit, quota.Left));
    }

    [Fact]
    public async Task The_application_is_named_where_the_contract_asks_for_it()
    {
        var fits = await space.ContractAsync("for-the-forecaster", TestSpace.Constraint("tds:application", "isAnyOf", new[] { "forecaster" }));
        Assert.Equal(HttpStatusCode.OK, (await fits.UseAsync()).StatusCode);
        var other = await space.ContractAsync("for-the-dashboard", TestSpace.Constraint("tds:application", "isAnyOf", new[] { "dashboard" }));
        Assert.Equal(HttpStatusCode.Forbidden, (await other.UseAsync()).StatusCode);
    }

    [Fact]
    public async Task The_end_of_an_agreement_cuts_every_answer_under_it()
    {
        const int Streams = 40;
        var contract = await space.ContractAsync("many-streams");
        space.Source = Endless("text/csv");
        var answers = await Task.WhenAll(Enumerable.Range(0, Streams).Select(_ => OpenAsync(contract)));
        Assert.Equal(Streams, (await FlowAsync(contract)).Running);

        using var ended = await space.Provider.PostAsJsonAsync(ManagementRoutes.For(ManagementRoutes.AgreementTermination, contract.Agreement), new Termination { Reason = "over" });
        Assert.True(ended.IsSuccessStatusCode);

        await Task.WhenAll(answers.Select(CutAsync));
        await UntilAsync(async () => (await FlowAsync(contract)).Running == 0);
        Assert.All(answers, answer => answer.Dispose());
    }

    [Fact]
    public async Task A_decision_is_used_again_while_it_holds_and_taken_again_when_something_changes()
    {
        await SignalAsync("again", "on");
        var contract = await space.ContractAsync("used-again", TestSpace.Constraint("tds:signal/again", "neq", "off"), TestSpace.Constraint("count", "lteq", "5"));
        for (var i = 0; i < 4; i++)
        {
            Assert.Equal(HttpStatusCode.OK, (await contract.UseAsync("/other/" + i)).StatusCode);
        }

        var flow = await FlowAsync(contract);
        Assert.Equal(4, flow.Decisions + flow.DecisionsReused);
        Assert.InRange(flow.DecisionsReused, 1, 3);

        await SignalAsync("again", "off");
        Assert.Equal(HttpStatusCode.Forbidden, (await contract.UseAsync()).StatusCode);
        await SignalAsync("again", "on");
        Assert.Equal(HttpStatusCode.OK, (await contract.UseAsync()).StatusCode);
        Assert.Equal(HttpStatusCode.Forbidden, (await contract.UseAsync()).StatusCode);
    }

    private static RequestDelegate Endless(string type, string first = "id\n1\n", Task? until = null) => async context =>
    {
        context.Response.ContentType = type;
        await context.Response.WriteAsync(first);
        await context.Response.Body.FlushAsync();
        var end = until ?? Task.Delay(Timeout.InfiniteTimeSpan, CancellationToken.None);
        await end.WaitAsync(context.RequestAborted).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    };

    // Open means: its first bytes are here, so the provider has decided and forwarded.
    private static async Task<HttpResponseMessage> OpenAsync(TestContract contract)
    {
        var answer = await contract.UseAsync(read: HttpCompletionOption.ResponseHeadersRead);
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        var stream = await answer.Content.ReadAsStreamAsync();
        Assert.NotEqual(0, await stream.ReadAsync(new byte[3]).AsTask().Within("the first bytes"));
        return answer;
    }

    private static async Task CutAsync(HttpResponseMessage answer)
    {
        var stream = await answer.Content.ReadAsStreamAsync();
        await Assert.ThrowsAnyAsync<Exception>(async () =>
        {
            while (await stream.ReadAsync(new byte[16]) > 0)
            {
            }
        }).Within("the cut");
    }

    private static async Task UntilAsync(Func<Task<bool>> condition)
    {
        using var deadline = new CancellationTokenSource(Deadline.Limit);
        while (!await condition())
        {
            deadline.Token.ThrowIfCancellationRequested();
            await Task.Yield();
        }
    }

    private async Task SignalAsync(string name, string value)
    {
        using var answer = await space.Provider.PutAsJsonAsync(ManagementRoutes.For(ManagementRoutes.SignalByName, name), new { value });
        Assert.True(answer.IsSuccessStatusCode, await answer.Content.ReadAsStringAsync());
    }

    private Task<FlowView> FlowAsync(TestContract contract) => space.Provider.WaitAsync<FlowView>(ManagementRoutes.For(ManagementRoutes.FlowById, contract.Flow), seconds: 0);

    private static Task<UsageView> CountsAsync(HttpClient side, TestContract contract) => side.WaitAsync<UsageView>($"{ManagementRoutes.Usage}?agreement={contract.Agreement}");
}
