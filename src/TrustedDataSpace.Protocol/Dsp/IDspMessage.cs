namespace TrustedDataSpace.Protocol.Dsp;

/// <summary>A message or resource that travels on its own: what <see cref="DspJson"/> reads and writes, with <c>@context</c> and <c>@type</c>.</summary>
public interface IDspMessage;
