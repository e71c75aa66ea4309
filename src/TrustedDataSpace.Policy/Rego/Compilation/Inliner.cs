using TrustedDataSpace.Policy.Rego.Plan;

namespace TrustedDataSpace.Policy.Rego.Compilation;

/// <summary>
/// Puts small functions in the place of their calls: their steps work in the frame of the caller and read its slots. What a call costs
/// besides is saved; it still counts as an instruction, and gives way to a function that <c>with</c> put in its place.
/// </summary>
internal static class Inliner
{
    public static Expression Plan(BodyPlanner body, FunctionCallTerm term, Expression[] arguments)
    {
        var (context, group) = (body.Context, term.Function);
        var call = new FunctionCallExpression(context.Function(group), arguments, term.Location);

        // A program that is traced calls every function: one put in its place would be missing in the trace.
        if (context.Probes is not null || !body.Frame.CanInline || !context.MayInline(group))
        {
            return call;
        }

        var computed = new List<(int Slot, Expression Value)>();
        var values = arguments.Select(argument => argument is ConstantExpression or SlotExpression ? argument : Compute(body.Frame, argument, computed)).ToArray();
        var result = body.Frame.Allocate();
        var frame = new Frame(body.Frame);
        var stepsBefore = body.Frame.Steps;
        try
        {
            Frame FrameOf(ResolvedRule rule)
            {
                for (var i = 0; i < values.Length; i++)
                {
                    frame.Set(rule.Arguments[i], values[i]);
                }

                return frame;
            }

            var definitions = PlanStage.Plan(context, group, FrameOf, result);
            return new InlinedCallExpression(call, [.. computed], definitions, result, term.Location);
        }
        catch (Exception error) when (error is NotInlinedException or PlanException)
        {
            // What is wrong with the function itself is reported where it is planned; too large, here, may be only the one around it.
            body.Frame.Withdraw(stepsBefore);
            if (error is PlanException || (error as NotInlinedException)?.Frame == frame)
            {
                context.NeverInline(group);
            }

            return call;
        }
    }

    private static SlotExpression Compute(Frame frame, Expression argument, List<(int Slot, Expression Value)> computed)
    {
        var slot = frame.Allocate();
        computed.Add((slot, argument));
        return new SlotExpression(slot);
    }
}
