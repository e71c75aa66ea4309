using TrustedDataSpace.Protocol.Errors;
using TrustedDataSpace.Protocol.Evidence;
using TrustedDataSpace.Protocol.Json;
using Xunit;

namespace TrustedDataSpace.Protocol.Tests.Evidence;

public sealed class EvidenceEntryTests
{
    private static readonly EvidenceEntry Full = new()
    {
        Id = "0197\n\"e\"",
        Time = new DateTimeOffset(2026, 5, 12, 8, 0, 0, TimeSpan.FromHours(8)).AddTicks(1234500),
        Source = "did:web:源.example",
        Kind = EvidenceKinds.NegotiationAgreed,
        Agreement = "urn:uuid:1",
        Process = "p<1>",
        Policy = "r+2",
        Data = ProtocolJson.Parse("""{ "b": [1.50, null, "\u003c"], "a": {} }"""u8),
    };

    public static TheoryData<EvidenceEntry> Entries => [Full, Full with { Agreement = null }, Full with { Process = null, Policy = null, Agreement = null }, Full with { Time = DateTimeOffset.UnixEpoch }];

    [Theory]
    [MemberData(nameof(Entries))]
    public void The_canonical_form_is_that_of_the_document_as_it_is_sent(EvidenceEntry entry)
    {
        ArgumentNullException.ThrowIfNull(entry);
        Assert.Equal(CanonicalJson.Bytes(ProtocolJson.ToElement(entry)), entry.CanonicalBytes().ToArray());
        Assert.Equal(MerkleTree.LeafHash(CanonicalJson.Bytes(entry)), entry.LeafHash());
        var read = ProtocolJson.Read<EvidenceEntry>(entry.CanonicalBytes().Span);
        Assert.Equal(entry.CanonicalBytes().ToArray(), read.CanonicalBytes().ToArray());
    }

    [Fact]
    public void An_entry_that_is_made_of_another_has_a_form_of_its_own()
    {
        var form = Full.CanonicalBytes().ToArray();
        var other = Full with { Kind = EvidenceKinds.NegotiationTerminated };
        Assert.NotEqual(form, other.CanonicalBytes().ToArray());
        Assert.Equal(form, (other with { Kind = Full.Kind }).CanonicalBytes().ToArray());
        Assert.Equal(form, Full.CanonicalBytes().ToArray());
    }

    [Fact]
    public void Entries_are_equal_whether_or_not_their_form_was_asked_for()
    {
        var fresh = Full with { };
        Full.LeafHash();
        Assert.Equal(Full, fresh);
        Assert.Equal(Full.GetHashCode(), fresh.GetHashCode());
    }

    [Fact]
    public void An_entry_without_a_canonical_form_is_refused() => Assert.Equal(
        RefusalCode.Malformed, Assert.Throws<RefusalException>(() => (Full with { Process = "\ud800" }).CanonicalBytes()).Code);
}
