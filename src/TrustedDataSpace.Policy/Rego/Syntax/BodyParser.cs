namespace TrustedDataSpace.Policy.Rego.Syntax;

/// <summary>Reads the conditions of rules, comprehensions and quantifiers.</summary>
internal sealed class BodyParser
{
    private readonly TokenStream tokens;

    public BodyParser(TokenStream tokens, bool interpretsNotAsEnclosing)
    {
        this.tokens = tokens;
        InterpretsNotAsEnclosing = interpretsNotAsEnclosing;
        Terms = new TermParser(tokens, this);
    }

    public TermParser Terms { get; }

    /// <summary>Set by <c>import future.keywords.not</c>; see <see cref="NotLiteral"/>.</summary>
    public bool InterpretsNotAsEnclosing { get; set; }

    /// <summary>A body up to its closing symbol, which is taken too. Conditions are parted by <c>;</c> or a new line.</summary>
    public Body ParseUntil(string close)
    {
        var location = tokens.Current.Location;
        var literals = new List<Literal>();
        while (true)
        {
            literals.Add(ParseLiteral());
            var separated = tokens.TakeSymbol(";");
            if (tokens.TakeSymbol(close))
            {
                return new Body(location, literals);
            }

            if (!separated && !tokens.IsNewLine)
            {
                throw tokens.Unexpected($"a new line, ';' or '{close}' after the condition");
            }
        }
    }

    /// <summary>A query: conditions up to the end of the text.</summary>
    public Body ParseQuery()
    {
        var location = tokens.Current.Location;
        var literals = new List<Literal>();
        while (tokens.Current.Kind != TokenKind.EndOfFile)
        {
            literals.Add(ParseLiteral());
            if (!tokens.TakeSymbol(";") && !tokens.IsNewLine && tokens.Current.Kind != TokenKind.EndOfFile)
            {
                throw tokens.Unexpected("a new line or ';' after the condition");
            }
        }

        return new Body(location, literals);
    }

    public Literal ParseLiteral() => tokens.Nested(ParseLiteralWithModifiers);

    public List<WithModifier> ParseWith()
    {
        var modifiers = new List<WithModifier>();
        while (tokens.IsKeywordHere("with"))
        {
            var location = tokens.Take().Location;
            var target = Terms.ParsePath("the name of what 'with' replaces");
            if (!tokens.TakeKeyword("as"))
            {
                throw tokens.Unexpected("'as' after the target of 'with'");
            }

            modifiers.Add(new WithModifier(location, target, Terms.ParseExpression(keyed: false)));
        }

        return modifiers;
    }

    private Literal ParseLiteralWithModifiers()
    {
        Terms.StartCondition();
        var token = tokens.Current;
        var literal = token.Kind == TokenKind.Name && !tokens.IsNameOfReference
            ? token.Text switch
            {
                "some" => ParseSome(),
                "every" => ParseEvery(),
                "not" => ParseNot(),
                _ => ParseCondition(),
            }
            : ParseCondition();
        var with = ParseWith();
        if (with.Count == 0)
        {
            return literal;
        }

        if (literal is SomeLiteral)
        {
            throw new SyntaxException(with[0].Location, "'with' is not allowed after a declaration");
        }

        return literal with { With = with };
    }

    private Literal ParseCondition()
    {
        var location = tokens.Current.Location;
        var left = Terms.ParseExpression(keyed: true);
        if (tokens.Current.IsSymbol("=") || tokens.Current.IsSymbol(":="))
        {
            var @operator = tokens.Take();
            var right = Terms.ParseExpression(keyed: true);
            return @operator.Text == "="
                ? new UnifyLiteral(@operator.Location, left, right)
                : new AssignLiteral(@operator.Location, left, right);
        }

        return new TermLiteral(location, left);
    }

    private Literal ParseSome()
    {
        var location = tokens.Take().Location;
        var restart = tokens.Position;
        var names = new List<NameTerm>();
        do
        {
            if (tokens.Current.Kind != TokenKind.Name || TokenStream.IsKeyword(tokens.Current.Text))
            {
                break;
            }

            var name = tokens.Take();
            names.Add(new NameTerm(name.Location, name.Text));
        }
        while (tokens.TakeSymbol(","));

        var declares = tokens.IsNewLine || tokens.Current.Kind == TokenKind.EndOfFile || tokens.Current.IsSymbol(";") ||
            tokens.Current.IsSymbol("}") || tokens.Current.IsSymbol("]");
        if (names.Count > 0 && declares && !tokens.IsKeywordHere("in"))
        {
            return new SomeLiteral(location, names);
        }

        tokens.Position = restart;
        return Terms.ParseExpression(keyed: true) switch
        {
            CallTerm { IsOperator: true, Operator: NameTerm { Name: "internal.member_2" } } call =>
                new SomeInLiteral(location, null, call.Arguments[0], call.Arguments[1]),
            CallTerm { IsOperator: true, Operator: NameTerm { Name: "internal.member_3" } } call =>
                new SomeInLiteral(location, call.Arguments[0], call.Arguments[1], call.Arguments[2]),
            _ => throw new SyntaxException(location, "expected 'some x in xs', 'some k, v in xs' or names to declare after 'some'"),
        };
    }

    private EveryLiteral ParseEvery()
    {
        var location = tokens.Take().Location;
        Term value = ParseEveryName();
        Term? key = null;
        if (tokens.TakeSymbol(","))
        {
            (key, value) = (value, ParseEveryName());
        }

        if (!tokens.TakeKeyword("in"))
        {
            throw tokens.Unexpected("'in' after the names of 'every'");
        }

        var domain = Terms.ParseExpression(keyed: true);
        tokens.ExpectSymbol("{", "before the body of 'every'");
        return new EveryLiteral(location, key, value, domain, ParseUntil("}"));
    }

    private NameTerm ParseEveryName()
    {
        var name = tokens.ExpectName("a name after 'every'");
        return new NameTerm(name.Location, name.Text);
    }

    private NotLiteral ParseNot()
    {
        var location = tokens.Take().Location;
        if (InterpretsNotAsEnclosing && tokens.Current.IsSymbol("{"))
        {
            var restart = tokens.Position;
            tokens.Take();
            if (!tokens.Current.IsSymbol("}"))
            {
                return new NotLiteral(location, ParseUntil("}"), Enclosing: true);
            }

            tokens.Position = restart;
        }

        var token = tokens.Current;
        var inner = InterpretsNotAsEnclosing && tokens.IsKeywordHere("not") ? tokens.Nested(ParseNot) : ParseCondition();
        if (inner is AssignLiteral)
        {
            throw new SyntaxException(inner.Location, "cannot assign with ':=' inside a negation");
        }

        return new NotLiteral(location, new Body(token.Location, [inner]), InterpretsNotAsEnclosing);
    }
}
