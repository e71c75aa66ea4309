namespace TrustedDataSpace.Policy.Rego.Syntax;

/// <summary>Reads a module: its package, its imports and its rules.</summary>
internal sealed class ModuleParser
{
    /// <summary>More errors than an author reads at once are hardly errors of their own.</summary>
    private const int MaxErrors = 50;

    private readonly TokenStream tokens;
    private readonly BodyParser bodies;
    private readonly List<SyntaxException> errors = [];

    private ModuleParser(TokenStream tokens)
    {
        this.tokens = tokens;
        bodies = new BodyParser(tokens, interpretsNotAsEnclosing: false);
    }

    /// <summary>Reads on at the next rule after an error, to find all of them.</summary>
    /// <exception cref="SyntaxException">The text cannot be cut into tokens, or has no package.</exception>
    public static (Module Module, IReadOnlyList<SyntaxException> Errors) Parse(RegoSource source)
    {
        var parser = new ModuleParser(new TokenStream(Lexer.Read(source)));
        return (parser.ParseModule(source), parser.errors);
    }

    /// <exception cref="SyntaxException">At the first error.</exception>
    public static Body ParseQuery(RegoSource source) =>
        new BodyParser(new TokenStream(Lexer.Read(source)), interpretsNotAsEnclosing: false).ParseQuery();

    private Module ParseModule(RegoSource source)
    {
        if (!tokens.TakeKeyword("package"))
        {
            throw tokens.Unexpected("'package' at the beginning of the module");
        }

        var package = bodies.Terms.ParsePath("the name of the package");
        var imports = new List<Import>();
        var rules = new List<RuleSyntax>();
        while (tokens.Current.Kind != TokenKind.EndOfFile)
        {
            tokens.TakeSymbol(";");
            try
            {
                if (tokens.IsKeywordHere("import"))
                {
                    imports.Add(ParseImport());
                }
                else if (tokens.Current.Kind != TokenKind.EndOfFile)
                {
                    rules.AddRange(new RuleParser(tokens, bodies).Parse());
                }
            }
            catch (SyntaxException error)
            {
                errors.Add(error);
                if (errors.Count == MaxErrors)
                {
                    break;
                }

                SkipToNextRule();
            }
        }

        return new Module(source, package, imports, rules);
    }

    /// <summary>A rule begins with a name in the first column.</summary>
    private void SkipToNextRule()
    {
        tokens.Nesting = 0;
        do
        {
            tokens.Take();
        }
        while (tokens.Current.Kind != TokenKind.EndOfFile && !IsStartOfRule());
    }

    private bool IsStartOfRule() =>
        tokens.Current is { Kind: TokenKind.Name, Location.Column: 1 } && tokens.IsNewLine && !tokens.Current.IsName("else");

    private Import ParseImport()
    {
        var location = tokens.Take().Location;
        var path = bodies.Terms.ParsePath("what to import: a path under data, input, rego or future");
        var alias = tokens.TakeKeyword("as") ? tokens.ExpectName("the alias of the import").Text : null;
        if (((NameTerm)path.Head).Name is not ("data" or "input" or "rego" or "future"))
        {
            throw new SyntaxException(path.Location, "an import must begin with data, input, rego or future");
        }

        var steps = path.Path.Select(step => step is ConstantTerm { Value: RegoString text } ? text.Value : "").ToArray();
        if (((NameTerm)path.Head).Name == "future" && steps is ["keywords", "not"])
        {
            bodies.InterpretsNotAsEnclosing = true;
        }
        else if (((NameTerm)path.Head).Name == "future" && steps is ["keywords", "and" or "or"])
        {
            throw new SyntaxException(path.Location, $"the experimental keyword '{steps[1]}' is not supported");
        }

        return new Import(location, path, alias);
    }
}
