using System.Runtime.CompilerServices;
using System.Text.RegularExpressions;
using TrustedDataSpace.Policy.Rego.Tracing;

namespace TrustedDataSpace.Policy.Rego.Evaluation;

/// <summary>The state of one evaluation of a query; used by one thread, once.</summary>
internal sealed class Evaluation
{
    private const int CancellationInterval = 1024;

    /// <summary>Results up to this size are covered by the instruction that makes them.</summary>
    private const int FreeSize = 64;

    private readonly CancellationToken cancellation;
    private readonly EvaluationOptions options;
    private readonly int ruleCount;
    private long budget;
    private RegoNumber? now;
    private Dictionary<string, Regex>? patterns;

    public Evaluation(RegoValue? input, RegoValue data, int ruleCount, EvaluationOptions options, CancellationToken cancellation)
    {
        this.cancellation = cancellation;
        this.options = options;
        this.ruleCount = ruleCount;
        budget = options.Limits.MaxInstructions;
        Tracer = options.Tracer;
        Scope = new EvaluationScope(null, input, data, ruleCount);
        cancellation.ThrowIfCancellationRequested();
    }

    public EvaluationScope Scope { get; set; }

    /// <summary>Hears of the evaluation, if the program was compiled to be traced.</summary>
    public Tracer? Tracer { get; set; }

    public bool StrictBuiltinErrors => options.StrictBuiltinErrors;

    /// <summary>Nanoseconds since 1970, the same for the whole evaluation.</summary>
    public RegoNumber Now => now ??= new RegoNumber((options.Clock.GetUtcNow() - DateTimeOffset.UnixEpoch).Ticks * 100);

    /// <summary>A compiled pattern: each is made once per evaluation.</summary>
    public Regex Pattern(string text, Func<string, Regex> compile)
    {
        patterns ??= [];
        if (!patterns.TryGetValue(text, out var pattern))
        {
            pattern = compile(text);
            patterns.Add(text, pattern);
        }

        return pattern;
    }

    public EvaluationScope NewScope() => new(Scope, Scope.Input, Scope.Data, ruleCount);

    /// <summary>Accounts for one step; throws when the budget is used up or the caller has cancelled.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Spend(SourceLocation location = default)
    {
        if ((--budget & (CancellationInterval - 1)) == 0)
        {
            Check(location);
        }
    }

    /// <summary>Accounts for work whose size is known before it is done.</summary>
    public void Spend(long instructions)
    {
        budget -= instructions;
        Check(default);
    }

    /// <summary>Accounts for a large result, so that doubling again and again is stopped before memory is exhausted.</summary>
    public void SpendOn(RegoValue? result)
    {
        var size = result switch
        {
            RegoArray array => array.Count,
            RegoSet set => set.Count,
            RegoObject @object => @object.Count,
            RegoString text => text.Value.Length / 16,
            RegoNumber { IsSmall: false } number => MultiplicationCost(number),
            _ => 0,
        };
        if (size > FreeSize)
        {
            Spend(size);
        }
    }

    /// <summary>The work of multiplying grows faster than the length of the numbers.</summary>
    private static long MultiplicationCost(RegoNumber number)
    {
        var words = number.Magnitude / 64;
        return words * Math.Max(1, words / 64);
    }

    /// <summary>Guards a call: the depth of calls is bounded by the program, but the stack may be small.</summary>
    public void Enter(SourceLocation location)
    {
        Spend(location);
        if (!RuntimeHelpers.TryEnsureSufficientExecutionStack())
        {
            throw new RegoEvaluationException(RegoEvaluationException.Budget, "the rules call each other too deeply for the stack", location);
        }
    }

    /// <summary>A part of <c>data</c> that may hold rules: the value, or a cursor to go deeper.</summary>
    public RegoValue? Descend(DocumentCursor cursor, RegoValue key)
    {
        var child = cursor.Node.Child(key);
        var below = cursor.Base?.Lookup(key);
        return child is null || Scope.Replaces(child.Keys) ? below : child.Open(this, below);
    }

    private void Check(SourceLocation location)
    {
        cancellation.ThrowIfCancellationRequested();
        if (budget <= 0)
        {
            throw new RegoEvaluationException(
                RegoEvaluationException.Budget, $"the evaluation needs more than {options.Limits.MaxInstructions} instructions", location);
        }
    }
}
