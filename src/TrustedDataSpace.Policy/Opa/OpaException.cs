namespace TrustedDataSpace.Policy.Opa;

/// <summary>The OPA server gave no answer that can be relied on. Says what is wrong and what to check; names no address and no secret.</summary>
public class OpaException(string message, Exception? inner = null) : Exception(message, inner);

/// <summary>Nothing came back at all: no connection, or not in time. Only this says something about the server rather than about one question.</summary>
public sealed class OpaUnreachableException(string message, Exception? inner = null) : OpaException(message, inner);
