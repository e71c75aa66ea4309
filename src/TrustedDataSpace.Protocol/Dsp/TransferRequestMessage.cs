namespace TrustedDataSpace.Protocol.Dsp;

/// <summary>The consumer asks for data under an agreement (DSP §9.2.1).</summary>
[DspType("TransferRequestMessage")]
public sealed record TransferRequestMessage : IDspMessage
{
    /// <summary>The consumer's identifier of the transfer.</summary>
    public required string ConsumerPid { get; init; }

    /// <summary>The agreement.</summary>
    public required string AgreementId { get; init; }

    /// <summary>The format, as a distribution names it.</summary>
    public required string Format { get; init; }

    /// <summary>Where the consumer wants its messages.</summary>
    public required string CallbackAddress { get; init; }

    /// <summary>Where to push the data, for push formats only.</summary>
    public DataAddress? DataAddress { get; init; }
}
