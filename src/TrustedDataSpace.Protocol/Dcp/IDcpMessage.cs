namespace TrustedDataSpace.Protocol.Dcp;

/// <summary>A message that travels on its own: what <see cref="DcpJson"/> reads and writes, with <c>@context</c> and <c>type</c>.</summary>
public interface IDcpMessage;
