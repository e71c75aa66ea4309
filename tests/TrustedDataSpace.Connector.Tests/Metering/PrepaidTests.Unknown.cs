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

        // A dispute that is still open changes nothing.
        await ResolveAsync(last, unknown, ReceiptStates.Disputed, null);
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
    public async Task A_resolution_before_anything_is_held_lets_nothing_be_held()
    {
        var (next, unknown) = await KilledAsync();
        await ResolveAsync(next, unknown, ReceiptStates.Resolved, [Counts(UsageOutcomes.Ok, 4)]);
        await RestAsync(next);
        Assert.Equal(5 * One, next.Balance.State.Used);
        Assert.Equal(5 * One, await UsedAsync(await StartAsync()));
    }

    // A use that is known, and one that was under way when the process was killed and of which the consumer knows nothing either.
    private async Task<(Started Next, UsageTicket Unknown)> KilledAsync()
    {
        var started = await StartAsync(paid: 1_000 * One);
        await UseAsync(started, tokens: 4);
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

    private static UsageCounts Counts(string outcome, long tokens) =>
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

    private Task ResolveAsync(Started started, UsageTicket use, string state, IReadOnlyList<UsageCounts>? counts)
    {
        var receipt = new Receipt { Agreement = Flow.AgreementId, Flow = use.Flow, Interval = use.Interval, State = state, Counts = counts };
        return database.WriteAsync(unit => UnknownUses.Resolve(unit, started.Counts.PresentAgreement(Flow.AgreementId)?.Balance, Flow.AgreementId, OfTokens, receipt));
    }
}
