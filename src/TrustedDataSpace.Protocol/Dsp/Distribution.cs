namespace TrustedDataSpace.Protocol.Dsp;

/// <summary>A form that a dataset can be had in (DSP §5.3.2).</summary>
[DspType("Distribution", Required = false)]
public sealed record Distribution
{
    /// <summary>The transfer format, for example <see cref="DspConstants.HttpPull"/>.</summary>
    public required string Format { get; init; }

    /// <summary>Where it can be asked for.</summary>
    public required AccessService AccessService { get; init; }
}
