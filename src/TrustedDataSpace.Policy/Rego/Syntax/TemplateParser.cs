namespace TrustedDataSpace.Policy.Rego.Syntax;

/// <summary>Turns the pieces of a template token into a term.</summary>
internal static class TemplateParser
{
    public static TemplateTerm Parse(Token token, bool enclosingNot, int nesting)
    {
        var parts = new List<TemplatePart>();
        foreach (var piece in token.Pieces)
        {
            parts.Add(piece.Text is { } text
                ? new TemplatePart(text, null)
                : new TemplatePart(null, ParseExpression(new TokenStream(piece.Expression!) { Nesting = nesting }, enclosingNot)));
        }

        return new TemplateTerm(token.Location, parts);
    }

    private static ComprehensionTerm ParseExpression(TokenStream tokens, bool enclosingNot)
    {
        var bodies = new BodyParser(tokens, enclosingNot);
        var location = tokens.Current.Location;
        var value = bodies.Terms.ParseExpression(keyed: true);
        var with = bodies.ParseWith();
        if (tokens.Current.Kind != TokenKind.EndOfFile)
        {
            throw tokens.Unexpected("'}' after the expression of a template string");
        }

        // The modifiers apply to the expression: it is computed inside the body, by name.
        var result = new NameTerm(location, "__template__");
        var body = new Body(location, [new AssignLiteral(location, result, value) { With = with }]);
        return new ComprehensionTerm(location, ComprehensionKind.Set, null, result, body);
    }
}
