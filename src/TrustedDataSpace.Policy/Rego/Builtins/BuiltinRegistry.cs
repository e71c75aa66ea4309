using System.Collections.Frozen;

namespace TrustedDataSpace.Policy.Rego.Builtins;

/// <summary>All builtins by name.</summary>
internal sealed class BuiltinRegistry
{
    /// <summary>The builtins of this engine.</summary>
    public static readonly BuiltinRegistry Default = new(
    [
        ComparisonBuiltins.All,
        NumberBuiltins.All,
        AggregateBuiltins.All,
        SetBuiltins.All,
        ArrayBuiltins.All,
        ObjectBuiltins.All,
        StringBuiltins.All,
        FormatBuiltins.All,
        TemplateBuiltins.All,
        TypeBuiltins.All,
        EncodingBuiltins.All,
        JsonMarshalBuiltins.All,
        JsonPathBuiltins.All,
        JsonPatchBuiltins.All,
        YamlBuiltins.All,
        PatternBuiltins.All,
        GlobBuiltins.All,
        BitBuiltins.All,
        GraphBuiltins.All,
        SemverBuiltins.All,
        DigestBuiltins.All,
        UnitBuiltins.All,
        CidrBuiltins.All,
        UrlBuiltins.All,
        UuidBuiltins.All,
        TimeBuiltins.All,
        TracingBuiltins.All,
    ]);

    /// <summary>Builtins of OPA that this engine refuses by decision, with the reason.</summary>
    private static readonly Dictionary<string, string> Refused = new()
    {
        ["http.send"] = "a policy must not use the network",
        ["net.lookup_ip_addr"] = "a policy must not use the network",
        ["opa.runtime"] = "a policy must not read the configuration of the process",
    };

    /// <summary>Builtins that version 1 of the language has given up.</summary>
    private static readonly FrozenSet<string> Deprecated =
    [
        "cast_array", "cast_boolean", "cast_null", "cast_object", "cast_set", "cast_string", "net.cidr_overlap", "re_match", "set_diff",
    ];

    private readonly FrozenDictionary<string, Builtin> builtins;

    private BuiltinRegistry(IEnumerable<IEnumerable<Builtin>> families) =>
        builtins = families.SelectMany(family => family).ToFrozenDictionary(builtin => builtin.Name);

    /// <summary>This registry and one more builtin, for a test harness.</summary>
    public BuiltinRegistry With(Builtin builtin) => new([builtins.Values, [builtin]]);

    public Builtin? Find(string name) => builtins.GetValueOrDefault(name);

    /// <summary>Why there is no such function.</summary>
    public string ExplainMissing(string name)
    {
        if (Deprecated.Contains(name))
        {
            return $"the builtin {name} is deprecated: Rego v1 no longer has it";
        }

        if (Refused.TryGetValue(name, out var reason))
        {
            return $"the builtin {name} is refused: {reason}";
        }

        if (name.StartsWith("graphql.", StringComparison.Ordinal) || name == "providers.aws.sign_req")
        {
            return $"the builtin {name} is not part of this engine";
        }

        return $"undefined function {name}" + NearNames.Hint(name, builtins.Keys);
    }
}
