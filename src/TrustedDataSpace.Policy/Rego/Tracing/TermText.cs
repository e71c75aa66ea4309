using TrustedDataSpace.Policy.Rego.Compilation;
using TrustedDataSpace.Policy.Rego.Syntax;

namespace TrustedDataSpace.Policy.Rego.Tracing;

/// <summary>A resolved term as people write it.</summary>
internal static class TermText
{
    public static string Of(LocalVariable variable) => variable.IsGenerated ? "_" : variable.Name;

    public static string Of(Term term) => term switch
    {
        ConstantTerm constant => constant.Value.ToString(),
        LocalTerm local => Of(local.Variable),
        RootTerm root => root.Root == DocumentRoot.Input ? "input" : "data",
        RefTerm reference => Of(reference.Head) + string.Concat(reference.Path.Select(Step)),
        FunctionCallTerm call => $"{call.Function.Node.Path}({string.Join(", ", call.Arguments.Select(Of))})",
        BuiltinCallTerm call => $"{call.Builtin.DisplayName}({string.Join(", ", call.Arguments.Select(Of))})",
        _ => "…",
    };

    private static string Step(Term step) => step is ConstantTerm { Value: RegoString { Value: { Length: > 0 } name } } && !char.IsAsciiDigit(name[0]) && name.All(IsNamePart)
        ? "." + name
        : $"[{Of(step)}]";

    private static bool IsNamePart(char unit) => char.IsAsciiLetterOrDigit(unit) || unit == '_';
}
