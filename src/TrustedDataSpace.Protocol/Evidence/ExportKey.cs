namespace TrustedDataSpace.Protocol.Evidence;

/// <summary>The key line of an export.</summary>
internal sealed record ExportKey(string Kid, string Name, string Spki);
