using System.Globalization;
using TrustedDataSpace.Protocol.Evidence;
using TrustedDataSpace.Protocol.Json;

namespace TrustedDataSpace.Protocol.Tests.Evidence;

internal static class Entries
{
    public const string Source = "did:web:vpp.example";

    public static EvidenceEntry[] Make(int count) =>
    [
        .. Enumerable.Range(0, count).Select(i => new EvidenceEntry
        {
            Id = "e" + i.ToString(CultureInfo.InvariantCulture),
            Time = DateTimeOffset.UnixEpoch.AddDays(20000).AddMilliseconds(i),
            Source = Source,
            Kind = EvidenceKinds.DecisionDenied,
            Agreement = "urn:uuid:1",
            Data = ProtocolJson.ToElement(new { reason = "purpose 训练 \"x\"", rows = i * 96 }),
        }),
    ];

    public static async IAsyncEnumerable<EvidenceEntry> Stream(IEnumerable<EvidenceEntry> entries)
    {
        foreach (var entry in entries)
        {
            await Task.Yield();
            yield return entry;
        }
    }
}
