using TrustedDataSpace.Protocol.Authority;
using TrustedDataSpace.Protocol.Evidence;
using TrustedDataSpace.Protocol.Json;
using TrustedDataSpace.Protocol.Metering;
using Xunit;

namespace TrustedDataSpace.Authority.Tests.Receipts;

/// <summary>Use that is claimed for a time at which there can have been none is a dispute by name, whoever has signed it.</summary>
public sealed class ClaimedTimesTests : IAsyncLifetime
{
    private static readonly DateTimeOffset Signed = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    private AuthorityUnderTest authority = null!;

    public async ValueTask InitializeAsync() => authority = await AuthorityUnderTest.StartAsync();

    public ValueTask DisposeAsync() => authority.DisposeAsync();

    [Fact]
    public async Task Interval_before_the_agreement_was_signed_is_in_dispute()
    {
        var parties = await ReceiptParties.FileAsync(authority);
        await DisputedAsync(parties, UsageInterval.At(Signed) - 1, "before the agreement was signed");
        Assert.Equal(ReceiptStates.Settled, (await parties.SubmitAsync(parties.Signed(1, 1, UsageInterval.At(Signed)))).State);
    }

    [Theory]
    [InlineData("""{"leftOperand":"dateTime","operator":"lt","rightOperand":"2026-01-02T00:00:00Z"}""", 24 * 60)]
    [InlineData("""{"leftOperand":"dateTime","operator":"lteq","rightOperand":"2026-01-02T00:00:00Z"}""", 24 * 60)]
    [InlineData("""{"leftOperand":"elapsedTime","operator":"lteq","rightOperand":"PT1H"}""", 61)]
    public async Task Interval_after_the_term_is_in_dispute(string constraint, int minutes)
    {
        var parties = await ReceiptParties.FileAsync(authority, permission: $$"""{"action":"use","constraint":[{{constraint}}]}""");
        await DisputedAsync(parties, UsageInterval.At(Signed) + minutes, "after the term of the agreement ended");
        Assert.Equal(ReceiptStates.Settled, (await parties.SubmitAsync(parties.Signed(1, 1, UsageInterval.At(Signed) + minutes - 1))).State);
    }

    [Fact]
    public async Task Interval_before_the_term_is_in_dispute()
    {
        var parties = await ReceiptParties.FileAsync(authority, permission: """{"action":"use","constraint":[{"leftOperand":"dateTime","operator":"gteq","rightOperand":"2026-01-02T00:00:00Z"}]}""");
        var first = UsageInterval.At(Signed.AddDays(1));
        await DisputedAsync(parties, first - 1, "before the term of the agreement begins");
        Assert.Equal(ReceiptStates.Settled, (await parties.SubmitAsync(parties.Signed(1, 1, first))).State);
    }

    [Fact]
    public async Task Of_several_permissions_the_longest_counts()
    {
        var parties = await ReceiptParties.FileAsync(authority, permission: """{"action":"use","constraint":[{"leftOperand":"dateTime","operator":"lt","rightOperand":"2026-01-02T00:00:00Z"}]},{"action":"use"}""");
        Assert.Equal(ReceiptStates.Settled, (await parties.SubmitAsync(parties.Signed(1, 1))).State);
    }

    [Fact]
    public async Task Interval_outside_the_life_of_its_flow_is_in_dispute()
    {
        var parties = await ReceiptParties.FileAsync(authority);
        var (started, ended) = (parties.Interval - 5, parties.Interval - 2);
        await LogAsync(parties, parties.Provider, EvidenceKinds.TransferStarted, UsageInterval.Start(started).AddSeconds(30));
        await LogAsync(parties, parties.Provider, EvidenceKinds.TransferTerminated, UsageInterval.Start(ended).AddSeconds(30));

        await DisputedAsync(parties, started - 1, "before its flow was started");
        await DisputedAsync(parties, ended + 1, "after its flow had ended");
        foreach (var interval in new[] { started, ended })
        {
            Assert.Equal(ReceiptStates.Settled, (await parties.SubmitAsync(parties.Signed(1, 1, interval))).State);
        }
    }

    [Fact]
    public async Task What_the_other_party_says_of_the_flow_moves_no_border()
    {
        var parties = await ReceiptParties.FileAsync(authority);
        await LogAsync(parties, parties.Consumer, EvidenceKinds.TransferTerminated, UsageInterval.Start(parties.Interval - 9));
        Assert.Equal(ReceiptStates.Settled, (await parties.SubmitAsync(parties.Signed(1, 1))).State);
    }

    [Fact]
    public async Task No_recount_resolves_it_but_a_person()
    {
        var parties = await ReceiptParties.FileAsync(authority);
        var early = UsageInterval.At(Signed) - 1;
        var receipt = await parties.SubmitAsync(parties.Signed(2, 1, early));
        await parties.ShowAsync(receipt.Dispute!, parties.Provider, parties.Leaves(2, early));
        var shown = await parties.ShowAsync(receipt.Dispute!, parties.Consumer, parties.Leaves(3, early));
        Assert.Equal((Recounts.Agrees, Recounts.Deviates), (shown.Provider.Recount, shown.Consumer!.Recount));
        Assert.Equal((DisputeReasons.OutOfTime, null), (shown.Reason, shown.Outcome));

        var resolved = await authority.OkAsync<Dispute>(
            HttpMethod.Post, AuthorityRoutes.ForDispute(receipt.Dispute!, AuthorityRoutes.DisputeResolution), AuthorityUnderTest.Operator, new DisputeResolution(DisputeTakes.Nothing, "there was no contract yet"));
        Assert.Equal(DisputeTakes.Nothing, resolved.Outcome!.Take);
    }

    private async Task DisputedAsync(ReceiptParties parties, long interval, string why)
    {
        var receipt = await parties.SubmitAsync(parties.Signed(1, 1, interval));
        Assert.Equal(ReceiptStates.Disputed, receipt.State);
        Assert.Contains(why, receipt.Note, StringComparison.Ordinal);
        Assert.Null(receipt.Counts);
        Assert.Equal(DisputeReasons.OutOfTime, (await authority.OkAsync<Dispute>(HttpMethod.Get, AuthorityRoutes.ForDispute(receipt.Dispute!), AuthorityUnderTest.Operator)).Reason);
    }

    private async Task LogAsync(ReceiptParties parties, TestMember by, string kind, DateTimeOffset time)
    {
        var entry = new EvidenceEntry { Id = Guid.NewGuid().ToString(), Time = time, Source = by.Id, Kind = kind, Agreement = parties.Agreement, Process = ReceiptParties.Flow, Data = ProtocolJson.ToElement(new { }) };
        await authority.OkAsync<EvidenceReceipt>(HttpMethod.Post, AuthorityRoutes.EvidenceBatches, await authority.TokenAsync(by), EvidenceBatch.Create([entry], by.Key));
        var course = await authority.OkAsync<Page<AuditedEntry>>(HttpMethod.Get, AuthorityRoutes.ForCourse(ReceiptParties.Flow), AuthorityUnderTest.Operator);
        Assert.Contains(course.Items, audited => audited.Entry.Id == entry.Id);
    }
}
