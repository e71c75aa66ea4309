namespace TrustedDataSpace.Protocol.Evidence;

/// <summary>Something wrong in an export.</summary>
/// <param name="Line">The line, counted from 1.</param>
/// <param name="Message">What is wrong with it.</param>
public sealed record EvidenceFault(long Line, string Message);
