using System.Globalization;
using TrustedDataSpace.Protocol.Dsp;
using TrustedDataSpace.Protocol.Errors;
using TrustedDataSpace.Protocol.Metering;
using Xunit;

namespace TrustedDataSpace.Protocol.Tests.Metering;

public sealed class ReconciliationTests
{
    private static readonly ToleranceRule OneInAHundred = new() { Share = 0.01m };

    [Fact]
    public void Equal_content_settles_whoever_wrote_it()
    {
        var provider = Record(Ok(1_000));
        var result = Reconciliation.Of(provider, provider with { Id = "other", Source = "did:web:consumer.example" }, tolerance: null);
        Assert.Equal((ReceiptStates.Settled, provider), (result.State, result.Record));
    }

    [Theory]
    [InlineData(1_000, 999)]
    [InlineData(999, 1_000)]
    [InlineData(1_000, 0)]
    public void Without_a_tolerance_any_difference_is_a_dispute_and_nothing_settles(long one, long other)
    {
        var result = Reconciliation.Of(Record(Ok(one)), Record(Ok(other)), tolerance: null);
        Assert.Equal((ReceiptStates.Disputed, null), (result.State, result.Record));
        Assert.Equal(new CountDifference("inference", UsageOutcomes.Ok, "rows", one, other), Assert.Single(result.Differences));
    }

    [Theory]
    [InlineData(1_000, 990, ReceiptStates.Tolerated)]
    [InlineData(990, 1_000, ReceiptStates.Tolerated)]
    [InlineData(1_000, 989, ReceiptStates.Disputed)]
    [InlineData(989, 1_000, ReceiptStates.Disputed)]
    public void Within_the_tolerance_of_the_contract_the_lower_count_settles(long one, long other, string state)
    {
        var result = Reconciliation.Of(Record(Ok(one)), Record(Ok(other)), OneInAHundred);
        Assert.Equal(state, result.State);
        Assert.Equal(state == ReceiptStates.Tolerated ? Math.Min(one, other) : null, result.Record?.Counts.Single().Rows);
    }

    [Fact]
    public void No_tolerance_covers_use_that_only_one_side_has_counted()
    {
        var result = Reconciliation.Of(Record(Ok(1_000), Ok(1) with { Purpose = "training" }), Record(Ok(1_000)), OneInAHundred);
        Assert.Equal(ReceiptStates.Disputed, result.State);
    }

    [Fact]
    public void No_tolerance_covers_tokens_that_only_one_side_knows()
    {
        var result = Reconciliation.Of(Record(Ok(10) with { TokensIn = 100 }), Record(Ok(10)), OneInAHundred);
        Assert.Equal((ReceiptStates.Disputed, null), (result.State, result.Record));
    }

    [Fact]
    public void No_tolerance_covers_a_record_of_another_product()
    {
        var result = Reconciliation.Of(Record(Ok(10)), Record(Ok(10)) with { ProductId = "another" }, OneInAHundred);
        Assert.Equal(ReceiptStates.Disputed, result.State);
    }

    [Fact]
    public void Lower_counts_of_parties_add_up_to_the_lower_counts()
    {
        var provider = ByParty(new("laboratory", 100, 50), new("mill", 200, 50));
        var consumer = ByParty(new("laboratory", 101, 49), new("mill", 198, 51));
        foreach (var result in new[] { Reconciliation.Of(Record(provider), Record(consumer), new ToleranceRule { Share = 0.1m }), Reconciliation.Of(Record(consumer), Record(provider), new ToleranceRule { Share = 0.1m }) })
        {
            var counts = Assert.Single(result.Record!.RequireSound().Counts);
            Assert.Equal([new PartyTokens("laboratory", 100, 49), new PartyTokens("mill", 198, 50)], counts.TokensDataBy!);
            Assert.Equal((298L, 99L), (counts.TokensData, counts.Rows));
        }
    }

    [Fact]
    public void Party_that_one_side_alone_has_counted_has_nothing_of_the_lower()
    {
        var lower = Reconciliation.Lower(Record(ByParty(new("laboratory", 1, 1), new("mill", 2, 1))), Record(ByParty(new PartyTokens("mill", 3, 2)))).Counts.Single();
        Assert.Equal([new PartyTokens("mill", 2, 1)], lower.TokensDataBy!);
        Assert.Equal((2L, 1L), (lower.TokensData, lower.Rows));
    }

    [Fact]
    public void Chunks_of_calls_are_no_rows_of_the_lower()
    {
        var call = ByParty(new PartyTokens("mill", 3, 2)) with { Rows = 0 };
        Assert.Equal(0, Reconciliation.Lower(Record(call), Record(ByParty(new PartyTokens("mill", 3, 1)) with { Rows = 0 })).Counts.Single().Rows);
    }

    [Fact]
    public void Whatever_is_tolerated_is_never_above_either_count()
    {
        foreach (var (first, second) in Enumerable.Range(0, 45).SelectMany(i => Enumerable.Range(0, 45).Select(j => (i * 23, j * 29))))
        {
            var (one, other) = (Record(Ok(first)), Record(Ok(second)));
            var (result, mirrored) = (Reconciliation.Of(one, other, OneInAHundred), Reconciliation.Of(other, one, OneInAHundred));
            Assert.Equal(result.State, mirrored.State);
            if (result.Record is { } settled)
            {
                var rows = settled.Counts.Sum(count => count.Rows);
                Assert.Equal(Math.Min(one.Counts[0].Rows, other.Counts[0].Rows), rows);
                Assert.Equal(rows, mirrored.Record!.Counts.Sum(count => count.Rows));
            }
        }
    }

    [Theory]
    [InlineData("""{"share":"0"}""")]
    [InlineData("""{"share":"-0.01"}""")]
    [InlineData("""{"share":"0.11"}""")]
    [InlineData("""{"share":0.01}""")]
    [InlineData("""{"share":"0.01","rows":"0.02"}""")]
    [InlineData("{}")]
    public void Tolerance_that_cannot_be_applied_as_written_is_refused(string rule) =>
        Assert.Throws<RefusalException>(() => ToleranceRule.From(Policy(rule)));

    [Fact]
    public void Tolerance_is_read_from_the_contract() => Assert.Equal(0.005m, ToleranceRule.From(Policy("""{"share":"0.005"}"""))!.Share);

    [Fact]
    public void Record_whose_numbers_cannot_be_is_refused()
    {
        var sound = Record(Ok(1)).RequireSound();
        UsageRecord[] unsound =
        [
            sound with { From = sound.From.AddSeconds(1) },
            sound with { To = sound.To.AddMinutes(1) },
            sound with { Counts = [Ok(1) with { Rows = -1 }] },
            sound with { Counts = [Ok(1) with { TokensIn = 1, TokensCached = 2 }] },
            sound with { Counts = [Ok(1), Ok(2)] },
            sound with { Leaves = -1 },
            sound with { LeafRoot = "" },
        ];
        Assert.All(unsound, record => Assert.Throws<RefusalException>(record.RequireSound));
    }

    private static UsageCounts Ok(long rows) => new() { Purpose = "inference", Outcome = UsageOutcomes.Ok, Requests = 10, Rows = rows, Bytes = 500 };

    private static UsageCounts ByParty(params PartyTokens[] parts) => Ok(parts.Sum(part => part.Rows)) with { TokensData = parts.Sum(part => part.Tokens), TokensDataBy = parts };

    private static UsageRecord Record(params UsageCounts[] counts) => new()
    {
        Id = string.Create(CultureInfo.InvariantCulture, $"flow/{7}"),
        Source = "did:web:provider.example",
        AgreementId = "urn:uuid:1",
        ProductId = "product",
        ProviderId = "did:web:provider.example",
        ConsumerId = "did:web:consumer.example",
        Flow = "flow",
        Interval = 7,
        From = UsageInterval.Start(7),
        To = UsageInterval.Start(8),
        Counts = counts,
        Leaves = 10,
        LeafRoot = "AAAA",
    };

    private static PolicyDocument Policy(string rule) =>
        PolicyDocument.Parse($$"""{"@id":"o","@type":"Offer","permission":[{"action":"use"}],"{{ToleranceRule.Property}}":{{rule}}}""");
}
