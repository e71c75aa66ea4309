namespace TrustedDataSpace.Hosting.Processes;

/// <summary>
/// Registered in a service that is not alone in its process: what the platform keeps for the whole process (measurements and spans of
/// HttpClient) is then nobody's, and is not exported.
/// </summary>
internal sealed class SharedProcess;
