using System.Text.Json;
using TrustedDataSpace.Policy.Rego.Builtins;
using TrustedDataSpace.Policy.Rego.Compilation;
using TrustedDataSpace.Policy.Rego.Tracing;

namespace TrustedDataSpace.Policy.Rego;

/// <summary>Compiles Rego v1 modules.</summary>
public static class RegoCompiler
{
    /// <summary>Compiles modules to an immutable program that many threads may use.</summary>
    /// <param name="modules">The files, each with a different name.</param>
    /// <param name="data">The base documents under <c>data</c>; a JSON object.</param>
    /// <exception cref="RegoCompileException">With all errors that were found.</exception>
    public static RegoProgram Compile(IReadOnlyList<RegoSource> modules, JsonElement? data = null) =>
        Compile(modules, names => data is { } json ? JsonReading.Read(json, names) : RegoObject.Empty, BuiltinRegistry.Default);

    /// <summary>Compiles modules with base documents that are Rego values.</summary>
    /// <exception cref="RegoCompileException">With all errors that were found.</exception>
    public static RegoProgram Compile(IReadOnlyList<RegoSource> modules, RegoValue data) => Compile(modules, data, BuiltinRegistry.Default);

    internal static RegoProgram Compile(IReadOnlyList<RegoSource> modules, RegoValue data, BuiltinRegistry builtins) =>
        Compile(modules, _ => data, builtins);

    /// <summary>Compiles a program that can be traced, and is slower for it.</summary>
    internal static RegoProgram CompileTraced(IReadOnlyList<RegoSource> modules, RegoValue data) =>
        Compile(new Compilation.Compilation(modules) { Builtins = BuiltinRegistry.Default, Probes = new Probes(modules) }, _ => data);

    private static RegoProgram Compile(IReadOnlyList<RegoSource> modules, Func<NameTable, RegoValue> readData, BuiltinRegistry builtins) =>
        Compile(new Compilation.Compilation(modules) { Builtins = builtins }, readData);

    private static RegoProgram Compile(Compilation.Compilation compilation, Func<NameTable, RegoValue> readData)
    {
        var builtins = compilation.Builtins;
        Stage[] stages =
        [
            new("parse the modules", ParseStage.Run, EndsOnErrors: true),
            new("place rules in the tree of data", RuleTreeStage.Run, EndsOnErrors: true),
            new("resolve names, imports, functions and builtins", state => ResolveStage.Run(state, builtins), EndsOnErrors: true),
            new("refuse recursion", RecursionStage.Run, EndsOnErrors: false),
            new("report mistakes of type that are certain", TypeStage.Run, EndsOnErrors: false),
            new("evaluate operands of negations before them", HoistStage.Run, EndsOnErrors: false),
            new("order bodies so that variables are safe", OrderStage.Run, EndsOnErrors: true),
        ];
        foreach (var stage in stages)
        {
            stage.Run(compilation);
            if (stage.EndsOnErrors)
            {
                compilation.ThrowIfErrors();
            }
        }

        // Before the plan, so that it shares the names of the documents.
        var data = readData(compilation.Names);
        var plan = PlanStage.Run(compilation);
        compilation.Names.Freeze();
        return new RegoProgram(compilation, plan, data);
    }

    /// <summary>One pass over the compilation. After one that ends on errors, later ones may rely on its result.</summary>
    private sealed record Stage(string Purpose, Action<Compilation.Compilation> Run, bool EndsOnErrors);
}
