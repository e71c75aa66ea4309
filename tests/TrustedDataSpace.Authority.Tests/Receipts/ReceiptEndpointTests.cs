using System.Net;
using TrustedDataSpace.Protocol.Authority;
using TrustedDataSpace.Protocol.Evidence;
using TrustedDataSpace.Protocol.Identity;
using TrustedDataSpace.Protocol.Metering;
using Xunit;

namespace TrustedDataSpace.Authority.Tests.Receipts;

public sealed class ReceiptEndpointTests : IAsyncLifetime
{
    private AuthorityUnderTest authority = null!;
    private ReceiptParties parties = null!;

    public async ValueTask InitializeAsync()
    {
        authority = await AuthorityUnderTest.StartAsync();
        parties = await ReceiptParties.FileAsync(authority, ""","tds:tolerance":{"share":"0.05"}""");
    }

    public ValueTask DisposeAsync() => authority.DisposeAsync();

    [Fact]
    public async Task What_both_have_signed_alike_settles_and_the_same_again_changes_nothing()
    {
        var submission = parties.Signed(100, 100);
        var receipt = await parties.SubmitAsync(submission);
        var evidence = authority.Trail.Count().Entries;

        Assert.Equal((ReceiptStates.Settled, 1_000L), (receipt.State, receipt.Counts!.Single().Rows));
        foreach (var again in new[] { submission, parties.Signed(100, 100), parties.Signed(100, null) })
        {
            Assert.Equivalent(receipt, await parties.SubmitAsync(again), strict: true);
            Assert.Equivalent(receipt, await parties.SubmitAsync(again with { Consumer = submission.Consumer }, parties.Consumer), strict: true);
        }

        Assert.Equal(evidence, authority.Trail.Count().Entries);
    }

    [Fact]
    public async Task Within_the_tolerance_the_lower_settles_with_a_note()
    {
        var receipt = await parties.SubmitAsync(parties.Signed(100, 96));
        Assert.Equal((ReceiptStates.Tolerated, 960L), (receipt.State, receipt.Counts!.Single().Rows));
        Assert.Contains("rows 1000 and 960", receipt.Note, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_differs_by_more_is_a_dispute_and_settles_nothing()
    {
        var receipt = await parties.SubmitAsync(parties.Signed(100, 50));
        Assert.Equal((ReceiptStates.Disputed, null), (receipt.State, receipt.Counts));
        Assert.NotNull(receipt.Dispute);
        Assert.Contains(authority.Trail.After("", 1_000), entry => entry.Kind == EvidenceKinds.DisputeOpened && entry.Agreement == parties.Agreement);
    }

    [Fact]
    public async Task Who_has_signed_once_cannot_sign_something_else()
    {
        await parties.SubmitAsync(parties.Signed(100, 100));
        foreach (var other in new[] { parties.Signed(101, 100), parties.Signed(100, 99), parties.Signed(101, 101), parties.Signed(101, null) })
        {
            await RefusedAsync(HttpStatusCode.Conflict, "record", other);
        }

        Assert.Equal(ReceiptStates.Settled, (await parties.SubmitAsync(parties.Signed(100, 100))).State);
    }

    [Theory]
    [InlineData(100, ReceiptStates.Settled, "countersigned", DisputeTakes.Provider)]
    [InlineData(96, ReceiptStates.Tolerated, "countersigned", DisputeTakes.Lower)]
    [InlineData(50, ReceiptStates.Disputed, null, null)]
    public async Task Counter_signature_that_comes_late_counts_as_one_in_time(int leaves, string state, string? by, string? take)
    {
        var unsigned = await parties.SubmitAsync(parties.Signed(100, null));
        Assert.Equal(ReceiptStates.Disputed, unsigned.State);
        Assert.Equal(DisputeReasons.NotSigned, (await DisputeAsync(unsigned)).Reason);

        var late = await parties.SubmitAsync(parties.Signed(100, leaves));
        Assert.Equal((state, unsigned.Dispute), (late.State, late.Dispute));
        var dispute = await DisputeAsync(late);
        Assert.Equal((DisputeReasons.Differs == dispute.Reason, by, take), (state == ReceiptStates.Disputed, dispute.Outcome?.By, dispute.Outcome?.Take));
    }

    [Fact]
    public async Task Nothing_counts_that_is_not_signed_by_the_party_it_speaks_for()
    {
        var (provider, consumer) = (parties.Record(parties.Provider, 100), parties.Record(parties.Consumer, 100));
        var stranger = SigningKey.Generate();
        await RefusedAsync(HttpStatusCode.Unauthorized, "kid", new ReceiptSubmission { Provider = provider.Sign(stranger), Consumer = consumer.Sign(parties.Consumer.Key) });
        await RefusedAsync(HttpStatusCode.Unauthorized, "kid", new ReceiptSubmission { Provider = provider.Sign(parties.Provider.Key), Consumer = consumer.Sign(parties.Provider.Key) });
        await RefusedAsync(HttpStatusCode.BadRequest, "source", parties.Signed(provider, provider));
        await RefusedAsync(HttpStatusCode.BadRequest, "source", parties.Signed(consumer, consumer));
    }

    [Fact]
    public async Task Records_of_different_things_are_no_receipt()
    {
        var (provider, consumer) = (parties.Record(parties.Provider, 100), parties.Record(parties.Consumer, 100));
        await RefusedAsync(HttpStatusCode.BadRequest, "interval", parties.Signed(provider, parties.Record(parties.Consumer, 100, parties.Interval - 1)));
        await RefusedAsync(HttpStatusCode.BadRequest, "interval", parties.Signed(provider, consumer with { Flow = "another" }));
        await RefusedAsync(HttpStatusCode.BadRequest, "agreementId", parties.Signed(provider, consumer with { ProductId = "another" }));
        await RefusedAsync(HttpStatusCode.BadRequest, "counts", parties.Signed(provider, consumer with { Counts = [consumer.Counts[0] with { Rows = -1 }] }));
        await RefusedAsync(HttpStatusCode.BadRequest, "interval", parties.Signed(100, 100, parties.Interval + 60));
        await RefusedAsync(HttpStatusCode.NotFound, "agreement", parties.Signed(provider with { AgreementId = "urn:other" }, null));
    }

    [Fact]
    public async Task Others_see_and_submit_nothing()
    {
        var other = await authority.TokenAsync(await authority.JoinAsync("other"));
        var disputed = await parties.SubmitAsync(parties.Signed(100, 50));

        await authority.RefusedAsync(HttpStatusCode.NotFound, HttpMethod.Post, AuthorityRoutes.Receipts, other, parties.Signed(100, 100));
        await authority.RefusedAsync(HttpStatusCode.NotFound, HttpMethod.Get, AuthorityRoutes.ReceiptsOf(parties.Agreement), other);
        await authority.RefusedAsync(HttpStatusCode.NotFound, HttpMethod.Get, AuthorityRoutes.ForDispute(disputed.Dispute!), other);
        await authority.RefusedAsync(HttpStatusCode.NotFound, HttpMethod.Get, AuthorityRoutes.ForDispute(disputed.Dispute!, AuthorityRoutes.DisputeDifferences), other);
        Assert.Empty((await authority.OkAsync<Page<Dispute>>(HttpMethod.Get, AuthorityRoutes.Disputes, other)).Items);
        Assert.Single((await authority.OkAsync<Page<Dispute>>(HttpMethod.Get, AuthorityRoutes.Disputes, await authority.TokenAsync(parties.Consumer))).Items);
    }

    [Fact]
    public async Task Receipts_come_in_pages_in_the_order_of_their_intervals()
    {
        for (var i = 4; i >= 0; i--)
        {
            await parties.SubmitAsync(parties.Signed(i, i, parties.Interval - i));
        }

        var seen = new List<long>();
        for (string? cursor = ""; cursor is not null;)
        {
            var page = await authority.OkAsync<Page<Receipt>>(HttpMethod.Get, $"{AuthorityRoutes.ReceiptsOf(parties.Agreement)}&limit=2&cursor={cursor}", AuthorityUnderTest.Operator);
            seen.AddRange(page.Items.Select(receipt => receipt.Interval));
            cursor = page.Next;
        }

        Assert.Equal(Enumerable.Range(0, 5).Select(i => parties.Interval - 4 + i), seen);
    }

    private async Task RefusedAsync(HttpStatusCode status, string term, ReceiptSubmission submission)
    {
        var refusal = await authority.RefusedAsync(status, HttpMethod.Post, AuthorityRoutes.Receipts, await authority.TokenAsync(parties.Provider), submission);
        Assert.Equal(term, refusal.GetProperty("term").GetString());
    }

    private Task<Dispute> DisputeAsync(Receipt receipt) => authority.OkAsync<Dispute>(HttpMethod.Get, AuthorityRoutes.ForDispute(receipt.Dispute!), AuthorityUnderTest.Operator);
}
