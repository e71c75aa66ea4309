using TrustedDataSpace.Policy.Rego.Syntax;

namespace TrustedDataSpace.Policy.Rego.Plan;

/// <summary>A definition can only succeed if a part of the input, or of an argument, is one of these values.</summary>
/// <param name="Key">The same text for the same reference in all definitions of a rule.</param>
/// <param name="Reference">What is looked at; reads nothing but the input and the arguments.</param>
/// <param name="Values">The values under which the definition may succeed.</param>
/// <param name="Condition">The condition that holds exactly for these values.</param>
internal sealed record Guard(string Key, Expression Reference, IReadOnlyList<RegoValue> Values, Literal Condition);

/// <summary>
/// Finds the definitions of a rule that can succeed: one look-up for each reference that several of them compare with constants, so that
/// the cost does not grow with the number of definitions that cannot match. What was looked up is not compared again by the definition.
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

    private RuleIndex(DefinitionPlan[] definitions)
    {
        this.definitions = definitions;
        LargestFrame = definitions.Select(definition => definition.LargestFrame).DefaultIfEmpty(1).Max();
    }

    /// <summary>A frame of this size serves all definitions, one after the other.</summary>
    public int LargestFrame { get; private set; }

    public static RuleIndex Of(DefinitionPlan[] definitions) => Build(definitions, [.. definitions.Select(definition => new Candidate(definition, []))], []);

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

        return few.Length == 0 ? byValue!.GetValueOrDefault(value) : FindEqual(value);
    }

    private RuleIndex? FindEqual(RegoValue value)
    {
        foreach (var (candidate, index) in few)
        {
            if (candidate.Equals(value))
            {
                return index;
            }
        }

        return null;
    }

    private static RuleIndex Build(DefinitionPlan[] complete, Candidate[] candidates, string[] used)
    {
        var best = candidates.Length < 2 || used.Length == MostLevels ? default : candidates
            .SelectMany(candidate => candidate.Definition.Guards.Select(guard => guard.Key).Distinct())
            .Where(key => !used.Contains(key)).CountBy(key => key).OrderByDescending(entry => entry.Value).FirstOrDefault();
        var guarded = candidates.SelectMany(candidate => candidate.Definition.Guards.Where(guard => guard.Key == best.Key)).ToList();
        var values = guarded.SelectMany(guard => guard.Values).Distinct().ToList();
        if (best.Key is null || (long)values.Count * (candidates.Length - best.Value) > MostCopies)
        {
            return new RuleIndex([.. candidates.Select(candidate => candidate.Simplified)]);
        }

        string[] below = [.. used, best.Key];
        var places = new Dictionary<RegoValue, List<Candidate>>();
        var others = new List<Candidate>();
        foreach (var candidate in candidates)
        {
            if (candidate.Definition.Guards.FirstOrDefault(guard => guard.Key == best.Key) is { } guard)
            {
                foreach (var value in guard.Values.Distinct())
                {
                    if (!places.TryGetValue(value, out var place))
                    {
                        places.Add(value, place = [.. others]);
                    }

                    place.Add(candidate.With(guard));
                }
            }
            else
            {
                others.Add(candidate);
                foreach (var place in places.Values)
                {
                    place.Add(candidate);
                }
            }
        }

        var byValue = places.ToDictionary(place => place.Key, place => Build([], [.. place.Value], below));
        var otherwise = Build([], [.. others], below);
        return new RuleIndex(complete)
        {
            reference = guarded[0].Reference,
            byValue = byValue,
            few = byValue.Count <= 8 ? [.. byValue.Select(entry => (entry.Key, entry.Value))] : [],
            otherwise = otherwise,
            LargestFrame = byValue.Values.Append(otherwise).Select(index => index.LargestFrame).Concat(complete.Select(definition => definition.LargestFrame)).Max(),
        };
    }

    /// <summary>A definition, and its conditions that the look-ups so far have shown to hold.</summary>
    private sealed record Candidate(DefinitionPlan Definition, IReadOnlyList<Guard> Proven)
    {
        private readonly Dictionary<Guard, Candidate> further = new(ReferenceEqualityComparer.Instance);
        private DefinitionPlan? simplified;

        /// <summary>Made once, however many values lead here.</summary>
        public DefinitionPlan Simplified => simplified ??= Proven.Count == 0 ? Definition : Definition.Assuming(Proven);

        public Candidate With(Guard guard)
        {
            if (!further.TryGetValue(guard, out var candidate))
            {
                further.Add(guard, candidate = new Candidate(Definition, [.. Proven, guard]));
            }

            return candidate;
        }
    }
}
