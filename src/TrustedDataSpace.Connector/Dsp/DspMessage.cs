namespace TrustedDataSpace.Connector.Dsp;

/// <summary>A message of a peer: read, checked for its form, and attributed.</summary>
/// <param name="Sender">The peer's DID, from its access token.</param>
/// <param name="Body">The message.</param>
/// <param name="Pids">The process ids that it names.</param>
/// <param name="Id">Its own <c>@id</c>, if it has one: the same id is the same message.</param>
internal sealed record DspMessage<T>(string Sender, T Body, DspPids Pids, string? Id);
