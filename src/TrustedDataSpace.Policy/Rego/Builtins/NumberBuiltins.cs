using System.Numerics;

namespace TrustedDataSpace.Policy.Rego.Builtins;

/// <summary>Arithmetic: integers exactly, anything else with a 64-bit mantissa.</summary>
internal static class NumberBuiltins
{
    /// <summary>A longer range is refused, because it is made in memory.</summary>
    private const int MaxRange = 10_000_000;

    /// <summary>Sets up to this size are covered by the instruction that works on them.</summary>
    private const int MostQuick = 64;

    public static IEnumerable<Builtin> All =>
    [
        new("plus", 2, call => Add(call.Number(0), call.Number(1))) { Quick = (x, y) => Small(x, y, out var a, out var b) ? RegoNumber.Of(a + b) : null },
        new("minus", 2, Minus)
        {
            Quick = (x, y) => Small(x, y, out var a, out var b) ? RegoNumber.Of(a - b)
                : x is RegoSet { Count: <= MostQuick } left && y is RegoSet right ? SetBuiltins.Minus(left, right)
                : null,
        },
        new("mul", 2, Multiply) { Quick = (x, y) => Small(x, y, out var a, out var b) && Math.BigMul(a, b, out var low) == low >> 63 ? RegoNumber.Of(low) : null },
        new("div", 2, Divide),
        new("rem", 2, Remainder) { Quick = (x, y) => Small(x, y, out var a, out var b) && b != 0 ? RegoNumber.Of(a % b) : null },
        new("abs", 1, call => Compare(call.Number(0), 0) < 0 ? Negate(call.Number(0)) : call.Number(0))
        {
            Quick = (x, _) => x is RegoNumber { IsSmall: true, Small: >= 0 } ? x : null,
        },
        new("ceil", 1, call => call.Number(0) is { IsInteger: true } whole ? whole : Negate(new RegoNumber((-call.Number(0).Real).Floor()))),
        new("floor", 1, call => call.Number(0) is { IsInteger: true } whole ? whole : new RegoNumber(call.Number(0).Real.Floor()))
        {
            Quick = (x, _) => x is RegoNumber { IsInteger: true } ? x : null,
        },
        new("round", 1, call => call.Number(0) is { IsInteger: true } whole ? whole : Round(call.Number(0).Real)),
        new("numbers.range", 2, call => Range(call, Direction(call))),
        new("numbers.range_step", 3, RangeStep),
    ];

    /// <summary>Whether both are whole and so small that sums do not overflow.</summary>
    private static bool Small(RegoValue x, RegoValue? y, out long a, out long b)
    {
        (a, b) = ((x as RegoNumber)?.Small ?? 0, (y as RegoNumber)?.Small ?? 0);
        return x is RegoNumber { IsSmall: true } && y is RegoNumber { IsSmall: true } &&
            Math.Abs(a >> 1) < long.MaxValue / 4 && Math.Abs(b >> 1) < long.MaxValue / 4;
    }

    public static RegoNumber Add(RegoNumber x, RegoNumber y)
    {
        if (x.IsSmall && y.IsSmall)
        {
            var sum = unchecked(x.Small + y.Small);
            if (((x.Small ^ sum) & (y.Small ^ sum)) >= 0)
            {
                return new RegoNumber(sum);
            }
        }

        return x.IsInteger && y.IsInteger ? new RegoNumber(x.Integer + y.Integer) : new RegoNumber(x.Real + y.Real);
    }

    public static RegoNumber Multiply(RegoNumber x, RegoNumber y) =>
        x.IsInteger && y.IsInteger ? new RegoNumber(x.Integer * y.Integer) : new RegoNumber(x.Real * y.Real);

    private static RegoNumber Negate(RegoNumber x) => x.IsInteger ? new RegoNumber(-x.Integer) : new RegoNumber(-x.Real);

    private static int Compare(RegoNumber x, long y) => x.CompareTo(new RegoNumber(y));

    /// <summary>The difference of numbers, or of sets.</summary>
    private static RegoValue Minus(BuiltinCall call)
    {
        if (call[0] is RegoNumber x && call[1] is RegoNumber y)
        {
            return Add(x, Negate(y));
        }

        if (call[0] is RegoSet left && call[1] is RegoSet right)
        {
            return SetBuiltins.Minus(left, right);
        }

        throw call[0] is RegoNumber or RegoSet ? call.Wrong(1, BuiltinCall.TypeName(call[0])) : call.Wrong(0, "one of {number, set}");
    }

    private static RegoNumber Multiply(BuiltinCall call) => Multiply(call.Number(0), call.Number(1));

    private static RegoNumber Divide(BuiltinCall call)
    {
        var (x, y) = (call.Number(0), call.Number(1));
        if (Compare(y, 0) == 0)
        {
            throw BuiltinException.Failed("divide by zero");
        }

        if (x.IsInteger && y.IsInteger)
        {
            var quotient = BigInteger.DivRem(x.Integer, y.Integer, out var rest);
            if (rest.IsZero)
            {
                return new RegoNumber(quotient);
            }
        }

        return new RegoNumber(x.Real / y.Real);
    }

    private static RegoNumber Remainder(BuiltinCall call)
    {
        var (x, y) = (call.Number(0), call.Number(1));
        if (!x.IsInteger || !y.IsInteger)
        {
            throw BuiltinException.Failed("modulo on floating-point number");
        }

        return Compare(y, 0) == 0 ? throw BuiltinException.Failed("modulo by zero") : new RegoNumber(BigInteger.Remainder(x.Integer, y.Integer));
    }

    /// <summary>Halves away from zero.</summary>
    private static RegoNumber Round(BinaryFloat value)
    {
        var half = BinaryFloat.Parse("0.5");
        return value.Sign < 0 ? new RegoNumber(-(-value + half).Floor()) : new RegoNumber((value + half).Floor());
    }

    private static BigInteger Direction(BuiltinCall call) => call.Integer(0) <= call.Integer(1) ? 1 : -1;

    private static RegoArray RangeStep(BuiltinCall call)
    {
        var step = call.Integer(2);
        return step <= 0
            ? throw BuiltinException.Failed("step must be a positive integer")
            : Range(call, step * Direction(call));
    }

    private static RegoArray Range(BuiltinCall call, BigInteger step)
    {
        var (from, to) = (call.Integer(0), call.Integer(1));
        var count = ((to - from) / step) + 1;
        if (count > MaxRange)
        {
            throw new RegoEvaluationException(RegoEvaluationException.Budget, $"numbers.range would make more than {MaxRange} numbers", default);
        }

        call.Evaluation.Spend((long)count);
        var range = new RegoArray((int)count);
        for (var i = 0; i < (int)count; i++)
        {
            range.Append(new RegoNumber(from + (step * i)));
        }

        return range;
    }
}
