namespace TrustedDataSpace.Protocol.Authority;

/// <summary>Where a participant's connector is now.</summary>
/// <param name="Endpoint">Its base URL.</param>
public sealed record EndpointUpdate(Uri Endpoint);
