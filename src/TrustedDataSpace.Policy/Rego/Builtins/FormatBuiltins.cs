using System.Globalization;
using System.Numerics;
using System.Text;

namespace TrustedDataSpace.Policy.Rego.Builtins;

/// <summary><c>sprintf</c> with the verbs of Go's fmt package that policies use.</summary>
internal static class FormatBuiltins
{
    public static IEnumerable<Builtin> All =>
    [
        new("sprintf", 2, call => new RegoString(Format(call.Text(0), call.Array(1)))),
    ];

    private static string Format(string format, RegoArray arguments)
    {
        var text = new StringBuilder();
        var used = 0;
        for (var i = 0; i < format.Length; i++)
        {
            if (format[i] != '%')
            {
                text.Append(format[i]);
                continue;
            }

            var verb = Verb.Read(format, ref i);
            if (verb.Letter == '%')
            {
                text.Append('%');
            }
            else if (verb.Letter == '\0')
            {
                text.Append("%!(NOVERB)");
            }
            else if (used >= arguments.Count)
            {
                text.Append("%!").Append(verb.Letter).Append("(MISSING)");
            }
            else
            {
                text.Append(verb.Format(arguments[used++]));
            }
        }

        if (used < arguments.Count)
        {
            text.Append("%!(EXTRA ").AppendJoin(", ", arguments.Skip(used).Select(extra => $"{GoType(extra)}={ValueText.Display(extra)}")).Append(')');
        }

        return text.ToString();
    }

    private static string GoType(RegoValue value) => value switch
    {
        RegoString => "string",
        RegoBoolean => "bool",
        RegoNumber { IsInteger: true } => "int",
        RegoNumber => "float64",
        _ => "string",
    };

    /// <summary>One directive: flags, width, precision and letter.</summary>
    private readonly record struct Verb(string Flags, int Width, int Precision, char Letter)
    {
        public static Verb Read(string format, ref int position)
        {
            position++;
            var start = position;
            while (position < format.Length && "+-# 0".Contains(format[position], StringComparison.Ordinal))
            {
                position++;
            }

            var flags = format[start..position];
            var width = ReadNumber(format, ref position) ?? 0;
            int? precision = null;
            if (position < format.Length && format[position] == '.')
            {
                position++;
                precision = ReadNumber(format, ref position) ?? 0;
            }

            return new Verb(flags, width, precision ?? -1, position < format.Length ? format[position] : '\0');
        }

        public string Format(RegoValue value)
        {
            var text = Letter switch
            {
                'v' => ValueText.Display(value),
                's' when value is RegoNumber { IsInteger: true } => $"%!s(int={value})",
                's' when value is RegoNumber => $"%!s(float64={value})",
                's' => Cut(ValueText.Display(value)),
                'q' => ValueText.Quote(ValueText.Display(value)),
                't' when value is RegoBoolean => ValueText.Display(value),
                'T' => GoType(value),
                'd' when value is RegoNumber { IsInteger: true } number => Sign(number.Integer, number.ToString()),
                'b' or 'o' or 'x' or 'X' or 'c' when value is RegoNumber { IsInteger: true } number => Sign(number.Integer, InBase(number.Integer)),
                'x' when value is RegoString bytes => Convert.ToHexStringLower(Encoding.UTF8.GetBytes(bytes.Value)),
                'X' when value is RegoString bytes => Convert.ToHexString(Encoding.UTF8.GetBytes(bytes.Value)),
                'f' or 'F' when value is RegoNumber number => Fixed(number),
                'e' when value is RegoNumber number => Scientific(number),
                'g' when value is RegoNumber number => number.ToDouble().ToString("R", CultureInfo.InvariantCulture),
                _ => $"%!{Letter}({GoType(value)}={ValueText.Display(value)})",
            };
            return Pad(text, value is RegoNumber);
        }

        private static int? ReadNumber(string format, ref int position)
        {
            var start = position;
            while (position < format.Length && char.IsAsciiDigit(format[position]) && position - start < 4)
            {
                position++;
            }

            return position == start ? null : int.Parse(format.AsSpan(start, position - start), CultureInfo.InvariantCulture);
        }

        private string Cut(string text) => Precision < 0 ? text : string.Concat(text.EnumerateRunes().Take(Precision));

        private string Sign(BigInteger value, string text) => value.Sign >= 0 && Flags.Contains('+', StringComparison.Ordinal) ? "+" + text : text;

        private string InBase(BigInteger value)
        {
            if (Letter == 'c')
            {
                return Rune.IsValid((int)value) ? new Rune((int)value).ToString() : "\uFFFD";
            }

            var radix = Letter switch { 'b' => 2, 'o' => 8, _ => 16 };
            var digits = Letter == 'X' ? "0123456789ABCDEF" : "0123456789abcdef";
            var text = "";
            for (var rest = BigInteger.Abs(value); text.Length == 0 || !rest.IsZero; rest /= radix)
            {
                text = digits[(int)(rest % radix)] + text;
            }

            var prefix = Flags.Contains('#', StringComparison.Ordinal) ? Letter switch { 'o' => "0", 'x' => "0x", 'X' => "0X", _ => "0b" } : "";
            return (value.Sign < 0 ? "-" : "") + prefix + text;
        }

        private string Fixed(RegoNumber number) =>
            number.ToDouble().ToString("F" + (Precision < 0 ? 6 : Precision).ToString(CultureInfo.InvariantCulture), CultureInfo.InvariantCulture);

        private string Scientific(RegoNumber number) =>
            number.ToDouble().ToString("0." + new string('0', Precision < 0 ? 6 : Precision) + "e+00", CultureInfo.InvariantCulture);

        private string Pad(string text, bool isNumber)
        {
            if (Flags.Contains('-', StringComparison.Ordinal))
            {
                return text.PadRight(Width);
            }

            if (isNumber && Flags.Contains('0', StringComparison.Ordinal))
            {
                var sign = text.StartsWith('-') || text.StartsWith('+') ? text[..1] : "";
                return sign + text[sign.Length..].PadLeft(Math.Max(0, Width - sign.Length), '0');
            }

            return text.PadLeft(Width);
        }
    }
}
