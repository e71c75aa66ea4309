namespace TrustedDataSpace.Policy.Rego.Syntax;

/// <summary>Reads terms: scalars, references, calls, collections, comprehensions, template strings and operators by precedence.</summary>
internal sealed class TermParser(TokenStream tokens, BodyParser bodies)
{
    /// <summary>Deeper nesting is refused, so that hostile text cannot exhaust the stack.</summary>
    private const int MaxDepth = 200;

    /// <summary>Operators from the loosest to the tightest, with the builtins they stand for.</summary>
    private static readonly Dictionary<string, string>[] Levels =
    [
        new() { ["=="] = "equal", ["!="] = "neq", ["<"] = "lt", ["<="] = "lte", [">"] = "gt", [">="] = "gte" },
        new() { ["|"] = "or" },
        new() { ["&"] = "and" },
        new() { ["+"] = "plus", ["-"] = "minus" },
        new() { ["*"] = "mul", ["/"] = "div", ["%"] = "rem" },
    ];

    private int depth;

    /// <summary>A term with operators; <paramref name="keyed"/> allows <c>k, v in xs</c>, where a comma cannot mean a list.</summary>
    public Term ParseExpression(bool keyed)
    {
        if (++depth > MaxDepth)
        {
            throw new SyntaxException(tokens.Current.Location, $"terms are nested more than {MaxDepth} deep");
        }

        var left = ParseMembership(ParseOperators(0), keyed);
        depth--;
        return left;
    }

    /// <summary>A term without operators.</summary>
    public Term ParseTerm()
    {
        if (++depth > MaxDepth)
        {
            throw new SyntaxException(tokens.Current.Location, $"terms are nested more than {MaxDepth} deep");
        }

        var term = ParseSuffixes(ParsePrimary());
        depth--;
        return term;
    }

    /// <summary>A plain reference, as in <c>package</c>, <c>import</c> and <c>with</c>: names and constants only.</summary>
    public RefTerm ParsePath(string what)
    {
        var head = tokens.ExpectName(what);
        return ParsePathAfter(new NameTerm(head.Location, head.Text));
    }

    private RefTerm ParsePathAfter(NameTerm head)
    {
        var path = new List<Term>();
        while (ParseStep() is { } step)
        {
            path.Add(step);
        }

        return new RefTerm(head.Location, head, path);
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

    private Term ParseOperators(int level)
    {
        if (level == Levels.Length)
        {
            return ParseTerm();
        }

        var left = ParseOperators(level + 1);
        while (tokens.Current.Kind == TokenKind.Symbol && Levels[level].TryGetValue(tokens.Current.Text, out var builtin))
        {
            var location = tokens.Take().Location;
            left = Operator(location, builtin, left, ParseOperators(level + 1));
        }

        return left;
    }

    private static CallTerm Operator(SourceLocation location, string builtin, params Term[] operands) =>
        new(location, new NameTerm(location, builtin), operands, IsOperator: true);

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
                return TemplateParser.Parse(token, bodies.InterpretsNotAsEnclosing);
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
                return (Term?)ParseComprehension(token, ComprehensionKind.Array, "]")
                    ?? new ArrayTerm(token.Location, ParseList("]"));
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

    private Term ParseBraces(Token open)
    {
        if (tokens.TakeSymbol("}"))
        {
            return new ObjectTerm(open.Location, []);
        }

        if (ParseComprehension(open, ComprehensionKind.Set, "}") is { } comprehension)
        {
            return comprehension;
        }

        var first = ParseExpression(keyed: false);
        if (!tokens.Current.IsSymbol(":"))
        {
            if (!tokens.TakeSymbol(",") && !tokens.Current.IsSymbol("}"))
            {
                throw tokens.Unexpected("':' of an object, or ',' or '}' of a set");
            }

            return new SetTerm(open.Location, [first, .. ParseList("}")]);
        }

        return ParseObject(open, first);
    }

    private Term ParseObject(Token open, Term firstKey)
    {
        var entries = new List<(Term, Term)>();
        var key = firstKey;
        while (true)
        {
            tokens.ExpectSymbol(":", "after the key of an object");
            if (entries.Count == 0)
            {
                var restart = tokens.Position;
                var value = ParseTerm();
                if (tokens.TakeSymbol("|"))
                {
                    var body = bodies.ParseUntil("}");
                    return new ComprehensionTerm(open.Location, ComprehensionKind.Object, key, value, body);
                }

                tokens.Position = restart;
            }

            entries.Add((key, ParseExpression(keyed: false)));
            if (!tokens.TakeSymbol(",") && !tokens.Current.IsSymbol("}"))
            {
                throw tokens.Unexpected("',' or '}' of an object");
            }

            if (tokens.TakeSymbol("}"))
            {
                return new ObjectTerm(open.Location, entries);
            }

            key = ParseExpression(keyed: false);
        }
    }

    /// <summary>A comprehension, if a single term and <c>|</c> come next; else null with the position unchanged.</summary>
    private ComprehensionTerm? ParseComprehension(Token open, ComprehensionKind kind, string close)
    {
        if (tokens.Current.IsSymbol(close))
        {
            return null;
        }

        var (restart, outerDepth) = (tokens.Position, depth);
        var value = ParseTerm();
        if (tokens.TakeSymbol("|"))
        {
            return new ComprehensionTerm(open.Location, kind, null, value, bodies.ParseUntil(close));
        }

        (tokens.Position, depth) = (restart, outerDepth);
        return null;
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
