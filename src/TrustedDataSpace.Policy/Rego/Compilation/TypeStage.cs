using TrustedDataSpace.Policy.Rego.Builtins;
using TrustedDataSpace.Policy.Rego.Syntax;

namespace TrustedDataSpace.Policy.Rego.Compilation;

/// <summary>
/// Reports mistakes of type that are certain: an operand that a builtin never takes, and a step into a value that has no members or not
/// this one. What depends on input, data or variables is left to the evaluation.
/// </summary>
internal sealed class TypeStage(Compilation compilation) : TermRewriter
{
    public static void Run(Compilation compilation)
    {
        var stage = new TypeStage(compilation);
        foreach (var rule in compilation.Groups.SelectMany(group => group.Rules.Append(group.Default)))
        {
            for (var branch = rule; branch is not null; branch = branch.Else)
            {
                stage.Rewrite(branch.Body);
            }
        }
    }

    public override Term Rewrite(Term term)
    {
        switch (term)
        {
            case BuiltinCallTerm call when BuiltinSignatures.Find(call.Builtin.Name) is { } signature:
                foreach (var (argument, expected) in call.Arguments.Zip(signature.Operands))
                {
                    var kinds = KindsOf(argument);
                    if ((kinds & expected) == Kinds.None)
                    {
                        Report(argument.Location, $"{call.Builtin.Name}: invalid argument: this is {Words(kinds)}, expected {Words(expected)}");
                    }
                }

                break;
            case RefTerm { Head: not (RootTerm or LocalTerm) } reference:
                CheckSteps(reference);
                break;
        }

        return base.Rewrite(term);
    }

    private static Kinds KindsOf(Term term) => term switch
    {
        ConstantTerm constant => (Kinds)(1 << (int)constant.Value.Kind),
        ArrayTerm => Kinds.Array,
        SetTerm => Kinds.Set,
        ObjectTerm => Kinds.Object,
        TemplateTerm => Kinds.String,
        ComprehensionTerm comprehension => comprehension.Kind switch
        {
            ComprehensionKind.Array => Kinds.Array,
            ComprehensionKind.Set => Kinds.Set,
            _ => Kinds.Object,
        },
        BuiltinCallTerm call when call.Arguments.Count == call.Builtin.Arity => BuiltinSignatures.Find(call.Builtin.Name)?.Result ?? Kinds.Any,
        _ => Kinds.Any,
    };

    private static string Words(Kinds kinds) => kinds.ToString().ToLowerInvariant().Replace(", ", " or ", StringComparison.Ordinal);

    private void CheckSteps(RefTerm reference)
    {
        var kinds = KindsOf(reference.Head);
        if ((kinds & (Kinds.Array | Kinds.Object | Kinds.Set)) == Kinds.None)
        {
            Report(reference.Path[0].Location, $"a {Words(kinds)} has no members");
        }
        else if (reference is { Head: ObjectTerm @object, Path: [ConstantTerm key, ..] } && @object.Entries.All(entry => entry.Key is ConstantTerm) &&
            !@object.Entries.Any(entry => ((ConstantTerm)entry.Key).Value.Equals(key.Value)))
        {
            var names = string.Join(", ", @object.Entries.Select(entry => ((ConstantTerm)entry.Key).Value));
            Report(key.Location, $"the object has no member {key.Value}: expected one of {names}");
        }
    }

    private void Report(SourceLocation location, string message) => compilation.Report(ErrorCodes.Type, location, message);
}
