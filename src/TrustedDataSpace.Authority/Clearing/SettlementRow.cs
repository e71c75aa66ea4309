using System.Text;
using TrustedDataSpace.Protocol.Authority;
using TrustedDataSpace.Protocol.Clearing;
using TrustedDataSpace.Protocol.Json;

namespace TrustedDataSpace.Authority.Clearing;

/// <summary>A row of <c>settlements</c>.</summary>
internal sealed record SettlementRow
{
    public string Id { get; init; } = "";

    public string Agreement { get; init; } = "";

    public string Provider { get; init; } = "";

    public string Consumer { get; init; } = "";

    public long From { get; init; }

    public long To { get; init; }

    public long Revision { get; init; }

    public string Document { get; init; } = "";

    public long IssuedAt { get; init; }

    public string? ProviderSignature { get; init; }

    public string? ConsumerSignature { get; init; }

    public string? Payment { get; init; }

    /// <summary>What the balance pays, decimal notation; null where the plan is not prepaid.</summary>
    public string? Prepaid { get; init; }

    public string State => ProviderSignature is null || ConsumerSignature is null ? SettlementStates.Issued
        : Payment is null && !(Prepaid is not null && Read().Due == 0) ? SettlementStates.Agreed
        : SettlementStates.Paid;

    public Settlement Read() => ProtocolJson.Read<Settlement>(Encoding.UTF8.GetBytes(Document));

    public Payment? ReadPayment() => Payment is null ? null : ProtocolJson.Read<Payment>(Encoding.UTF8.GetBytes(Payment));

    public SettlementView ToView()
    {
        var settlement = Read();
        return new SettlementView
        {
            Settlement = settlement,
            Hash = settlement.Hash(),
            State = State,
            IssuedAt = DateTimeOffset.FromUnixTimeMilliseconds(IssuedAt),
            ProviderSignature = ProviderSignature,
            ConsumerSignature = ConsumerSignature,
            Payment = ReadPayment(),
        };
    }
}
