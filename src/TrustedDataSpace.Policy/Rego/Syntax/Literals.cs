using TrustedDataSpace.Policy.Rego.Compilation;

namespace TrustedDataSpace.Policy.Rego.Syntax;

/// <summary>One condition of a body, with its <c>with</c> modifiers. Immutable.</summary>
internal abstract record Literal(SourceLocation Location)
{
    public IReadOnlyList<WithModifier> With { get; init; } = [];
}

/// <summary>The conditions of a rule, comprehension or quantifier; all must hold.</summary>
internal sealed record Body(SourceLocation Location, IReadOnlyList<Literal> Literals)
{
    /// <summary>The scope of the variables that live in this body; set when names are resolved.</summary>
    public Scope? Scope { get; init; }
}

/// <summary>A term that must be defined and not false.</summary>
internal sealed record TermLiteral(SourceLocation Location, Term Term) : Literal(Location);

/// <summary><c>left = right</c>, unification; also <c>left == right</c>, which binds nothing.</summary>
internal sealed record UnifyLiteral(SourceLocation Location, Term Left, Term Right) : Literal(Location);

/// <summary><c>pattern := value</c>.</summary>
internal sealed record AssignLiteral(SourceLocation Location, Term Pattern, Term Value) : Literal(Location);

/// <summary><c>some x, y</c>; gone after names are resolved.</summary>
internal sealed record SomeLiteral(SourceLocation Location, IReadOnlyList<NameTerm> Names) : Literal(Location);

/// <summary><c>some key, value in domain</c>.</summary>
internal sealed record SomeInLiteral(SourceLocation Location, Term? Key, Term Value, Term Domain) : Literal(Location);

/// <summary><c>every key, value in domain { body }</c>.</summary>
internal sealed record EveryLiteral(SourceLocation Location, Term? Key, Term Value, Term Domain, Body Body) : Literal(Location);

/// <summary>
/// <c>not condition</c> or <c>not { body }</c>. <see cref="Enclosing"/> says that undefined operands make the negation succeed
/// (<c>import future.keywords.not</c>); without it they are evaluated before it and make the body fail.
/// </summary>
internal sealed record NotLiteral(SourceLocation Location, Body Body, bool Enclosing) : Literal(Location);

/// <summary><c>with target as value</c>.</summary>
internal sealed record WithModifier(SourceLocation Location, Term Target, Term Value);
