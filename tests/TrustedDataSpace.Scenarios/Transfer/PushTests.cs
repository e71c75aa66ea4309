using System.Net;
using System.Net.Http.Json;
using Microsoft.AspNetCore.Http;
using TrustedDataSpace.Protocol.Dsp;
using TrustedDataSpace.Protocol.Management;
using TrustedDataSpace.Protocol.Metering;
using Xunit;

namespace TrustedDataSpace.Scenarios.Transfer;

/// <summary>Data that the provider pushes, between two real connectors.</summary>
public sealed class PushTests(SharedSpace shared) : IClassFixture<SharedSpace>
{
    private const string Rows = "id,v1,v2\na,1,2\nb,3,4\n";

    private readonly TestSpace space = shared.Space;

    [Fact]
    public async Task A_finite_push_arrives_whole_completes_the_transfer_and_is_counted_alike()
    {
        await using var sink = await Sink.StartAsync();
        var agreement = await space.AgreeAsync(finite: true);
        var transfer = await space.PushAsync(agreement, sink);

        var delivery = await sink.NextAsync();
        Assert.Equal(Rows, await delivery.TextAsync());
        Assert.Equal(("/in?from=grid", "text/csv", "sink-secret", "inference"), (delivery.Target, delivery.Headers["Content-Type"], delivery.Headers["X-Sink-Key"], delivery.Headers["Tds-Purpose"]));
        Assert.DoesNotContain("Authorization", delivery.Headers.Keys);
        Assert.Equal("COMPLETED", (await space.Consumer.TransferAsync(transfer.Id, after: "STARTED")).State);
        Assert.Equal("COMPLETED", (await space.Provider.TransferAsync(transfer.Flow!)).State);

        var counts = Assert.Single(await space.Provider.CountsAsync(agreement));
        Assert.Equal(("inference", "ok", 1, 4, 21), (counts.Purpose, counts.Outcome, counts.Requests, counts.Rows, counts.Bytes));
        Assert.Equal([counts], await space.Consumer.CountsAsync(agreement));
        await AssertRecordsMatchAsync(agreement);
    }

    [Fact]
    public async Task A_push_without_an_end_goes_on_until_it_is_terminated()
    {
        await using var sink = await Sink.StartAsync();
        var sources = 0;
        space.Source = context =>
        {
            // The first answer asks for the next one at once, the second for one in a day.
            context.Response.Headers.RetryAfter = Interlocked.Increment(ref sources) == 1 ? "0" : "86400";
            context.Response.ContentType = "text/csv";
            return context.Response.WriteAsync($"id,v1,v2\na,{sources},2\n");
        };
        var agreement = await space.AgreeAsync();
        var transfer = await space.PushAsync(agreement, sink);
        var first = await sink.NextAsync();
        var second = await sink.NextAsync();
        Assert.NotEqual(await first.TextAsync(), await second.TextAsync());
        Assert.NotEqual(first.Headers["Idempotency-Key"], second.Headers["Idempotency-Key"]);
        Assert.Equal("STARTED", (await space.Provider.TransferAsync(transfer.Flow!)).State);

        await space.Consumer.StepAsync(ManagementRoutes.TransferTermination, transfer.Id, "enough");
        space.Source = TestSpace.Csv;
        Assert.Equal("TERMINATED", (await space.Provider.TransferAsync(transfer.Flow!, after: "STARTED")).State);
        var counts = Assert.Single(await space.Provider.CountsAsync(agreement));
        Assert.Equal(("ok", 2L), (counts.Outcome, counts.Requests));
        Assert.Equal([counts], await space.Consumer.CountsAsync(agreement));
        await AssertRecordsMatchAsync(agreement);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_suspension_cuts_a_running_push_at_once_and_a_start_goes_on_with_it(bool byProvider)
    {
        await using var sink = await Sink.StartAsync();
        var never = new TaskCompletionSource();
        space.Source = async context =>
        {
            context.Response.ContentType = "text/csv";
            await context.Response.WriteAsync("id,v1,v2\na,1,2\n");
            await context.Response.Body.FlushAsync();
            await never.Task.WaitAsync(context.RequestAborted);
        };
        var agreement = await space.AgreeAsync(finite: true);
        var transfer = await space.PushAsync(agreement, sink);
        var cut = await sink.NextAsync();
        Assert.Equal("id,v1,v2\na,1,2\n", await cut.PieceAsync());

        var (side, id, other, otherId) = byProvider
            ? (space.Provider, transfer.Flow!, space.Consumer, transfer.Id)
            : (space.Consumer, transfer.Id, space.Provider, transfer.Flow!);
        await side.StepAsync(ManagementRoutes.TransferSuspension, id, "maintenance: until noon");
        Assert.False(await cut.IsWholeAsync());

        // The source is silent and would be for ever, and its own limit is five times as long as is waited here: the cut is the suspension's own doing.
        var seen = await other.TransferAsync(otherId, after: "STARTED");
        Assert.Equal(("SUSPENDED", byProvider ? "PROVIDER" : "CONSUMER", "maintenance", false), (seen.State, seen.SuspendedBy, seen.Code, seen.Waiting));

        space.Source = TestSpace.Csv;
        await side.StepAsync(ManagementRoutes.TransferStarting, id);
        var again = await sink.NextAsync();
        Assert.Equal(Rows, await again.TextAsync());
        Assert.Equal(cut.Headers["Idempotency-Key"], again.Headers["Idempotency-Key"]);
        Assert.Equal("COMPLETED", (await space.Consumer.TransferAsync(transfer.Id, after: "STARTED")).State);
        Assert.Contains(await space.Provider.CountsAsync(agreement), counts => counts is { Outcome: UsageOutcomes.Ok, Rows: 4 });
        Assert.Equal(await space.Provider.CountsAsync(agreement), await space.Consumer.CountsAsync(agreement));
    }

    [Fact]
    public async Task A_quota_that_is_used_up_suspends_the_push_with_the_reason()
    {
        await using var sink = await Sink.StartAsync();
        space.Source = context =>
        {
            context.Response.Headers.RetryAfter = "0";
            return TestSpace.Csv(context);
        };
        var agreement = await space.AgreeAsync(constraints: TestSpace.Constraint("count", "lteq", "2"));
        var transfer = await space.PushAsync(agreement, sink);
        var suspended = await space.Consumer.TransferAsync(transfer.Id, after: "STARTED");
        space.Source = TestSpace.Csv;
        Assert.Equal(("SUSPENDED", "PROVIDER"), (suspended.State, suspended.SuspendedBy));
        Assert.Contains("permission[0].constraint[0]", Assert.Single(suspended.Reasons), StringComparison.Ordinal);
        var counts = Assert.Single(await space.Provider.CountsAsync(agreement));
        Assert.Equal(2, counts.Requests);
        Assert.Equal([counts], await space.Consumer.CountsAsync(agreement));

        using var refused = await space.Consumer.PostAsJsonAsync(ManagementRoutes.For(ManagementRoutes.TransferStarting, transfer.Id), new { });
        Assert.Equal(HttpStatusCode.Conflict, refused.StatusCode);
        Assert.Contains("provider has suspended", (await refused.ProblemAsync()).GetProperty("detail").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_purpose_that_the_consumer_declares_is_what_is_decided_about()
    {
        await using var sink = await Sink.StartAsync();
        var agreement = await space.AgreeAsync(constraints: TestSpace.Constraint("purpose", "isAnyOf", new[] { "inference" }));
        var transfer = await space.PushAsync(agreement, sink, purpose: "training");
        var suspended = await space.Consumer.TransferAsync(transfer.Id, after: "STARTED");
        Assert.Equal("SUSPENDED", suspended.State);
        Assert.Empty(await space.Provider.CountsAsync(agreement));
    }

    [Fact]
    public async Task A_sink_that_fails_again_and_again_gets_the_same_delivery_and_it_counts_once()
    {
        const int Failures = 2;
        var tries = 0;
        await using var sink = await Sink.StartAsync();
        sink.AfterFirstPiece = _ =>
        {
            sink.Answer = ++tries <= Failures ? StatusCodes.Status500InternalServerError : StatusCodes.Status200OK;
            return Task.CompletedTask;
        };
        var agreement = await space.AgreeAsync(finite: true);
        var transfer = await space.PushAsync(agreement, sink);
        var keys = new HashSet<string>();
        for (var i = 0; i <= Failures; i++)
        {
            var delivery = await sink.NextAsync();
            Assert.Equal(Rows, await delivery.TextAsync());
            keys.Add(delivery.Headers["Idempotency-Key"]);
        }

        Assert.Single(keys);
        Assert.Equal("COMPLETED", (await space.Consumer.TransferAsync(transfer.Id, after: "STARTED")).State);
        var counts = await space.Provider.CountsAsync(agreement);
        Assert.Equal([("ok", 1L), ("retry", Failures)], counts.Select(count => (count.Outcome, count.Requests)));
        Assert.Equal(counts, await space.Consumer.CountsAsync(agreement));
        await AssertRecordsMatchAsync(agreement);
    }

    [Fact]
    public async Task A_push_needs_a_sink_and_a_format_that_the_product_offers()
    {
        await using var sink = await Sink.StartAsync();
        var agreement = await space.AgreeAsync(formats: [DspConstants.HttpPull]);
        foreach (var start in new[]
        {
            new TransferStart { AgreementId = agreement, Format = DspConstants.HttpPush },
            new TransferStart { AgreementId = agreement, Sink = new PushSink { Url = sink.Url } },
            new TransferStart { AgreementId = agreement, Format = DspConstants.HttpPush, Sink = new PushSink { Url = "ftp://elsewhere.example/" } },
            new TransferStart { AgreementId = agreement, Format = DspConstants.HttpPush, Sink = new PushSink { Url = sink.Url, Headers = new Dictionary<string, string> { ["Content-Type"] = "x" } } },
        })
        {
            using var refused = await space.Consumer.PostAsJsonAsync(ManagementRoutes.Transfers, start);
            Assert.Equal(HttpStatusCode.BadRequest, refused.StatusCode);
            Assert.StartsWith("sink", (await refused.ProblemAsync()).GetProperty("term").GetString(), StringComparison.Ordinal);
        }

        var transfer = await space.PushAsync(agreement, sink);
        Assert.Equal("TERMINATED", transfer.State);
        Assert.Contains(DspConstants.HttpPull, Assert.Single(transfer.Reasons), StringComparison.Ordinal);
    }

    private async Task AssertRecordsMatchAsync(string agreement)
    {
        var provider = await RecordsAsync(space.Provider, agreement);
        var consumer = await RecordsAsync(space.Consumer, agreement);
        Assert.NotEmpty(provider);
        Assert.Equal(provider.Count, consumer.Count);
        Assert.All(provider.Zip(consumer), pair => Assert.True(pair.First.Matches(pair.Second)));
    }

    private static async Task<IReadOnlyList<UsageRecord>> RecordsAsync(HttpClient side, string agreement) =>
        (await side.WaitAsync<Protocol.Authority.Page<UsageRecord>>($"{ManagementRoutes.UsageRecords}?agreement={Uri.EscapeDataString(agreement)}")).Items;
}
