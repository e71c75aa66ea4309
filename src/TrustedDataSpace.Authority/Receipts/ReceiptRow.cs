using System.Text;
using TrustedDataSpace.Protocol.Authority;
using TrustedDataSpace.Protocol.Identity;
using TrustedDataSpace.Protocol.Json;
using TrustedDataSpace.Protocol.Metering;

namespace TrustedDataSpace.Authority.Receipts;

/// <summary>A row of <c>receipts</c>.</summary>
internal sealed record ReceiptRow
{
    public string Agreement { get; init; } = "";

    public long Interval { get; init; }

    public string Flow { get; init; } = "";

    public string State { get; init; } = "";

    /// <summary>JWS, verified when it came.</summary>
    public string ProviderRecord { get; init; } = "";

    /// <summary>JWS, verified when it came; null: not signed.</summary>
    public string? ConsumerRecord { get; init; }

    /// <summary>The record that is rated, JSON.</summary>
    public string? Settled { get; init; }

    public string? Note { get; init; }

    public string? Dispute { get; init; }

    public UsageRecord Provider() => Read(ProviderRecord);

    public UsageRecord? Consumer() => ConsumerRecord is null ? null : Read(ConsumerRecord);

    public Receipt ToReceipt() => new()
    {
        Agreement = Agreement,
        Flow = Flow,
        Interval = Interval,
        State = State,
        Dispute = Dispute,
        Counts = Settled is null ? null : ProtocolJson.Read<UsageRecord>(Encoding.UTF8.GetBytes(Settled)).Counts,
        Note = Note,
    };

    private static UsageRecord Read(string jws) => ProtocolJson.Read<UsageRecord>(Jws.ReadUnverified(jws, UsageRecord.MaxSignedLength));
}
