using System.Text.Json;
using Microsoft.Extensions.Logging.Abstractions;
using TrustedDataSpace.Connector.DataPlane;
using TrustedDataSpace.Connector.Metering;
using TrustedDataSpace.Connector.Metering.Journal;
using TrustedDataSpace.Connector.Metering.Prepaid;
using TrustedDataSpace.Connector.Metering.Quotas;
using TrustedDataSpace.Hosting.Configuration;
using TrustedDataSpace.Hosting.Outbox;
using TrustedDataSpace.Hosting.Storage;
using TrustedDataSpace.Policy.Agreements;
using TrustedDataSpace.Protocol.Metering;
using TrustedDataSpace.Protocol.Pricing;
using TrustedDataSpace.Testing;
using Xunit;

namespace TrustedDataSpace.Connector.Tests.Metering;

/// <summary>Prepaid balances: never below zero under any concurrency and any kill, and a kill loses at most the open lease.</summary>
public sealed partial class PrepaidTests : IAsyncDisposable
{
    private const long One = UsePrice.PerUnit;
    private static readonly ProviderFlow Flow = new("flow-1", "agreement-1", "did:web:vpp.example", null, null, new FlowStop());
    private static readonly UsageClaim Claim = new("inference", null, "");
    private static readonly IReadOnlyList<QuotaTerm> Quotas = [new(QuotaTerm.Prepaid, QuotaUnit.Money, 0, null, null)];

    // A request costs 1, and so does a row.
    private static readonly UsePrice Price = UsePrice.Of(PricePlan.Read(JsonDocument.Parse("""
        {"id":"p","version":1,"currency":"CNY","prepaid":true,"rounding":{"per":"line","mode":"halfUp","scale":2},
         "components":[{"id":"r","meter":"requests","unitSize":1,"price":"1"},{"id":"v","meter":"rows","unitSize":1,"price":"1"}]}
        """).RootElement))!;

    private readonly TempFolder folder = new();
    private readonly ManualClock clock = new();
    private readonly ConnectorSettings settings;
    private readonly Database database;
    private readonly List<UsageJournal> journals = [];

    public PrepaidTests()
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

    [Fact]
    public async Task Without_a_payment_no_use_is_covered_and_after_one_it_is()
    {
        var started = await StartAsync(paid: 0);
        Assert.Equal(1, (await ReserveAsync(started)).Counters![QuotaTerm.Prepaid]);
        Assert.Equal(0, (await PayInAsync(started, 5 * One)).Used);
        var ticket = await ReserveAsync(started);
        Assert.Equal((0L, One), (ticket.Counters![QuotaTerm.Prepaid], ticket.Paid));
        Assert.Equal((One, 4 * One), started.Balance.State);
    }

    [Fact]
    public async Task Under_any_concurrency_no_more_is_taken_than_was_paid_in()
    {
        var started = await StartAsync(paid: 500 * One);
        var covered = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => Task.Run(async () =>
        {
            var taken = 0L;
            for (var i = 0; i < 100; i++)
            {
                var ticket = await ReserveAsync(started);
                taken += ticket.Paid + (await started.Balances.TryPayAsync(started.Count, started.Balance, One / 2) ? One / 2 : 0);
                Assert.Equal(ticket.Counters![QuotaTerm.Prepaid] == 0 ? One : 0, ticket.Paid);
                Assert.InRange(started.Balance.State.Used, 0, 500 * One);
            }

            return taken;
        })));
        Assert.Equal((500 * One, 0L), started.Balance.State);
        Assert.Equal(500 * One, covered.Sum());
        Assert.Equal(500 * One, await StoredAsync());
    }

    [Fact]
    public async Task What_is_taken_is_in_a_durable_lease_before()
    {
        var started = await StartAsync(paid: 1_000 * One);
        for (var i = 0; i < 50; i++)
        {
            await ReserveAsync(started);
            Assert.True(await started.Balances.TryPayAsync(started.Count, started.Balance, 3 * One));
            Assert.True(started.Balance.State.Used <= await StoredAsync());
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(70)]
    [InlineData(500)]
    public async Task A_kill_loses_at_most_the_open_lease_and_only_while_uses_are_not_settled(int uses)
    {
        var started = await StartAsync(paid: 1_000 * One);
        for (var i = 1; i < uses; i++)
        {
            await started.Meter.SettleAsync(await ReserveAsync(started), new Delivered(UsageOutcomes.Ok, 0, 1));
        }

        // Under way when the kill comes: nobody knows yet what it delivered.
        await started.Meter.BringUpToDateAsync();
        await ReserveAsync(started);
        var used = started.Balance.State.Used;
        var next = await StartAsync();
        await ReserveAsync(next);
        Assert.InRange(next.Balance.State.Used, used + One, used + One + (11 * One));

        // Then it is known that it never came.
        await next.Meter.BringUpToDateAsync();
        await database.WriteAsync(unit => unit.Execute("DELETE FROM usage_leaves WHERE state <> 'settled'"));
        var last = await StartAsync();
        Assert.Equal((uses - 1) * One, (await PayInAsync(last, 0)).Used);
    }

    [Fact]
    public async Task After_another_start_of_the_machine_the_lease_stays_used()
    {
        var started = await StartAsync(paid: 1_000 * One);
        await started.Meter.SettleAsync(await ReserveAsync(started), new Delivered(UsageOutcomes.Ok, 0, 1));
        await started.Meter.BringUpToDateAsync();
        var leased = await StoredAsync();
        await database.WriteAsync(unit => unit.Execute("UPDATE usage_journal SET boot = 'an earlier one'"));

        Assert.Equal(leased, (await PayInAsync(await StartAsync(), 0)).Used);
        Assert.Equal(leased, (await PayInAsync(await StartAsync(), 0)).Used);
        Assert.True(leased > One);
    }

    [Fact]
    public async Task After_another_start_of_the_machine_a_use_that_was_under_way_is_charged_once()
    {
        var started = await StartAsync(paid: 1_000 * One);
        for (var i = 0; i < 3; i++)
        {
            await started.Meter.SettleAsync(await ReserveAsync(started), new Delivered(UsageOutcomes.Ok, 0, 1));
        }

        var underWay = await ReserveAsync(started);
        await started.Meter.BringUpToDateAsync();
        var leased = await StoredAsync();
        await database.WriteAsync(unit => unit.Execute("UPDATE usage_journal SET boot = 'an earlier one'"));

        // What the consumer got is not known yet: the lease counts as used.
        var next = await StartAsync();
        await next.Meter.SettleAsync(await ReserveAsync(next), new Delivered(UsageOutcomes.Ok, 0, 1));
        Assert.Equal(leased + One, next.Balance.State.Used);

        // Then it is known, and takes nothing more.
        await database.WriteAsync(unit => UsageTables.Settle(unit, underWay.Use, new Delivered(UsageOutcomes.Ok, 1, 1)));
        using var worker = new LeaseWorker(next.Counts, journals[^1], database, next.Meter, clock, NullLogger<LeaseWorker>.Instance);
        await worker.StopAsync(default);
        Assert.Equal(leased + One, next.Balance.State.Used);
        Assert.Equal(leased + One, (await PayInAsync(await StartAsync(), 0)).Used);

        // What came later counts beside what was lost.
        var last = await StartAsync();
        await last.Meter.SettleAsync(await ReserveAsync(last), new Delivered(UsageOutcomes.Ok, 0, 1));
        using var again = new LeaseWorker(last.Counts, journals[^1], database, last.Meter, clock, NullLogger<LeaseWorker>.Instance);
        await again.StopAsync(default);
        Assert.Equal(leased + (2 * One), last.Balance.State.Used);
    }

    [Fact]
    public async Task At_rest_retries_cost_nothing_and_unused_leases_come_back()
    {
        var started = await StartAsync(paid: 1_000 * One);
        for (var i = 0; i < 3; i++)
        {
            var ticket = await started.Meter.ReserveAsync(Flow, Claim with { IdempotencyKey = "key", Digest = "same" }, Quotas, Price);
            await started.Meter.SettleAsync(ticket, new Delivered(UsageOutcomes.Ok, 0, 10, new string('a', 64)));
            await started.Meter.BringUpToDateAsync();
        }

        Assert.Equal(3 * One, started.Balance.State.Used);
        using var worker = new LeaseWorker(started.Counts, journals[^1], database, started.Meter, clock, NullLogger<LeaseWorker>.Instance);
        await worker.StopAsync(default);
        Assert.Equal((One, 999 * One), started.Balance.State);
        Assert.Equal(One, await StoredAsync());
    }

    [Fact]
    public async Task A_use_under_way_is_not_corrected()
    {
        var started = await StartAsync(paid: 1_000 * One);
        await ReserveAsync(started);
        Assert.True(await started.Balances.TryPayAsync(started.Count, started.Balance, 5 * One));
        using var worker = new LeaseWorker(started.Counts, journals[^1], database, started.Meter, clock, NullLogger<LeaseWorker>.Instance);
        await worker.StopAsync(default);
        Assert.Equal(6 * One, started.Balance.State.Used);
        Assert.True(await StoredAsync() >= 6 * One);
    }

    [Fact]
    public async Task A_release_gives_back_what_the_use_took()
    {
        var started = await StartAsync(paid: 2 * One);
        var first = await ReserveAsync(started);
        await ReserveAsync(started);
        Assert.Equal(1, (await ReserveAsync(started)).Counters![QuotaTerm.Prepaid]);
        await started.Meter.ReleaseAsync(first);
        Assert.Equal(One, started.Balance.State.Left);
        Assert.Equal(0, (await ReserveAsync(started)).Counters![QuotaTerm.Prepaid]);
    }

    [Fact]
    public async Task An_older_word_of_the_authority_changes_nothing()
    {
        await StartAsync(paid: 5 * One);
        Assert.Equal(9 * One, await database.WriteAsync(unit => BalanceTable.Keep(unit, Flow.AgreementId, 3, 9 * One, "")));
        Assert.Equal(9 * One, await database.WriteAsync(unit => BalanceTable.Keep(unit, Flow.AgreementId, 2, 7 * One, "")));
    }

    private static async Task<UsageTicket> ReserveAsync(Started started) => await started.Meter.ReserveAsync(Flow, Claim, Quotas, Price);

    private async Task<(long ToppedUp, long Used)> PayInAsync(Started started, long amount) => await database.WriteAsync(unit =>
    {
        started.Meter.Apply(unit);
        if (amount > 0)
        {
            BalanceTable.Keep(unit, Flow.AgreementId, 7, amount, "");
            started.Counts.PresentAgreement(Flow.AgreementId)?.Balance?.TopUp(amount);
        }

        return BalanceTable.Read(unit, Flow.AgreementId, Price);
    });

    // As a process starts: nothing in memory, the file and the tables as they are.
    private async Task<Started> StartAsync(long? paid = null)
    {
        var journal = new UsageJournal(settings);
        journals.Add(journal);
        var counts = new ProviderCounts();
        var interruptions = new Interruptions(new OutboxQueue(new Ids(clock)), counts, new UsedNumbers(database, journal, settings), NullLogger<Interruptions>.Instance);
        var meter = new UsageMeter(database, journal, counts, new UseSettlement(interruptions, counts), interruptions, settings, clock, NullLogger<UsageMeter>.Instance);
        await meter.InterruptOpenAsync();
        await database.WriteAsync(unit => FlowRow.Put(unit, new FlowRow { Role = FlowRow.Provider, Flow = Flow.Id, AgreementId = Flow.AgreementId, Counterparty = Flow.Consumer, State = FlowRow.Open }));
        if (paid is { } amount)
        {
            await database.WriteAsync(unit => BalanceTable.Keep(unit, Flow.AgreementId, 1, amount, ""));
        }

        return new Started(meter, counts, new Balances(null!, null!, database, counts, settings, clock, NullLogger<Balances>.Instance));
    }

    private async Task<long> StoredAsync()
    {
        // Behind the renewals that run in the background.
        await database.WriteAsync(_ => { });
        return database.Read(connection => Dapper.SqlMapper.QuerySingle<long>(connection, "SELECT leased FROM quota_leases WHERE counter = 'prepaid'"));
    }

    private sealed record Started(UsageMeter Meter, ProviderCounts Counts, Balances Balances)
    {
        public AgreementCount Count => Counts.FindAgreement(Flow.AgreementId)!;

        public BalanceCount Balance => Count.Balance!;
    }
}
