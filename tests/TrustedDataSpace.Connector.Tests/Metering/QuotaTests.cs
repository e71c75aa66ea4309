using Microsoft.Extensions.Logging.Abstractions;
using TrustedDataSpace.Connector.DataPlane;
using TrustedDataSpace.Connector.Metering;
using TrustedDataSpace.Connector.Metering.Journal;
using TrustedDataSpace.Connector.Metering.Quotas;
using TrustedDataSpace.Hosting.Configuration;
using TrustedDataSpace.Hosting.Outbox;
using TrustedDataSpace.Hosting.Storage;
using TrustedDataSpace.Policy.Agreements;
using TrustedDataSpace.Protocol.Errors;
using TrustedDataSpace.Protocol.Metering;
using TrustedDataSpace.Testing;
using Xunit;

namespace TrustedDataSpace.Connector.Tests.Metering;

/// <summary>Quotas by leases: never more than the contract says, and little lost by a kill.</summary>
public sealed partial class QuotaTests : IAsyncDisposable
{
    private static readonly ProviderFlow Flow = new("flow-1", "agreement-1", "did:web:vpp.example", null, null, new FlowStop());
    private static readonly UsageClaim Claim = new("inference", null, "");

    private readonly TempFolder folder = new();
    private readonly ManualClock clock = new();
    private readonly ConnectorSettings settings;
    private readonly Database database;
    private readonly List<UsageJournal> journals = [];

    public QuotaTests()
    {
        settings = new ConnectorSettings { Space = new SpaceOptions { Id = "test-space" }, Storage = new StorageOptions { Folder = folder["data"] } };
        database = new Database(
            settings.Storage,
            settings.Space.Id,
            clock,
            [new SchemaComponent("hosting", typeof(Database).Assembly), new SchemaComponent("connector", typeof(ConnectorHost).Assembly)]);
    }

    public async ValueTask DisposeAsync()
    {
        await database.DisposeAsync();
        journals.ForEach(journal => journal.Dispose());
        folder.Dispose();
    }

    [Theory]
    [InlineData(10_000, 64)]
    [InlineData(2_000, 20)]
    [InlineData(99, 1)]
    public async Task A_lease_is_a_hundredth_of_what_remains_and_never_more_than_64(long limit, long lease)
    {
        var (meter, _) = await StartAsync();
        await meter.ReserveAsync(Flow, Claim, [Count(limit)]);
        Assert.Equal(lease, await StoredAsync("count"));
    }

    [Fact]
    public async Task Under_any_concurrency_no_two_uses_have_the_same_place()
    {
        var (meter, _) = await StartAsync();
        var tickets = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => Task.Run(async () =>
        {
            var taken = new List<long>();
            for (var i = 0; i < 250; i++)
            {
                taken.Add((await meter.ReserveAsync(Flow, Claim, [Count(2_000)])).Used);
            }

            return taken;
        })));
        Assert.Equal(Enumerable.Range(1, 2_000).Select(i => (long)i), tickets.SelectMany(taken => taken).Order());

        // Near the end there are single units, and above it none is needed.
        Assert.Equal(2_000, await StoredAsync("count"));
        Assert.Equal(2_001, (await meter.ReserveAsync(Flow, Claim, [Count(2_000)])).Used);
        Assert.Equal(2_000, await StoredAsync("count"));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(70)]
    [InlineData(500)]
    public async Task A_kill_loses_at_most_the_open_lease_of_a_period(int uses)
    {
        const string Counter = "count/P1D@Asia/Shanghai";
        var quota = new QuotaTerm(Counter, QuotaUnit.Count, 1_000, "P1D", "Asia/Shanghai");
        var (meter, _) = await StartAsync();
        for (var i = 1; i <= uses; i++)
        {
            var ticket = await meter.ReserveAsync(Flow, Claim, [quota]);
            Assert.Equal(i, ticket.Counters![Counter]);
        }

        var (next, _) = await StartAsync();
        var after = (await next.ReserveAsync(Flow, Claim, [quota])).Counters![Counter];
        Assert.InRange(after, uses + 1, uses + 1 + 10);
    }

    [Fact]
    public async Task A_kill_loses_nothing_of_a_total_because_the_journal_has_every_use()
    {
        var (meter, _) = await StartAsync();
        for (var i = 0; i < 70; i++)
        {
            await meter.ReserveAsync(Flow, Claim, [Count(1_000)]);
        }

        var (next, _) = await StartAsync();
        Assert.Equal(71, (await next.ReserveAsync(Flow, Claim, [Count(1_000)])).Used);
    }

    [Fact]
    public async Task After_another_start_of_the_machine_what_was_leased_counts_as_used()
    {
        var (meter, _) = await StartAsync();
        await meter.ReserveAsync(Flow, Claim, [Count(100_000)]);
        await meter.BringUpToDateAsync();
        await database.WriteAsync(unit => unit.Execute("UPDATE usage_journal SET boot = 'an earlier one'"));

        var (next, _) = await StartAsync();
        Assert.Equal(65, (await next.ReserveAsync(Flow, Claim, [Count(100_000)])).Used);
    }

    [Fact]
    public async Task It_counts_as_used_also_when_some_of_the_journal_is_still_there()
    {
        var (meter, _) = await StartAsync();
        await meter.ReserveAsync(Flow, Claim, [Count(100_000)]);
        await meter.BringUpToDateAsync();
        await database.WriteAsync(unit => unit.Execute("UPDATE usage_journal SET boot = 'an earlier one'"));
        await meter.ReserveAsync(Flow, Claim, [Count(100_000)]);

        var (next, _) = await StartAsync();
        Assert.Equal(65, (await next.ReserveAsync(Flow, Claim, [Count(100_000)])).Used);
    }

    [Fact]
    public async Task Unused_leases_come_back()
    {
        var (meter, counts) = await StartAsync();
        await meter.ReserveAsync(Flow, Claim, [Count(100_000)]);
        Assert.Equal(64, await StoredAsync("count"));
        using var worker = new LeaseWorker(counts, journals[^1], database, meter, clock, NullLogger<LeaseWorker>.Instance);
        await worker.StopAsync(default);
        Assert.Equal(1, await StoredAsync("count"));

        // Given back means: the next use needs a lease again.
        Assert.Equal(2, (await meter.ReserveAsync(Flow, Claim, [Count(100_000)])).Used);
        Assert.Equal(65, await StoredAsync("count"));
    }

    [Fact]
    public async Task A_period_begins_anew_at_its_time_in_the_zone_of_the_contract()
    {
        const string Counter = "count/P1D@Asia/Shanghai";
        var quota = new QuotaTerm(Counter, QuotaUnit.Count, 10, "P1D", "Asia/Shanghai");
        var (meter, _) = await StartAsync();
        Assert.Equal(1, await TakeAsync());
        Assert.Equal(2, await TakeAsync());

        // 2026-05-12T00:00Z is eight in the morning there.
        clock.Advance(TimeSpan.FromHours(16) - TimeSpan.FromSeconds(1));
        Assert.Equal(3, await TakeAsync());
        clock.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(1, await TakeAsync());

        // A clock that is set back does not open the day before again, nor after a restart.
        clock.Advance(TimeSpan.FromHours(-2));
        Assert.Equal(2, await TakeAsync());
        (meter, _) = await StartAsync();
        Assert.Equal(3, await TakeAsync());
        clock.Advance(TimeSpan.FromHours(2));
        Assert.Equal(4, await TakeAsync());

        async Task<long> TakeAsync() => (await meter.ReserveAsync(Flow, Claim, [quota])).Counters![Counter];
    }

    [Fact]
    public async Task A_use_that_is_given_back_is_free_again_in_each_counter()
    {
        const string Counter = "count/P1D@Asia/Shanghai";
        QuotaTerm[] quotas = [Count(10), new(Counter, QuotaUnit.Count, 10, "P1D", "Asia/Shanghai"), new("concurrency", QuotaUnit.Concurrency, 2, null, null)];
        var (meter, _) = await StartAsync();
        var first = await meter.ReserveAsync(Flow, Claim, quotas);
        Assert.Equal((1, 1, 1), (first.Used, first.Counters![Counter], first.Counters["concurrency"]));
        await meter.ReleaseAsync(first);
        var second = await meter.ReserveAsync(Flow, Claim, quotas);
        Assert.Equal((1, 1, 1), (second.Used, second.Counters![Counter], second.Counters["concurrency"]));
        await meter.SettleAsync(second, new Delivered(UsageOutcomes.Ok, 1, 1));
        var third = await meter.ReserveAsync(Flow, Claim, quotas);
        Assert.Equal((2, 2, 1), (third.Used, third.Counters![Counter], third.Counters["concurrency"]));
    }

    [Fact]
    public async Task What_flows_is_covered_by_a_lease_before_it_does()
    {
        QuotaTerm[] quotas = [new("bytes", QuotaUnit.Bytes, 100_000_000, null, null)];
        var (meter, counts) = await StartAsync();
        await meter.ReserveAsync(Flow, Claim, quotas);
        var count = counts.FindAgreement(Flow.AgreementId)!;
        Assert.False(count.TryTake(new Volumes(Bytes: 10_000), clock.GetUtcNow()));
        await meter.LeaseAsync(count, new Volumes(Bytes: 10_000));
        Assert.Equal(1_000_000, await StoredAsync("bytes"));
        Assert.True(count.TryTake(new Volumes(Bytes: 990_000), clock.GetUtcNow()));
        Assert.False(count.TryTake(new Volumes(Bytes: 1), clock.GetUtcNow()));

        // A kill: everything up to the lease counts as used.
        var (next, nextCounts) = await StartAsync();
        await next.ReserveAsync(Flow, Claim, quotas);
        Assert.Equal(99_000_000, Assert.Single(nextCounts.FindAgreement(Flow.AgreementId)!.States(clock.GetUtcNow())).Left);
    }

    [Fact]
    public async Task The_first_use_is_remembered_and_a_refused_one_is_none()
    {
        var (meter, _) = await StartAsync();
        await meter.ReleaseAsync(await meter.ReserveAsync(Flow, Claim));
        Assert.Null(meter.FirstUsed(Flow.AgreementId));
        clock.Advance(TimeSpan.FromMinutes(5));
        var first = clock.GetUtcNow();
        await meter.SettleAsync(await meter.ReserveAsync(Flow, Claim), new Delivered(UsageOutcomes.Ok, 1, 1));
        clock.Advance(TimeSpan.FromMinutes(5));
        await meter.SettleAsync(await meter.ReserveAsync(Flow, Claim), new Delivered(UsageOutcomes.Ok, 1, 1));
        Assert.Equal(first, meter.FirstUsed(Flow.AgreementId));
        await meter.BringUpToDateAsync();

        var (next, _) = await StartAsync();
        await next.ReserveAsync(Flow, Claim);
        Assert.Equal(first, next.FirstUsed(Flow.AgreementId));
    }

    [Theory]
    [InlineData(UsageOutcomes.Ok)]
    [InlineData(UsageOutcomes.Cut)]
    public async Task The_first_use_is_remembered_also_when_it_lasted(string outcome)
    {
        var (meter, _) = await StartAsync();
        var first = clock.GetUtcNow();
        var ticket = await meter.ReserveAsync(Flow, Claim);
        await meter.BringUpToDateAsync();
        clock.Advance(TimeSpan.FromHours(1));
        await meter.SettleAsync(ticket, new Delivered(outcome, 1, 1));
        await meter.BringUpToDateAsync();

        var (next, _) = await StartAsync();
        await next.ReserveAsync(Flow, Claim);
        Assert.Equal(first.ToUnixTimeMilliseconds(), next.FirstUsed(Flow.AgreementId)?.ToUnixTimeMilliseconds());
    }

    [Fact]
    public async Task Time_that_was_taken_without_a_lease_is_not_forgotten()
    {
        var quota = new QuotaTerm("seconds", QuotaUnit.Seconds, 3_600, null, null);
        var (meter, counts) = await StartAsync();
        await meter.ReserveAsync(Flow, Claim, [quota]);
        var count = counts.FindAgreement(Flow.AgreementId)!;

        // Uses that were over before anybody looked at them.
        count.TryTake(new Volumes(Seconds: 100), clock.GetUtcNow(), leasing: true);
        await meter.CoverAsync(count);

        var (next, nextCounts) = await StartAsync();
        await next.ReserveAsync(Flow, Claim, [quota]);
        Assert.InRange(Assert.Single(nextCounts.FindAgreement(Flow.AgreementId)!.States(clock.GetUtcNow())).Left, 3_400, 3_500);
    }

    [Fact]
    public async Task A_lease_that_was_taken_back_before_it_was_durable_covers_nothing()
    {
        var quota = new QuotaTerm("count/P1D@UTC", QuotaUnit.Count, 10_000, "P1D", "UTC");
        var (meter, counts) = await StartAsync();
        await meter.ReserveAsync(Flow, Claim, [quota]);
        var count = counts.FindAgreement(Flow.AgreementId)!;
        for (var i = 1; i < 50; i++)
        {
            Assert.NotNull(count.TryTake(Claim.Purpose, clock.GetUtcNow()));
        }

        // A renewal is on its way to the table; two looks at the counter find nobody taking.
        var renewal = count.Wanted(_ => 1, clock.GetUtcNow(), early: true);
        Assert.NotEmpty(renewal);
        count.Reclaim(clock.GetUtcNow());
        var back = count.Reclaim(clock.GetUtcNow());
        foreach (var lease in renewal)
        {
            count.Grant(lease);
        }

        await database.WriteAsync(unit =>
        {
            foreach (var lease in back)
            {
                count.GiveBack(unit, lease, journals[^1].Leases);
            }
        });

        // What may be taken now without a durable step is no more than what the table has.
        Assert.Equal(50, await StoredAsync("count/P1D@UTC"));
        Assert.Null(count.TryTake(Claim.Purpose, clock.GetUtcNow()));
    }

    [Fact]
    public async Task A_flow_that_has_ended_reserves_nothing()
    {
        var (meter, _) = await StartAsync();
        await database.WriteAsync(unit =>
        {
            meter.Close(unit, Flow.Id);
            FlowRow.Close(unit, FlowRow.Provider, Flow.Id, FlowEnd.Terminated, "over");
        });
        await Assert.ThrowsAsync<RefusalException>(async () => await meter.ReserveAsync(Flow, Claim));
        Assert.Empty(await meter.CountsAsync(Flow.AgreementId));
    }

    [Fact]
    public async Task The_purposes_of_an_agreement_are_bounded()
    {
        var (meter, _) = await StartAsync();
        for (var i = 0; i < AgreementCount.MostPurposes; i++)
        {
            var ticket = await meter.ReserveAsync(Flow, Claim with { Purpose = $"purpose-{i}" });
            await meter.SettleAsync(ticket, new Delivered(UsageOutcomes.Ok, 1, 1));
        }

        await Assert.ThrowsAsync<RefusalException>(async () => await meter.ReserveAsync(Flow, Claim with { Purpose = "one-more" }));
        await meter.ReserveAsync(Flow, Claim with { Purpose = "purpose-0" });
    }

    private static QuotaTerm Count(long limit) => new(AgreementCount.Total, QuotaUnit.Count, limit, null, null);

    // As a process starts: nothing in memory, the file and the tables as they are.
    private async Task<(UsageMeter Meter, ProviderCounts Counts)> StartAsync()
    {
        var journal = new UsageJournal(settings);
        journals.Add(journal);
        var counts = new ProviderCounts();
        var interruptions = new Interruptions(new OutboxQueue(new Ids(clock)), counts, new UsedNumbers(database, journal, settings), NullLogger<Interruptions>.Instance);
        var meter = new UsageMeter(database, journal, counts, new UseSettlement(interruptions, counts), interruptions, settings, clock, NullLogger<UsageMeter>.Instance);
        await meter.InterruptOpenAsync();
        await database.WriteAsync(unit => FlowRow.Put(unit, new FlowRow { Role = FlowRow.Provider, Flow = Flow.Id, AgreementId = Flow.AgreementId, Counterparty = Flow.Consumer, State = FlowRow.Open }));
        return (meter, counts);
    }

    private async Task<long> StoredAsync(string counter)
    {
        // Behind the renewals that run in the background, and with those that are stored beside the table.
        var kept = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        Assert.True(journals[^1].Leases.TryKeep("another", () => [new Lease("count", 0, 0)], (_, _) => kept.TrySetResult()));
        await kept.Task.WaitAsync(Deadline.Limit);
        await database.WriteAsync(journals[^1].Leases.Store);
        return database.Read(connection => Dapper.SqlMapper.QuerySingle<long>(connection, "SELECT leased FROM quota_leases WHERE counter = @counter AND agreement_id = @AgreementId", new { counter, Flow.AgreementId }));
    }
}
