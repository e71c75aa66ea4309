using System.Net.Http.Json;
using System.Text.Json;
using Dapper;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using TrustedDataSpace.Hosting.Storage;
using TrustedDataSpace.Protocol.Authority;
using TrustedDataSpace.Protocol.Evidence;
using TrustedDataSpace.Protocol.Json;
using TrustedDataSpace.Protocol.Management;
using TrustedDataSpace.Protocol.Metering;
using TrustedDataSpace.Protocol.Tokens;
using TrustedDataSpace.Testing;
using Xunit;

namespace TrustedDataSpace.Scenarios.Transfer;

/// <summary>What is pushed takes from the quotas of the contract as it flows, and is decided again while it does, as what is pulled.</summary>
public sealed class PushQuotaTests(SharedSpace shared) : IClassFixture<SharedSpace>
{
    private const string First = "id,n\na,5\n";
    private const string Next = "b,5\n";

    private readonly TestSpace space = shared.Space;

    [Theory]
    [InlineData("tds:bytes", 40)]
    [InlineData("tds:rows", 6)]
    [InlineData("tds:tokens", 20)]
    public async Task A_push_is_cut_in_the_middle_when_a_quota_of_volumes_is_used_up_and_says_why(string quota, int most)
    {
        await using var sink = await Sink.StartAsync();
        space.Source = Endless(sink);
        var agreement = await space.AgreeAsync(meter: quota == "tds:tokens" ? Tokens : null, constraints: TestSpace.Constraint(quota, "lteq", $"{most}"));
        var transfer = await space.PushAsync(agreement, sink);
        var delivery = await sink.NextAsync();
        var suspended = await space.Consumer.TransferAsync(transfer.Id, after: "STARTED");
        Assert.Equal(("SUSPENDED", "PROVIDER", "constraint_not_met"), (suspended.State, suspended.SuspendedBy, suspended.Code));
        Assert.Contains("permission[0].constraint[0]", Assert.Single(suspended.Reasons), StringComparison.Ordinal);
        Assert.False(await delivery.IsWholeAsync());
        Assert.StartsWith(First, await delivery.TextAsync(), StringComparison.Ordinal);

        // Counted alike, as far as it went, and not above the contract.
        var counts = Assert.Single(await space.Provider.CountsAsync(agreement));
        Assert.Equal([counts], await space.Consumer.CountsAsync(agreement));
        Assert.Equal(UsageOutcomes.Cut, counts.Outcome);
        Assert.InRange(Used(quota, counts), 1, most);
        var evidence = EvidenceOf(transfer.Flow!);
        foreach (var kind in new[] { "decision.denied", "transfer.suspended" })
        {
            Assert.Contains("constraint_not_met", Assert.Single(evidence, entry => entry.Kind == kind).Data.GetRawText(), StringComparison.Ordinal);
        }

        // The provider may start it again; what is left is as little as before.
        await space.Provider.StepAsync(ManagementRoutes.TransferStarting, transfer.Flow!);
        var again = await space.Provider.TransferAsync(transfer.Flow!, after: "STARTED");
        space.Source = TestSpace.Csv;
        Assert.Equal(("SUSPENDED", "PROVIDER", "constraint_not_met"), (again.State, again.SuspendedBy, again.Code));
        Assert.InRange((await space.Provider.CountsAsync(agreement)).Sum(count => Used(quota, count)), 1, most);
    }

    [Fact]
    public async Task A_delivery_that_arrives_whole_has_taken_what_it_delivered_and_no_more()
    {
        await using var sink = await Sink.StartAsync();
        space.Source = context =>
        {
            context.Response.Headers.RetryAfter = "86400";
            context.Response.ContentType = "text/csv";
            return context.Response.WriteAsync(First + Next);
        };
        var agreement = await space.AgreeAsync(constraints: [TestSpace.Constraint("tds:bytes", "lteq", "1000"), TestSpace.Constraint("tds:rows", "lteq", "100")]);
        var transfer = await space.PushAsync(agreement, sink);
        Assert.Equal(First + Next, await (await sink.NextAsync()).TextAsync());
        var counts = Assert.Single(await space.Provider.CountsAsync(agreement));
        var flow = await RestingAsync(transfer.Flow!);
        space.Source = TestSpace.Csv;
        Assert.Equal((UsageOutcomes.Ok, (First + Next).Length), (counts.Outcome, counts.Bytes));
        Assert.Equal(
            [("bytes", 1000 - counts.Bytes), ("rows", 100 - counts.Rows)],
            flow.Quotas.Select(state => (state.Counter, state.Left)).OrderBy(state => state.Counter, StringComparer.Ordinal));
        Assert.Equal((1, counts.Bytes), (flow.Requests, flow.Bytes));
    }

    [Fact]
    public async Task A_last_line_without_an_end_arrives_under_a_quota_of_tokens_too()
    {
        await using var sink = await Sink.StartAsync();
        var body = First + Next.TrimEnd('\n');
        space.Source = context =>
        {
            context.Response.Headers.RetryAfter = "86400";
            context.Response.ContentType = "text/csv";
            return context.Response.WriteAsync(body);
        };
        var agreement = await space.AgreeAsync(meter: Tokens, constraints: TestSpace.Constraint("tds:tokens", "lteq", "20"));
        var transfer = await space.PushAsync(agreement, sink);
        Assert.Equal(body, await (await sink.NextAsync()).TextAsync());
        var counts = Assert.Single(await space.Provider.CountsAsync(agreement));
        await RestingAsync(transfer.Flow!);
        space.Source = TestSpace.Csv;
        Assert.Equal((UsageOutcomes.Ok, body.Length), (counts.Outcome, counts.Bytes));
    }

    [Fact]
    public async Task A_push_is_cut_when_what_it_was_allowed_by_is_so_no_more()
    {
        await SignalAsync("on");
        await using var sink = await Sink.StartAsync();
        space.Source = Resting;
        var agreement = await space.AgreeAsync(constraints: TestSpace.Constraint("tds:signal/plant", "eq", "on"));
        var transfer = await space.PushAsync(agreement, sink);
        var delivery = await sink.NextAsync();
        await delivery.PieceAsync();

        await SignalAsync("off");

        Assert.False(await delivery.IsWholeAsync());
        var suspended = await space.Consumer.TransferAsync(transfer.Id, after: "STARTED");
        space.Source = TestSpace.Csv;
        Assert.Equal(("SUSPENDED", "PROVIDER", "constraint_not_met"), (suspended.State, suspended.SuspendedBy, suspended.Code));
        Assert.Contains("signal plant is off", Assert.Single(suspended.Reasons), StringComparison.Ordinal);
        Assert.Equal(await space.Provider.CountsAsync(agreement), await space.Consumer.CountsAsync(agreement));
    }

    [Fact]
    public async Task A_member_that_is_suspended_gets_no_more_of_what_is_pushed_to_it()
    {
        await using var apart = await TestSpace.StartAsync();
        await using var sink = await Sink.StartAsync();
        apart.Source = Resting;
        var transfer = await apart.PushAsync(await apart.AgreeAsync(), sink);
        var delivery = await sink.NextAsync();
        await delivery.PieceAsync();

        await apart.Operator.PostAsync<JsonElement>(AuthorityRoutes.ForSuspension(TestSpace.Vpp), new { reason = "audit" });

        Assert.False(await delivery.IsWholeAsync());
        var suspended = await apart.Provider.TransferAsync(transfer.Flow!, after: "STARTED");
        Assert.Equal(("SUSPENDED", "PROVIDER"), (suspended.State, suspended.SuspendedBy));
        Assert.Contains(suspended.Reasons, reason => reason.StartsWith("membership_not_active", StringComparison.Ordinal));
    }

    private static object Tokens => new { unit = "token", format = "text/csv", tokenizerId = Tokenizer.BuiltInId, tokenizerVersion = Tokenizer.BuiltInVersion, chunks = new { tokens = "n" } };

    private static long Used(string quota, UsageCounts counts) => quota switch
    {
        "tds:bytes" => counts.Bytes,
        "tds:rows" => counts.Rows,
        _ => counts.TokensData!.Value,
    };

    private static RequestDelegate Resting { get; } = async context =>
    {
        context.Response.ContentType = "text/csv";
        await context.Response.WriteAsync(First);
        await context.Response.Body.FlushAsync();
        await Task.Delay(Timeout.InfiniteTimeSpan, context.RequestAborted).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    };

    // The rest comes when the sink has the first record: so that one has gone out, whatever becomes of the others.
    private static RequestDelegate Endless(Sink sink)
    {
        var taken = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        sink.AfterFirstPiece = _ =>
        {
            taken.TrySetResult();
            return Task.CompletedTask;
        };
        return async context =>
        {
            context.Response.ContentType = "text/csv";
            await context.Response.WriteAsync(First);
            await context.Response.Body.FlushAsync();
            try
            {
                await taken.Task.WaitAsync(context.RequestAborted);
                while (true)
                {
                    await context.Response.WriteAsync(Next, context.RequestAborted);
                    await context.Response.Body.FlushAsync(context.RequestAborted);
                }
            }
            catch (Exception ended) when (ended is OperationCanceledException or IOException)
            {
                // Nobody reads on.
            }
        };
    }

    // Its end is noted behind the count.
    private async Task<FlowView> RestingAsync(string id)
    {
        using var deadline = new CancellationTokenSource(Deadline.Limit);
        while (true)
        {
            var flow = await space.Provider.WaitAsync<FlowView>(ManagementRoutes.For(ManagementRoutes.FlowById, id), seconds: 0);
            if (flow.Running == 0)
            {
                return flow;
            }

            deadline.Token.ThrowIfCancellationRequested();
        }
    }

    private IReadOnlyList<EvidenceEntry> EvidenceOf(string process) =>
    [
        .. space.Behind(space.Provider).Services.GetRequiredService<Database>()
            .Read(connection => connection.Query<string>("SELECT entry FROM evidence_trail ORDER BY id").AsList())
            .Select(entry => JsonSerializer.Deserialize<EvidenceEntry>(entry, ProtocolJson.Options)!)
            .Where(entry => entry.Process == process),
    ];

    private async Task SignalAsync(string value)
    {
        using var answer = await space.Provider.PutAsJsonAsync(ManagementRoutes.For(ManagementRoutes.SignalByName, "plant"), new { value });
        Assert.True(answer.IsSuccessStatusCode, await answer.Content.ReadAsStringAsync());
    }
}
