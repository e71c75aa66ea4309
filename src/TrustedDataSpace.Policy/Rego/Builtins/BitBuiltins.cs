using System.Numerics;

namespace TrustedDataSpace.Policy.Rego.Builtins;

/// <summary>Integers as bits, of any length, in two's complement.</summary>
internal static class BitBuiltins
{
    private const int MaxShift = 1_000_000;

    public static IEnumerable<Builtin> All =>
    [
        new("bits.and", 2, call => new RegoNumber(call.Integer(0) & call.Integer(1))),
        new("bits.or", 2, call => new RegoNumber(call.Integer(0) | call.Integer(1))),
        new("bits.xor", 2, call => new RegoNumber(call.Integer(0) ^ call.Integer(1))),
        new("bits.negate", 1, call => new RegoNumber(~call.Integer(0))),
        new("bits.lsh", 2, call => new RegoNumber(call.Integer(0) << Shift(call))),
        new("bits.rsh", 2, call => new RegoNumber(call.Integer(0) >> Shift(call))),
    ];

    private static int Shift(BuiltinCall call)
    {
        _ = call.Integer(0);
        BigInteger shift = call.Integer(1);
        if (shift.Sign < 0)
        {
            throw BuiltinException.WrongType(1, "an unsigned integer number", "a negative integer");
        }

        return shift <= MaxShift ? (int)shift : throw BuiltinException.Failed($"a shift by more than {MaxShift} bits is refused");
    }
}
