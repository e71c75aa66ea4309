namespace TrustedDataSpace.Protocol.Dsp;

/// <summary>Asks for one dataset (DSP §5.2.2). Over HTTPS its address says the same, and this message is not sent (DSP §6.2.2).</summary>
[DspType("DatasetRequestMessage")]
public sealed record DatasetRequestMessage : IDspMessage
{
    /// <summary>The identifier of the dataset.</summary>
    public required string Dataset { get; init; }
}
