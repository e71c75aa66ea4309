using TrustedDataSpace.Policy.Rego.Plan;
using TrustedDataSpace.Policy.Rego.Syntax;

namespace TrustedDataSpace.Policy.Rego.Compilation;

/// <summary>Makes the executable form of all rules.</summary>
internal static class PlanStage
{
    public static PlanContext Run(Compilation compilation)
    {
        var context = new PlanContext(compilation);
        foreach (var group in compilation.Groups)
        {
            var definitions = DefinitionSet.None;
            try
            {
                definitions = new DefinitionSet(
                    [.. group.Rules.Select(rule => Plan(context, group, rule, []))], group.Default is null ? null : Plan(context, group, group.Default, []));
            }
            catch (PlanException error)
            {
                compilation.Report(ErrorCodes.Compile, error.Location, error.Message);
            }

            if (group.Kind == RuleKind.Function)
            {
                context.Function(group).Definitions = definitions;
            }
            else
            {
                context.Rule(group).Definitions = definitions;
            }
        }

        compilation.ThrowIfErrors();
        return context;
    }

    /// <summary>Plans a definition; conditions that are proven to hold are left out.</summary>
    private static DefinitionPlan Plan(PlanContext context, RuleGroup group, ResolvedRule rule, IReadOnlyList<Guard> proven)
    {
        var frame = new Frame();
        foreach (var argument in rule.Arguments)
        {
            frame.SlotOf(argument);
        }

        var body = new BodyPlanner(context, frame, rule.Arguments);
        context.Probes?.BeginDefinition(body, group, rule);
        var (conditions, head) = context.Probes is null ? Split(group.Kind, rule) : (rule.Body.Literals, rule.Member ?? rule.Value);
        body.Plan(rule.Body with { Literals = [.. conditions.Where(condition => !proven.Any(guard => ReferenceEquals(guard.Condition, condition)))] });
        context.Probes?.EndDefinition(body, group, rule);
        body.Terms.IterateReferences([head]);
        var value = body.Terms.Plan(head);
        var isUnconditional = body.IsEmpty && group.Kind is RuleKind.Complete or RuleKind.Function;
        var constant = (value as ConstantExpression)?.Value;
        var last = LastStep(body, group.Kind, rule, value);
        var otherwise = rule.Else is null ? null : Plan(context, group, rule.Else, []);

        // A program that is traced runs every definition: what a guard skips would be missing in the trace.
        return new DefinitionPlan(body.Finish(last), frame.Size, constant, otherwise)
        {
            Unconditional = isUnconditional ? value : null,
            Guards = context.Probes is null ? GuardFinder.Find(context, rule, frame) : [],
            Assuming = guards => Plan(context, group, rule, guards),
        };
    }

    /// <summary>What a head computes has become the last condition; it need not go through a variable.</summary>
    private static (IReadOnlyList<Literal> Conditions, Term Head) Split(RuleKind kind, ResolvedRule rule)
    {
        var head = rule.Member ?? rule.Value;
        return kind != RuleKind.PartialObject && head is LocalTerm { Variable: { IsGenerated: true } variable } &&
            rule.Body.Literals is [.., UnifyLiteral { With: [], Left: LocalTerm left, Right: var computed }] && left.Variable == variable
            ? ([.. rule.Body.Literals.SkipLast(1)], computed)
            : (rule.Body.Literals, head);
    }

    private static Step LastStep(BodyPlanner body, RuleKind kind, ResolvedRule rule, Expression value)
    {
        switch (kind)
        {
            case RuleKind.PartialSet:
                return new YieldMemberStep(0, value);
            case RuleKind.PartialObject:
                return new YieldPathStep([.. rule.Path.Select(body.Terms.Plan)], value, rule.Member is not null, rule.Location);
            default:
                // Another solution cannot give another constant: the first is enough.
                var conflict = kind == RuleKind.Function ? FunctionPlan.ConflictMessage : CompleteRulePlan.ConflictMessage;
                return value is ConstantExpression ? new SucceedStep() : new YieldValueStep(value, conflict, rule.Location);
        }
    }
}
