using TrustedDataSpace.Protocol.Authority;
using TrustedDataSpace.Protocol.Dsp;
using TrustedDataSpace.Protocol.Identity;
using TrustedDataSpace.Protocol.Metering;

namespace TrustedDataSpace.Authority.Tests.Receipts;

/// <summary>Two members with a filed agreement, and the records that they sign.</summary>
internal sealed class ReceiptParties(AuthorityUnderTest authority, TestMember provider, TestMember consumer, string agreement)
{
    public const string Flow = "flow-1";

    public TestMember Provider => provider;

    public TestMember Consumer => consumer;

    public string Agreement => agreement;

    /// <summary>The first interval that is over.</summary>
    public long Interval { get; } = UsageInterval.At(authority.Clock.GetUtcNow()) - 1;

    public static async Task<ReceiptParties> FileAsync(AuthorityUnderTest authority, string terms = "", string permission = """{"action":"use"}""")
    {
        var (provider, consumer) = (await authority.JoinAsync("provider"), await authority.JoinAsync("consumer"));
        var agreement = PolicyDocument.Parse(
            $$"""
            {"@id":"urn:uuid:{{Guid.NewGuid()}}","@type":"Agreement","assigner":"{{provider.Id}}","assignee":"{{consumer.Id}}","target":"product",
             "timestamp":"2026-01-01T00:00:00Z","permission":[{{permission}}]{{terms}} }
            """);
        await authority.OkAsync<FilingReceipt>(HttpMethod.Post, AuthorityRoutes.Agreements, await authority.TokenAsync(provider), new AgreementFiling
        {
            AgreementId = agreement.Id,
            Provider = Did.Parse(provider.Id),
            Consumer = Did.Parse(consumer.Id),
            ProductId = "product",
            Hash = agreement.Hash,
            Agreement = agreement,
            SignedAt = authority.Clock.GetUtcNow(),
        });
        return new ReceiptParties(authority, provider, consumer, agreement.Id);
    }

    /// <summary>A record over so many leaves of ten rows each.</summary>
    public UsageRecord Record(TestMember by, int leaves, long? interval = null)
    {
        var sum = new UsageSum();
        foreach (var leaf in Leaves(leaves, interval))
        {
            sum.Add(leaf);
        }

        var number = interval ?? Interval;
        return new UsageRecord
        {
            Id = $"{Flow}/{number}",
            Source = by.Id,
            AgreementId = agreement,
            ProductId = "product",
            ProviderId = provider.Id,
            ConsumerId = consumer.Id,
            Flow = Flow,
            Interval = number,
            From = UsageInterval.Start(number),
            To = UsageInterval.Start(number + 1),
            Counts = sum.Counts,
            Leaves = sum.Leaves,
            LeafRoot = sum.Root,
        };
    }

    public List<UsageLeaf> Leaves(int count, long? interval = null) =>
    [
        .. Enumerable.Range(1, count).Select(sequence => new UsageLeaf { Flow = Flow, Interval = interval ?? Interval, Sequence = sequence, Purpose = "inference", Outcome = UsageOutcomes.Ok, Rows = 10, Bytes = 100 }),
    ];

    public ReceiptSubmission Signed(UsageRecord ofProvider, UsageRecord? ofConsumer) =>
        new() { Provider = ofProvider.Sign(provider.Key), Consumer = ofConsumer?.Sign(consumer.Key) };

    public ReceiptSubmission Signed(int ofProvider, int? ofConsumer, long? interval = null) =>
        Signed(Record(provider, ofProvider, interval), ofConsumer is { } leaves ? Record(consumer, leaves, interval) : null);

    public async Task<Receipt> SubmitAsync(ReceiptSubmission submission, TestMember? by = null) =>
        await authority.OkAsync<Receipt>(HttpMethod.Post, AuthorityRoutes.Receipts, await authority.TokenAsync(by ?? provider), submission);

    public async Task<Dispute> ShowAsync(string dispute, TestMember by, IReadOnlyList<UsageLeaf> leaves, int number = 0, bool last = true) =>
        await authority.OkAsync<Dispute>(HttpMethod.Put, AuthorityRoutes.ForDispute(dispute, AuthorityRoutes.DisputeLeaves), await authority.TokenAsync(by), new LeavesPage { Number = number, Last = last, Leaves = leaves });
}
