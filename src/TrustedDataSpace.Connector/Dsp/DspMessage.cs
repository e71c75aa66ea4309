namespace TrustedDataSpace.Connector.Dsp;

/// <summary>A message of a peer: read, checked for its form, and attributed.</summary>
/// <param name="Sender">The peer's DID, from its access token.</param>
/// <param name="Body">The message.</param>
/// <param name="Pids">The process ids that it names.</param>
/// <param name="Id">Its own <c>@id</c>, if it has one: the same id is the same message.</param>
/// <param name="Hash">Over its canonical form: stands in for a missing id.</param>
internal sealed record DspMessage<T>(string Sender, T Body, DspPids Pids, string? Id, string Hash)
{
    /// <summary>What the inbox remembers.</summary>
    public string Key => Id is null ? Hash : $"{typeof(T).Name} {Id}";
}
