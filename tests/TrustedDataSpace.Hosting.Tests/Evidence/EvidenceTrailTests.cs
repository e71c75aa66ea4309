using TrustedDataSpace.Hosting.Evidence;
using TrustedDataSpace.Hosting.Storage;
using TrustedDataSpace.Protocol.Errors;
using TrustedDataSpace.Protocol.Evidence;
using TrustedDataSpace.Protocol.Json;
using TrustedDataSpace.Testing;
using Xunit;

namespace TrustedDataSpace.Hosting.Tests.Evidence;

public sealed class EvidenceTrailTests : IDisposable
{
    private readonly TempFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public async Task Data_that_the_log_would_refuse_is_recorded_by_its_hash()
    {
        await using var database = TestService.Open(folder);
        var trail = Trail(database);
        var data = new { text = new string('x', EvidenceEntry.MaxBytes) };

        await database.WriteAsync(unit => trail.Append(unit, EvidenceKinds.TransferTerminated, data, process: "urn:transfer:1"));

        var entry = Assert.Single(trail.Unlogged(10));
        Assert.True(entry.CanonicalBytes().Length <= EvidenceEntry.MaxBytes);
        Assert.Equal("urn:transfer:1", entry.Process);
        Assert.Equal(CanonicalJson.Hash(ProtocolJson.ToElement(data)), entry.Data.GetProperty("hash").GetString());
        Assert.Equal(CanonicalJson.Bytes(data).Length, entry.Data.GetProperty("bytes").GetInt32());
    }

    [Fact]
    public async Task Names_that_the_log_would_refuse_are_refused_with_the_change_itself()
    {
        await using var database = TestService.Open(folder);
        var trail = Trail(database);

        var refusal = await Assert.ThrowsAsync<RefusalException>(() => database.WriteAsync(
            unit => trail.Append(unit, EvidenceKinds.NegotiationAgreed, new { }, agreement: new string('x', EvidenceEntry.MaxBytes))));

        Assert.Equal(RefusalCode.TooLarge, refusal.Code);
        Assert.Empty(trail.Unlogged(10));
    }

    private EvidenceTrail Trail(Database database) => new(database, new Ids(new ManualClock()), TestService.Settings(folder));
}
