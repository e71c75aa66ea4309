using System.Collections.Frozen;

namespace TrustedDataSpace.Policy.Agreements;

/// <summary>
/// A left operand that is understood and decides nothing: it stays in the signed original and is shown for what it is. Nobody is told
/// that it is enforced.
/// </summary>
/// <param name="Word">What the space does about it.</param>
/// <param name="Note">What really happens, in one sentence.</param>
/// <param name="Operators">The operators that are accepted; null: all that compare with texts.</param>
internal sealed record KeptOperand(Coverage Word, string Note, FrozenSet<string>? Operators = null)
{
    private const string SignedOnly = "kept and signed; nothing technical happens";

    /// <summary>The operators of operands that name none.</summary>
    public static readonly FrozenSet<string> Any = FrozenSet.Create("eq", "neq", "isAnyOf", "isNoneOf", "isAllOf");

    private static readonly KeptOperand Legal = new(Coverage.LegalOnly, SignedOnly);

    private static readonly FrozenDictionary<string, KeptOperand> Own = new Dictionary<string, KeptOperand>
    {
        ["tds:securityLevel"] = Attested("at which security level the consumer works"),
        ["tds:executionEnv"] = Attested("in which environment the consumer executes"),
        ["tds:algorithm"] = Attested("which algorithms the consumer applies"),
        ["tds:machineLearningModels"] = Attested("which models the consumer trains or runs"),
        ["tds:model"] = Attested("which models the consumer trains or runs"),
        ["systemDevice"] = Attested("on which machine or at which place the consumer works"),
        ["tds:physicalAddress"] = Attested("on which machine or at which place the consumer works"),
        ["tds:liability"] = Legal,
        ["tds:warranty"] = Legal,
        ["tds:jurisdiction"] = Legal,
        ["tds:contractReference"] = Legal,
    }.ToFrozenDictionary();

    /// <summary>Canonical names.</summary>
    public static IEnumerable<string> Names => Own.Keys;

    /// <summary>The operand of a canonical name, or null.</summary>
    public static KeptOperand? Find(string canonicalName) => Own.GetValueOrDefault(canonicalName) ?? CatenaX.Kept.GetValueOrDefault(canonicalName);

    private static KeptOperand Attested(string what) =>
        new(Coverage.Attested, $"the consumer states by its signature {what}; the provider's connector cannot see it");
}
