using Microsoft.Extensions.Logging.Abstractions;
using TrustedDataSpace.Connector.DataPlane;
using TrustedDataSpace.Connector.Metering;
using TrustedDataSpace.Connector.Metering.Journal;
using TrustedDataSpace.Protocol.Errors;
using TrustedDataSpace.Protocol.Metering;
using Xunit;

namespace TrustedDataSpace.Connector.Tests.Metering;

/// <summary>What a killed process leaves, and what becomes of it.</summary>
public sealed partial class UsageMeterTests
{
    [Fact]
    public async Task What_a_kill_interrupted_keeps_its_quota_until_the_other_side_was_asked()
    {
        await OpenFlowAsync();
        var ticket = await meter.ReserveAsync(Flow, Claim());
        using var found = new UsageJournal(settings);
        var (next, nextInterruptions) = Meter(found);
        Assert.Equal(1, await next.InterruptOpenAsync());
        Assert.Empty(await next.CountsAsync(Flow.AgreementId));
        Assert.False(next.IsAtRest(Flow.AgreementId));
        Assert.Equal(2, (await next.ReserveAsync(Flow, Claim())).Used);

        // The consumer never saw it.
        await next.BringUpToDateAsync();
        await database.WriteAsync(unit => nextInterruptions.Resolve(unit, ticket.Use, new UsageAnswer { State = UsageAnswerStates.None }));
        Assert.Equal(2, (await next.ReserveAsync(Flow, Claim())).Used);
    }

    [Fact]
    public async Task A_killed_process_has_lost_no_use_that_the_tables_had_not_taken_over()
    {
        await OpenFlowAsync();
        var settled = await meter.ReserveAsync(Flow, Claim());
        var earlier = await meter.ReserveAsync(Flow, Claim());
        await meter.BringUpToDateAsync();
        await meter.SettleAsync(settled, new Delivered(UsageOutcomes.Ok, 96, 1000));
        var both = await meter.ReserveAsync(Flow, Claim());
        await meter.SettleAsync(both, new Delivered(UsageOutcomes.Ok, 4, 24));
        var underWay = await meter.ReserveAsync(Flow, Claim());
        await meter.ReleaseAsync(earlier);

        // As a new process finds it: the file is what the old one had mapped, its memory is gone.
        using var found = new UsageJournal(settings);
        var (next, nextInterruptions) = Meter(found);
        Assert.Equal(1, await next.InterruptOpenAsync());
        await ResolveAsync(nextInterruptions, settled, Settled(96, 1000));
        await ResolveAsync(nextInterruptions, both, Settled(4, 24));
        var counts = Assert.Single(await next.CountsAsync(Flow.AgreementId));
        Assert.Equal((2, 100, 1024), (counts.Requests, counts.Rows, counts.Bytes));
        Assert.False(next.IsAtRest(Flow.AgreementId));
        var after = await next.ReserveAsync(Flow, Claim());
        Assert.Equal((4, underWay.Sequence + 1), (after.Used, after.Sequence));

        // And once more: what was taken over is not taken over again.
        using var again = new UsageJournal(settings);
        var (last, _) = Meter(again);
        Assert.Equal(1, await last.InterruptOpenAsync());
        Assert.Equal(2, Assert.Single(await last.CountsAsync(Flow.AgreementId)).Requests);
    }

    [Theory]
    [InlineData("settled", "ok", true, 96, 1000, "ok", 96, 1000)]
    [InlineData("settled", "cut", true, 0, 0, "cut", 0, 0)]
    [InlineData("interrupted", "cut", true, 48, 500, "cut", 48, 500)]
    [InlineData("interrupted", "cut", true, 96, 1000, "cut", 96, 1000)]
    [InlineData("interrupted", "", false, 0, 0, "ok", 96, 1000)]
    [InlineData("settled", "cut", true, 97, 1000, "ok", 96, 1000)]
    [InlineData("settled", "cut", true, 96, 1001, "ok", 96, 1000)]
    [InlineData("settled", "cut", true, -1, 0, "ok", 96, 1000)]
    [InlineData("settled", "ok", true, 95, 1000, "ok", 96, 1000)]
    [InlineData("settled", "retry", true, 96, 1000, "ok", 96, 1000)]
    [InlineData("settled", "miss", true, 0, 0, "ok", 96, 1000)]
    public async Task What_was_counted_just_before_a_kill_is_less_only_where_the_other_side_has_got_less(
        string state, string outcome, bool observed, long answerRows, long answerBytes, string settled, long rows, long bytes)
    {
        await OpenFlowAsync();
        var ticket = await meter.ReserveAsync(Flow, Claim());
        await meter.SettleAsync(ticket, new Delivered(UsageOutcomes.Ok, 96, 1000));
        using var found = new UsageJournal(settings);
        var (next, nextInterruptions) = Meter(found);
        Assert.Equal(0, await next.InterruptOpenAsync());
        Assert.Empty(await next.CountsAsync(Flow.AgreementId));
        Assert.False(next.IsAtRest(Flow.AgreementId));

        await ResolveAsync(nextInterruptions, ticket, new UsageAnswer { State = state, Outcome = outcome, Observed = observed, Rows = answerRows, Bytes = answerBytes });
        var counts = Assert.Single(await next.CountsAsync(Flow.AgreementId));
        Assert.Equal((settled, rows, bytes), (counts.Outcome, counts.Rows, counts.Bytes));
        Assert.True(next.IsAtRest(Flow.AgreementId));
    }

    [Fact]
    public async Task What_was_counted_just_before_a_kill_and_never_came_is_given_back()
    {
        await OpenFlowAsync();
        var ticket = await meter.ReserveAsync(Flow, Claim());
        await meter.SettleAsync(ticket, new Delivered(UsageOutcomes.Ok, 96, 1000));
        using var found = new UsageJournal(settings);
        var (next, nextInterruptions) = Meter(found);
        await next.InterruptOpenAsync();
        await ResolveAsync(nextInterruptions, ticket, new UsageAnswer { State = UsageAnswerStates.None });
        Assert.Empty(await next.CountsAsync(Flow.AgreementId));
        Assert.Equal(1, (await next.ReserveAsync(Flow, Claim())).Used);
    }

    [Fact]
    public async Task Where_nobody_can_be_asked_what_was_counted_just_before_a_kill_counts()
    {
        await OpenFlowAsync();
        var ticket = await meter.ReserveAsync(Flow, Claim());
        await meter.SettleAsync(ticket, new Delivered(UsageOutcomes.Ok, 96, 1000));
        using var found = new UsageJournal(settings);
        var (next, nextInterruptions) = Meter(found);
        await next.InterruptOpenAsync();
        await database.WriteAsync(unit => nextInterruptions.ResolveAlone(unit, ticket.Use));
        Assert.Equal((UsageOutcomes.Ok, 96), (Assert.Single(await next.CountsAsync(Flow.AgreementId)).Outcome, Assert.Single(await next.CountsAsync(Flow.AgreementId)).Rows));
    }

    [Fact]
    public async Task What_the_tables_had_before_the_kill_is_not_asked_about()
    {
        await OpenFlowAsync();
        await meter.SettleAsync(await meter.ReserveAsync(Flow, Claim()), new Delivered(UsageOutcomes.Ok, 96, 1000));
        await meter.BringUpToDateAsync();
        using var found = new UsageJournal(settings);
        var (next, _) = Meter(found);
        await next.InterruptOpenAsync();
        Assert.Equal(96, Assert.Single(await next.CountsAsync(Flow.AgreementId)).Rows);
    }

    [Fact]
    public async Task A_retry_that_was_counted_just_before_a_kill_is_one_behind_it()
    {
        await OpenFlowAsync();
        await UseAsync("day-1", "answer");
        var again = await meter.ReserveAsync(Flow, Claim("day-1"));
        await meter.SettleAsync(again, new Delivered(UsageOutcomes.Ok, 1, 1, "answer"));
        using var found = new UsageJournal(settings);
        var (next, nextInterruptions) = Meter(found);
        await next.InterruptOpenAsync();

        // Nobody repeats it before both agree on it.
        Assert.Equal(RefusalCode.Conflict, (await Assert.ThrowsAsync<RefusalException>(async () => await next.ReserveAsync(Flow, Claim("day-1")))).Code);
        await ResolveAsync(nextInterruptions, again, Settled(1, 1) with { Outcome = UsageOutcomes.Retry });
        Assert.Equal([UsageOutcomes.Ok, UsageOutcomes.Retry], (await next.CountsAsync(Flow.AgreementId)).Select(count => count.Outcome));
        Assert.Equal(2, (await next.ReserveAsync(Flow, Claim("day-1"))).Used);
    }

    [Fact]
    public async Task What_a_consumer_had_counted_of_a_push_before_it_was_killed_it_has_got()
    {
        await OpenFlowAsync();
        var received = new UsageTicket(FlowRow.Consumer, Flow.Id, 1, 1, Flow.AgreementId, Claim("push:flow-1:1"), 0);
        await database.WriteAsync(unit => UsageTables.Open(unit, received));
        await meter.SettleAsync(received, new Delivered(UsageOutcomes.Ok, 96, 1000, "digest"));
        using var found = new UsageJournal(settings);
        var (next, _) = Meter(found);
        await next.InterruptOpenAsync();
        Assert.Equal((UsageOutcomes.Ok, 96), (Assert.Single(await next.CountsAsync(Flow.AgreementId)).Outcome, Assert.Single(await next.CountsAsync(Flow.AgreementId)).Rows));
    }

    [Fact]
    public async Task Service_that_stops_in_order_leaves_nothing_to_ask_about()
    {
        await OpenFlowAsync();
        using (var worker = new JournalWorker(journal, meter, NullLogger<JournalWorker>.Instance))
        {
            await worker.StartAsync(default);
            await meter.SettleAsync(await meter.ReserveAsync(Flow, Claim()), new Delivered(UsageOutcomes.Ok, 96, 1000));
            await worker.StopAsync(default);
        }

        using var found = new UsageJournal(settings);
        var (next, _) = Meter(found);
        await next.InterruptOpenAsync();
        Assert.Equal(96, Assert.Single(await next.CountsAsync(Flow.AgreementId)).Rows);
    }

    [Fact]
    public async Task A_journal_that_has_lost_its_end_loses_no_use_that_comes_after()
    {
        await OpenFlowAsync();
        for (var i = 0; i < 5; i++)
        {
            await meter.SettleAsync(await meter.ReserveAsync(Flow, Claim()), new Delivered(UsageOutcomes.Ok, 1, 1));
        }

        await meter.BringUpToDateAsync();

        // As a loss of power leaves it: the tables are durable, the last pages of the file never were.
        journal.Dispose();
        File.Delete(folder["data/usage-journal.0"]);
        File.Delete(folder["data/usage-journal.1"]);
        using var found = new UsageJournal(settings);
        var (next, _) = Meter(found);
        await next.InterruptOpenAsync();
        await next.SettleAsync(await next.ReserveAsync(Flow, Claim()), new Delivered(UsageOutcomes.Ok, 1, 1));
        Assert.Equal(6, Assert.Single(await next.CountsAsync(Flow.AgreementId)).Requests);

        // And the process after that finds it in the file.
        var use = await next.ReserveAsync(Flow, Claim());
        await next.SettleAsync(use, new Delivered(UsageOutcomes.Ok, 1, 1));
        using var again = new UsageJournal(settings);
        var (last, lastInterruptions) = Meter(again);
        await last.InterruptOpenAsync();
        Assert.Equal(6, Assert.Single(await last.CountsAsync(Flow.AgreementId)).Requests);
        await ResolveAsync(lastInterruptions, use, Settled(1, 1));
        Assert.Equal(7, Assert.Single(await last.CountsAsync(Flow.AgreementId)).Requests);
    }

    private static UsageAnswer Settled(long rows, long bytes) => new() { State = UsageAnswerStates.Settled, Outcome = UsageOutcomes.Ok, Observed = true, Rows = rows, Bytes = bytes };

    private Task ResolveAsync(Interruptions of, UsageTicket ticket, UsageAnswer answer) => database.WriteAsync(unit => of.Resolve(unit, ticket.Use, answer));
}
