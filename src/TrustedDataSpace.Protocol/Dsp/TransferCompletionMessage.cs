namespace TrustedDataSpace.Protocol.Dsp;

/// <summary>The transfer is complete (DSP §9.2.4).</summary>
[DspType("TransferCompletionMessage")]
public sealed record TransferCompletionMessage : IDspMessage
{
    /// <summary>The provider's identifier of the transfer.</summary>
    public required string ProviderPid { get; init; }

    /// <summary>The consumer's identifier of the transfer.</summary>
    public required string ConsumerPid { get; init; }
}
