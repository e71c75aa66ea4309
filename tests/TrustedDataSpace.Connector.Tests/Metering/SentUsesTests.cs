using Microsoft.Extensions.Logging.Abstractions;
using TrustedDataSpace.Connector.DataPlane;
using TrustedDataSpace.Connector.Metering;
using TrustedDataSpace.Connector.Metering.Journal;
using TrustedDataSpace.Hosting.Configuration;
using TrustedDataSpace.Hosting.Outbox;
using TrustedDataSpace.Hosting.Storage;
using TrustedDataSpace.Protocol.Errors;
using TrustedDataSpace.Protocol.Metering;
using TrustedDataSpace.Testing;
using Xunit;

namespace TrustedDataSpace.Connector.Tests.Metering;

/// <summary>The consumer's count: a request that was sent is never forgotten, and no number is counted twice.</summary>
public sealed class SentUsesTests : IAsyncDisposable
{
    private static readonly ConsumerFlow Flow = new("flow-1", "agreement-1", "did:web:grid.example", "http://127.0.0.1:1/data/flow-1", "token");

    private readonly TempFolder folder = new();
    private readonly ManualClock clock = new();
    private readonly Database database;
    private readonly Interruptions interruptions;
    private readonly UsageMeter meter;
    private readonly SentUses sent;
    private readonly UsageJournal journal;

    public SentUsesTests()
    {
        var ids = new Ids(clock);
        var settings = new ConnectorSettings { Space = new SpaceOptions { Id = "test-space" }, Storage = new StorageOptions { Folder = folder["data"] } };
        database = new Database(
            settings.Storage,
            settings.Space.Id,
            clock,
            [new SchemaComponent("hosting", typeof(Database).Assembly), new SchemaComponent("connector", typeof(ConnectorHost).Assembly)]);
        var counts = new ProviderCounts();
        interruptions = new Interruptions(new OutboxQueue(ids), counts, NullLogger<Interruptions>.Instance);
        var settlement = new UseSettlement(interruptions, counts);
        journal = new UsageJournal(settings);
        meter = new UsageMeter(database, journal, counts, settlement, interruptions, settings, clock, NullLogger<UsageMeter>.Instance);
        sent = new SentUses(database, interruptions, settlement, meter, ids, settings);
    }

    private long Present => UsageInterval.At(clock.GetUtcNow());

    private UsageAnswer Whole => new() { State = "settled", Interval = Present, Sequence = 1, Outcome = UsageOutcomes.Ok, Observed = true, Rows = 96, Bytes = 1000 };

    public async ValueTask DisposeAsync()
    {
        await database.DisposeAsync();
        journal.Dispose();
        folder.Dispose();
    }

    [Fact]
    public async Task A_number_of_the_provider_is_counted_once_even_while_the_first_answer_is_under_way()
    {
        await using var first = await BeginAsync();
        await using var second = await BeginAsync();
        var ticket = first.Number(Present, 1);
        Assert.Throws<RefusalException>(() => second.Number(Present, 1));
        await first.CountAsync(ticket, new Delivered(UsageOutcomes.Ok, 1, 1));
        Assert.Throws<RefusalException>(() => second.Number(Present, 1));
        second.Number(Present, 2);
    }

    [Fact]
    public async Task A_number_of_the_provider_far_from_the_present_is_not_counted_under()
    {
        await using var use = await BeginAsync();
        foreach (var interval in new[] { 1, Present - 61, Present + 61, long.MaxValue })
        {
            Assert.Throws<RefusalException>(() => use.Number(interval, 1));
            await Assert.ThrowsAsync<RefusalException>(() => ResolveAsync(use, Whole with { Interval = interval }));
        }

        use.Number(Present + 60, 1);
    }

    [Fact]
    public async Task A_sent_request_keeps_the_agreement_from_rest_and_its_key_busy_until_it_is_counted_or_refused()
    {
        await using var use = await BeginAsync("key");
        Assert.False(meter.IsAtRest(Flow.AgreementId));
        Assert.True(sent.IsKeyBusy(Flow.AgreementId, "key"));
        await use.ForgetAsync();
        Assert.True(meter.IsAtRest(Flow.AgreementId));
        Assert.False(sent.IsKeyBusy(Flow.AgreementId, "key"));
    }

    [Theory]
    [InlineData("settled", "ok", 96, 1000)]
    [InlineData("interrupted", "cut", 96, 1000)]
    public async Task After_a_kill_the_consumer_takes_what_the_provider_counted_under_the_id_of_the_request(string state, string outcome, long rows, long bytes)
    {
        var use = await BeginAsync();
        Assert.Equal(1, await meter.InterruptOpenAsync());
        await ResolveAsync(use, Whole with { State = state, Outcome = outcome });
        var counts = Assert.Single(await meter.CountsAsync(Flow.AgreementId));
        Assert.Equal((outcome, rows, bytes), (counts.Outcome, counts.Rows, counts.Bytes));

        // Answered twice: nothing changes.
        await ResolveAsync(use, Whole);
        Assert.Equal(1, Assert.Single(await meter.CountsAsync(Flow.AgreementId)).Requests);
    }

    [Fact]
    public async Task What_the_provider_never_saw_is_not_counted()
    {
        var use = await BeginAsync();
        await meter.InterruptOpenAsync();
        await ResolveAsync(use, new UsageAnswer { State = UsageAnswerStates.None });
        Assert.Empty(await meter.CountsAsync(Flow.AgreementId));
        Assert.True(meter.IsAtRest(Flow.AgreementId));
    }

    [Fact]
    public async Task Who_knows_that_nothing_came_does_not_take_the_providers_word_for_a_delivery()
    {
        await using var use = await BeginAsync();
        await use.AskAsync(nothingCame: true);
        await ResolveAsync(use, Whole);
        var counts = Assert.Single(await meter.CountsAsync(Flow.AgreementId));
        Assert.Equal((UsageOutcomes.Cut, 0, 0), (counts.Outcome, counts.Rows, counts.Bytes));
    }

    [Fact]
    public async Task Who_knows_that_nothing_came_waits_until_the_provider_has_heard_it()
    {
        await using var use = await BeginAsync();
        await use.AskAsync(nothingCame: true);
        var refusal = await Assert.ThrowsAsync<RefusalException>(() => ResolveAsync(use, Whole with { State = "interrupted" }));
        Assert.Equal(RefusalCode.Unavailable, refusal.Code);
        Assert.Empty(await meter.CountsAsync(Flow.AgreementId));
    }

    private Task<SentUse> BeginAsync(string? key = null) => sent.BeginAsync(Flow, new UsageClaim("inference", key, "digest"));

    private Task ResolveAsync(SentUse use, UsageAnswer answer) => database.WriteAsync(unit => interruptions.Resolve(
        unit, new UsageInquiry { Role = FlowRow.Consumer, Flow = Flow.Id, Interval = 0, Sequence = 0, Request = use.Id }, answer));
}
