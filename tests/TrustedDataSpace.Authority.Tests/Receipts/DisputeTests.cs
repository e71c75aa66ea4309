using System.Net;
using TrustedDataSpace.Protocol.Authority;
using TrustedDataSpace.Protocol.Evidence;
using TrustedDataSpace.Protocol.Metering;
using Xunit;

namespace TrustedDataSpace.Authority.Tests.Receipts;

public sealed class DisputeTests : IAsyncLifetime
{
    private AuthorityUnderTest authority = null!;
    private ReceiptParties parties = null!;

    public async ValueTask InitializeAsync()
    {
        authority = await AuthorityUnderTest.StartAsync();
        parties = await ReceiptParties.FileAsync(authority);
    }

    public ValueTask DisposeAsync() => authority.DisposeAsync();

    [Theory]
    [InlineData(50, 100, DisputeTakes.Consumer)]
    [InlineData(100, 60, DisputeTakes.Provider)]
    public async Task Side_whose_leaves_are_not_those_it_signed_loses(int shownByProvider, int shownByConsumer, string take)
    {
        var id = await OpenAsync(100, 100 + 10);
        await parties.ShowAsync(id, parties.Provider, parties.Leaves(shownByProvider));
        var dispute = await parties.ShowAsync(id, parties.Consumer, parties.Leaves(shownByConsumer == 100 ? 110 : shownByConsumer));

        Assert.Equal(("resolved", take, "recount"), (dispute.State, dispute.Outcome!.Take, dispute.Outcome.By));
        Assert.Equal(take == DisputeTakes.Provider ? 1_000 : 1_100, (await ReceiptAsync()).Counts!.Single().Rows);
        Assert.Contains(authority.Trail.After("", 1_000), entry => entry.Kind == EvidenceKinds.DisputeResolved);
    }

    [Theory]
    [InlineData(100, 110)]
    [InlineData(1, 1)]
    public async Task Where_both_or_none_agree_no_sum_decides(int ofProvider, int ofConsumer)
    {
        var id = await OpenAsync(100, 110);
        await parties.ShowAsync(id, parties.Provider, parties.Leaves(ofProvider));
        var dispute = await parties.ShowAsync(id, parties.Consumer, parties.Leaves(ofConsumer));
        Assert.Equal(("open", null), (dispute.State, dispute.Outcome));
    }

    [Fact]
    public async Task Requests_that_differ_are_shown_in_pages()
    {
        var id = await OpenAsync(3, 4);
        var ofProvider = parties.Leaves(3);
        ofProvider[1] = ofProvider[1] with { Rows = 11 };
        await parties.ShowAsync(id, parties.Provider, ofProvider[..2], 0, last: false);
        await parties.ShowAsync(id, parties.Provider, ofProvider[2..], 1);
        await parties.ShowAsync(id, parties.Consumer, parties.Leaves(4));

        var route = AuthorityRoutes.ForDispute(id, AuthorityRoutes.DisputeDifferences) + "?limit=1";
        var first = await authority.OkAsync<Page<LeafDifference>>(HttpMethod.Get, route, AuthorityUnderTest.Operator);
        var second = await authority.OkAsync<Page<LeafDifference>>(HttpMethod.Get, $"{route}&cursor={first.Next}", await authority.TokenAsync(parties.Consumer));
        Assert.Equal((2L, 11L, 10L), (first.Items.Single().Sequence, first.Items.Single().Provider!.Rows, first.Items.Single().Consumer!.Rows));
        Assert.Equal((4L, true, null), (second.Items.Single().Sequence, second.Items.Single().Provider is null, second.Next));
    }

    [Fact]
    public async Task Pages_of_leaves_come_in_order_and_once()
    {
        var id = await OpenAsync(4, 2);
        var leaves = parties.Leaves(4);
        await RefusedAsync(HttpStatusCode.Conflict, id, leaves[2..], 1, last: true);
        await parties.ShowAsync(id, parties.Provider, leaves[..2], 0, last: false);
        await parties.ShowAsync(id, parties.Provider, leaves[..2], 0, last: false);
        await RefusedAsync(HttpStatusCode.Conflict, id, leaves[..1], 0, last: false);
        await RefusedAsync(HttpStatusCode.BadRequest, id, leaves[1..], 1, last: true);
        await RefusedAsync(HttpStatusCode.BadRequest, id, [leaves[3], leaves[2]], 1, last: true);
        await RefusedAsync(HttpStatusCode.BadRequest, id, [leaves[2] with { Flow = "another" }], 1, last: true);
        await RefusedAsync(HttpStatusCode.BadRequest, id, [leaves[2] with { Rows = -10 }], 1, last: true);
        await RefusedAsync(HttpStatusCode.BadRequest, id, [], 1, last: true);
        await RefusedAsync(HttpStatusCode.RequestEntityTooLarge, id, leaves[2..], LeavesPage.MaxPages, last: true);

        Assert.Equal(Recounts.Agrees, (await parties.ShowAsync(id, parties.Provider, leaves[2..], 1)).Provider.Recount);
        Assert.Equal(Recounts.Agrees, (await parties.ShowAsync(id, parties.Provider, leaves[..1], 5)).Provider.Recount);
    }

    [Fact]
    public async Task Who_has_signed_nothing_has_no_leaves_to_show()
    {
        var receipt = await parties.SubmitAsync(parties.Signed(3, null));
        await authority.RefusedAsync(
            HttpStatusCode.Conflict, HttpMethod.Put, AuthorityRoutes.ForDispute(receipt.Dispute!, AuthorityRoutes.DisputeLeaves), await authority.TokenAsync(parties.Consumer), new LeavesPage { Number = 0, Last = true, Leaves = parties.Leaves(1) });
    }

    [Theory]
    [InlineData(DisputeTakes.Provider, 1_000)]
    [InlineData(DisputeTakes.Consumer, 900)]
    [InlineData(DisputeTakes.Lower, 900)]
    [InlineData(DisputeTakes.Nothing, null)]
    public async Task Person_resolves_with_a_reason_and_once(string take, int? rows)
    {
        var id = await OpenAsync(100, 90);
        var dispute = await ResolveAsync(id, take, " both have agreed ");
        Assert.Equal((take, "both have agreed"), (dispute.Outcome!.Take, dispute.Outcome.Reason));
        var receipt = await ReceiptAsync();
        Assert.Equal((ReceiptStates.Resolved, rows), (receipt.State, (int?)receipt.Counts?.Single().Rows));
        Assert.Contains("both have agreed", receipt.Note, StringComparison.Ordinal);
        await RefusedAsync(HttpStatusCode.Conflict, id, take, "again");
    }

    [Fact]
    public async Task Counter_signature_after_a_decision_changes_nothing()
    {
        var unsigned = await parties.SubmitAsync(parties.Signed(100, null));
        await RefusedAsync(HttpStatusCode.Conflict, unsigned.Dispute!, DisputeTakes.Consumer, "it has signed nothing");
        await RefusedAsync(HttpStatusCode.Conflict, unsigned.Dispute!, DisputeTakes.Lower, "it has signed nothing");
        await ResolveAsync(unsigned.Dispute!, DisputeTakes.Nothing, "the consumer was gone");
        var late = await parties.SubmitAsync(parties.Signed(100, 100));
        Assert.Equal((ReceiptStates.Resolved, null), (late.State, late.Counts));
    }

    [Fact]
    public async Task Decision_needs_a_known_word_a_reason_and_the_operator()
    {
        var id = await OpenAsync(100, 90);
        await RefusedAsync(HttpStatusCode.BadRequest, id, "all", "reason");
        await RefusedAsync(HttpStatusCode.BadRequest, id, DisputeTakes.Lower, " ");
        await RefusedAsync(HttpStatusCode.BadRequest, id, DisputeTakes.Lower, new string('x', 401));
        await RefusedAsync(HttpStatusCode.NotFound, "no-such", DisputeTakes.Lower, "reason");
        await authority.RefusedAsync(
            HttpStatusCode.Unauthorized, HttpMethod.Post, AuthorityRoutes.ForDispute(id, AuthorityRoutes.DisputeResolution), await authority.TokenAsync(parties.Provider), new DisputeResolution(DisputeTakes.Provider, "mine"));
    }

    private async Task<string> OpenAsync(int ofProvider, int ofConsumer) => (await parties.SubmitAsync(parties.Signed(ofProvider, ofConsumer))).Dispute!;

    private async Task<Receipt> ReceiptAsync() => (await authority.OkAsync<Page<Receipt>>(HttpMethod.Get, AuthorityRoutes.ReceiptsOf(parties.Agreement), AuthorityUnderTest.Operator)).Items.Single();

    private Task<Dispute> ResolveAsync(string id, string take, string reason) =>
        authority.OkAsync<Dispute>(HttpMethod.Post, AuthorityRoutes.ForDispute(id, AuthorityRoutes.DisputeResolution), AuthorityUnderTest.Operator, new DisputeResolution(take, reason));

    private async Task RefusedAsync(HttpStatusCode status, string id, string take, string reason) =>
        await authority.RefusedAsync(status, HttpMethod.Post, AuthorityRoutes.ForDispute(id, AuthorityRoutes.DisputeResolution), AuthorityUnderTest.Operator, new DisputeResolution(take, reason));

    private async Task RefusedAsync(HttpStatusCode status, string id, IReadOnlyList<UsageLeaf> leaves, int number, bool last) =>
        await authority.RefusedAsync(status, HttpMethod.Put, AuthorityRoutes.ForDispute(id, AuthorityRoutes.DisputeLeaves), await authority.TokenAsync(parties.Provider), new LeavesPage { Number = number, Last = last, Leaves = leaves });
}
