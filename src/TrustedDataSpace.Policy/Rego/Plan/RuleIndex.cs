namespace TrustedDataSpace.Policy.Rego.Plan;

/// <summary>A definition can only succeed if a part of the input, or of an argument, is one of these values.</summary>
/// <param name="Key">The same text for the same reference in all definitions of a rule.</param>
/// <param name="Reference">What is looked at; reads nothing but the input and the arguments.</param>
/// <param name="Values">The values under which the definition may succeed.</param>
internal sealed record Guard(string Key, Expression Reference, IReadOnlyList<RegoValue> Values);

/// <summary>
/// Finds the definitions of a rule that can succeed: one look-up for each reference that several of them compare with constants, so that
/// the cost does not grow with the number of definitions that cannot match.
/// </summary>
internal sealed class RuleIndex
{
    /// <summary>Beyond this the copies of definitions that ask nothing of a reference would cost more than they save.</summary>
    private const int MostCopies = 100_000;

    private const int MostLevels = 3;

    private readonly DefinitionPlan[] definitions;
    private Expression? reference;
    private Dictionary<RegoValue, RuleIndex>? byValue;
    private (RegoValue Value, RuleIndex Index)[] few = [];
    private RuleIndex? otherwise;

    private RuleIndex(DefinitionPlan[] definitions) => this.definitions = definitions;

    public static RuleIndex Of(DefinitionPlan[] definitions) => Build(definitions, []);

    /// <summary>In the order in which they are written.</summary>
    public DefinitionPlan[] Candidates(Evaluation.Evaluation evaluation, RegoValue?[] slots)
    {
        // A "with" may have replaced what the guards took for constant.
        if (reference is null || evaluation.Scope.ReplacedPaths is not null)
        {
            return definitions;
        }

        var index = this;
        while (index.reference is not null)
        {
            index = (index.reference.Evaluate(evaluation, slots) is { } value ? index.Find(value) : null) ?? index.otherwise!;
        }

        return index.definitions;
    }

    private RuleIndex? Find(RegoValue value)
    {
        // Names are shared: the value is usually one of these itself.
        for (var i = 0; i < few.Length; i++)
        {
            if (ReferenceEquals(few[i].Value, value))
            {
                return few[i].Index;
            }
        }

        return byValue!.GetValueOrDefault(value);
    }

    private static RuleIndex Build(DefinitionPlan[] definitions, string[] used)
    {
        var index = new RuleIndex(definitions);
        if (definitions.Length < 2 || used.Length == MostLevels)
        {
            return index;
        }

        var best = definitions.SelectMany(definition => definition.Guards.Select(guard => guard.Key).Distinct())
            .Where(key => !used.Contains(key)).CountBy(key => key).OrderByDescending(entry => entry.Value).FirstOrDefault();
        if (best.Key is null)
        {
            return index;
        }

        var guarded = definitions.SelectMany(definition => definition.Guards.Where(guard => guard.Key == best.Key)).ToList();
        var values = guarded.SelectMany(guard => guard.Values).Distinct().ToList();
        if ((long)values.Count * (definitions.Length - best.Value) > MostCopies)
        {
            return index;
        }

        string[] below = [.. used, best.Key];
        var places = new Dictionary<RegoValue, List<DefinitionPlan>>();
        var others = new List<DefinitionPlan>();
        foreach (var definition in definitions)
        {
            if (definition.Guards.FirstOrDefault(guard => guard.Key == best.Key) is { } guard)
            {
                foreach (var value in guard.Values.Distinct())
                {
                    if (!places.TryGetValue(value, out var place))
                    {
                        places.Add(value, place = [.. others]);
                    }

                    place.Add(definition);
                }
            }
            else
            {
                others.Add(definition);
                foreach (var place in places.Values)
                {
                    place.Add(definition);
                }
            }
        }

        index.reference = guarded[0].Reference;
        index.byValue = places.ToDictionary(place => place.Key, place => Build([.. place.Value], below));
        index.few = index.byValue.Count <= 8 ? [.. index.byValue.Select(entry => (entry.Key, entry.Value))] : [];
        index.otherwise = Build([.. others], below);
        return index;
    }
}
