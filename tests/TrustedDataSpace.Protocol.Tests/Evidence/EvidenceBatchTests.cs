using TrustedDataSpace.Protocol.Errors;
using TrustedDataSpace.Protocol.Evidence;
using TrustedDataSpace.Protocol.Identity;
using TrustedDataSpace.Protocol.Json;
using Xunit;

namespace TrustedDataSpace.Protocol.Tests.Evidence;

public sealed class EvidenceBatchTests : IDisposable
{
    private readonly SigningKey key = SigningKey.Generate();

    public void Dispose() => key.Dispose();

    [Fact]
    public void Batch_verifies_after_its_journey()
    {
        var batch = EvidenceBatch.Create(Entries.Make(EvidenceBatch.MaxEntries), key);
        var received = ProtocolJson.Read<EvidenceBatch>(ProtocolJson.Write(batch));

        received.Verify([key.Public]);

        Assert.Equal(batch.Entries[7].LeafHash(), received.Entries[7].LeafHash());
    }

    [Fact]
    public void Time_of_another_zone_is_the_same_leaf()
    {
        var entry = Entries.Make(1)[0];
        Assert.Equal(entry.LeafHash(), (entry with { Time = entry.Time.ToOffset(TimeSpan.FromHours(8)) }).LeafHash());
    }

    [Fact]
    public void Altered_entry_is_refused() =>
        AssertRefused(b => b with { Entries = [b.Entries[0] with { Kind = EvidenceKinds.UsageRecorded }, .. b.Entries.Skip(1)] }, RefusalCode.Malformed);

    [Fact]
    public void Entry_left_out_is_refused() => AssertRefused(b => b with { Entries = [.. b.Entries.Skip(1)] }, RefusalCode.Malformed);

    [Fact]
    public void Entries_in_another_order_are_refused() => AssertRefused(b => b with { Entries = [.. b.Entries.Reverse()] }, RefusalCode.Malformed);

    [Fact]
    public void Entry_in_anothers_name_is_refused() =>
        AssertRefused(b => b with { Entries = [b.Entries[0], b.Entries[1] with { Source = "did:web:grid.example" }] }, RefusalCode.Malformed);

    [Fact]
    public void Signature_of_another_batch_is_refused() =>
        AssertRefused(b => b with { Signature = EvidenceBatch.Create(Entries.Make(2), key, "another").Signature }, RefusalCode.Unauthenticated);

    [Fact]
    public void Renamed_batch_is_refused() => AssertRefused(b => b with { Id = "another" }, RefusalCode.Unauthenticated);

    [Fact]
    public void Batch_of_nothing_or_too_much_is_refused()
    {
        AssertRefused(b => b with { Entries = [] }, RefusalCode.TooLarge);
        Assert.Throws<RefusalException>(() => EvidenceBatch.Create(Entries.Make(EvidenceBatch.MaxEntries + 1), key));
        Assert.Throws<RefusalException>(() => EvidenceBatch.Create([], key));
    }

    [Fact]
    public void Batch_of_a_stranger_is_refused()
    {
        using var stranger = SigningKey.Generate();
        var refusal = Assert.Throws<RefusalException>(() => EvidenceBatch.Create(Entries.Make(2), stranger).Verify([key.Public]));
        Assert.Equal(RefusalCode.Unauthenticated, refusal.Code);
    }

    private void AssertRefused(Func<EvidenceBatch, EvidenceBatch> alter, RefusalCode code)
    {
        var altered = alter(EvidenceBatch.Create(Entries.Make(2), key));
        Assert.Equal(code, Assert.Throws<RefusalException>(() => altered.Verify([key.Public])).Code);
    }
}
