namespace TrustedDataSpace.Policy.Rego.Builtins;

/// <summary>Aids for authors that have no effect on a decision. (<c>print</c> is removed when names are resolved.)</summary>
internal static class TracingBuiltins
{
    public static IEnumerable<Builtin> All =>
    [
        new("trace", 1, call => call.Text(0) is not null ? RegoBoolean.True : null),
    ];
}
