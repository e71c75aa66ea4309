namespace TrustedDataSpace.Policy.Rego.Syntax;

/// <summary>Reads one rule in Rego v1 syntax.</summary>
internal sealed class RuleParser(TokenStream tokens, BodyParser bodies)
{
    /// <summary>The rule, and one more for each further body in braces.</summary>
    public List<RuleSyntax> Parse()
    {
        var location = tokens.Current.Location;
        var isDefault = tokens.IsKeywordHere("default");
        if (isDefault)
        {
            tokens.Take();
        }

        var head = ParseHead(isDefault);
        if (isDefault)
        {
            return [ParseDefault(location, head)];
        }

        if (!tokens.TakeKeyword("if"))
        {
            if (tokens.Current.IsSymbol("{"))
            {
                throw tokens.Unexpected("'if' before the body of a rule");
            }

            RequireContent(head);
            return [new RuleSyntax(location, false, head, null, ParseElse(head))];
        }

        var body = ParseRuleBody();
        var rules = new List<RuleSyntax> { new(location, false, head, body, ParseElse(head)) };
        while (rules[^1].Else is null && tokens.Current.IsSymbol("{"))
        {
            rules.Add(new RuleSyntax(tokens.Current.Location, false, head, ParseRuleBody(), ParseElse(head)));
        }

        return rules;
    }

    private RuleSyntax ParseDefault(SourceLocation location, RuleHead head)
    {
        if (head.Value is null || head.Member is not null)
        {
            throw tokens.Unexpected("':=' and the value of the default");
        }

        if (tokens.IsKeywordHere("if"))
        {
            throw new SyntaxException(tokens.Current.Location, "a default rule has no body");
        }

        return new RuleSyntax(location, true, head, null, null);
    }

    private static void RequireContent(RuleHead head)
    {
        if (head.Value is null && head.Member is null && head.Arguments is null && head.Path.Count == 0)
        {
            throw new SyntaxException(head.Location, $"rule {head.Name.Name} has neither a value nor a body: expected ':=', 'contains' or 'if'");
        }

        if (head.Value is null && head.Member is null)
        {
            throw new SyntaxException(head.Location, "a rule without a body needs a value: expected ':=', 'contains' or 'if'");
        }
    }

    private RuleHead ParseHead(bool isDefault)
    {
        var name = tokens.Current;
        if (name.Kind != TokenKind.Name || name.Text == "_" || (TokenStream.IsKeyword(name.Text) && !tokens.IsNameOfReference))
        {
            throw tokens.Unexpected(isDefault ? "the name of a rule after 'default'" : "a rule or an import");
        }

        tokens.Take();
        var path = bodies.Terms.ParseSteps();
        List<Term>? arguments = null;
        if (tokens.IsAdjacent && tokens.TakeSymbol("("))
        {
            arguments = bodies.Terms.ParseList(")");
        }

        Term? member = null;
        Term? value = null;
        if (tokens.IsKeywordHere("contains"))
        {
            tokens.Take();
            member = bodies.Terms.ParseExpression(keyed: false);
        }
        else if (tokens.TakeSymbol(":=") || tokens.TakeSymbol("="))
        {
            value = bodies.Terms.ParseExpression(keyed: false);
        }

        return new RuleHead(name.Location, new NameTerm(name.Location, name.Text), path, arguments, member, value);
    }

    private Body ParseRuleBody()
    {
        if (!tokens.Current.IsSymbol("{"))
        {
            return SingleLiteral();
        }

        // `if {` opens a body, unless what follows is a set, an object or a comprehension used as a condition.
        var (restart, nesting) = (tokens.Position, tokens.Nesting);
        try
        {
            tokens.Take();
            var body = bodies.ParseUntil("}");
            if (tokens.IsNewLine || tokens.Current.Kind == TokenKind.EndOfFile || tokens.IsKeywordHere("else") || tokens.Current.IsSymbol("{") ||
                tokens.Current.IsSymbol(";"))
            {
                return body;
            }
        }
        catch (SyntaxException bodyError)
        {
            (tokens.Position, tokens.Nesting) = (restart, nesting);
            try
            {
                return SingleLiteral();
            }
            catch (SyntaxException)
            {
                throw bodyError;
            }
        }

        tokens.Position = restart;
        return SingleLiteral();
    }

    private Body SingleLiteral()
    {
        var literal = bodies.ParseLiteral();
        return new Body(literal.Location, [literal]);
    }

    private RuleSyntax? ParseElse(RuleHead head)
    {
        if (!tokens.IsKeywordHere("else"))
        {
            return null;
        }

        var location = tokens.Take().Location;
        if (head.Member is not null)
        {
            throw new SyntaxException(location, "'else' cannot follow a rule with 'contains'");
        }

        Term? value = null;
        if (tokens.TakeSymbol(":=") || tokens.TakeSymbol("="))
        {
            value = bodies.Terms.ParseExpression(keyed: false);
        }

        var body = tokens.TakeKeyword("if") ? ParseRuleBody() : null;
        if (body is null && value is null)
        {
            throw tokens.Unexpected("':=' or 'if' after 'else'");
        }

        return new RuleSyntax(location, false, head with { Location = location, Value = value }, body, tokens.Nested(() => ParseElse(head)));
    }
}
