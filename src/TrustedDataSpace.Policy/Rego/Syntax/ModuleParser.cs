namespace TrustedDataSpace.Policy.Rego.Syntax;

/// <summary>Reads a module: its package, its imports and its rules.</summary>
internal sealed class ModuleParser
{
    private readonly TokenStream tokens;
    private readonly BodyParser bodies;

    private ModuleParser(TokenStream tokens)
    {
        this.tokens = tokens;
        bodies = new BodyParser(tokens, interpretsNotAsEnclosing: false);
    }

    /// <exception cref="SyntaxException">At the first error.</exception>
    public static Module Parse(RegoSource source) => new ModuleParser(new TokenStream(Lexer.Read(source))).ParseModule(source);

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
            if (tokens.IsKeywordHere("import"))
            {
                imports.Add(ParseImport());
            }
            else if (tokens.Current.Kind != TokenKind.EndOfFile)
            {
                rules.AddRange(new RuleParser(tokens, bodies).Parse());
            }
        }

        return new Module(source, package, imports, rules);
    }

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
