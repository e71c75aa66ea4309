using System.Collections.Concurrent;
using TrustedDataSpace.Policy.Rego.Plan;
using TrustedDataSpace.Policy.Rego.Syntax;
using TrustedDataSpace.Policy.Rego.Tracing;

namespace TrustedDataSpace.Policy.Rego.Compilation;

/// <summary>The plans of all rules, before and while they are filled.</summary>
internal sealed class PlanContext
{
    private readonly Dictionary<RuleGroup, RulePlan> rules = [];
    private readonly Dictionary<RuleGroup, FunctionPlan> functions = [];
    private readonly ConcurrentDictionary<RuleGroup, RegoValue?> constants = [];

    public PlanContext(Compilation compilation)
    {
        Root = compilation.Root;
        Probes = compilation.Probes;
        Names = compilation.Names;
        var reads = new RuleReads(Root);
        foreach (var group in compilation.Groups)
        {
            var (index, path) = (rules.Count, group.Node.Keys);
            switch (group.Kind)
            {
                case RuleKind.Function:
                    // A program that is traced calls every function.
                    functions.Add(group, new FunctionPlan(functions.Count, path, group.Location) { IsSelfContained = Probes is null && reads.FollowsFromArguments(group) });
                    break;
                case RuleKind.PartialSet:
                    rules.Add(group, new PartialSetPlan(index, path, group.Location));
                    break;
                case RuleKind.PartialObject:
                    rules.Add(group, new PartialObjectPlan(index, path, group.Location));
                    break;
                default:
                    rules.Add(group, new CompleteRulePlan(index, path, group.Location));
                    break;
            }
        }

        Documents = Build(Root);
    }

    public RuleNode Root { get; }

    public Probes? Probes { get; }

    /// <summary>The names of the program, shared with its documents and with the inputs that are read for it.</summary>
    public NameTable Names { get; }

    public DocumentNode Documents { get; }

    public int RuleCount => rules.Count;

    public RulePlan Rule(RuleGroup group) => rules[group];

    public FunctionPlan Function(RuleGroup group) => functions[group];

    /// <summary>The shared instance of a name; any other value as it is.</summary>
    public RegoValue Share(RegoValue value) => value is RegoString name ? Names.Share(name) : value;

    /// <summary>The value of a term that is the same in every evaluation that replaces no rule; null for others.</summary>
    public RegoValue? ConstantOf(Term term)
    {
        switch (term)
        {
            case ConstantTerm constant:
                return Share(constant.Value);
            case ArrayTerm array:
                return ConstantsOf(array.Items) is { } items ? new RegoArray(items) : null;
            case SetTerm set:
                return ConstantsOf(set.Items) is { } members ? new RegoSet(members) : null;
            case ObjectTerm @object:
                return ConstantsOf(@object.Entries.Select(entry => entry.Key)) is { } keys && ConstantsOf(@object.Entries.Select(entry => entry.Value)) is { } values
                    ? new RegoObject(keys.Zip(values, KeyValuePair.Create))
                    : null;
            case RefTerm { Head: RootTerm { Root: DocumentRoot.Data } } reference:
                return RuleAt(reference.Path) is { } group ? ConstantOf(group) : null;
            default:
                return null;
        }
    }

    /// <summary>The value of a rule that is defined once, by a constant, without conditions.</summary>
    public RegoValue? ConstantOf(RuleGroup group)
    {
        // A program that is traced runs every rule: one put in as a constant would be missing in the trace.
        if (Probes is not null)
        {
            return null;
        }

        if (!constants.TryGetValue(group, out var known))
        {
            constants[group] = null;
            known = group is { Kind: RuleKind.Complete, Default: null, Rules: [{ Else: null } rule] }
                ? rule switch
                {
                    { Body.Literals: [], Value: ConstantTerm constant } => Share(constant.Value),
                    { Body.Literals: [UnifyLiteral { With: [], Left: LocalTerm left, Right: var right }], Value: LocalTerm value }
                        when left.Variable == value.Variable && right is ArrayTerm or SetTerm or ObjectTerm => ConstantOf(right),
                    _ => null,
                }
                : null;
            constants[group] = known;
        }

        return known;
    }

    private List<RegoValue>? ConstantsOf(IEnumerable<Term> terms)
    {
        var values = terms.Select(ConstantOf).ToList();
        return values.Contains(null) ? null : [.. values.OfType<RegoValue>()];
    }

    private RuleGroup? RuleAt(IReadOnlyList<Term> path)
    {
        var node = Root;
        foreach (var step in path)
        {
            if (step is not ConstantTerm constant || node.Group is not null || node.Child(constant.Value) is not { } child)
            {
                return null;
            }

            node = child;
        }

        return node.Group;
    }

    public DocumentNode Document(RuleNode node)
    {
        var document = Documents;
        foreach (var key in node.Keys)
        {
            document = document.Child(key)!;
        }

        return document;
    }

    private DocumentNode Build(RuleNode node)
    {
        var document = new DocumentNode(node.Keys)
        {
            Rule = node.Group is { Kind: not RuleKind.Function } group ? rules[group] : null,
            IsFunction = node.Group is { Kind: RuleKind.Function },
        };
        foreach (var child in node.Children)
        {
            document.Add(Names.Share(child.Key), Build(child));
        }

        return document;
    }
}
