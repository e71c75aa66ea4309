namespace TrustedDataSpace.Policy.Rego.Compilation;

/// <summary>A variable of a rule body; two with the same name in different scopes are different objects.</summary>
internal sealed class LocalVariable(string name, SourceLocation location, Scope scope)
{
    public string Name { get; } = name;

    public SourceLocation Location { get; } = location;

    public Scope Scope { get; } = scope;

    /// <summary>Whether it was made by the compiler, so that errors should not show its name.</summary>
    public bool IsGenerated { get; init; }

    public bool IsUsed { get; set; }
}

/// <summary>Where variables live: the body of a rule, of a comprehension, of a quantifier or of a negated block.</summary>
internal sealed class Scope(Scope? parent, IReadOnlySet<string> mentions)
{
    private readonly Dictionary<string, LocalVariable> declared = [];
    private readonly Dictionary<string, LocalVariable> implicitly = [];

    public Scope? Parent { get; } = parent;

    /// <summary>The variables of this scope itself that the text names.</summary>
    public IEnumerable<LocalVariable> Visible => declared.Values.Concat(implicitly.Values);

    public bool IsWithin(Scope outer)
    {
        for (var scope = this; scope is not null; scope = scope.Parent)
        {
            if (ReferenceEquals(scope, outer))
            {
                return true;
            }
        }

        return false;
    }

    public LocalVariable? DeclaredHere(string name) => declared.GetValueOrDefault(name);

    public LocalVariable? ImplicitHere(string name) => implicitly.GetValueOrDefault(name);

    public LocalVariable Declare(string name, SourceLocation location) => declared[name] = new LocalVariable(name, location, this);

    /// <summary>The nearest declaration of the name, from here outwards.</summary>
    public LocalVariable? FindDeclared(string name)
    {
        for (var scope = this; scope is not null; scope = scope.Parent)
        {
            if (scope.declared.TryGetValue(name, out var variable))
            {
                return variable;
            }
        }

        return null;
    }

    /// <summary>
    /// The variable of a name that is declared nowhere. It belongs to the outermost body around this place that mentions it, so that a
    /// closure sees the value that its surroundings bind.
    /// </summary>
    public LocalVariable Implicit(string name, SourceLocation location)
    {
        var owner = this;
        for (var scope = this; scope is not null; scope = scope.Parent)
        {
            if (scope.implicitly.TryGetValue(name, out var known))
            {
                return known;
            }

            if (scope.Mentions(name))
            {
                owner = scope;
            }
        }

        return owner.implicitly[name] = new LocalVariable(name, location, owner);
    }

    private bool Mentions(string name) => mentions.Contains(name);
}
