using TrustedDataSpace.Policy.Rego.Builtins;
using TrustedDataSpace.Policy.Rego.Syntax;

namespace TrustedDataSpace.Policy.Rego.Compilation;

/// <summary>A variable of the rule.</summary>
internal sealed record LocalTerm(SourceLocation Location, LocalVariable Variable) : Term(Location);

internal enum DocumentRoot
{
    Input,
    Data,
}

/// <summary><c>input</c> or <c>data</c>; always the head of a reference.</summary>
internal sealed record RootTerm(SourceLocation Location, DocumentRoot Root) : Term(Location);

/// <summary>A call of a function that is defined by rules.</summary>
internal sealed record FunctionCallTerm(SourceLocation Location, RuleGroup Function, IReadOnlyList<Term> Arguments) : Term(Location);

internal sealed record BuiltinCallTerm(SourceLocation Location, Builtin Builtin, IReadOnlyList<Term> Arguments) : Term(Location);

/// <summary>A function as the target or the value of <c>with</c>; exactly one of the two is set.</summary>
internal sealed record FunctionNameTerm(SourceLocation Location, RuleGroup? Function, Builtin? Builtin) : Term(Location)
{
    public int Arity => Function?.Arity ?? Builtin!.Arity;
}

/// <summary>
/// A definition with all names resolved. What its head computes is computed by its body: <paramref name="Path"/>,
/// <paramref name="Member"/> and <paramref name="Value"/> are constants or variables.
/// </summary>
internal sealed record ResolvedRule(
    SourceLocation Location,
    IReadOnlyList<LocalVariable> Arguments,
    IReadOnlyList<Term> Path,
    Term? Member,
    Term Value,
    Body Body,
    ResolvedRule? Else);
