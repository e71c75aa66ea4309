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
        [.. group.Rules.Select(rule => Plan(context, group, rule, frameOf, result))],
        group.Default is null ? null : Plan(context, group, group.Default, frameOf, result));

    private static Frame NewFrame(ResolvedRule rule)
    {
        var frame = new Frame();
        foreach (var argument in rule.Arguments)
        {
            frame.SlotOf(argument);
        }

        return frame;
    }

    private static DefinitionPlan Plan(PlanContext context, RuleGroup group, ResolvedRule rule, Func<ResolvedRule, Frame> frameOf, int result)
    {
        var frame = frameOf(rule);
        var body = new BodyPlanner(context, frame, rule.Arguments);
        context.Probes?.BeginDefinition(body, group, rule);
        body.Plan(rule.Body);
        context.Probes?.EndDefinition(body, group, rule);
        var last = LastStep(body, group.Kind, rule, result);
        var otherwise = rule.Else is null ? null : Plan(context, group, rule.Else, frameOf, result);
        var constant = (rule.Value as ConstantTerm)?.Value;

        // A program that is traced runs every definition: what a guard skips would be missing in the trace.
        var guards = context.Probes is null ? GuardFinder.Find(context, rule, frame) : [];
        return new DefinitionPlan(body.Finish(last), frame.Size, constant, otherwise) { Guards = guards };
    }

    private static Step LastStep(BodyPlanner body, RuleKind kind, ResolvedRule rule, int result)
    {
        switch (kind)
        {
            case RuleKind.PartialSet:
                return new YieldMemberStep(result, body.Terms.Plan(rule.Member!));
            case RuleKind.PartialObject:
                var content = body.Terms.Plan(rule.Member ?? rule.Value);
                return new YieldPathStep([.. rule.Path.Select(body.Terms.Plan)], content, rule.Member is not null, rule.Location);
            default:
                var conflict = kind == RuleKind.Function ? FunctionPlan.ConflictMessage : CompleteRulePlan.ConflictMessage;
                return new YieldValueStep(result, body.Terms.Plan(rule.Value), conflict, rule.Location);
        }
    }
}
