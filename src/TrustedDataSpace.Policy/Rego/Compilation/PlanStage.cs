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
                definitions = Plan(context, group, NewFrame, 0);
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

    /// <summary>Plans all definitions of a rule or function, each in a frame that has its arguments.</summary>
    /// <param name="context">The program.</param>
    /// <param name="group">The rule or function.</param>
    /// <param name="frameOf">The frame for a definition.</param>
    /// <param name="result">The slot that takes the value.</param>
    public static DefinitionSet Plan(PlanContext context, RuleGroup group, Func<ResolvedRule, Frame> frameOf, int result) => new(
        [.. group.Rules.Select(rule => Plan(context, group, rule, frameOf, result, []))],
        group.Default is null ? null : Plan(context, group, group.Default, frameOf, result, []));

    private static Frame NewFrame(ResolvedRule rule)
    {
        var frame = new Frame();
        foreach (var argument in rule.Arguments)
        {
            frame.SlotOf(argument);
        }

        return frame;
    }

    private static DefinitionPlan Plan(PlanContext context, RuleGroup group, ResolvedRule rule, Func<ResolvedRule, Frame> frameOf, int result, IReadOnlyList<Guard> proven)
    {
        var frame = frameOf(rule);
        frame.IsVariant = proven.Count > 0;
        var body = new BodyPlanner(context, frame, rule.Arguments);
        context.Probes?.BeginDefinition(body, group, rule);
        var (conditions, head) = context.Probes is null ? Split(group.Kind, rule) : (rule.Body.Literals, rule.Member ?? rule.Value);
        body.Plan(rule.Body with { Literals = [.. conditions.Where(condition => !proven.Any(guard => ReferenceEquals(guard.Condition, condition)))] });
        context.Probes?.EndDefinition(body, group, rule);
        body.Terms.IterateReferences([head]);
        var value = body.Terms.Plan(head);
        var isUnconditional = body.IsEmpty && group.Kind is RuleKind.Complete or RuleKind.Function;
        var constant = (value as ConstantExpression)?.Value;
        var last = LastStep(body, group.Kind, rule, value, result);
        var otherwise = rule.Else is null ? null : Plan(context, group, rule.Else, frameOf, result, []);

        // A program that is traced runs every definition: what a guard skips would be missing in the trace.
        return new DefinitionPlan(body.Finish(last), frame.Size, constant, otherwise)
        {
            Unconditional = isUnconditional ? value : null,
            Guards = context.Probes is null ? GuardFinder.Find(context, rule, frame) : [],
            Assuming = guards => Plan(context, group, rule, frameOf, result, guards),
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

    private static Step LastStep(BodyPlanner body, RuleKind kind, ResolvedRule rule, Expression value, int result)
    {
        switch (kind)
        {
            case RuleKind.PartialSet:
                return new YieldMemberStep(result, value);
            case RuleKind.PartialObject:
                return new YieldPathStep([.. rule.Path.Select(body.Terms.Plan)], value, rule.Member is not null, rule.Location);
            default:
                // Another solution cannot give another constant: the first is enough.
                var conflict = kind == RuleKind.Function ? FunctionPlan.ConflictMessage : CompleteRulePlan.ConflictMessage;
                return value is ConstantExpression ? new SucceedStep() : new YieldValueStep(result, value, conflict, rule.Location);
        }
    }
}
