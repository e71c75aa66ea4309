using TrustedDataSpace.Policy.Rego.Plan;

namespace TrustedDataSpace.Policy.Rego.Evaluation;

/// <summary>
/// What rules see at one point of an evaluation: documents, replaced functions, and the results already known under them.
/// A <c>with</c> opens a new one around the condition it modifies.
/// </summary>
internal sealed class EvaluationScope(EvaluationScope? outer, RegoValue? input, RegoValue data, int ruleCount)
{
    private RegoValue?[]? ruleResults;
    private Dictionary<CallKey, RegoValue>? callResults;

    /// <summary>One bit for each function, or several, of which results are kept.</summary>
    private ulong functionsKept;

    /// <summary>The same for those of which one could have been kept.</summary>
    private ulong functionsMet;

    public EvaluationScope? Outer { get; } = outer;

    public RegoValue? Input { get; set; } = input;

    public RegoValue Data { get; set; } = data;

    /// <summary>Paths under <c>data</c> that <c>with</c> replaced: rules at and below them are not evaluated.</summary>
    public List<IReadOnlyList<RegoValue>>? ReplacedPaths { get; set; } = outer?.ReplacedPaths;

    /// <summary>What <c>with</c> put in the place of functions; the key is a <see cref="FunctionPlan"/> or a builtin.</summary>
    public Dictionary<object, object>? ReplacedFunctions { get; set; } = outer?.ReplacedFunctions;

    /// <summary>Results by rule; <see cref="Undefined"/> for a rule known to be undefined.</summary>
    public RegoValue?[] RuleResults => ruleResults ??= new RegoValue?[ruleCount];

    /// <summary>False if no result of the function is kept.</summary>
    public bool MayKnow(FunctionPlan function) => (functionsKept & Bit(function)) != 0;

    /// <summary>The kept result of a call; <see cref="Undefined"/> for one known to be undefined.</summary>
    public RegoValue? Find(FunctionPlan function, ReadOnlySpan<RegoValue?> arguments) =>
        callResults!.GetValueOrDefault(new CallKey(function, arguments.ToArray()!));

    /// <summary>Keeps a result. The first one is not: most functions are called once, and arguments are dear to hash.</summary>
    public void Keep(FunctionPlan function, ReadOnlySpan<RegoValue?> arguments, RegoValue? result)
    {
        if ((functionsMet & Bit(function)) == 0)
        {
            functionsMet |= Bit(function);
            return;
        }

        functionsKept |= Bit(function);
        (callResults ??= [])[new CallKey(function, arguments.ToArray()!)] = result ?? Undefined.Instance;
    }

    /// <summary>Forgets the input and all results.</summary>
    public void Clear()
    {
        Input = null;
        if (ruleResults is not null)
        {
            Array.Clear(ruleResults);
        }

        callResults?.Clear();
        (functionsKept, functionsMet) = (0, 0);
    }

    private static ulong Bit(FunctionPlan function) => 1UL << (function.Index & 63);

    public bool Replaces(IReadOnlyList<RegoValue> path)
    {
        if (ReplacedPaths is null)
        {
            return false;
        }

        foreach (var replaced in ReplacedPaths)
        {
            if (replaced.Count <= path.Count && replaced.SequenceEqual(path.Take(replaced.Count)))
            {
                return true;
            }
        }

        return false;
    }
}

/// <summary>Stands in caches for "known to be undefined"; never a result.</summary>
internal sealed class Undefined : RegoValue
{
    public static readonly Undefined Instance = new();

    public override RegoKind Kind => RegoKind.Null;

    public override bool Equals(RegoValue? other) => ReferenceEquals(this, other);

    public override int GetHashCode() => 0;
}

/// <summary>A function and the values it was called with.</summary>
internal readonly struct CallKey(FunctionPlan function, RegoValue[] arguments) : IEquatable<CallKey>
{
    private readonly FunctionPlan function = function;
    private readonly RegoValue[] arguments = arguments;

    public bool Equals(CallKey other) => ReferenceEquals(function, other.function) && arguments.AsSpan().SequenceEqual(other.arguments);

    public override bool Equals(object? obj) => obj is CallKey other && Equals(other);

    public override int GetHashCode()
    {
        var hash = new HashCode();
        hash.Add(function.Index);
        foreach (var argument in arguments)
        {
            hash.Add(argument.GetHashCode());
        }

        return hash.ToHashCode();
    }
}
