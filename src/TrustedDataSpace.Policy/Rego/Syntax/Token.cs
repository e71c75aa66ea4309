namespace TrustedDataSpace.Policy.Rego.Syntax;

internal enum TokenKind
{
    EndOfFile,
    Name,
    Number,
    String,
    Template,
    Symbol,
}

/// <summary>
/// One token. Keywords are names: many of them are ordinary names where the grammar wants no keyword, so the parser decides.
/// </summary>
/// <param name="Kind">What it is.</param>
/// <param name="Text">The symbol, the name, the number, or the decoded string.</param>
/// <param name="Location">Where it starts.</param>
/// <param name="Offset">Where it starts in the text.</param>
/// <param name="End">Where it ends in the text.</param>
internal sealed record Token(TokenKind Kind, string Text, SourceLocation Location, int Offset, int End)
{
    /// <summary>The pieces of a template string: text, or the tokens of an expression.</summary>
    public IReadOnlyList<TemplatePiece> Pieces { get; init; } = [];

    public bool IsSymbol(string symbol) => Kind == TokenKind.Symbol && Text == symbol;

    public bool IsName(string name) => Kind == TokenKind.Name && Text == name;

    public override string ToString() => Kind switch
    {
        TokenKind.EndOfFile => "the end of the file",
        TokenKind.String => "a string",
        TokenKind.Template => "a template string",
        TokenKind.Number => $"number {Text}",
        _ => $"'{Text}'",
    };
}

internal sealed record TemplatePiece(string? Text, IReadOnlyList<Token>? Expression);
