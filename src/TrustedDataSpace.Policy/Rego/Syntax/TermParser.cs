namespace TrustedDataSpace.Policy.Rego.Syntax;

/// <summary>Reads terms: scalars, references, calls, collections, comprehensions, template strings and operators by precedence.</summary>
internal sealed class TermParser(TokenStream tokens, BodyParser bodies)
{
    /// <summary>A longer chain makes a tree as deep as it is long, so it is bounded as nesting is.</summary>
    private const int MaxOperators = 1000;

    /// <summary>Operators from the loosest to the tightest, with the builtins they stand for.</summary>
    private static readonly Dictionary<string, string>[] Levels =
    [
        new() { ["=="] = "equal", ["!="] = "neq", ["<"] = "lt", ["<="] = "lte", [">"] = "gt", [">="] = "gte" },
        new() { ["|"] = "or" },
        new() { ["&"] = "and" },
        new() { ["+"] = "plus", ["-"] = "minus" },
        new() { ["*"] = "mul", ["/"] = "div", ["%"] = "rem" },
    ];

    private const int MaxPath = 200;

    private int operators;

    /// <summary>A term with operators; <paramref name="keyed"/> allows <c>k, v in xs</c>, where a comma cannot mean a list.</summary>
    public Term ParseExpression(bool keyed) => tokens.Nested(() => ParseMembership(ParseOperators(0), keyed));

    /// <summary>A term without operators.</summary>
    public Term ParseTerm() => tokens.Nested(() => ParseSuffixes(ParsePrimary()));

    /// <summary>Called before each condition: the length of operator chains is counted per condition.</summary>
    public void StartCondition() => operators = 0;

    /// <summary>A plain reference, as in <c>package</c>, <c>import</c> and <c>with</c>: names and constants only.</summary>
    public RefTerm ParsePath(string what)
    {
        var head = tokens.ExpectName(what);
        return ParsePathAfter(new NameTerm(head.Location, head.Text));
    }

    private RefTerm ParsePathAfter(NameTerm head)
    {
        return new RefTerm(head.Location, head, ParseSteps());
    }

    /// <summary>The steps of a path that becomes part of a tree, and so is bounded as nesting is.</summary>
    public List<Term> ParseSteps()
    {
        var path = new List<Term>();
        while (ParseStep() is { } step)
        {
            path.Add(step);
            if (path.Count > MaxPath)
            {
                throw new SyntaxException(step.Location, $"the path has more than {MaxPath} steps");
            }
        }

        return path;
    }

    /// <summary>One <c>.name</c> or <c>[term]</c> directly after what came before; null if there is none.</summary>
    public Term? ParseStep()
    {
        if (!tokens.IsAdjacent)
        {
            return null;
        }

        if (tokens.Current.IsSymbol("."))
        {
            tokens.Take();
            var name = tokens.Current;
            if (name.Kind != TokenKind.Name || !tokens.IsAdjacent)
            {
                throw tokens.Unexpected("a name directly after '.'");
            }

            tokens.Take();
            return new ConstantTerm(name.Location, new RegoString(name.Text));
        }

        if (tokens.Current.IsSymbol("["))
        {
            tokens.Take();
            var step = ParseExpression(keyed: true);
            tokens.ExpectSymbol("]", "to close the reference");
            return step;
        }

        return null;
    }

    public List<Term> ParseList(string close)
    {
        var items = new List<Term>();
        while (!tokens.TakeSymbol(close))
        {
            items.Add(ParseExpression(keyed: false));
            if (!tokens.TakeSymbol(",") && !tokens.Current.IsSymbol(close))
            {
                throw tokens.Unexpected($"',' or '{close}'");
            }
        }

        return items;
    }

    private Term ParseMembership(Term left, bool keyed)
    {
        if (keyed && tokens.Current.IsSymbol(","))
        {
            var restart = tokens.Position;
            tokens.Take();
            var value = ParseOperators(0);
            if (tokens.IsKeywordHere("in"))
            {
                var location = tokens.Take().Location;
                return ParseMembership(Operator(location, "internal.member_3", left, value, ParseOperators(0)), keyed);
            }

            tokens.Position = restart;
            return left;
        }

        while (tokens.IsKeywordHere("in"))
        {
            var location = tokens.Take().Location;
            left = Operator(location, "internal.member_2", left, ParseOperators(0));
        }

        return left;
    }

    /// <summary>Operators of a level and tighter ones; <paramref name="first"/> is the leftmost term if it has been read already.</summary>
    private Term ParseOperators(int level, Term? first = null)
    {
        if (level == Levels.Length)
        {
            return first ?? ParseTerm();
        }

        var left = ParseOperators(level + 1, first);
        while (tokens.Current.Kind == TokenKind.Symbol && Levels[level].TryGetValue(tokens.Current.Text, out var builtin))
        {
            var location = tokens.Take().Location;
            left = Operator(location, builtin, left, ParseOperators(level + 1));
        }

        return left;
    }

    private CallTerm Operator(SourceLocation location, string builtin, params Term[] operands)
    {
        if (++operators > MaxOperators)
        {
            throw new SyntaxException(location, $"a condition has more than {MaxOperators} operators");
        }

        return new CallTerm(location, new NameTerm(location, builtin), operands, IsOperator: true);
    }

    private Term ParsePrimary()
    {
        var token = tokens.Current;
        switch (token.Kind)
        {
            case TokenKind.Number:
                tokens.Take();
                return Number(token.Location, token.Text);
            case TokenKind.String:
                tokens.Take();
                return new ConstantTerm(token.Location, new RegoString(token.Text));
            case TokenKind.Template:
                tokens.Take();
                return tokens.Nested(() => TemplateParser.Parse(token, bodies.InterpretsNotAsEnclosing, tokens.Nesting));
            case TokenKind.Name:
                return ParseName();
            case TokenKind.Symbol:
                return ParseSymbol();
            default:
                throw tokens.Unexpected("a term");
        }
    }

    private Term ParseName()
    {
        var token = tokens.Current;
        Term? constant = token.Text switch
        {
            _ when tokens.IsNameOfReference => null,
            "true" => new ConstantTerm(token.Location, RegoBoolean.True),
            "false" => new ConstantTerm(token.Location, RegoBoolean.False),
            "null" => new ConstantTerm(token.Location, RegoNull.Instance),
            _ => null,
        };
        if (constant is not null)
        {
            tokens.Take();
            return constant;
        }

        // `contains` is also the name of a builtin.
        var isCall = tokens.Next.IsSymbol("(") && tokens.Next.Offset == token.End;
        if (TokenStream.IsKeyword(token.Text) && !tokens.IsNameOfReference && !(token.Text == "contains" && isCall))
        {
            throw tokens.Unexpected("a term, not a keyword");
        }

        tokens.Take();
        return new NameTerm(token.Location, token.Text);
    }

    private Term ParseSymbol()
    {
        var token = tokens.Take();
        switch (token.Text)
        {
            case "-" when tokens.Current.Kind == TokenKind.Number && tokens.IsAdjacent:
                return Number(token.Location, "-" + tokens.Take().Text);
            case "(":
                var inner = ParseExpression(keyed: true);
                tokens.ExpectSymbol(")", "to close the parenthesis");
                return inner;
            case "[":
                return ParseBrackets(token);
            case "{":
                return ParseBraces(token);
            default:
                tokens.Position--;
                throw tokens.Unexpected("a term");
        }
    }

    private static ConstantTerm Number(SourceLocation location, string text)
    {
        try
        {
            return new ConstantTerm(location, RegoNumber.Parse(text));
        }
        catch (Exception invalid) when (invalid is FormatException or OverflowException)
        {
            throw new SyntaxException(location, invalid.Message);
        }
    }

    private Term ParseBrackets(Token open)
    {
        if (tokens.TakeSymbol("]"))
        {
            return new ArrayTerm(open.Location, []);
        }

        var first = ParseTerm();
        if (tokens.TakeSymbol("|"))
        {
            return new ComprehensionTerm(open.Location, ComprehensionKind.Array, null, first, bodies.ParseUntil("]"));
        }

        return new ArrayTerm(open.Location, ParseListAfter(ParseExpressionAfter(first), "]"));
    }

    private Term ParseBraces(Token open)
    {
        if (tokens.TakeSymbol("}"))
        {
            return new ObjectTerm(open.Location, []);
        }

        var term = ParseTerm();
        if (tokens.TakeSymbol("|"))
        {
            return new ComprehensionTerm(open.Location, ComprehensionKind.Set, null, term, bodies.ParseUntil("}"));
        }

        var first = ParseExpressionAfter(term);
        return tokens.Current.IsSymbol(":") ? ParseObject(open, first) : new SetTerm(open.Location, ParseListAfter(first, "}"));
    }

    /// <summary>The rest of an expression, none of whose operators has been read yet.</summary>
    private Term ParseExpressionAfter(Term first) => ParseMembership(ParseOperators(0, first), keyed: false);

    private List<Term> ParseListAfter(Term first, string close)
    {
        if (!tokens.TakeSymbol(",") && !tokens.Current.IsSymbol(close))
        {
            throw tokens.Unexpected(close == "}" ? "':' of an object, or ',' or '}' of a set" : "',' or ']' of an array");
        }

        return [first, .. ParseList(close)];
    }

    private Term ParseObject(Token open, Term firstKey)
    {
        tokens.ExpectSymbol(":", "after the key of an object");
        var term = ParseTerm();
        if (tokens.TakeSymbol("|"))
        {
            return new ComprehensionTerm(open.Location, ComprehensionKind.Object, firstKey, term, bodies.ParseUntil("}"));
        }

        var entries = new List<(Term, Term)> { (firstKey, ParseExpressionAfter(term)) };
        while (!tokens.TakeSymbol("}"))
        {
            if (!tokens.TakeSymbol(","))
            {
                throw tokens.Unexpected("',' or '}' of an object");
            }

            if (tokens.TakeSymbol("}"))
            {
                break;
            }

            var key = ParseExpression(keyed: false);
            tokens.ExpectSymbol(":", "after the key of an object");
            entries.Add((key, ParseExpression(keyed: false)));
        }

        return new ObjectTerm(open.Location, entries);
    }

    private Term ParseSuffixes(Term term)
    {
        while (true)
        {
            if (tokens.IsAdjacent && tokens.Current.IsSymbol("(") && IsCallable(term))
            {
                tokens.Take();
                term = new CallTerm(term.Location, term, ParseList(")"), IsOperator: false);
            }
            else if (ParseStep() is { } step)
            {
                term = term is RefTerm reference
                    ? reference with { Path = [.. reference.Path, step] }
                    : new RefTerm(term.Location, term, [step]);
            }
            else
            {
                return term is CallTerm { Operator: NameTerm { Name: "set" }, Arguments.Count: 0 }
                    ? new ConstantTerm(term.Location, RegoSet.Empty)
                    : term;
            }
        }
    }

    private static bool IsCallable(Term term) =>
        term is NameTerm || (term is RefTerm { Head: NameTerm } reference && reference.Path.All(step => step is ConstantTerm { Value: RegoString }));
}
