namespace TrustedDataSpace.Protocol.Dsp;

/// <summary>How callers of a version authenticate.</summary>
public sealed record VersionAuth
{
    /// <summary>The protocol, for example <c>DCP</c>.</summary>
    public required string Protocol { get; init; }

    /// <summary>Its version.</summary>
    public required string Version { get; init; }

    /// <summary>The profiles of it that are supported.</summary>
    public IReadOnlyList<string> Profile { get; init; } = [];
}
