using TrustedDataSpace.Policy.Rego.Plan;

namespace TrustedDataSpace.Policy.Rego.Tracing;

/// <summary>Reports that a definition is tried.</summary>
internal sealed class DefinitionStep(TraceProbe probe, (string Text, Expression Value)[] arguments) : Step
{
    public override bool Execute(Evaluation.Evaluation evaluation, RegoValue?[] slots)
    {
        if (evaluation.Tracer is not { } tracer)
        {
            return Next.Execute(evaluation, slots);
        }

        tracer.Begin(probe);
        var stop = Next.Execute(evaluation, slots);
        tracer.End(probe, () => Operands.Values(evaluation, slots, arguments));
        return stop;
    }
}

/// <summary>Reports that a condition is tried and, once all its solutions have been gone on with, whether it had any.</summary>
internal sealed class ConditionStep(TraceProbe probe, (string Text, Expression Value)[] operands) : Step
{
    public override bool Execute(Evaluation.Evaluation evaluation, RegoValue?[] slots)
    {
        if (evaluation.Tracer is not { } tracer)
        {
            return Next.Execute(evaluation, slots);
        }

        tracer.Begin(probe);
        var stop = Next.Execute(evaluation, slots);
        tracer.End(probe, () => Operands.Values(evaluation, slots, operands));
        return stop;
    }
}

/// <summary>Reports a solution of the condition before it.</summary>
internal sealed class ConditionHoldsStep : Step
{
    public override bool Execute(Evaluation.Evaluation evaluation, RegoValue?[] slots)
    {
        if (evaluation.Tracer is not { } tracer)
        {
            return Next.Execute(evaluation, slots);
        }

        var condition = tracer.Holds();
        var stop = Next.Execute(evaluation, slots);
        tracer.Resume(condition);
        return stop;
    }
}

/// <summary>Reports that a definition gives a value.</summary>
internal sealed class HeadStep(TraceProbe probe, Expression value) : Step
{
    public override bool Execute(Evaluation.Evaluation evaluation, RegoValue?[] slots)
    {
        if (evaluation.Tracer is { } tracer)
        {
            tracer.Gives(probe, () => value.Evaluate(evaluation, slots));
        }

        return Next.Execute(evaluation, slots);
    }
}
