using TrustedDataSpace.Policy;

namespace TrustedDataSpace.Connector.Policies;

/// <summary>What decides now, beside the question.</summary>
/// <param name="Revision">Revision of the bundle.</param>
/// <param name="Reads">What its rules read.</param>
/// <param name="Facts">Number of the present state of signals and consents.</param>
internal readonly record struct DecidingRules(string Revision, PolicyReads Reads, long Facts);
