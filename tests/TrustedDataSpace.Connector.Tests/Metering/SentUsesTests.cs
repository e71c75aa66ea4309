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
    private static readonly ConsumerFlow Flow = new("flow-1", "agreement-1", "did:web:grid.example", "http://127.0.0.1:1/data/flow-1", "token", null, new FlowStop());

    private readonly TempFolder folder = new();
    private readonly ManualClock clock = new();
    private readonly Database database;
    private readonly ConnectorSettings settings;
    private readonly List<UsageJournal> journals = [];
    private Interruptions interruptions = null!;
    private UsageMeter meter = null!;
    private SentUses sent = null!;

    public SentUsesTests()
    {
        settings = new ConnectorSettings { Space = new SpaceOptions { Id = "test-space" }, Storage = new StorageOptions { Folder = folder["data"] } };
        database = new Database(
            settings.Storage,
            settings.Space.Id,
            clock,
            [new SchemaComponent("hosting", typeof(Database).Assembly), new SchemaComponent("connector", typeof(ConnectorHost).Assembly)]);
        Start();
    }

    private long Present => UsageInterval.At(clock.GetUtcNow());

    private UsageAnswer Whole => new() { State = "settled", Interval = Present, Sequence = 1, Outcome = UsageOutcomes.Ok, Observed = true, Rows = 96, Bytes = 1000 };

    public async ValueTask DisposeAsync()
    {
        await database.DisposeAsync();
        journals.ForEach(journal => journal.Dispose());
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
        Assert.Equal(1, await KillAsync());
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
        await KillAsync();
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

    [Fact]
    public async Task What_was_counted_before_a_kill_counts_once_and_is_not_asked_about()
    {
        var use = await BeginAsync();
        await use.CountAsync(use.Number(Present, 7), new Delivered(UsageOutcomes.Ok, 96, 1000));
        var later = await BeginAsync();
        await meter.BringUpToDateAsync();
        await later.CountAsync(later.Number(Present, 8), new Delivered(UsageOutcomes.Ok, 4, 24));
        var refused = await BeginAsync();
        await refused.ForgetAsync();

        for (var starts = 0; starts < 2; starts++)
        {
            Assert.Equal(0, await KillAsync());
            var counts = Assert.Single(await meter.CountsAsync(Flow.AgreementId));
            Assert.Equal((2, 100, 1024), (counts.Requests, counts.Rows, counts.Bytes));
            Assert.True(meter.IsAtRest(Flow.AgreementId));
        }
    }

    [Theory]
    [InlineData(false, false)]
    [InlineData(true, false)]
    [InlineData(true, true)]
    public async Task A_number_that_was_counted_is_never_free_again(bool inTables, bool killed)
    {
        var (first, keyed) = (await BeginAsync(), await BeginAsync("key"));
        await first.CountAsync(first.Number(Present, 1), new Delivered(UsageOutcomes.Ok, 1, 1));
        await keyed.CountAsync(keyed.Number(Present, 2), new Delivered(UsageOutcomes.Ok, 1, 1, "answer"));
        await first.DisposeAsync();
        await keyed.DisposeAsync();
        if (inTables)
        {
            await meter.BringUpToDateAsync();
        }

        if (killed)
        {
            await KillAsync();
        }

        await using var second = await BeginAsync();
        Assert.Throws<RefusalException>(() => second.Number(Present, 1));
        Assert.Throws<RefusalException>(() => second.Number(Present, 2));
        await Assert.ThrowsAsync<RefusalException>(() => ResolveAsync(second, Whole));
        await Assert.ThrowsAsync<RefusalException>(() => ResolveAsync(second, Whole with { Sequence = 2 }));
        await ResolveAsync(second, Whole with { Sequence = 3 });
        await using var third = await BeginAsync();
        Assert.Throws<RefusalException>(() => third.Number(Present, 3));
    }

    [Fact]
    public async Task A_number_that_did_not_count_in_the_end_is_free_for_the_word_of_the_provider()
    {
        var use = await BeginAsync();
        use.Number(Present, 1);
        await use.DisposeAsync();
        await ResolveAsync(use, Whole);
        Assert.Equal(96, Assert.Single(await meter.CountsAsync(Flow.AgreementId)).Rows);
    }

    [Fact]
    public async Task A_cut_answer_is_asked_about_by_its_number()
    {
        await using var use = await BeginAsync();
        await use.CountAsync(use.Number(Present, 1), new Delivered(UsageOutcomes.Cut, 5, 50));
        await meter.BringUpToDateAsync();
        Assert.Empty(await meter.CountsAsync(Flow.AgreementId));
        await database.WriteAsync(unit => interruptions.Resolve(
            unit, new UsageInquiry { Role = FlowRow.Consumer, Flow = Flow.Id, Interval = Present, Sequence = 1, Request = use.Id }, Whole with { Outcome = UsageOutcomes.Cut, Rows = 5, Bytes = 50 }));
        Assert.Equal((UsageOutcomes.Cut, 5), (Assert.Single(await meter.CountsAsync(Flow.AgreementId)).Outcome, Assert.Single(await meter.CountsAsync(Flow.AgreementId)).Rows));
    }

    private void Start()
    {
        var ids = new Ids(clock);
        var counts = new ProviderCounts();
        var journal = new UsageJournal(settings);
        journals.Add(journal);
        var numbers = new UsedNumbers(database, journal, settings);
        interruptions = new Interruptions(new OutboxQueue(ids), counts, numbers, NullLogger<Interruptions>.Instance);
        var settlement = new UseSettlement(interruptions, counts);
        meter = new UsageMeter(database, journal, counts, settlement, interruptions, settings, clock, NullLogger<UsageMeter>.Instance);
        sent = new SentUses(database, interruptions, settlement, meter, numbers, ids);
    }

    // As a new process finds it: the file is what the old one had mapped, its memory is gone.
    private Task<int> KillAsync()
    {
        Start();
        return meter.InterruptOpenAsync();
    }

    private Task<SentUse> BeginAsync(string? key = null) => sent.BeginAsync(Flow, new UsageClaim("inference", key, "digest"));

    private Task ResolveAsync(SentUse use, UsageAnswer answer) => database.WriteAsync(unit =>
    {
        meter.Apply(unit);
        interruptions.Resolve(unit, new UsageInquiry { Role = FlowRow.Consumer, Flow = Flow.Id, Interval = 0, Sequence = 0, Request = use.Id }, answer);
    });
}
