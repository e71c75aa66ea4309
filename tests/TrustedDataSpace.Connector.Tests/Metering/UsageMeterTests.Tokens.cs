using TrustedDataSpace.Connector.Metering;
using TrustedDataSpace.Connector.Metering.Journal;
using TrustedDataSpace.Protocol.Metering;
using Xunit;

namespace TrustedDataSpace.Connector.Tests.Metering;

/// <summary>Tokens beside requests, rows and bytes.</summary>
public sealed partial class UsageMeterTests
{
    [Fact]
    public async Task Tokens_outlive_a_kill_and_a_sum_with_something_unknown_in_it_is_unknown()
    {
        await OpenFlowAsync();
        var tokens = new TokenCounts { In = 100, Cached = 20, Out = 7, Data = 30, DataBy = [new PartyTokens("did:web:mill.example", 30, 2)], DeclaredIn = 110 };
        var (whole, unknown) = (await meter.ReserveAsync(Flow, Claim()), await meter.ReserveAsync(Flow, Claim()));
        await meter.SettleAsync(whole, new Delivered(UsageOutcomes.Ok, 0, 10, Tokens: tokens));
        await meter.SettleAsync(unknown, new Delivered(UsageOutcomes.Ok, 0, 10, Tokens: tokens with { Out = null }));

        using var found = new UsageJournal(settings);
        var (next, nextInterruptions) = Meter(found);
        Assert.Equal(0, await next.InterruptOpenAsync());
        await ResolveAsync(nextInterruptions, whole, Settled(0, 10) with { Tokens = tokens });
        await ResolveAsync(nextInterruptions, unknown, new UsageAnswer { State = UsageAnswerStates.Interrupted });
        var counts = Assert.Single(await next.CountsAsync(Flow.AgreementId));
        Assert.Equal((200L, 40L, null, 60L), (counts.TokensIn, counts.TokensCached, counts.TokensOut, counts.TokensData));
    }

    [Theory]
    [InlineData(7, 7, "ok")]
    [InlineData(7, 8, "cut")]
    public async Task Sides_that_counted_other_tokens_of_the_same_bytes_differ(long own, long other, string settled)
    {
        await OpenFlowAsync();
        var ticket = await meter.ReserveAsync(Flow, Claim());
        await meter.SettleAsync(ticket, new Delivered(UsageOutcomes.Cut, 0, 100, Tokens: new TokenCounts { In = 1, Out = own }));
        await ResolveAsync(ticket, new UsageAnswer { State = UsageAnswerStates.Settled, Outcome = "ok", Observed = true, Bytes = 100, Tokens = new TokenCounts { In = 1, Out = other } });
        var counts = Assert.Single(await meter.CountsAsync(Flow.AgreementId));
        Assert.Equal((settled, own), (counts.Outcome, counts.TokensOut));
    }

    [Theory]
    [InlineData(-1, 0)]
    [InlineData(5, 6)]
    [InlineData(long.MaxValue, 0)]
    public async Task Tokens_that_cannot_be_are_not_taken_over(long input, long cached)
    {
        await OpenFlowAsync();
        var ticket = await meter.ReserveAsync(Flow, Claim());
        await meter.SettleAsync(ticket, Delivered.Unknown);
        await ResolveAsync(ticket, new UsageAnswer { State = UsageAnswerStates.Settled, Outcome = "ok", Observed = true, Bytes = 100, Tokens = new TokenCounts { In = input, Cached = cached } });
        Assert.Null(Assert.Single(await meter.CountsAsync(Flow.AgreementId)).TokensIn);
    }
}
