namespace TrustedDataSpace.Policy.Rego.Syntax;

/// <summary>One parsed file.</summary>
internal sealed record Module(RegoSource Source, RefTerm Package, IReadOnlyList<Import> Imports, IReadOnlyList<RuleSyntax> Rules);

/// <summary><c>import path as alias</c>.</summary>
internal sealed record Import(SourceLocation Location, RefTerm Path, string? Alias);

/// <summary>
/// The head of a rule. <paramref name="Name"/> and <paramref name="Path"/> say what is defined (<c>p.q[x]</c>), <paramref name="Arguments"/> is null
/// for what is no function, <paramref name="Member"/> is the term after <c>contains</c>, <paramref name="Value"/> is null for <c>true</c>.
/// </summary>
internal sealed record RuleHead(
    SourceLocation Location, NameTerm Name, IReadOnlyList<Term> Path, IReadOnlyList<Term>? Arguments, Term? Member, Term? Value);

/// <summary>One definition of a rule, with its chain of <c>else</c>. A null body is always true.</summary>
internal sealed record RuleSyntax(SourceLocation Location, bool IsDefault, RuleHead Head, Body? Body, RuleSyntax? Else);
