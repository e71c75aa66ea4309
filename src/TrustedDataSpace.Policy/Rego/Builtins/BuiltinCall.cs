using System.Numerics;

namespace TrustedDataSpace.Policy.Rego.Builtins;

/// <summary>The operands of one call, with their types checked as they are taken.</summary>
internal readonly struct BuiltinCall(Evaluation.Evaluation evaluation, RegoValue[] operands)
{
    public Evaluation.Evaluation Evaluation { get; } = evaluation;

    public RegoValue this[int operand] => operands[operand];

    public static string TypeName(RegoValue value) => value.Kind.ToString().ToLowerInvariant();

    public string Text(int operand) => operands[operand] is RegoString text ? text.Value : throw Wrong(operand, "string");

    public RegoNumber Number(int operand) => operands[operand] as RegoNumber ?? throw Wrong(operand, "number");

    public RegoArray Array(int operand) => operands[operand] as RegoArray ?? throw Wrong(operand, "array");

    public RegoObject Object(int operand) => operands[operand] as RegoObject ?? throw Wrong(operand, "object");

    public RegoSet Set(int operand) => operands[operand] as RegoSet ?? throw Wrong(operand, "set");

    public BigInteger Integer(int operand) => Number(operand) is { IsInteger: true } number
        ? number.Integer
        : throw BuiltinException.WrongType(operand, "integer number", "floating-point number");

    /// <summary>An integer for positions and counts; the nearest bound if it is beyond.</summary>
    public int Int32(int operand) => (int)BigInteger.Clamp(Integer(operand), int.MinValue, int.MaxValue);

    /// <summary>The members of an array or a set.</summary>
    public IReadOnlyCollection<RegoValue> Members(int operand) => operands[operand] switch
    {
        RegoArray array => array,
        RegoSet set => [.. set.Items],
        _ => throw Wrong(operand, "one of {set, array}"),
    };

    /// <summary>The texts in an array or a set.</summary>
    public IEnumerable<string> Texts(int operand)
    {
        foreach (var member in Members(operand))
        {
            yield return member is RegoString text
                ? text.Value
                : throw BuiltinException.WrongType(
                    operand, $"{TypeName(operands[operand])} of strings", $"{TypeName(operands[operand])} containing {TypeName(member)}");
        }
    }

    public BuiltinException Wrong(int operand, string expected) => BuiltinException.WrongType(operand, expected, TypeName(operands[operand]));
}
