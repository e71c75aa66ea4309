using System.Net;
using System.Text.Json;
using TrustedDataSpace.Authority.Tests.Receipts;
using TrustedDataSpace.Protocol.Authority;
using TrustedDataSpace.Protocol.Evidence;
using TrustedDataSpace.Protocol.Json;
using TrustedDataSpace.Protocol.Metering;
using Xunit;

namespace TrustedDataSpace.Authority.Tests.Clearing;

/// <summary>Use that both have signed and that the plan has no price for holds up nothing but itself.</summary>
public sealed class UnratedUseTests : IAsyncLifetime
{
    private const string Terms =
        """
        ,"tds:meter":{"unit":"token","format":"text/csv","tokenizerId":"o200k_base","tokenizerVersion":"1","chunks":{"text":"text"}},
        "tds:tolerance":{"share":"0.1"},
        "tds:pricePlan":{"id":"plan","version":1,"currency":"CNY","components":[{"id":"data","meter":"tokensData","unitSize":1,"price":"1"}],"rounding":{"per":"line","mode":"halfUp","scale":2}}
        """;

    private AuthorityUnderTest authority = null!;
    private ReceiptParties parties = null!;

    public async ValueTask InitializeAsync()
    {
        authority = await AuthorityUnderTest.StartAsync();
        parties = await ReceiptParties.FileAsync(authority, Terms);
    }

    public ValueTask DisposeAsync() => authority.DisposeAsync();

    [Fact]
    public async Task Unknown_count_is_a_dispute_that_a_person_resolves_and_the_period_settles_without_it()
    {
        await parties.SubmitAsync(Signed(7, parties.Interval - 1));
        var receipt = await parties.SubmitAsync(Signed(null, parties.Interval));
        Assert.Equal((ReceiptStates.Disputed, null), (receipt.State, receipt.Counts));
        Assert.Contains("tokensData", receipt.Note, StringComparison.Ordinal);
        Assert.Equal(DisputeReasons.NotRated, (await DisputeAsync(receipt.Dispute!)).Reason);
        Assert.Contains(authority.Trail.After("", 1_000), entry => entry.Kind == EvidenceKinds.DisputeOpened && entry.Data.GetProperty("reason").GetString() == DisputeReasons.NotRated);

        authority.Clock.Advance(TimeSpan.FromHours(1));
        var first = await SettleAsync();
        Assert.Equal((7m, 1L, 1L), (first.Due, first.Intervals, first.Disputed));

        foreach (var take in new[] { DisputeTakes.Provider, DisputeTakes.Consumer, DisputeTakes.Lower })
        {
            await authority.RefusedAsync(HttpStatusCode.Conflict, HttpMethod.Post, AuthorityRoutes.ForDispute(receipt.Dispute!, AuthorityRoutes.DisputeResolution), AuthorityUnderTest.Operator, new DisputeResolution(take, "it is equal"));
        }

        await ResolveAsync(receipt.Dispute!, DisputeTakes.Nothing);

        // Nothing more is due; and what was issued does not go on saying that there is a dispute.
        var second = await SettleAsync();
        Assert.Equal((2L, 0m, 1L, 0L), (second.Revision, second.Due, second.Intervals, second.Disputed));
        Assert.Equal(second.Id, (await SettleAsync()).Id);
    }

    [Fact]
    public async Task What_had_settled_before_and_cannot_be_rated_is_taken_back_and_holds_up_nothing()
    {
        await parties.SubmitAsync(Signed(7, parties.Interval - 1));
        var disputed = await parties.SubmitAsync(Signed(null, parties.Interval));
        await ResolveAsync(disputed.Dispute!, DisputeTakes.Nothing);
        var record = JsonSerializer.Serialize(Record(parties.Provider, null, parties.Interval), ProtocolJson.Options);
        await authority.Database.WriteAsync(unit => unit.Execute("UPDATE receipts SET settled = @record WHERE interval_no = @Interval", new { record, parties.Interval }));

        authority.Clock.Advance(TimeSpan.FromHours(1));
        var settlement = await SettleAsync();
        Assert.Equal((7m, 1L, 1L), (settlement.Due, settlement.Intervals, settlement.Disputed));

        var open = Assert.Single((await authority.OkAsync<Page<Dispute>>(HttpMethod.Get, AuthorityRoutes.Disputes + "?state=open", AuthorityUnderTest.Operator)).Items);
        Assert.Equal((DisputeReasons.NotRated, UsageInterval.Start(parties.Interval)), (open.Reason, open.From));
        Assert.NotEqual(disputed.Dispute, open.Id);
        Assert.NotNull((await DisputeAsync(disputed.Dispute!)).Outcome);
        Assert.Equal(settlement.Id, (await SettleAsync()).Id);
    }

    [Fact]
    public async Task Recount_does_not_settle_what_cannot_be_rated()
    {
        // The consumer knows nothing, and its leaves are those it has signed; the provider's are not.
        var receipt = await parties.SubmitAsync(parties.Signed(Record(parties.Provider, 7, parties.Interval), Record(parties.Consumer, null, parties.Interval)));
        Assert.Equal(DisputeReasons.Differs, (await DisputeAsync(receipt.Dispute!)).Reason);
        await parties.ShowAsync(receipt.Dispute!, parties.Provider, parties.Leaves(1));
        var dispute = await parties.ShowAsync(receipt.Dispute!, parties.Consumer, [Leaf(null, parties.Interval)]);
        Assert.Equal(("open", DisputeReasons.NotRated, Recounts.Deviates, Recounts.Agrees), (dispute.State, dispute.Reason, dispute.Provider.Recount, dispute.Consumer!.Recount));
        Assert.Equal("resolved", (await ResolveAsync(receipt.Dispute!, DisputeTakes.Provider)).State);
    }

    [Fact]
    public async Task Requests_that_are_equal_by_party_are_not_listed_as_different()
    {
        UsageLeaf Of(int sequence, long tokens) => Leaf(tokens, parties.Interval) with { Sequence = sequence, Tokens = new() { Data = tokens, DataBy = [new("laboratory", tokens, 1)] } };
        UsageLeaf[] ones = [Of(1, 5), Of(2, 6)], others = [Of(1, 5), Of(2, 8)];
        var receipt = await parties.SubmitAsync(parties.Signed(Record(parties.Provider, parties.Interval, ones), Record(parties.Consumer, parties.Interval, others)));
        await parties.ShowAsync(receipt.Dispute!, parties.Provider, ones);
        await parties.ShowAsync(receipt.Dispute!, parties.Consumer, others);
        var differences = await authority.OkAsync<Page<LeafDifference>>(HttpMethod.Get, AuthorityRoutes.ForDispute(receipt.Dispute!, AuthorityRoutes.DisputeDifferences), AuthorityUnderTest.Operator);
        Assert.Equal([2L], differences.Items.Select(one => one.Sequence));
    }

    [Theory]
    [InlineData(-1, 0)]
    [InlineData(1L << 53, 0)]
    [InlineData(5, 4)]
    public async Task Leaf_whose_tokens_cannot_be_is_refused(long tokens, long ofParty)
    {
        var receipt = await parties.SubmitAsync(parties.Signed(Record(parties.Provider, 7, parties.Interval), null));
        var leaf = Leaf(tokens, parties.Interval) with { Tokens = new() { Data = tokens, DataBy = ofParty == 0 ? null : [new("laboratory", ofParty, 1)] } };
        await authority.RefusedAsync(
            HttpStatusCode.BadRequest, HttpMethod.Put, AuthorityRoutes.ForDispute(receipt.Dispute!, AuthorityRoutes.DisputeLeaves), await authority.TokenAsync(parties.Provider), new LeavesPage { Number = 0, Last = true, Leaves = [leaf] });
    }

    private ReceiptSubmission Signed(long? tokens, long interval) => parties.Signed(Record(parties.Provider, tokens, interval), Record(parties.Consumer, tokens, interval));

    private UsageRecord Record(TestMember by, long? tokens, long interval) => Record(by, interval, [Leaf(tokens, interval)]);

    private UsageRecord Record(TestMember by, long interval, UsageLeaf[] leaves)
    {
        var sum = new UsageSum();
        foreach (var leaf in leaves)
        {
            sum.Add(leaf);
        }

        return parties.Record(by, 1, interval) with { Counts = sum.Counts, Leaves = sum.Leaves, LeafRoot = sum.Root, TokenizerId = "o200k_base", TokenizerVersion = "1" };
    }

    private static UsageLeaf Leaf(long? tokens, long interval) =>
        new() { Flow = ReceiptParties.Flow, Interval = interval, Sequence = 1, Purpose = "inference", Outcome = UsageOutcomes.Ok, Rows = 1, Bytes = 10, Tokens = new() { Data = tokens } };

    private Task<Dispute> DisputeAsync(string id) => authority.OkAsync<Dispute>(HttpMethod.Get, AuthorityRoutes.ForDispute(id), AuthorityUnderTest.Operator);

    private Task<Dispute> ResolveAsync(string id, string take) =>
        authority.OkAsync<Dispute>(HttpMethod.Post, AuthorityRoutes.ForDispute(id, AuthorityRoutes.DisputeResolution), AuthorityUnderTest.Operator, new DisputeResolution(take, "both agree"));

    private async Task<Protocol.Clearing.Settlement> SettleAsync() => (await authority.OkAsync<SettlementView>(
        HttpMethod.Post,
        AuthorityRoutes.Settlements,
        AuthorityUnderTest.Operator,
        new SettlementRequest(parties.Agreement, UsageInterval.Start(parties.Interval - 5), UsageInterval.Start(parties.Interval + 1)))).Settlement;
}
