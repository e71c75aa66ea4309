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
            DefinitionPlan[] definitions = [];
            DefinitionPlan? otherwise = null;
            try
            {
                definitions = [.. group.Rules.Select(rule => Plan(context, group, rule))];
                otherwise = group.Default is null ? null : Plan(context, group, group.Default);
            }
            catch (PlanException error)
            {
                compilation.Report(ErrorCodes.Compile, error.Location, error.Message);
            }

            if (group.Kind == RuleKind.Function)
            {
                var function = context.Function(group);
                function.Definitions = new DefinitionSet(definitions, otherwise);
            }
            else
            {
                context.Rule(group).Definitions = new DefinitionSet(definitions, otherwise);
            }
        }

        compilation.ThrowIfErrors();
        return context;
    }

    private static DefinitionPlan Plan(PlanContext context, RuleGroup group, ResolvedRule rule)
    {
        var frame = new Frame();
        foreach (var argument in rule.Arguments)
        {
            frame.SlotOf(argument);
        }

        var body = new BodyPlanner(context, frame, rule.Arguments);
        context.Probes?.BeginDefinition(body, group, rule);
        body.Plan(rule.Body);
        context.Probes?.EndDefinition(body, group, rule);
        var last = LastStep(body, group.Kind, rule);
        var otherwise = rule.Else is null ? null : Plan(context, group, rule.Else);
        var constant = (rule.Value as ConstantTerm)?.Value;

        // A program that is traced runs every definition: what a guard skips would be missing in the trace.
        var guards = context.Probes is null ? GuardFinder.Find(context, rule, frame) : [];
        return new DefinitionPlan(body.Finish(last), frame.Size, constant, otherwise) { Guards = guards };
    }

    private static Step LastStep(BodyPlanner body, RuleKind kind, ResolvedRule rule)
    {
        switch (kind)
        {
            case RuleKind.PartialSet:
                return new YieldMemberStep(0, body.Terms.Plan(rule.Member!));
            case RuleKind.PartialObject:
                var content = body.Terms.Plan(rule.Member ?? rule.Value);
                return new YieldPathStep([.. rule.Path.Select(body.Terms.Plan)], content, rule.Member is not null, rule.Location);
            default:
                var conflict = kind == RuleKind.Function ? FunctionPlan.ConflictMessage : CompleteRulePlan.ConflictMessage;
                return new YieldValueStep(body.Terms.Plan(rule.Value), conflict, rule.Location);
        }
    }
}
