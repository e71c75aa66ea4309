using TrustedDataSpace.Policy.Rego;
using TrustedDataSpace.Policy.Rego.Builtins;
using TrustedDataSpace.Policy.Rego.Compilation;

namespace TrustedDataSpace.Policy.Bundles;

/// <summary>
/// Finds what a decision can read, from the compiled rules. The library bounds what time and counters do to its answers (<c>validity.rego</c>);
/// layers are other people's rules, so one that reads the time has to bound it itself, and one that reads counters, chance or the whole
/// question makes answers good for once only.
/// </summary>
internal static class ReadAnalysis
{
    /// <summary>The document that holds a decision and its validity.</summary>
    public const string Answer = "data.tds.validity.answer";

    private const string Layers = "data.tds.layers";
    private const string Bound = "valid_until_ms";

    private static readonly string[] LayerRules = ["deny", "duties", Bound];

    public static PolicyReads Of(RegoProgram program)
    {
        if (program.Groups.FirstOrDefault(group => group.Node.Path == Answer) is not { } answer)
        {
            return new PolicyReads([""], [], $"no module defines {Answer}");
        }

        var analysis = new RuleReads(Root(answer.Node));
        var all = analysis.Of([answer]);
        var timed = new List<string>();
        var problems = new List<string>();
        foreach (var layer in program.Groups.Select(group => LayerOf(group.Node)).OfType<RuleNode>().Distinct())
        {
            var reads = analysis.Of(layer.Children.Where(child => LayerRules.Contains(child.Key.Value)).SelectMany(child => child.SelfAndDescendants()).Select(node => node.Group).OfType<RuleGroup>());
            var paths = new PolicyReads(reads.Inputs, [], null);
            if (paths.Reads("usage") || paths.Reads("subject.standing_ms") || reads.Builtins.Overlaps(StatefulBuiltins.Chance))
            {
                problems.Add($"layer {layer.Key.Value} reads counters, the standing's time, chance or the whole input");
            }
            else if (paths.Reads("now_ms") || reads.Builtins.Overlaps(StatefulBuiltins.Clocks))
            {
                timed.Add(layer.Key.Value);
                if (layer.Child(new RegoString(Bound)) is null)
                {
                    problems.Add($"layer {layer.Key.Value} reads the time and defines no {Bound}");
                }
            }
        }

        // Of the library, what validity.rego does not bound.
        if (all.Builtins.Overlaps(StatefulBuiltins.Chance) && problems.Count == 0)
        {
            problems.Add("the rules depend on chance");
        }

        return new PolicyReads(all.Inputs, timed, problems.Count == 0 ? null : string.Join("; ", problems));
    }

    private static RuleNode Root(RuleNode node) => node.Parent is { } parent ? Root(parent) : node;

    private static RuleNode? LayerOf(RuleNode? node) => node is null || node.Parent?.Path == Layers ? node : LayerOf(node.Parent);
}
