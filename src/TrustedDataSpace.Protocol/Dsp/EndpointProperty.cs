namespace TrustedDataSpace.Protocol.Dsp;

/// <summary>A property of a data address.</summary>
[DspType("EndpointProperty")]
public sealed record EndpointProperty
{
    /// <summary>Its name, for example <see cref="DspConstants.AuthorizationProperty"/>.</summary>
    public required string Name { get; init; }

    /// <summary>Its value, possibly a secret.</summary>
    public required string Value { get; init; }

    /// <summary>Tells the name, never the value.</summary>
    public override string ToString() => $"EndpointProperty {{ {Name} }}";
}
