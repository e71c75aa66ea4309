namespace TrustedDataSpace.Protocol.Dsp;

/// <summary>The transfer starts, or starts again (DSP §9.2.2).</summary>
[DspType("TransferStartMessage")]
public sealed record TransferStartMessage : IDspMessage
{
    /// <summary>The provider's identifier of the transfer.</summary>
    public required string ProviderPid { get; init; }

    /// <summary>The consumer's identifier of the transfer.</summary>
    public required string ConsumerPid { get; init; }

    /// <summary>Where to pull the data, for pull formats.</summary>
    public DataAddress? DataAddress { get; init; }
}
