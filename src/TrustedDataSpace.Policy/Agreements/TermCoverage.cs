namespace TrustedDataSpace.Policy.Agreements;

/// <summary>What the space really does about a term. A fourth word, <em>rejected</em>, is <see cref="PolicyRefusedException"/>.</summary>
public enum Coverage
{
    /// <summary>Kept, signed and shown; nothing technical happens.</summary>
    LegalOnly,

    /// <summary>Rests on a signed statement that is verified; its author could lie within it.</summary>
    Attested,

    /// <summary>The data flow is refused or cut when the term is not met.</summary>
    Enforced,
}

/// <summary>One line of the coverage report that both sides see before they sign.</summary>
/// <param name="Term">Path of the term: <c>permission[0].constraint[1]</c>.</param>
/// <param name="Text">The term in words: <c>count lteq 100</c>.</param>
/// <param name="Word">What the space does about it.</param>
/// <param name="Note">How, in one sentence.</param>
public sealed record TermCoverage(string Term, string Text, Coverage Word, string Note)
{
    /// <summary>Canonical name of the left operand, where there is one: <c>tds:timeWindow</c>.</summary>
    public string? Operand { get; init; }

    /// <summary>
    /// Who does it: <c>provider's connector</c> (also <c>, on a signed statement</c> where that is what it compares with),
    /// <c>both connectors</c>, <c>consumer</c>, <c>nobody</c>.
    /// </summary>
    public string Where { get; init; } = DefaultWhere(Word);

    private static string DefaultWhere(Coverage word) => word switch
    {
        Coverage.Enforced => "provider's connector",
        Coverage.Attested => "consumer",
        _ => "nobody",
    };
}
