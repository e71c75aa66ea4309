using System.Text.Json;

namespace TrustedDataSpace.Policy.Agreements;

/// <summary>An ODRL offer or agreement in the one form that decisions are taken on.</summary>
/// <param name="Document">What travels in <c>input.agreement</c>; the caller of a decision adds <c>state</c> and <c>filed</c>. Owns its memory.</param>
/// <param name="Coverage">One line per term, in the order of the document.</param>
public sealed record CompiledAgreement(JsonElement Document, IReadOnlyList<TermCoverage> Coverage);
