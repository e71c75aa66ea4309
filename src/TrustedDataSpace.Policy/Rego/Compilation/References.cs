using TrustedDataSpace.Policy.Rego.Syntax;

namespace TrustedDataSpace.Policy.Rego.Compilation;

/// <summary>Finds the references in a term, outside closures.</summary>
internal static class References
{
    /// <summary>References that are not part of another one.</summary>
    public static IEnumerable<RefTerm> Outermost(Term term) => term switch
    {
        RefTerm reference => [reference],
        ArrayTerm array => array.Items.SelectMany(Outermost),
        SetTerm set => set.Items.SelectMany(Outermost),
        ObjectTerm @object => @object.Entries.SelectMany(entry => Outermost(entry.Key).Concat(Outermost(entry.Value))),
        FunctionCallTerm call => call.Arguments.SelectMany(Outermost),
        BuiltinCallTerm call => call.Arguments.SelectMany(Outermost),
        _ => [],
    };
}
