using System.Globalization;
using System.Text;

namespace TrustedDataSpace.Policy.Rego.Syntax;

/// <summary>Text to tokens. Comments and white space end tokens and are dropped.</summary>
internal sealed class Lexer
{
    private static readonly string[] Symbols =
        [":=", "==", "!=", "<=", ">=", "{", "}", "[", "]", "(", ")", ",", ";", ":", ".", "=", "<", ">", "+", "-", "*", "/", "%", "&", "|"];

    /// <summary>Deeper nesting of template strings is refused, so that hostile text cannot exhaust the stack.</summary>
    private const int MaxNesting = 50;

    private readonly string file;
    private readonly string text;
    private readonly List<Token> tokens = [];
    private int position;
    private int line = 1;
    private int lineStart;
    private int nesting;

    private Lexer(RegoSource source) => (file, text) = (source.FileName, source.Text);

    private SourceLocation Here => new(file, line, position - lineStart + 1);

    /// <summary>All tokens of a module, closed by one of kind <see cref="TokenKind.EndOfFile"/>.</summary>
    public static IReadOnlyList<Token> Read(RegoSource source)
    {
        var lexer = new Lexer(source);
        lexer.ReadUntil(closingBrace: false);
        return lexer.tokens;
    }

    /// <summary>Reads to the end of the text, or to the brace that closes a template expression.</summary>
    private void ReadUntil(bool closingBrace)
    {
        var depth = 0;
        while (true)
        {
            SkipBlanks();
            if (position >= text.Length)
            {
                if (closingBrace)
                {
                    throw new SyntaxException(Here, "the template expression is not closed: expected '}'");
                }

                tokens.Add(new Token(TokenKind.EndOfFile, "", Here, position, position));
                return;
            }

            if (closingBrace && depth == 0 && text[position] == '}')
            {
                tokens.Add(new Token(TokenKind.EndOfFile, "", Here, position, position));
                position++;
                return;
            }

            depth += text[position] switch { '{' => 1, '}' => -1, _ => 0 };
            tokens.Add(ReadToken());
        }
    }

    private void SkipBlanks()
    {
        while (position < text.Length)
        {
            var unit = text[position];
            if (unit == '\n')
            {
                position++;
                NewLine();
            }
            else if (unit == '#')
            {
                while (position < text.Length && text[position] != '\n')
                {
                    position++;
                }
            }
            else if (unit is ' ' or '\t' or '\r' or '\uFEFF')
            {
                position++;
            }
            else
            {
                return;
            }
        }
    }

    private void NewLine()
    {
        line++;
        lineStart = position;
    }

    private Token ReadToken()
    {
        var (start, location, unit) = (position, Here, text[position]);
        if (char.IsAsciiLetter(unit) || unit == '_')
        {
            while (position < text.Length && (char.IsAsciiLetterOrDigit(text[position]) || text[position] == '_'))
            {
                position++;
            }

            return new Token(TokenKind.Name, text[start..position], location, start, position);
        }

        if (char.IsAsciiDigit(unit))
        {
            ReadNumber();
            return new Token(TokenKind.Number, text[start..position], location, start, position);
        }

        switch (unit)
        {
            case '"':
                position++;
                return new Token(TokenKind.String, ReadQuoted(), location, start, position);
            case '`':
                position++;
                return new Token(TokenKind.String, ReadRaw(), location, start, position);
            case '$' when position + 1 < text.Length && text[position + 1] is '"' or '`':
                return ReadTemplate(start, location);
        }

        foreach (var symbol in Symbols)
        {
            if (string.CompareOrdinal(text, position, symbol, 0, symbol.Length) == 0)
            {
                position += symbol.Length;
                return new Token(TokenKind.Symbol, symbol, location, start, position);
            }
        }

        throw new SyntaxException(location, $"unexpected character '{unit}'");
    }

    private void ReadNumber()
    {
        var start = position;
        SkipDigits();
        if (position - start > 1 && text[start] == '0')
        {
            throw new SyntaxException(Here, "a number may not begin with a superfluous zero");
        }

        if (position + 1 < text.Length && text[position] == '.' && char.IsAsciiDigit(text[position + 1]))
        {
            position++;
            SkipDigits();
        }

        if (position < text.Length && text[position] is 'e' or 'E')
        {
            position++;
            if (position < text.Length && text[position] is '+' or '-')
            {
                position++;
            }

            if (position >= text.Length || !char.IsAsciiDigit(text[position]))
            {
                throw new SyntaxException(Here, "the exponent of the number has no digits");
            }

            SkipDigits();
        }

        if (position < text.Length && (char.IsAsciiLetterOrDigit(text[position]) || text[position] == '_'))
        {
            throw new SyntaxException(Here, "a number must be followed by a blank or a symbol");
        }
    }

    private void SkipDigits()
    {
        while (position < text.Length && char.IsAsciiDigit(text[position]))
        {
            position++;
        }
    }

    private string ReadRaw()
    {
        var start = position;
        var opening = Here;
        while (position < text.Length && text[position] != '`')
        {
            Advance();
        }

        if (position >= text.Length)
        {
            throw new SyntaxException(opening, "the raw string is not closed: expected '`'");
        }

        return text[start..position++].Replace("\r", "", StringComparison.Ordinal);
    }

    private string ReadQuoted()
    {
        var value = new StringBuilder();
        var opening = Here;
        while (position < text.Length && text[position] is not ('"' or '\n'))
        {
            ReadCharacter(value, template: false);
        }

        if (position >= text.Length || text[position] == '\n')
        {
            throw new SyntaxException(opening, "the string is not closed: expected '\"'");
        }

        position++;
        return value.ToString();
    }

    private Token ReadTemplate(int start, SourceLocation location)
    {
        position++;
        var quote = text[position++];
        var pieces = new List<TemplatePiece>();
        var literal = new StringBuilder();
        while (position < text.Length && text[position] != quote)
        {
            if (text[position] == '{')
            {
                FlushLiteral(pieces, literal);
                position++;
                pieces.Add(new TemplatePiece(null, ReadTemplateExpression()));
            }
            else if (quote == '"' || (text[position] == '\\' && position + 1 < text.Length && text[position + 1] == '{'))
            {
                ReadCharacter(literal, template: true);
            }
            else
            {
                literal.Append(text[position]);
                Advance();
            }
        }

        if (position >= text.Length)
        {
            throw new SyntaxException(location, $"the template string is not closed: expected '{quote}'");
        }

        position++;
        FlushLiteral(pieces, literal);
        return new Token(TokenKind.Template, "", location, start, position) { Pieces = pieces };
    }

    private static void FlushLiteral(List<TemplatePiece> pieces, StringBuilder literal)
    {
        if (literal.Length > 0)
        {
            pieces.Add(new TemplatePiece(literal.ToString(), null));
            literal.Clear();
        }
    }

    private List<Token> ReadTemplateExpression()
    {
        if (nesting == MaxNesting)
        {
            throw new SyntaxException(Here, $"template strings are nested more than {MaxNesting} deep");
        }

        var nested = new Lexer(new RegoSource(file, text)) { position = position, line = line, lineStart = lineStart, nesting = nesting + 1 };
        nested.ReadUntil(closingBrace: true);
        (position, line, lineStart) = (nested.position, nested.line, nested.lineStart);
        return nested.tokens;
    }

    private void Advance()
    {
        if (text[position++] == '\n')
        {
            NewLine();
        }
    }

    /// <summary>One character of a quoted string, with JSON's escapes (and <c>\{</c> in a template).</summary>
    private void ReadCharacter(StringBuilder value, bool template)
    {
        if (text[position] != '\\')
        {
            value.Append(text[position]);
            Advance();
            return;
        }

        var escape = position + 1 < text.Length ? text[position + 1] : '\0';
        if (escape == 'u')
        {
            if (position + 6 > text.Length ||
                !ushort.TryParse(text.AsSpan(position + 2, 4), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var unit))
            {
                throw new SyntaxException(Here, "\\u must be followed by four hexadecimal digits");
            }

            value.Append((char)unit);
            position += 6;
            return;
        }

        value.Append(escape switch
        {
            '"' or '\\' or '/' => escape,
            'b' => '\b',
            'f' => '\f',
            'n' => '\n',
            'r' => '\r',
            't' => '\t',
            '{' or '}' when template => escape,
            _ => throw new SyntaxException(Here, $"unknown escape '\\{escape}' in a string; use a raw string in backquotes for patterns"),
        });
        position += 2;
    }
}
