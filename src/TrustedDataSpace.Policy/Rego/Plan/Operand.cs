using System.Runtime.CompilerServices;

namespace TrustedDataSpace.Policy.Rego.Plan;

/// <summary>An expression as a part of another one. Most are slots or constants, which are read here without a call.</summary>
internal readonly struct Operand
{
    private readonly int slot = -1;
    private readonly RegoValue? constant;
    private readonly Expression expression;

    public Operand(Expression expression)
    {
        this.expression = expression;
        switch (expression)
        {
            case SlotExpression read:
                slot = read.Slot;
                break;
            case ConstantExpression known:
                constant = known.Value;
                break;
        }
    }

    public static implicit operator Operand(Expression expression) => new(expression);

    public static Operand[] All(IEnumerable<Expression> expressions) => [.. expressions.Select(expression => new Operand(expression))];

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public RegoValue? Evaluate(Evaluation.Evaluation evaluation, RegoValue?[] slots) =>
        slot >= 0 ? slots[slot] : constant ?? expression.Evaluate(evaluation, slots);
}
