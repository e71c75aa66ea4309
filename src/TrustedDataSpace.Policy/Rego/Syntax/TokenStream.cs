namespace TrustedDataSpace.Policy.Rego.Syntax;

/// <summary>The tokens of a module with a position that can be set back.</summary>
internal sealed class TokenStream(IReadOnlyList<Token> tokens)
{
    private static readonly HashSet<string> Keywords =
        ["as", "default", "else", "false", "import", "package", "not", "null", "some", "true", "with", "in", "every", "if", "contains"];

    /// <summary>Deeper nesting is refused, so that hostile text cannot exhaust the stack of any stage.</summary>
    private const int MaxNesting = 200;

    public int Position { get; set; }

    /// <summary>How many terms, conditions and branches the current place is nested in.</summary>
    public int Nesting { get; set; }

    public Token Current => tokens[Position];

    public Token Next => tokens[Math.Min(Position + 1, tokens.Count - 1)];

    public Token? Previous => Position > 0 ? tokens[Position - 1] : null;

    /// <summary>Whether the current token follows the one before without a blank, as references and calls must.</summary>
    public bool IsAdjacent => Previous is { } previous && previous.End == Current.Offset;

    public bool IsNewLine => Previous is { } previous && Current.Location.Line > previous.Location.Line;

    public static bool IsKeyword(string name) => Keywords.Contains(name);

    /// <summary>Whether the current token is this keyword. Directly before a dot it is an ordinary name.</summary>
    public bool IsKeywordHere(string keyword) => Current.IsName(keyword) && !IsNameOfReference;

    /// <summary>Whether a name begins a reference such as <c>with.x</c>, where even a keyword is a name.</summary>
    public bool IsNameOfReference => Next.IsSymbol(".") && Next.Offset == Current.End;

    /// <summary>Reads something that may contain itself.</summary>
    public T Nested<T>(Func<T> read)
    {
        if (++Nesting > MaxNesting)
        {
            throw new SyntaxException(Current.Location, $"terms and conditions are nested more than {MaxNesting} deep");
        }

        var result = read();
        Nesting--;
        return result;
    }

    public Token Take()
    {
        var token = Current;
        if (token.Kind != TokenKind.EndOfFile)
        {
            Position++;
        }

        return token;
    }

    public bool TakeSymbol(string symbol)
    {
        var found = Current.IsSymbol(symbol);
        Position += found ? 1 : 0;
        return found;
    }

    public bool TakeKeyword(string keyword)
    {
        var found = IsKeywordHere(keyword);
        Position += found ? 1 : 0;
        return found;
    }

    public Token ExpectSymbol(string symbol, string where)
    {
        if (!Current.IsSymbol(symbol))
        {
            throw Unexpected($"'{symbol}' {where}");
        }

        return Take();
    }

    public Token ExpectName(string what)
    {
        if (Current.Kind != TokenKind.Name || IsKeyword(Current.Text))
        {
            throw Unexpected(what);
        }

        return Take();
    }

    public SyntaxException Unexpected(string expected) => new(Current.Location, $"unexpected {Current}: expected {expected}");
}
