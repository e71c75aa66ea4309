namespace TrustedDataSpace.Protocol.Dsp;

/// <summary>A message or resource that travels on its own, with <c>@context</c> and <c>@type</c>.</summary>
#pragma warning disable CA1040 // It marks what DspJson may read and write at the root.
public interface IDspMessage;
#pragma warning restore CA1040
