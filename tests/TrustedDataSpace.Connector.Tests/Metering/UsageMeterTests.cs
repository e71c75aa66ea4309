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

public sealed partial class UsageMeterTests : IAsyncDisposable
{
    private static readonly ProviderFlow Flow = new("flow-1", "agreement-1", "did:web:vpp.example", null, null, new FlowStop());

    private readonly TempFolder folder = new();
    private readonly ManualClock clock = new();
    private readonly Database database;
    private readonly Interruptions interruptions;
    private readonly UsageMeter meter;
    private readonly UsageJournal journal;
    private readonly ConnectorSettings settings;

    public UsageMeterTests()
    {
        settings = new ConnectorSettings { Space = new SpaceOptions { Id = "test-space" }, Storage = new StorageOptions { Folder = folder["data"] } };
        database = new Database(
            settings.Storage,
            settings.Space.Id,
            clock,
            [new SchemaComponent("hosting", typeof(Database).Assembly), new SchemaComponent("connector", typeof(ConnectorHost).Assembly)]);
        journal = new UsageJournal(settings, segmentBytes: 32 * 1024);
        (meter, interruptions) = Meter(journal);
    }

    public async ValueTask DisposeAsync()
    {
        await database.DisposeAsync();
        journal.Dispose();
        folder.Dispose();
    }

    [Fact]
    public async Task Under_any_concurrency_every_reservation_has_its_own_number_and_count()
    {
        await OpenFlowAsync();
        var tickets = await Task.WhenAll(Enumerable.Range(0, 200).Select(_ => Task.Run(async () => await meter.ReserveAsync(Flow, Claim()))));
        Assert.Equal(Enumerable.Range(1, 200).Select(i => (long)i), tickets.Select(ticket => ticket.Used).Order());
        Assert.Equal(200, tickets.Select(ticket => (ticket.Interval, ticket.Sequence)).Distinct().Count());
    }

    [Fact]
    public async Task After_a_suspension_no_number_of_an_interval_before_it_is_given()
    {
        await OpenFlowAsync();
        var cut = await meter.ReserveAsync(Flow, Claim());
        await meter.SettleAsync(cut, new Delivered(UsageOutcomes.Cut, 1, 10));
        await database.WriteAsync(unit =>
        {
            meter.Close(unit, Flow.Id);
            FlowRow.Close(unit, FlowRow.Provider, Flow.Id, FlowEnd.Suspended, "maintenance");
        });
        await OpenFlowAsync();

        // Within the same minute. This side has not recorded the interval, because it still asks about the use; the consumer may have.
        var next = await meter.ReserveAsync(Flow, Claim());
        Assert.Equal((cut.Interval + 1, 1), (next.Interval, next.Sequence));
    }

    [Fact]
    public async Task That_holds_also_when_suspension_start_and_use_are_committed_together()
    {
        await OpenFlowAsync();
        var before = await meter.ReserveAsync(Flow, Claim());
        await meter.SettleAsync(before, new Delivered(UsageOutcomes.Ok, 1, 10));

        using var together = new ManualResetEventSlim();
        var busy = database.WriteAsync(_ => together.Wait(TimeSpan.FromSeconds(60)));
        var suspension = database.WriteAsync(unit =>
        {
            meter.Close(unit, Flow.Id);
            FlowRow.Close(unit, FlowRow.Provider, Flow.Id, FlowEnd.Suspended, "maintenance");
        });
        var start = OpenFlowAsync();
        var use = meter.ReserveAsync(Flow, Claim("key")).AsTask();
        together.Set();
        await Task.WhenAll(busy, suspension, start, use);

        var next = await use;
        Assert.Equal((before.Interval + 1, 1), (next.Interval, next.Sequence));
        Assert.Equal(2, (await meter.ReserveAsync(Flow, Claim())).Sequence);
    }

    [Fact]
    public async Task Who_waits_for_the_word_about_a_use_that_was_cut_goes_on_with_that_word()
    {
        await OpenFlowAsync();
        var claim = Claim() with { IdempotencyKey = "push:flow-1:1" };
        Assert.True(await meter.AgreedOnAsync(Flow, claim.IdempotencyKey!, Deadline.Limit, default));
        var cut = await meter.ReserveAsync(Flow, claim);
        var wait = meter.AgreedOnAsync(Flow, claim.IdempotencyKey!, Timeout.InfiniteTimeSpan, default);
        await meter.SettleAsync(cut, new Delivered(UsageOutcomes.Cut, 1, 10));
        Assert.False(wait.IsCompleted);
        Assert.Equal(RefusalCode.Conflict, (await Assert.ThrowsAsync<RefusalException>(async () => await meter.ReserveAsync(Flow, claim))).Code);

        // Nothing but the answer ends this wait: no timer runs.
        await ResolveAsync(cut, new UsageAnswer { State = UsageAnswerStates.Interrupted, Observed = true, Rows = 1, Bytes = 10 });
        Assert.True(await wait.Within("the word"));
        await meter.ReserveAsync(Flow, claim);
    }

    [Fact]
    public async Task A_released_use_may_be_used_again_and_leaves_no_leaf()
    {
        await OpenFlowAsync();
        var first = await meter.ReserveAsync(Flow, Claim());
        await meter.ReleaseAsync(first);
        var second = await meter.ReserveAsync(Flow, Claim());
        Assert.Equal(1, second.Used);
        await meter.SettleAsync(second, new Delivered(UsageOutcomes.Ok, 96, 1000));
        var counts = Assert.Single(await meter.CountsAsync(Flow.AgreementId));
        Assert.Equal(("inference", UsageOutcomes.Ok, 1, 96, 1000), (counts.Purpose, counts.Outcome, counts.Requests, counts.Rows, counts.Bytes));
    }

    [Theory]
    [InlineData(false, "settled", "ok", true, 96, 1000, "ok", 96, 1000)]
    [InlineData(false, "interrupted", "cut", true, 48, 500, "cut", 48, 500)]
    [InlineData(false, "interrupted", "cut", false, 0, 0, "cut", 0, 0)]
    [InlineData(true, "settled", "ok", true, 10, 100, "ok", 10, 100)]
    [InlineData(true, "settled", "ok", true, 96, 1000, "cut", 10, 100)]
    [InlineData(true, "interrupted", "cut", false, 0, 0, "cut", 10, 100)]
    [InlineData(true, "interrupted", "cut", true, 9, 90, "cut", 10, 100)]
    public async Task Who_does_not_know_takes_the_other_sides_word_and_who_knows_keeps_its_own(
        bool observed, string state, string outcome, bool answerObserved, long answerRows, long answerBytes, string settled, long rows, long bytes)
    {
        await OpenFlowAsync();
        var ticket = await meter.ReserveAsync(Flow, Claim());
        await meter.SettleAsync(ticket, observed ? new Delivered(UsageOutcomes.Cut, 10, 100) : Delivered.Unknown);
        var answer = new UsageAnswer { State = state, Outcome = outcome, Observed = answerObserved, Rows = answerRows, Bytes = answerBytes };
        await ResolveAsync(ticket, answer);
        var counts = Assert.Single(await meter.CountsAsync(Flow.AgreementId));
        Assert.Equal((settled, rows, bytes), (counts.Outcome, counts.Rows, counts.Bytes));

        // Asked twice, answered twice: nothing changes.
        await ResolveAsync(ticket, new UsageAnswer { State = UsageAnswerStates.None });
        Assert.Single(await meter.CountsAsync(Flow.AgreementId));
    }

    [Fact]
    public async Task Who_saw_data_leave_does_not_forget_it_because_the_other_side_denies_it()
    {
        await OpenFlowAsync();
        var ticket = await meter.ReserveAsync(Flow, Claim());
        await meter.SettleAsync(ticket, new Delivered(UsageOutcomes.Cut, 96, 1000));
        await ResolveAsync(ticket, new UsageAnswer { State = UsageAnswerStates.None });
        var counts = Assert.Single(await meter.CountsAsync(Flow.AgreementId));
        Assert.Equal((UsageOutcomes.Cut, 96, 1000), (counts.Outcome, counts.Rows, counts.Bytes));
        Assert.Equal(2, (await meter.ReserveAsync(Flow, Claim())).Used);
    }

    [Theory]
    [InlineData("ok", -96, 1000)]
    [InlineData("ok", 96, -1)]
    [InlineData("ok", long.MaxValue, 1000)]
    [InlineData("ok", 96, long.MaxValue)]
    [InlineData("free of charge", 96, 1000)]
    public async Task A_count_that_cannot_be_is_not_taken_over(string outcome, long rows, long bytes)
    {
        await OpenFlowAsync();
        var ticket = await meter.ReserveAsync(Flow, Claim());
        await meter.SettleAsync(ticket, Delivered.Unknown);
        var answer = new UsageAnswer { State = UsageAnswerStates.Settled, Outcome = outcome, Observed = true, Rows = rows, Bytes = bytes };
        await ResolveAsync(ticket, answer);
        var counts = Assert.Single(await meter.CountsAsync(Flow.AgreementId));
        Assert.Equal((UsageOutcomes.Cut, 0, 0), (counts.Outcome, counts.Rows, counts.Bytes));
    }

    [Fact]
    public async Task A_clock_set_back_never_reopens_a_recorded_interval()
    {
        await OpenFlowAsync();
        var first = await meter.ReserveAsync(Flow, Claim());
        await database.WriteAsync(unit =>
        {
            meter.CloseInterval(unit, Flow.Id, first.Interval);
            unit.Execute(
                """
                INSERT INTO usage_records (space_id, role, flow, interval_no, id, agreement_id, record, signature)
            VALUES (@Space, 'PROVIDER', 'flow-1', @Interval, 'r', 'agreement-1', '{}', '')
            """,
            new { unit.Space, first.Interval });
        });
        clock.Advance(TimeSpan.FromHours(-1));
        Assert.Equal(first.Interval + 1, (await meter.ReserveAsync(Flow, Claim())).Interval);
    }

    [Fact]
    public async Task The_same_answer_under_the_same_key_counts_once_up_to_the_limits()
    {
        await OpenFlowAsync();
        Assert.Equal(UsageOutcomes.Ok, await UseAsync("day-1", "answer"));
        for (var i = 0; i < RetryRule.Most; i++)
        {
            Assert.Equal(UsageOutcomes.Retry, await UseAsync("day-1", "answer"));
        }

        Assert.Equal(UsageOutcomes.Ok, await UseAsync("day-1", "answer"));
        Assert.Equal(UsageOutcomes.Ok, await UseAsync("day-2", "answer"));
        Assert.Equal(UsageOutcomes.Ok, await UseAsync(null, "answer"));
        Assert.Equal(UsageOutcomes.Ok, await UseAsync("day-1", "other answer"));
        Assert.Equal(6, (await meter.ReserveAsync(Flow, Claim())).Used);
    }

    [Fact]
    public async Task Behind_the_window_a_repetition_is_a_new_use()
    {
        await OpenFlowAsync();
        await UseAsync("day-1", "answer");
        clock.Advance(UsageInterval.Length * RetryRule.Intervals);
        Assert.Equal(UsageOutcomes.Retry, await UseAsync("day-1", "answer"));
        clock.Advance(UsageInterval.Length);
        Assert.Equal(UsageOutcomes.Ok, await UseAsync("day-1", "answer"));
    }

    [Fact]
    public async Task A_key_that_is_under_way_or_stood_for_another_request_is_refused()
    {
        await OpenFlowAsync();
        var first = await meter.ReserveAsync(Flow, Claim("key"));
        await Assert.ThrowsAsync<RefusalException>(async () => await meter.ReserveAsync(Flow, Claim("key")));
        await meter.SettleAsync(first, new Delivered(UsageOutcomes.Ok, 0, 0, "d"));
        await Assert.ThrowsAsync<RefusalException>(async () => await meter.ReserveAsync(Flow, Claim("key") with { Digest = "another" }));
        await meter.ReserveAsync(Flow, Claim("key"));
    }

    [Fact]
    public async Task A_use_whose_end_the_tables_cannot_take_ends_once_when_they_can()
    {
        await OpenFlowAsync();
        var counted = await meter.ReserveAsync(Flow, Claim());
        var released = await meter.ReserveAsync(Flow, Claim());
        await meter.BringUpToDateAsync();
        await database.WriteAsync(unit => unit.Execute("ALTER TABLE usage_intervals RENAME TO away"));
        await meter.SettleAsync(counted, new Delivered(UsageOutcomes.Ok, 96, 1000));
        await meter.ReleaseAsync(released);
        await Assert.ThrowsAnyAsync<Exception>(meter.BringUpToDateAsync);

        await database.WriteAsync(unit => unit.Execute("ALTER TABLE away RENAME TO usage_intervals"));
        await meter.BringUpToDateAsync();
        await meter.BringUpToDateAsync();
        Assert.Equal(1, Assert.Single(await meter.CountsAsync(Flow.AgreementId)).Requests);
        Assert.True(meter.IsAtRest(Flow.AgreementId));
        Assert.Equal(2, (await meter.ReserveAsync(Flow, Claim())).Used);
    }

    [Fact]
    public async Task Far_more_uses_than_the_journal_holds_are_counted_each_once()
    {
        await OpenFlowAsync();
        await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Task.Run(async () =>
        {
            for (var i = 0; i < 500; i++)
            {
                await meter.SettleAsync(await meter.ReserveAsync(Flow, Claim()), new Delivered(UsageOutcomes.Ok, 1, 10));
            }
        })));
        var counts = Assert.Single(await meter.CountsAsync(Flow.AgreementId));
        Assert.Equal((2_000, 2_000, 20_000), (counts.Requests, counts.Rows, counts.Bytes));
    }

    [Fact]
    public async Task A_lost_group_of_commands_gives_back_what_was_reserved_in_it()
    {
        await OpenFlowAsync();
        await database.WriteAsync(unit => unit.Execute("CREATE TRIGGER full BEFORE INSERT ON usage_journal BEGIN SELECT raise(ROLLBACK, 'lost'); END"));
        await meter.SettleAsync(await meter.ReserveAsync(Flow, Claim()), new Delivered(UsageOutcomes.Ok, 1, 1));
        await Assert.ThrowsAnyAsync<Exception>(async () => await meter.ReserveAsync(Flow, Claim("key")));
        await database.WriteAsync(unit => unit.Execute("DROP TRIGGER full"));
        Assert.Equal(2, (await meter.ReserveAsync(Flow, Claim("key"))).Used);
    }

    private static UsageClaim Claim(string? key = null) => new("inference", key, "digest");

    private async Task<string> UseAsync(string? key, string answer)
    {
        var before = (await meter.CountsAsync(Flow.AgreementId)).ToDictionary(count => count.Outcome, count => count.Requests);
        var ticket = await meter.ReserveAsync(Flow, Claim(key));
        await meter.SettleAsync(ticket, new Delivered(UsageOutcomes.Ok, 1, 1, answer));
        return (await meter.CountsAsync(Flow.AgreementId)).Single(count => count.Requests > before.GetValueOrDefault(count.Outcome)).Outcome;
    }

    private (UsageMeter Meter, Interruptions Interruptions) Meter(UsageJournal uses)
    {
        var counts = new ProviderCounts();
        var made = new Interruptions(new OutboxQueue(new Ids(clock)), counts, new UsedNumbers(database, uses, settings), NullLogger<Interruptions>.Instance);
        return (new UsageMeter(database, uses, counts, new UseSettlement(made, counts), made, settings, clock, NullLogger<UsageMeter>.Instance), made);
    }

    private Task ResolveAsync(UsageTicket ticket, UsageAnswer answer) => database.WriteAsync(unit =>
    {
        meter.Apply(unit);
        interruptions.Resolve(unit, ticket.Use, answer);
    });

    private Task OpenFlowAsync() => database.WriteAsync(unit => FlowRow.Put(unit, new FlowRow
    {
        Role = FlowRow.Provider,
        Flow = Flow.Id,
        AgreementId = Flow.AgreementId,
        Counterparty = Flow.Consumer,
        State = FlowRow.Open,
    }));
}
