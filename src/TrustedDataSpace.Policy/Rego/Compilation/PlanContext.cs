using TrustedDataSpace.Policy.Rego.Plan;
using TrustedDataSpace.Policy.Rego.Tracing;

namespace TrustedDataSpace.Policy.Rego.Compilation;

/// <summary>The plans of all rules, before and while they are filled.</summary>
internal sealed class PlanContext
{
    private readonly Dictionary<RuleGroup, RulePlan> rules = [];
    private readonly Dictionary<RuleGroup, FunctionPlan> functions = [];

    public PlanContext(Compilation compilation)
    {
        Root = compilation.Root;
        Probes = compilation.Probes;
        foreach (var group in compilation.Groups)
        {
            var (index, path) = (rules.Count, group.Node.Keys);
            switch (group.Kind)
            {
                case RuleKind.Function:
                    functions.Add(group, new FunctionPlan(functions.Count, path, group.Location));
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

    public DocumentNode Documents { get; }

    public int RuleCount => rules.Count;

    public RulePlan Rule(RuleGroup group) => rules[group];

    public FunctionPlan Function(RuleGroup group) => functions[group];

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
            document.Add(child.Key, Build(child));
        }

        return document;
    }
}
