namespace TrustedDataSpace.Protocol.Identifiers;

/// <summary>The check character of GB/T 17710, MOD 37-2 (ISO 7064): the last character of the identifiers of NDI-TR-2025-04.</summary>
public static class CheckCharacter
{
    private const string Alphabet = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ*";
    private const int Modulus = 37;

    /// <summary>The character that belongs behind the text.</summary>
    /// <param name="text">Digits and capital letters.</param>
    /// <exception cref="ArgumentException">Another character.</exception>
    public static char Of(ReadOnlySpan<char> text)
    {
        // Counted from the right, the check character first, place i weighs 2^(i-1); all together must leave 1.
        var sum = 0;
        foreach (var character in text)
        {
            var value = Alphabet.IndexOf(character, StringComparison.Ordinal);
            if (value is < 0 or Modulus - 1)
            {
                throw new ArgumentException($"'{character}' is neither a digit nor a capital letter.", nameof(text));
            }

            sum = (sum + value) * 2 % Modulus;
        }

        return Alphabet[(Modulus + 1 - sum) % Modulus];
    }

    /// <summary>Whether the last character of the text is the check character of those before it.</summary>
    public static bool Holds(ReadOnlySpan<char> text) => text.Length > 1 && IsWord(text[..^1]) && text[^1] == Of(text[..^1]);

    internal static bool IsWord(ReadOnlySpan<char> text) => !text.ContainsAnyExcept(Alphabet.AsSpan(0, Modulus - 1));
}
