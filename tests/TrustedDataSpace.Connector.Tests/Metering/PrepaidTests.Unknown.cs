using System.Text.Json;
using Microsoft.Extensions.Logging.Abstractions;
using TrustedDataSpace.Connector.Metering;
using TrustedDataSpace.Connector.Metering.Prepaid;
using TrustedDataSpace.Connector.Metering.Quotas;
using TrustedDataSpace.Protocol.Authority;
using TrustedDataSpace.Protocol.Metering;
using TrustedDataSpace.Protocol.Pricing;
using Xunit;

namespace TrustedDataSpace.Connector.Tests.Metering;

/// <content>Uses of which a kill leaves nobody who knows what they delivered: held once, and free again when their dispute is resolved.</content>
public sealed partial class PrepaidTests
{
    // A request costs 1, and so does a token of output.
    private static readonly UsePrice OfTokens = UsePrice.Of(PricePlan.Read(JsonDocument.Parse("""
        {"id":"p","version":1,"currency":"CNY","prepaid":true,"rounding":{"per":"line","mode":"halfUp","scale":2},
         "components":[{"id":"r","meter":"requests","unitSize":1,"price":"1","outcomes":["ok","cut"]},{"id":"o","meter":"tokensOut","unitSize":1,"price":"1"}]}
        """).RootElement))!;

    [Theory]
    [InlineData(null, 0)]
    [InlineData(3L, 3)]
    public async Task What_nobody_knows_after_a_kill_is_held_until_its_dispute_is_resolved_and_then_costs_what_settles(long? settled, long costs)
    {
        var (next, unknown) = await KilledAsync();
        await RestAsync(next);

        // The lease that was open is held: 5 of a use that is known, and what was taken of the other.
        var held = next.Balance.State.Used - (5 * One);
        Assert.InRange(held, 4 * One, 11 * One);
        Assert.Equal(held, await database.WriteAsync(unit => BalanceTable.Held(unit, Flow.AgreementId)));

        // Another kill at rest takes nothing more, and uses in between are counted beside it.
        var again = await StartAsync();
        await UseAsync(again, tokens: 2);
        await RestAsync(again);
        Assert.Equal((8 * One) + held, again.Balance.State.Used);
        var last = await StartAsync();
        Assert.Equal((8 * One) + held, await UsedAsync(last));

        // A dispute that is still open changes nothing, and neither does a word on what settles that has no price.
        await ResolveAsync(last, unknown, ReceiptStates.Disputed, null);
        await ResolveAsync(last, unknown, ReceiptStates.Settled, [Counts(UsageOutcomes.Ok, 3), Counts(UsageOutcomes.Cut, null)]);
        Assert.Equal((8 * One) + held, await UsedAsync(last));

        // "Nothing" takes back the uses that were counted in the same interval, too: nobody is billed for any of it.
        await ResolveAsync(last, unknown, ReceiptStates.Resolved, settled is { } tokens ? [Counts(UsageOutcomes.Ok, tokens)] : null);
        Assert.Equal(((costs > 0 ? 1 : 0) + costs) * One, await UsedAsync(last));
        Assert.Equal(0, await database.WriteAsync(unit => BalanceTable.Held(unit, Flow.AgreementId)));
        var after = await StartAsync();
        await UseAsync(after, tokens: 1);
        await RestAsync(after);
        Assert.Equal(((costs > 0 ? 1 : 0) + costs + 2) * One, after.Balance.State.Used);
    }

    [Fact]
    public async Task A_resolution_that_comes_while_others_use_the_balance_frees_it_at_once()
    {
        var (next, unknown) = await KilledAsync();
        await RestAsync(next);
        var before = next.Balance.State.Used;
        clock.Advance(TimeSpan.FromMinutes(2));
        var underWay = await next.Meter.ReserveAsync(Flow, Claim, Quotas, OfTokens);
        Assert.Equal(before + One, next.Balance.State.Used);
        await ResolveAsync(next, unknown, ReceiptStates.Resolved, [Counts(UsageOutcomes.Ok, 4)]);
        Assert.Equal(6 * One, next.Balance.State.Used);
        await next.Meter.SettleAsync(underWay, new Delivered(UsageOutcomes.Ok, 0, 1, Tokens: new TokenCounts { In = 0, Cached = 0, Out = 0 }));
        await RestAsync(next);
        Assert.Equal(6 * One, next.Balance.State.Used);
    }

    [Fact]
    public async Task A_second_unknown_use_of_an_interval_is_held_too()
    {
        var (next, first) = await KilledAsync();
        await RestAsync(next);
        var before = next.Balance.State.Used;
        var (again, second) = await KillAsync(next);
        Assert.Equal(first.Interval, second.Interval);
        await RestAsync(again);

        // No rest gives back what was taken for either of them.
        var used = again.Balance.State.Used;
        Assert.InRange(used, before + (4 * One), before + (15 * One));
        Assert.Equal(used - (5 * One), await database.WriteAsync(unit => BalanceTable.Held(unit, Flow.AgreementId)));
        var last = await StartAsync();
        await UseAsync(last, tokens: 2);
        await RestAsync(last);
        Assert.Equal(used + (3 * One), last.Balance.State.Used);

        // The authority speaks of the whole interval.
        await ResolveAsync(last, second, ReceiptStates.Resolved, [Counts(UsageOutcomes.Ok, 4)]);
        Assert.Equal(0, await database.WriteAsync(unit => BalanceTable.Held(unit, Flow.AgreementId)));
        await RestAsync(last);
        Assert.Equal(5 * One, last.Balance.State.Used);
    }

    [Fact]
    public async Task Two_intervals_that_are_resolved_when_nothing_is_left_free_no_more_than_was_paid()
    {
        var (next, first) = await KilledAsync(paid: 60 * One);
        await RestAsync(next);
        clock.Advance(TimeSpan.FromMinutes(2));
        var (last, second) = await KillAsync(next);
        await RestAsync(last);
        var held = await database.WriteAsync(unit => BalanceTable.Held(unit, Flow.AgreementId));
        Assert.True(held >= 8 * One);
        clock.Advance(TimeSpan.FromMinutes(2));
        var underWay = await last.Meter.ReserveAsync(Flow, Claim, Quotas, OfTokens);
        Assert.True(await last.Balances.TryPayAsync(last.Count, last.Balance, last.Balance.State.Left));
        Assert.Equal((60 * One, 0L), last.Balance.State);

        // The first costs 4 beyond the use that is known, the second 2; with it, all that is held comes back.
        await ResolveAsync(last, first, ReceiptStates.Resolved, [Counts(UsageOutcomes.Ok, 4), Counts(UsageOutcomes.Cut, 3)]);
        Assert.Equal((64 * One, 0L), last.Balance.State);
        await ResolveAsync(last, second, ReceiptStates.Resolved, [Counts(UsageOutcomes.Cut, 1)]);
        Assert.Equal((66 * One) - held, last.Balance.State.Used);

        await last.Meter.SettleAsync(underWay, new Delivered(UsageOutcomes.Ok, 0, 1, Tokens: new TokenCounts { In = 0, Cached = 0, Out = 0 }));
        await RestAsync(last);
        Assert.Equal((5 + 4 + 2 + 1) * One, last.Balance.State.Used);
    }

    [Fact]
    public async Task A_resolution_and_a_rest_in_one_group_change_the_balance_once_and_one_that_is_lost_does_not()
    {
        var (next, unknown) = await KilledAsync();
        await RestAsync(next);
        var before = next.Balance.State.Used;
        await Assert.ThrowsAsync<InvalidOperationException>(() => database.WriteAsync(unit =>
        {
            UnknownUses.Resolve(unit, next.Balance, Flow.AgreementId, OfTokens, Said(unknown, ReceiptStates.Resolved, null));
            Assert.Equal(0, next.Balance.State.Used);
            throw new InvalidOperationException();
        }));
        Assert.Equal(before, next.Balance.State.Used);
        Assert.NotNull(next.Balance.Doubtful);

        await database.WriteAsync(unit =>
        {
            UnknownUses.Resolve(unit, next.Balance, Flow.AgreementId, OfTokens, Said(unknown, ReceiptStates.Resolved, [Counts(UsageOutcomes.Ok, 4)]));
            var rest = BalanceTable.AtRest(unit, Flow.AgreementId, OfTokens)!;
            Assert.NotNull(next.Balance.Correct(next.Balance.Doubtful!.Value, rest.Used, rest.IsUnsure || rest.Unknown.Count > 0));
        });
        Assert.Equal(5 * One, next.Balance.State.Used);
    }

    [Fact]
    public async Task A_resolution_before_anything_is_held_lets_nothing_be_held()
    {
        var (next, unknown) = await KilledAsync();
        await ResolveAsync(next, unknown, ReceiptStates.Resolved, [Counts(UsageOutcomes.Ok, 4)]);
        await RestAsync(next);
        Assert.Equal(5 * One, next.Balance.State.Used);
        Assert.Equal(5 * One, await UsedAsync(await StartAsync()));
    }

    // A use that is known, and one that was under way when the process was killed and of which the consumer knows nothing either.
    private async Task<(Started Next, UsageTicket Unknown)> KilledAsync(long paid = 1_000 * One)
    {
        var started = await StartAsync(paid);
        await UseAsync(started, tokens: 4);
        return await KillAsync(started);
    }

    private async Task<(Started Next, UsageTicket Unknown)> KillAsync(Started started)
    {
        var unknown = await started.Meter.ReserveAsync(Flow, Claim, Quotas, OfTokens);
        Assert.True(await started.Balances.TryPayAsync(started.Count, started.Balance, 3 * One));
        await started.Meter.BringUpToDateAsync();

        var next = await StartAsync();
        await database.WriteAsync(unit =>
        {
            UsageTables.Settle(unit, unknown.Use, new Delivered(UsageOutcomes.Cut, 0, 0));
            next.Counts.Load(unit, Flow.Id, Flow.AgreementId, Quotas, OfTokens);
        });
        return (next, unknown);
    }

    private static UsageCounts Counts(string outcome, long? tokens) =>
        new() { Purpose = Claim.Purpose, Outcome = outcome, Requests = 1, Rows = 0, Bytes = 1, TokensIn = 0, TokensCached = 0, TokensOut = tokens, TokensData = 0 };

    private static async Task UseAsync(Started started, long tokens)
    {
        var ticket = await started.Meter.ReserveAsync(Flow, Claim, Quotas, OfTokens);
        Assert.True(await started.Balances.TryPayAsync(started.Count, started.Balance, tokens * One));
        await started.Meter.SettleAsync(ticket, new Delivered(UsageOutcomes.Ok, 0, 1, Tokens: new TokenCounts { In = 0, Cached = 0, Out = tokens }));
        await started.Meter.BringUpToDateAsync();
    }

    private async Task RestAsync(Started started)
    {
        using var worker = new LeaseWorker(started.Counts, journals[^1], database, started.Meter, clock, NullLogger<LeaseWorker>.Instance);
        await worker.StopAsync(default);
    }

    private Task<long> UsedAsync(Started started) => database.WriteAsync(unit =>
    {
        started.Meter.Apply(unit);
        return BalanceTable.Read(unit, Flow.AgreementId, OfTokens).Used;
    });

    private Task ResolveAsync(Started started, UsageTicket use, string state, IReadOnlyList<UsageCounts>? counts) => database.WriteAsync(unit =>
        UnknownUses.Resolve(unit, started.Counts.PresentAgreement(Flow.AgreementId)?.Balance, Flow.AgreementId, OfTokens, Said(use, state, counts)));

    private static Receipt Said(UsageTicket use, string state, IReadOnlyList<UsageCounts>? counts) =>
        new() { Agreement = Flow.AgreementId, Flow = use.Flow, Interval = use.Interval, State = state, Counts = counts };
}
