using System.Numerics;
using System.Text.RegularExpressions;

namespace TrustedDataSpace.Policy.Rego.Builtins;

/// <summary>Semantic versions 2.0.0.</summary>
internal static partial class SemverBuiltins
{
    public static IEnumerable<Builtin> All =>
    [
        new("semver.is_valid", 1, call => RegoBoolean.Of(call[0] is RegoString text && Pattern().IsMatch(text.Value))),
        new("semver.compare", 2, call => new RegoNumber(Compare(Parse(call, 0), Parse(call, 1)))),
    ];

    [GeneratedRegex(@"\A([0-9]+)\.([0-9]+)\.([0-9]+)(?:-([0-9A-Za-z.-]+))?(?:\+[0-9A-Za-z.-]+)?\z", RegexOptions.CultureInvariant)]
    private static partial Regex Pattern();

    private static Match Parse(BuiltinCall call, int operand)
    {
        var match = Pattern().Match(call.Text(operand));
        return match.Success
            ? match
            : throw BuiltinException.Failed($"operand {operand + 1}: string {ValueText.Quote(call.Text(operand))} is not a valid SemVer");
    }

    private static int Compare(Match x, Match y)
    {
        for (var part = 1; part <= 3; part++)
        {
            var order = CompareIdentifiers(x.Groups[part].Value, y.Groups[part].Value);
            if (order != 0)
            {
                return order;
            }
        }

        // A version is later than its own pre-releases.
        var (left, right) = (x.Groups[4], y.Groups[4]);
        return left.Success && right.Success
            ? ComparePreReleases(left.Value.Split('.'), right.Value.Split('.'))
            : right.Success.CompareTo(left.Success);
    }

    private static int ComparePreReleases(string[] x, string[] y) =>
        x.Zip(y, CompareIdentifiers).FirstOrDefault(order => order != 0) is var order and not 0 ? order : x.Length.CompareTo(y.Length);

    /// <summary>Numbers by value and before texts; texts by character.</summary>
    private static int CompareIdentifiers(string x, string y)
    {
        var (isNumber, isOtherNumber) = (x.All(char.IsAsciiDigit), y.All(char.IsAsciiDigit));
        return (isNumber, isOtherNumber) switch
        {
            (true, true) => BigInteger.Parse(x, null).CompareTo(BigInteger.Parse(y, null)),
            (false, false) => Math.Sign(string.CompareOrdinal(x, y)),
            _ => isOtherNumber.CompareTo(isNumber),
        };
    }
}
