using TrustedDataSpace.Policy.Rego;
using TrustedDataSpace.Policy.Rego.Tracing;

namespace TrustedDataSpace.Policy;

/// <summary>The value of one document of a bundle.</summary>
/// <param name="Revision">Revision of the bundle.</param>
/// <param name="Value">The value; null if it is undefined.</param>
/// <param name="Trace">How it came about, when that was asked for; also of an evaluation that ended without a result.</param>
public sealed record DocumentAnswer(string Revision, RegoValue? Value, RegoTrace? Trace);
