using System.Text.RegularExpressions;
using TrustedDataSpace.Protocol.Errors;

namespace TrustedDataSpace.Connector.Signals;

/// <summary>What a signal may be called and say.</summary>
internal static partial class SignalRules
{
    public const int LongestValue = 200;

    /// <exception cref="RefusalException">Malformed.</exception>
    public static void CheckName(string name)
    {
        if (!NamePattern().IsMatch(name))
        {
            throw new RefusalException(RefusalCode.Malformed, $"'{name}' is no name of a signal.")
            {
                Term = "name",
                Remedy = "use 1 to 64 of a-z, A-Z, 0-9, '-', '_', '.', beginning with a letter or digit",
            };
        }
    }

    /// <exception cref="RefusalException">Malformed.</exception>
    public static void CheckValue(string value)
    {
        if (value.Length is 0 or > LongestValue)
        {
            throw new RefusalException(RefusalCode.Malformed, $"The value of a signal has 1 to {LongestValue} characters.")
            {
                Term = "value",
                Where = "$.value",
                Remedy = "write what is true now, as offers compare it",
            };
        }
    }

    // As offers can name it (tds:signal/NAME).
    [GeneratedRegex(@"\A[A-Za-z0-9][A-Za-z0-9._-]{0,63}\z")]
    private static partial Regex NamePattern();
}
