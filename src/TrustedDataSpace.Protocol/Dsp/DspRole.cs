namespace TrustedDataSpace.Protocol.Dsp;

/// <summary>The two parties of a negotiation or transfer.</summary>
public enum DspRole
{
    /// <summary>Asks for data.</summary>
    Consumer,

    /// <summary>Offers data.</summary>
    Provider,
}
