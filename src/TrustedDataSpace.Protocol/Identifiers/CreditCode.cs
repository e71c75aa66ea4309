namespace TrustedDataSpace.Protocol.Identifiers;

/// <summary>
/// Unified social credit codes (统一社会信用代码, GB 32100): 18 characters that name an organisation in China, the last of which checks the
/// others (MOD 31).
/// </summary>
public static class CreditCode
{
    /// <summary>Characters of a code.</summary>
    public const int Length = 18;

    // Without the letters that are easily misread.
    private const string Alphabet = "0123456789ABCDEFGHJKLMNPQRTUWXY";
    private const int Modulus = 31;

    /// <summary>Whether it has the form of a code and its check character is right. That the organisation exists only its register can tell.</summary>
    public static bool IsValid(ReadOnlySpan<char> code)
    {
        if (code.Length != Length)
        {
            return false;
        }

        var (sum, weight) = (0, 1);
        foreach (var character in code[..^1])
        {
            var value = Alphabet.IndexOf(character, StringComparison.Ordinal);
            if (value < 0)
            {
                return false;
            }

            sum = (sum + (value * weight)) % Modulus;
            weight = weight * 3 % Modulus;
        }

        return code[^1] == Alphabet[(Modulus - sum) % Modulus];
    }
}
