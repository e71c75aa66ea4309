using TrustedDataSpace.Connector.DataPlane;
using TrustedDataSpace.Connector.Metering;
using TrustedDataSpace.Protocol.Metering;
using Xunit;

namespace TrustedDataSpace.Connector.Tests.Metering;

public sealed class InquiryRuleTests
{
    private const long MiB = 1 << 20;

    private static readonly TokenCounts Arrived = new() { In = 100, Cached = 0, Out = 7, Data = 30, DataBy = [new("did:web:mill.example", 30, 2)] };

    /// <summary>What each side may know of one use: the provider let 1,000 bytes out, of which 400 have arrived where it did not end well.</summary>
    public static TheoryData<int, int, bool> Sides { get; } = new(
        from provider in (int[])[LeafRow.Unknown, LeafRow.Partly, LeafRow.BrokenOff, LeafRow.UsedUp, LeafRow.Whole]
        from consumer in (int[])[LeafRow.Unknown, LeafRow.Partly, LeafRow.BrokenOff, LeafRow.Untaken, Ended]
        from consumerFirst in (bool[])[true, false]
        select (provider, consumer, consumerFirst));

    private const int Ended = -1;

    [Theory]
    [MemberData(nameof(Sides))]
    public void In_whatever_order_they_ask_both_sides_come_to_the_same(int provider, int consumer, bool consumerFirst)
    {
        var left = Leaf(provider, 1000);
        var arrived = consumer == Ended ? Leaf(Ended, 1000) : Leaf(consumer, 400);
        if (consumer == Ended && provider is LeafRow.Partly or LeafRow.BrokenOff or LeafRow.UsedUp)
        {
            // Whoever has an answer whole has it from a provider that has counted it whole.
            return;
        }

        if (consumerFirst)
        {
            arrived = Ask(FlowRow.Consumer, arrived, left);
            left = Ask(FlowRow.Provider, left, arrived);
        }
        else
        {
            left = Ask(FlowRow.Provider, left, arrived);
            arrived = Ask(FlowRow.Consumer, arrived, left);
        }

        // Only where both know, and neither has broken it off, there is something to argue about.
        var isDispute = (provider, consumer) is (LeafRow.Partly, LeafRow.Partly);
        Assert.Equal(!isDispute, (left.Outcome, left.Rows, left.Bytes) == (arrived.Outcome, arrived.Rows, arrived.Bytes));
        Assert.Equal((LeafRow.Settled, LeafRow.Settled), (left.State, arrived.State));
    }

    [Theory]
    [InlineData(LeafRow.BrokenOff, "settled", "ok", 1000, true)]
    [InlineData(LeafRow.BrokenOff, "settled", "cut", 1000, true)]
    [InlineData(LeafRow.BrokenOff, "interrupted", "cut", 1000, true)]
    [InlineData(LeafRow.BrokenOff, "settled", "ok", 400 + (16 * MiB), true)]
    [InlineData(LeafRow.BrokenOff, "settled", "ok", 401 + (16 * MiB), false)]
    [InlineData(LeafRow.BrokenOff, "none", "", 0, false)]
    [InlineData(LeafRow.Partly, "none", "", 0, false)]
    [InlineData(LeafRow.BrokenOff, "settled", "cut", 399, false)]
    [InlineData(LeafRow.BrokenOff, "interrupted", "ok", 1000, false)]
    [InlineData(LeafRow.BrokenOff, "settled", "free of charge", 1000, false)]
    [InlineData(LeafRow.Partly, "settled", "cut", 1000, false)]
    [InlineData(LeafRow.Partly, "settled", "ok", 1000, false)]
    public void A_consumer_believes_a_provider_what_was_on_its_way_when_it_broke_off_itself_and_no_more(int own, string state, string outcome, long bytes, bool believed)
    {
        var answer = new UsageAnswer { State = state, Outcome = outcome, Observed = true, Rows = 4, Bytes = bytes };
        Assert.Equal(believed ? InquiryVerdict.Adopted : InquiryVerdict.Kept, InquiryRule.Judge(FlowRow.Consumer, Leaf(own, 400), answer));
    }

    [Theory]
    [InlineData(16 * MiB, 100, 5, true)]
    [InlineData(300, 3, 70, true)]
    [InlineData((16 * MiB) + 1, 0, 0, false)]
    [InlineData(300, 1_324, 1_324, true)]
    [InlineData(300, 1_325, 1_325, false)]
    [InlineData(300, (16 * MiB) + 1, 0, false)]
    [InlineData(300, 0, (16 * MiB) + 1, false)]
    public void A_consumer_that_took_nothing_of_an_answer_believes_what_may_have_been_on_its_way(long bytes, long rows, long tokens, bool believed)
    {
        var own = new LeafRow { State = LeafRow.Interrupted, Outcome = UsageOutcomes.Cut, Observed = LeafRow.Untaken };
        var answer = new UsageAnswer { State = "settled", Outcome = "ok", Observed = true, Rows = rows, Bytes = bytes };
        foreach (var counted in (TokenCounts?[])[null, new() { In = tokens }, new() { In = 1, Out = tokens }, new() { In = 1, Data = tokens, DataBy = [new("did:web:mill.example", tokens, 2)] }])
        {
            Assert.Equal(believed || (counted is null && bytes + rows == 300) ? InquiryVerdict.Adopted : InquiryVerdict.Kept, InquiryRule.Judge(FlowRow.Consumer, own, answer with { Tokens = counted }));
        }
    }

    [Theory]
    [InlineData(true, "cut", 1000, true)]
    [InlineData(true, "cut", 400 + (256 << 10), true)]
    [InlineData(true, "cut", 401 + (256 << 10), false)]
    [InlineData(true, "cut", 399, false)]
    [InlineData(true, "ok", 1000, false)]
    [InlineData(false, "cut", 1000, false)]
    public void A_consumer_that_has_used_up_its_contract_believes_what_was_let_go_and_no_more(bool usedUp, string outcome, long bytes, bool believed)
    {
        var answer = new UsageAnswer { State = "settled", Outcome = outcome, Observed = true, UsedUp = usedUp, Rows = bytes / 100, Bytes = bytes };
        Assert.Equal(believed ? InquiryVerdict.Adopted : InquiryVerdict.Kept, InquiryRule.Judge(FlowRow.Consumer, Leaf(LeafRow.Partly, 400), answer));
    }

    [Theory]
    [InlineData(LeafRow.BrokenOff, "cut", false, 400, true)]
    [InlineData(LeafRow.BrokenOff, "cut", false, 0, true)]
    [InlineData(LeafRow.BrokenOff, "cut", true, 400, false)]
    [InlineData(LeafRow.BrokenOff, "ok", false, 400, false)]
    [InlineData(LeafRow.BrokenOff, "cut", false, 1001, false)]
    [InlineData(LeafRow.Partly, "cut", false, 400, false)]
    public void A_provider_believes_a_consumer_what_has_not_arrived_when_it_broke_off_itself_and_no_less(int own, string outcome, bool brokenOff, long bytes, bool believed)
    {
        var answer = new UsageAnswer { State = "settled", Outcome = outcome, Observed = true, BrokenOff = brokenOff, Rows = bytes / 100, Bytes = bytes };
        Assert.Equal(believed ? InquiryVerdict.Adopted : InquiryVerdict.Kept, InquiryRule.Judge(FlowRow.Provider, Leaf(own, 1000), answer));
    }

    [Fact]
    public void A_provider_that_let_much_out_is_not_told_that_hardly_any_of_it_came()
    {
        var own = Leaf(LeafRow.BrokenOff, 100 * MiB);
        var cut = new UsageAnswer { State = "settled", Outcome = "cut", Observed = true };
        Assert.Equal(InquiryVerdict.Adopted, InquiryRule.Judge(FlowRow.Provider, own, cut with { Rows = own.Rows - 1, Bytes = own.Bytes - InquiryRule.MostInMemory }));
        Assert.Equal(InquiryVerdict.Kept, InquiryRule.Judge(FlowRow.Provider, own, cut with { Rows = own.Rows - 1, Bytes = own.Bytes - InquiryRule.MostInMemory - 1 }));
        Assert.Equal(InquiryVerdict.Kept, InquiryRule.Judge(FlowRow.Provider, own, cut with { Rows = 0, Bytes = own.Bytes - 10 }));
        Assert.Equal(InquiryVerdict.Kept, InquiryRule.Judge(FlowRow.Provider, own, cut with { Rows = 0, Bytes = own.Bytes }));
    }

    [Theory]
    [InlineData(100_000, 4_000, true)]
    [InlineData(100_000, 6_250, true)]
    [InlineData(100_000, 6_251, false)]
    [InlineData(16_777_216, 1_048_577, false)]
    public void No_more_rows_were_on_their_way_than_what_arrived_makes_likely(long bytes, long rows, bool believed)
    {
        var answer = new UsageAnswer { State = "settled", Outcome = "cut", Observed = true, Rows = 4 + rows, Bytes = 400 + bytes };
        Assert.Equal(believed ? InquiryVerdict.Adopted : InquiryVerdict.Kept, InquiryRule.Judge(FlowRow.Consumer, Leaf(LeafRow.BrokenOff, 400), answer));
    }

    [Theory]
    [InlineData(1_600, 100, true)]
    [InlineData(1_600, 101, false)]
    [InlineData(0, 1, false)]
    public void Where_nothing_has_arrived_nothing_says_that_rows_are_short(long bytes, long rows, bool believed)
    {
        var answer = new UsageAnswer { State = "settled", Outcome = "cut", Observed = true, Rows = rows, Bytes = bytes };
        Assert.Equal(believed ? InquiryVerdict.Adopted : InquiryVerdict.Kept, InquiryRule.Judge(FlowRow.Consumer, Leaf(LeafRow.BrokenOff, 0), answer));
    }

    [Theory]
    [InlineData("cut", true)]
    [InlineData("ok", true)]
    [InlineData("retry", false)]
    [InlineData("miss", false)]
    public void No_consumer_tells_a_provider_that_what_left_costs_nothing(string outcome, bool believed)
    {
        var answer = new UsageAnswer { State = "settled", Outcome = outcome, Observed = true, Rows = 4, Bytes = 400 };
        Assert.Equal(believed ? InquiryVerdict.Adopted : InquiryVerdict.Kept, InquiryRule.Judge(FlowRow.Provider, Leaf(LeafRow.Partly, 400), answer));

        // A retry that the provider knows to be one.
        Assert.Equal(outcome == "miss" ? InquiryVerdict.Kept : InquiryVerdict.Adopted, InquiryRule.Judge(FlowRow.Provider, Leaf(LeafRow.Partly, 400), answer, isRepeated: true));
    }

    [Theory]
    [InlineData(LeafRow.Unknown, 0, true)]
    [InlineData(LeafRow.Partly, 0, true)]
    [InlineData(LeafRow.Partly, 1, false)]
    [InlineData(LeafRow.BrokenOff, 256 << 10, true)]
    [InlineData(LeafRow.BrokenOff, (256 << 10) + 1, false)]
    [InlineData(LeafRow.Whole, 16 << 20, true)]
    [InlineData(LeafRow.Whole, (16 << 20) + 1, false)]
    public void A_provider_believes_that_there_was_none_where_none_may_have_got_there(int own, long bytes, bool believed) =>
        Assert.Equal(believed ? InquiryVerdict.Removed : InquiryVerdict.Kept, InquiryRule.Judge(FlowRow.Provider, Leaf(own, bytes), new UsageAnswer { State = "none" }));

    [Fact]
    public void Where_the_rows_that_arrived_are_short_those_on_their_way_may_be_so_too()
    {
        var own = new LeafRow { State = LeafRow.Interrupted, Outcome = UsageOutcomes.Cut, Observed = LeafRow.BrokenOff, Rows = 96, Bytes = 480 };
        var answer = new UsageAnswer { State = "settled", Outcome = "cut", Observed = true, Rows = 96 + 9_600, Bytes = 480 + 48_000 };
        Assert.Equal(InquiryVerdict.Adopted, InquiryRule.Judge(FlowRow.Consumer, own, answer));
        Assert.Equal(InquiryVerdict.Adopted, InquiryRule.Judge(FlowRow.Consumer, own, answer with { Rows = 96 + (4 * 9_600) }));
        Assert.Equal(InquiryVerdict.Kept, InquiryRule.Judge(FlowRow.Consumer, own, answer with { Rows = 97 + (4 * 9_600) }));
    }

    [Fact]
    public void Tokens_that_were_on_their_way_are_as_many_as_is_likely_and_take_nothing_from_anybody()
    {
        var own = Leaf(LeafRow.BrokenOff, 400, Arrived);
        var answer = new UsageAnswer { State = "settled", Outcome = "ok", Observed = true, Rows = 4, Bytes = 500 };
        var more = Arrived with { Cached = 20, Out = 13, Data = 60, DataBy = [new("did:web:lab.example", 30, 1), new("did:web:mill.example", 30, 2)], DeclaredOut = 14 };
        Assert.Equal(InquiryVerdict.Adopted, Judge(more));
        Assert.Equal(InquiryVerdict.Kept, Judge(null));
        Assert.Equal(InquiryVerdict.Adopted, Judge(more with { Out = 6 }));
        Assert.Equal(InquiryVerdict.Kept, Judge(more with { Out = 7 + 101 }));
        Assert.Equal(InquiryVerdict.Kept, InquiryRule.Judge(FlowRow.Consumer, Leaf(LeafRow.BrokenOff, 400, Arrived with { Cached = 21 }), answer with { Tokens = more }));
        Assert.Equal(InquiryVerdict.Kept, Judge(more with { Out = null }));
        Assert.Equal(InquiryVerdict.Kept, Judge(more with { In = 101 }));
        Assert.Equal(InquiryVerdict.Kept, Judge(more with { Data = 30 + 101, DataBy = [new("did:web:lab.example", 101, 1), new("did:web:mill.example", 30, 2)] }));
        Assert.Equal(InquiryVerdict.Kept, Judge(more with { DataBy = [new("did:web:lab.example", 31, 1), new("did:web:mill.example", 29, 2)] }));

        InquiryVerdict Judge(TokenCounts? tokens) => InquiryRule.Judge(FlowRow.Consumer, own, answer with { Tokens = tokens });
    }

    [Fact]
    public void A_provider_that_was_killed_is_told_of_less_and_of_no_other_tokens()
    {
        var own = Leaf(LeafRow.Whole, 400, Arrived);
        var cut = new UsageAnswer { State = "settled", Outcome = "cut", Observed = true, Rows = 1, Bytes = 100, Tokens = Arrived with { Out = 2, Data = 0, DataBy = [] } };
        Assert.Equal(InquiryVerdict.Adopted, InquiryRule.Judge(FlowRow.Provider, own, cut));
        Assert.Equal(InquiryVerdict.Kept, InquiryRule.Judge(FlowRow.Provider, own, cut with { Tokens = null }));
        Assert.Equal(InquiryVerdict.Kept, InquiryRule.Judge(FlowRow.Provider, own, cut with { Tokens = cut.Tokens! with { In = 99 } }));
        Assert.Equal(InquiryVerdict.Kept, InquiryRule.Judge(FlowRow.Provider, own, cut with { Tokens = cut.Tokens! with { Cached = 1 } }));
        Assert.Equal(InquiryVerdict.Kept, InquiryRule.Judge(FlowRow.Provider, own, cut with { Tokens = cut.Tokens! with { Data = 10, DataBy = [new("did:web:lab.example", 10, 1)] } }));
        Assert.Equal(InquiryVerdict.Removed, InquiryRule.Judge(FlowRow.Provider, own, new UsageAnswer { State = "none" }));
    }

    // A row for each 100 bytes. One that has ended is settled; one that is whole waits for the other side's word.
    private static LeafRow Leaf(int observed, long bytes, TokenCounts? tokens = null) => new()
    {
        State = observed == Ended ? LeafRow.Settled : LeafRow.Interrupted,
        Outcome = observed is Ended or LeafRow.Whole ? UsageOutcomes.Ok : UsageOutcomes.Cut,
        Observed = Math.Max(0, observed),
        Rows = observed == LeafRow.Unknown ? 0 : bytes / 100,
        Bytes = observed == LeafRow.Unknown ? 0 : bytes,
        TokensText = tokens?.Canonical(),
    };

    // What the side that asks has afterwards.
    private static LeafRow Ask(string role, LeafRow own, LeafRow other)
    {
        if (own.State == LeafRow.Settled)
        {
            return own;
        }

        var answer = other.Answer();
        return InquiryRule.Judge(role, own, answer) == InquiryVerdict.Adopted
            ? new LeafRow { State = LeafRow.Settled, Observed = own.Observed, Outcome = answer.Outcome, Rows = answer.Rows, Bytes = answer.Bytes }
            : new LeafRow { State = LeafRow.Settled, Observed = own.Observed, Outcome = own.Outcome, Rows = own.Rows, Bytes = own.Bytes };
    }
}
