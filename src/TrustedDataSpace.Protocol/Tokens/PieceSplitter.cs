using System.Buffers;
using System.Globalization;
using System.Text;

namespace TrustedDataSpace.Protocol.Tokens;

/// <summary>
/// Cuts text into the pieces within which bytes are merged: the split pattern of <c>o200k_base</c>, by hand, because a regular expression is many
/// times slower. Its seven alternatives in their order, each as greedy as there:
/// <code>
/// 1 [^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+('s|'d|'m|'t|'ll|'ve|'re)?
/// 2 [^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+[\p{Ll}\p{Lm}\p{Lo}\p{M}]*('s|'d|'m|'t|'ll|'ve|'re)?
/// 3 \p{N}{1,3}
/// 4  ?[^\s\p{L}\p{N}]+[\r\n/]*
/// 5 \s*[\r\n]+
/// 6 \s+(?!\S)
/// 7 \s+
/// </code>
/// </summary>
internal ref struct PieceSplitter(ReadOnlySpan<char> text)
{
    private const int MostDigits = 3;

    private readonly ReadOnlySpan<char> text = text;

    /// <summary>What a character is to the pattern. Upper, lower and either are letters (<c>Either</c> has marks, too, which are none).</summary>
    private enum Kind : byte
    {
        Other,
        Space,
        NewLine,
        Upper,
        Lower,
        Caseless,
        Mark,
        Digit,
        End,
    }

    /// <summary>Whether the last piece was seen to its end: text that follows could not have made it another one.</summary>
    public bool IsFinal { get; private set; } = true;

    /// <summary>The length of the piece that begins there; the text must go on there.</summary>
    public int Next(int start)
    {
        IsFinal = true;
        var (kind, length) = At(start);
        var words = kind switch
        {
            Kind.Upper or Kind.Lower or Kind.Caseless => Word(start),
            // A mark alone is a word of the first alternative, which comes before capitals behind it in the second.
            Kind.Mark => Word(start + length, capitalsAlone: false) is > 0 and var behind ? length + behind : Word(start),
            Kind.Other or Kind.Space when start + length < text.Length => Word(start + length) is > 0 and var behind ? length + behind : 0,
            _ => 0,
        };
        if (words > 0)
        {
            return words;
        }

        return kind switch
        {
            Kind.Digit => Digits(start),
            Kind.Space or Kind.NewLine => text[start] == ' ' && Others(start + 1) is > 0 and var behind ? 1 + behind : Spaces(start),
            _ => Others(start),
        };
    }

    // Alternatives 1 and 2 behind their first character. Where the run of capitals and caseless characters ends, a small letter goes on with the
    // word; without one the word gives back capitals until its last character is caseless. All capitals are a word, too.
    private int Word(int start, bool capitalsAlone = true)
    {
        var (at, behindCaseless) = (start, -1);
        while (true)
        {
            var (kind, length) = At(at);
            if (kind is Kind.Caseless or Kind.Mark)
            {
                behindCaseless = at + length;
            }
            else if (kind != Kind.Upper)
            {
                break;
            }

            at += length;
        }

        var end = at;
        for (var (kind, length) = At(end); kind is Kind.Lower or Kind.Caseless or Kind.Mark; (kind, length) = At(end))
        {
            end += length;
        }

        if (end == at && behindCaseless > 0)
        {
            end = behindCaseless;
        }
        else if (end == at && !capitalsAlone)
        {
            return 0;
        }

        return end == start ? 0 : end - start + Suffix(end);
    }

    private int Suffix(int at)
    {
        if (Char(at) != '\'')
        {
            return 0;
        }

        var first = Char(at + 1) | 0x20;
        return first switch
        {
            's' or 'd' or 'm' or 't' => 2,
            'l' when (Char(at + 2) | 0x20) == 'l' => 3,
            'v' or 'r' when (Char(at + 2) | 0x20) == 'e' => 3,
            _ => 0,
        };
    }

    private int Digits(int start)
    {
        var at = start;
        for (var count = 0; count < MostDigits; count++)
        {
            var (kind, length) = At(at);
            if (kind != Kind.Digit)
            {
                break;
            }

            at += length;
        }

        return at - start;
    }

    private int Others(int start)
    {
        var at = start;
        for (var (kind, length) = At(at); kind is Kind.Other or Kind.Mark; (kind, length) = At(at))
        {
            at += length;
        }

        if (at == start)
        {
            return 0;
        }

        while (Char(at) is '\r' or '\n' or '/')
        {
            at++;
        }

        return at - start;
    }

    private int Spaces(int start)
    {
        var (at, behindNewLine) = (start, -1);
        for (var (kind, length) = At(at); kind is Kind.Space or Kind.NewLine; (kind, length) = At(at))
        {
            at += length;
            behindNewLine = kind == Kind.NewLine ? at : behindNewLine;
        }

        // All white space is of the basic plane: what is given back is one character.
        return behindNewLine > 0 ? behindNewLine - start
            : at == text.Length || at - start == 1 ? at - start
            : at - start - 1;
    }

    private char Char(int at)
    {
        if (at < text.Length)
        {
            return text[at];
        }

        IsFinal = false;
        return '\0';
    }

    private (Kind Kind, int Length) At(int at)
    {
        if (at >= text.Length)
        {
            IsFinal = false;
            return (Kind.End, 0);
        }

        var character = text[at];
        if (character < 0x80)
        {
            return (Ascii(character), 1);
        }

        if (!char.IsSurrogate(character))
        {
            return (char.IsWhiteSpace(character) ? Kind.Space : Of(CharUnicodeInfo.GetUnicodeCategory(character)), 1);
        }

        if (char.IsHighSurrogate(character) && at + 1 == text.Length)
        {
            IsFinal = false;
        }

        return Rune.DecodeFromUtf16(text[at..], out var rune, out _) == OperationStatus.Done ? (Of(Rune.GetUnicodeCategory(rune)), 2) : (Kind.Other, 1);
    }

    private static Kind Ascii(char character) => character switch
    {
        >= 'a' and <= 'z' => Kind.Lower,
        >= 'A' and <= 'Z' => Kind.Upper,
        >= '0' and <= '9' => Kind.Digit,
        '\r' or '\n' => Kind.NewLine,
        ' ' or '\t' or '\v' or '\f' => Kind.Space,
        _ => Kind.Other,
    };

    private static Kind Of(UnicodeCategory category) => category switch
    {
        UnicodeCategory.UppercaseLetter or UnicodeCategory.TitlecaseLetter => Kind.Upper,
        UnicodeCategory.LowercaseLetter => Kind.Lower,
        UnicodeCategory.ModifierLetter or UnicodeCategory.OtherLetter => Kind.Caseless,
        UnicodeCategory.NonSpacingMark or UnicodeCategory.SpacingCombiningMark or UnicodeCategory.EnclosingMark => Kind.Mark,
        UnicodeCategory.DecimalDigitNumber or UnicodeCategory.LetterNumber or UnicodeCategory.OtherNumber => Kind.Digit,
        _ => Kind.Other,
    };
}
