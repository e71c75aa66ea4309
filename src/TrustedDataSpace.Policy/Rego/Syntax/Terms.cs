namespace TrustedDataSpace.Policy.Rego.Syntax;

/// <summary>A term as written, or as a later stage has rewritten it. Immutable.</summary>
internal abstract record Term(SourceLocation Location);

internal sealed record ConstantTerm(SourceLocation Location, RegoValue Value) : Term(Location);

/// <summary>A name whose meaning is not known yet; gone after the stage that resolves names.</summary>
internal sealed record NameTerm(SourceLocation Location, string Name) : Term(Location)
{
    public bool IsWildcard => Name == "_";
}

/// <summary><c>head[step][step]...</c>; a step <c>.name</c> is a constant string.</summary>
internal sealed record RefTerm(SourceLocation Location, Term Head, IReadOnlyList<Term> Path) : Term(Location);

internal sealed record ArrayTerm(SourceLocation Location, IReadOnlyList<Term> Items) : Term(Location);

internal sealed record SetTerm(SourceLocation Location, IReadOnlyList<Term> Items) : Term(Location);

internal sealed record ObjectTerm(SourceLocation Location, IReadOnlyList<(Term Key, Term Value)> Entries) : Term(Location);

/// <summary>A call. The operator is a dotted name; <see cref="IsOperator"/> marks one written as a symbol, which nobody can shadow.</summary>
internal sealed record CallTerm(SourceLocation Location, Term Operator, IReadOnlyList<Term> Arguments, bool IsOperator) : Term(Location);

internal enum ComprehensionKind
{
    Array,
    Set,
    Object,
}

/// <summary><c>[value | body]</c>, <c>{value | body}</c> or <c>{key: value | body}</c>.</summary>
internal sealed record ComprehensionTerm(SourceLocation Location, ComprehensionKind Kind, Term? Key, Term Value, Body Body) : Term(Location);

/// <summary>A template string: pieces of text, and expressions whose undefined result shows as <c>&lt;undefined&gt;</c>.</summary>
internal sealed record TemplateTerm(SourceLocation Location, IReadOnlyList<TemplatePart> Parts) : Term(Location);

/// <summary>Text, or an expression given as the set comprehension <c>{expression | true}</c>, which is empty when it is undefined.</summary>
internal sealed record TemplatePart(string? Text, ComprehensionTerm? Expression);
